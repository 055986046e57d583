"""The ledger's use cases alone: retirements and transfers a second, beside pgbench with the same statements."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from random import Random
from uuid import UUID

import asyncpg

from bench.bench_stack import BenchStack
from bench.loads.ledger import LedgerLoad
from bench.loads.sample import Pace, Sample
from bench.measurement import Measurement, Section
from bench.movements import retire_one, transfer_one, write_drafts
from bench.registries import Registry, copied_registry
from bench.replay import replay
from bench.rounds import COLUMNS, by_turns, cells, figures, run_load, share_of

ROUNDS, LARGE_ROUNDS = 2, 3
CALLS = 400
PACE = Pace(connections=8, warm_up_seconds=0.5, seconds=3, most_calls=CALLS)
TARGET = 0.3


async def measure(bench: BenchStack) -> Section:
    stack = await bench.stack()
    folder = bench.data_dir / "ledger"
    folder.mkdir()
    entries, original = sorted((await bench.registries()).items())[1]
    registry = await copied_registry(stack, original, "bench_ledger")
    copy = await copied_registry(stack, original, "bench_ledger_copy")
    calls = await _Calls.prepared(registry, copy, folder)
    samples = await by_turns(
        {
            "retirements": calls.retire,
            "retirements by pgbench": partial(replay, copy, calls.recording("retire"), clients=8),
            "transfers": calls.transfer,
            "transfers by pgbench": partial(replay, copy, calls.recording("transfer"), clients=8),
        },
        rounds=LARGE_ROUNDS if bench.large else ROUNDS,
    )
    return _section(samples, entries)


MEASUREMENT = Measurement("ledger", measure)


class _Calls:
    """Each call has an entry of its own, of which it moves one unit, which splits it."""

    def __init__(
        self,
        registries: Sequence[Registry],
        folder: Path,
        holdings: Sequence[tuple[str, UUID]],
        holders: Sequence[UUID],
    ) -> None:
        self._registries = registries
        self._folder = folder
        self._holdings = iter(holdings)
        self._holders = holders
        self._random = Random(1)

    @classmethod
    async def prepared(cls, registry: Registry, copy: Registry, folder: Path) -> "_Calls":
        connection = await asyncpg.connect(registry.owner_url)
        try:
            rows = await connection.fetch(
                "SELECT serial, owner_id FROM credit_entries"
                " WHERE status = 'active' AND quantity_units > 1 ORDER BY id"
            )
        finally:
            await connection.close()
        holdings = [(row["serial"], row["owner_id"]) for row in rows]
        return cls((registry, copy), folder, holdings, sorted({owner for _, owner in holdings}))

    def recording(self, kind: str) -> Path:
        return self._folder / f"{kind}.json"

    async def retire(self) -> Sample:
        requests = [retire_one(serial, owner_id) for serial, owner_id in self._take()]
        for registry in self._registries:
            await write_drafts(registry.owner_url, requests)
        load = LedgerLoad(retirements=requests, recording=self.recording("retire"), pace=PACE)
        return await run_load("bench.loads.ledger", load, self._registries[0].environment)

    async def transfer(self) -> Sample:
        requests = [
            transfer_one(
                serial, owner_id, self._random.choice([h for h in self._holders if h != owner_id])
            )
            for serial, owner_id in self._take()
        ]
        load = LedgerLoad(transfers=requests, recording=self.recording("transfer"), pace=PACE)
        return await run_load("bench.loads.ledger", load, self._registries[0].environment)

    def _take(self) -> list[tuple[str, UUID]]:
        return [holding for _, holding in zip(range(CALLS), self._holdings, strict=False)]


def _section(samples: dict[str, list[Sample]], entries: int) -> Section:
    rows = []
    for kind in ("retirements", "transfers"):
        ours, ceiling = samples[kind], samples[f"{kind} by pgbench"]
        rows += [
            [kind, *cells(ours)],
            [f"ceiling: {kind} by pgbench", *cells(ceiling)[:-1]],
            [f"share of the ceiling, at least {TARGET}", share_of(ours, ceiling).text(3)],
        ]
    return Section(
        title="Ledger alone: the use cases `retire_units` and `transfer_credits`",
        method=f"""
        Called directly in one process, {PACE.connections} transactions at once, each of one unit of
        an entry of its own, which splits it; PostgreSQL with fsync; {entries:,} generated entries.

        The ceiling is pgbench (-M prepared, as many clients, two threads) on a copy of the same
        database: every transaction that the use case has just committed there, its warm-up
        included, with all its statements and its own values. Before each, pgbench reads these
        values from a table, which the use case has no need of.

        {len(samples["transfers"])} rounds by turns, {PACE.seconds:.0f} s or {CALLS} calls each. Database and load
        share the machine.
        """,
        columns=["", *COLUMNS],
        rows=rows,
        figures=figures(samples),
    )
