"""An entry that was retired from ten thousand times in a row, beside entries that were not."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from functools import partial
from itertools import count, islice
from pathlib import Path
from random import Random
from statistics import mean
from urllib.parse import quote
from uuid import UUID

import asyncpg
import httpx

from adapters.postgres.credits.reads.lineage import ENTRIES_MAX
from bench.bench_stack import BenchStack
from bench.deep_chain import CHAIN_VINTAGE, Chain, add_chain
from bench.loads.http import HttpLoad
from bench.loads.ledger import LedgerLoad
from bench.loads.sample import Pace, Sample
from bench.measurement import Measurement, Section, Spread
from bench.movements import retire_one, transfer_one, write_drafts
from bench.registries import Registry, api_on, copied_registry
from bench.rounds import by_turns, figures, run_load
from domain.identifiers import Serial

RETIREMENTS = 10_000
ROUNDS = 2
LINEAGE_PACE = Pace(connections=2, warm_up_seconds=0.3, seconds=1.2, most_calls=100_000)
# One call at a time: the chain has but one entry that can be moved.
CALLS_PACE = Pace(connections=1, warm_up_seconds=0.3, seconds=1, most_calls=300)
REQUESTS, CALLS = 300, 600
COUNTED_ANSWERS = 20
NEWEST, ANYWHERE, RETIRE, TRANSFER = (
    f"lineage, the {REQUESTS} newest of the chain",
    "lineage, any of the chain",
    "`retire_units` of 0.01 t",
    "`transfer_credits` of 0.01 t",
)
OTHERS, CHAIN = "others", "chain"
_IN_CHAIN = "project_id = $1 AND vintage = $2"
_SERIALS_OF_OTHERS = f"""
    SELECT serial FROM credit_entries WHERE NOT ({_IN_CHAIN}) ORDER BY random() LIMIT $3
"""
_SERIALS_OF_CHAIN = f"""
    SELECT serial FROM credit_entries WHERE {_IN_CHAIN} ORDER BY random() LIMIT $3
"""
_NEWEST_OF_CHAIN = f"""
    SELECT serial FROM credit_entries WHERE {_IN_CHAIN} ORDER BY lower(units) DESC LIMIT $3
"""
_HOLDINGS_OF_OTHERS = f"""
    SELECT serial, owner_id FROM credit_entries
     WHERE NOT ({_IN_CHAIN}) AND status = 'active' AND quantity_units > 1 ORDER BY id
"""
_LEFT_OVER = f"""
    SELECT serial FROM credit_entries WHERE {_IN_CHAIN} AND status = 'active' AND owner_id = $3
"""
_RECIPIENTS = "SELECT id FROM users WHERE role = 'buyer' ORDER BY id LIMIT 2"


async def measure(bench: BenchStack) -> Section:
    stack = await bench.stack()
    entries, original = sorted((await bench.registries()).items())[1]
    registry = await copied_registry(stack, original, "bench_chain")
    print(f"Generating a chain of {RETIREMENTS:,} retirements", flush=True)
    chain = await add_chain(registry.owner_url, RETIREMENTS)
    calls = await _Calls.prepared(registry, chain)
    async with AsyncExitStack() as parts:
        readers = await _Readers.started(registry, chain, bench.data_dir, parts)
        counted = {
            what: await readers.entries_in_an_answer(what) for what in (OTHERS, NEWEST, ANYWHERE)
        }
        read = await by_turns(
            {what: partial(readers.read, what) for what in (OTHERS, NEWEST, ANYWHERE)},
            rounds=ROUNDS,
        )
    moved = await by_turns(
        {
            f"{what}, {where}": partial(call, where)
            for what, call in ((RETIRE, calls.retire), (TRANSFER, calls.transfer))
            for where in (OTHERS, CHAIN)
        },
        rounds=ROUNDS,
    )
    return _section(read, moved, counted, chain, entries)


MEASUREMENT = Measurement("depth", measure)


@dataclass(frozen=True)
class _Readers:
    """An API process on the registry, and the serials that are asked for."""

    port: int
    serials: dict[str, list[str]]

    @classmethod
    async def started(
        cls, registry: Registry, chain: Chain, data_dir: Path, parts: AsyncExitStack
    ) -> "_Readers":
        connection = await asyncpg.connect(registry.owner_url)
        asked = {OTHERS: _SERIALS_OF_OTHERS, NEWEST: _NEWEST_OF_CHAIN, ANYWHERE: _SERIALS_OF_CHAIN}
        try:
            serials = {
                what: [
                    row["serial"]
                    for row in await connection.fetch(
                        query, chain.project_id, CHAIN_VINTAGE, REQUESTS
                    )
                ]
                for what, query in asked.items()
            }
        finally:
            await connection.close()
        return cls(await parts.enter_async_context(api_on(registry, data_dir)), serials)

    async def read(self, what: str) -> Sample:
        # In another order each time, so that no answer is found that was kept for the moment.
        serials = Random().sample(self.serials[what], REQUESTS)
        requests = [
            f"GET {_path(serial)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" for serial in serials
        ]
        load = HttpLoad(
            port=self.port, requests=requests, repeat=True, expected_status=200, pace=LINEAGE_PACE
        )
        return await run_load("bench.loads.http", load, {})

    async def entries_in_an_answer(self, what: str) -> float:
        """Their mean."""
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", timeout=30) as http:
            counts = [
                len((await http.get(_path(serial))).raise_for_status().json()["data"]["entries"])
                for serial in self.serials[what][:COUNTED_ANSWERS]
            ]
        return mean(counts)


class _Calls:
    """
    The use cases called directly: each on another entry, or one after the other down the chain.

    A call on the chain takes its part from what is left over, and leaves over the next one. Both
    get the next two numbers of a vintage in which nothing else happens, so that the serial for
    every call is known before the first.
    """

    def __init__(
        self,
        registry: Registry,
        chain: Chain,
        others: Sequence[tuple[str, UUID]],
        recipients: Sequence[UUID],
    ) -> None:
        self._registry = registry
        self._chain = chain
        self._others = iter(others)
        self._recipients = recipients

    @classmethod
    async def prepared(cls, registry: Registry, chain: Chain) -> "_Calls":
        connection = await asyncpg.connect(registry.owner_url)
        try:
            rows = await connection.fetch(_HOLDINGS_OF_OTHERS, chain.project_id, CHAIN_VINTAGE)
            recipients = [row["id"] for row in await connection.fetch(_RECIPIENTS)]
        finally:
            await connection.close()
        return cls(registry, chain, [(row["serial"], row["owner_id"]) for row in rows], recipients)

    async def retire(self, where: str) -> Sample:
        requests = [retire_one(serial, owner) for serial, owner in await self._holdings(where)]
        await write_drafts(self._registry.owner_url, requests)
        return await self._run(LedgerLoad(retirements=requests, pace=CALLS_PACE))

    async def transfer(self, where: str) -> Sample:
        requests = [
            transfer_one(serial, owner, next(one for one in self._recipients if one != owner))
            for serial, owner in await self._holdings(where)
        ]
        return await self._run(LedgerLoad(transfers=requests, pace=CALLS_PACE))

    async def _run(self, load: LedgerLoad) -> Sample:
        return await run_load("bench.loads.ledger", load, self._registry.environment)

    async def _holdings(self, where: str) -> list[tuple[str, UUID]]:
        if where == OTHERS:
            return list(islice(self._others, CALLS))
        connection = await asyncpg.connect(self._registry.owner_url)
        try:
            left_over = Serial.parse(
                await connection.fetchval(
                    _LEFT_OVER, self._chain.project_id, CHAIN_VINTAGE, self._chain.owner_id
                )
            )
        finally:
            await connection.close()
        return [
            (str(replace(left_over, running_number=number)), self._chain.owner_id)
            for number in islice(count(left_over.running_number, 2), CALLS)
        ]


def _section(
    read: dict[str, list[Sample]],
    moved: dict[str, list[Sample]],
    counted: dict[str, float],
    chain: Chain,
    entries: int,
) -> Section:
    rows = [
        *(
            row
            for what in (NEWEST, ANYWHERE)
            for row in (
                _row(what, read[OTHERS], read[what]),
                _row(
                    "... divided by the entries in an answer",
                    read[OTHERS],
                    read[what],
                    others_entries=counted[OTHERS],
                    chain_entries=counted[what],
                ),
            )
        ),
        *(
            _row(what, moved[f"{what}, {OTHERS}"], moved[f"{what}, {CHAIN}"])
            for what in (RETIRE, TRANSFER)
        ),
    ]
    return Section(
        title=f"One entry, retired from {RETIREMENTS:,} times in a row",
        method=f"""
        Each of {RETIREMENTS:,} retirements took 0.01 t of what the one before had left over, so
        that the newest entry is {RETIREMENTS:,} steps below its issuance. The chain stands in a
        copy of the registry of {entries:,} generated entries, which are at most a few steps deep
        and are the others here.

        Lineage: `GET /api/v1/registry/credits/{{serial}}/lineage`, each of {REQUESTS} requests for
        another entry; {LINEAGE_PACE.connections} kept-alive connections in a closed loop. The
        answer is bounded and says so (`truncated`): at most {ENTRIES_MAX} entries each from the
        root on, on the way up, and below the entry. That is many more than a small tree has, and
        most of the time goes into them; so the rows below divide by them. What every request costs
        is divided too, which tells against the others' small answers.

        Retiring and transferring are the use cases, called directly in one process, one at a time,
        with all their statements: on another entry each, or each on what the one before left over,
        {RETIREMENTS:,} steps down and further.

        {ROUNDS} rounds by turns, {LINEAGE_PACE.seconds} s each for lineage, {CALLS_PACE.seconds:.0f} s for
        the use cases.
        """,
        columns=["p95, ms", "others", "the chain", "chain over others"],
        rows=rows,
        remarks=[
            "Entries in an answer, mean: "
            + "; ".join(f"{what}: {found:.0f}" for what, found in counted.items())
            + f" ({COUNTED_ANSWERS} answers each).",
            f"Generated through COPY, every constraint and trigger on: {chain.generated.text()}.",
        ],
        figures={**figures({**read, **moved}), "entries in an answer": counted},
    )


def _row(
    what: str,
    others: Sequence[Sample],
    chain: Sequence[Sample],
    *,
    others_entries: float = 1,
    chain_entries: float = 1,
) -> list[str]:
    flat = [sample.p95_ms / others_entries for sample in others]
    deep = [sample.p95_ms / chain_entries for sample in chain]
    ratio = Spread.of([below / beside for below, beside in zip(deep, flat, strict=True)])
    return [what, Spread.of(flat).text(1), Spread.of(deep).text(1), ratio.text(2)]


def _path(serial: str) -> str:
    return f"/api/v1/registry/credits/{quote(serial)}/lineage"
