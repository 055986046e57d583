"""Lists and lineage at a thousand, a hundred thousand and a million entries."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from urllib.parse import quote

import asyncpg
import httpx

from api.http.cursors import write_cursor
from bench.bench_stack import BenchStack
from bench.loads.http import HttpLoad
from bench.loads.sample import Pace, Sample
from bench.measurement import Measurement, Section, Spread
from bench.population import PASSWORD
from bench.registries import Registry, api_on
from bench.rounds import by_turns, figures, run_load, spread

ROUNDS, LARGE_ROUNDS = 2, 3
PACE = Pace(connections=2, warm_up_seconds=0.3, seconds=1.5, most_calls=100_000)
REQUESTS = 300
LIMIT = 50
TARGET = 1.3
RETIREMENTS, CREDITS, LINEAGE = (
    "`GET /registry/retirements?limit=50`",
    "`GET /credits?limit=50` of who has most",
    "`GET /registry/credits/{serial}/lineage`",
)
# Any row of a list, so that readers begin anywhere in it.
_RETIREMENTS = "SELECT retired_at, id FROM retirements ORDER BY random() LIMIT $1"
_CREDITS = "SELECT issued_at, id FROM credit_entries WHERE owner_id = $2 ORDER BY random() LIMIT $1"
_SERIALS = "SELECT serial FROM credit_entries ORDER BY random() LIMIT $1"
_BIGGEST = """
    SELECT u.id, u.email, count(*) AS entries FROM credit_entries e JOIN users u ON u.id = e.owner_id
     WHERE u.role IN ('buyer', 'developer') GROUP BY u.id ORDER BY 3 DESC LIMIT 1
"""


async def measure(bench: BenchStack) -> Section:
    sizes = await bench.registries()
    async with AsyncExitStack() as parts:
        readers = {
            entries: await _Reader.started(registry, bench.data_dir, parts)
            for entries, registry in sizes.items()
        }
        samples = await by_turns(
            {
                f"{what} at {entries:,}": partial(reader.read, what)
                for what in (RETIREMENTS, CREDITS, LINEAGE)
                for entries, reader in readers.items()
            },
            rounds=LARGE_ROUNDS if bench.large else ROUNDS,
        )
    held = {entries: reader.held for entries, reader in readers.items()}
    return _section(samples, list(sizes), held, bench.generated)


MEASUREMENT = Measurement("scale", measure)


@dataclass(frozen=True)
class _Reader:
    """An API process on one registry, and what is asked of it; `held` are the biggest holder's entries."""

    port: int
    requests: dict[str, list[str]]
    held: int

    @classmethod
    async def started(cls, registry: Registry, data_dir: Path, parts: AsyncExitStack) -> "_Reader":
        port = await parts.enter_async_context(api_on(registry, data_dir))
        connection = await asyncpg.connect(registry.owner_url)
        try:
            biggest = await connection.fetchrow(_BIGGEST)
            retirements = await connection.fetch(_RETIREMENTS, REQUESTS)
            credits = await connection.fetch(_CREDITS, REQUESTS, biggest["id"])
            serials = await connection.fetch(_SERIALS, REQUESTS)
        finally:
            await connection.close()
        token = await _token(f"http://127.0.0.1:{port}", biggest["email"])
        requests = {
            RETIREMENTS: [
                _get(f"/registry/retirements?limit={LIMIT}&cursor={cursor}")
                for cursor in _cursors(retirements)
            ],
            CREDITS: [
                _get(f"/credits?limit={LIMIT}&cursor={cursor}", token)
                for cursor in _cursors(credits)
            ],
            LINEAGE: [_get(f"/registry/credits/{quote(row['serial'])}/lineage") for row in serials],
        }
        return cls(port, requests, biggest["entries"])

    async def read(self, what: str) -> Sample:
        requests = list(self.requests[what])
        # In another order each time, so that no answer is found that was kept for the moment.
        Random().shuffle(requests)
        load = HttpLoad(
            port=self.port, requests=requests, repeat=True, expected_status=200, pace=PACE
        )
        return await run_load("bench.loads.http", load, {})


def _section(
    samples: dict[str, list[Sample]],
    sizes: Sequence[int],
    held: dict[int, int],
    generated: Sequence[str],
) -> Section:
    least, most = min(sizes), max(sizes)
    rounds = len(next(iter(samples.values())))
    rows = []
    for what in (RETIREMENTS, CREDITS, LINEAGE):
        at = {entries: samples[f"{what} at {entries:,}"] for entries in sizes}
        ratio = Spread.of(
            [big.p95_ms / small.p95_ms for big, small in zip(at[most], at[least], strict=True)]
        )
        rows.append(
            [what, *(spread(at[entries], "p95_ms").text(1) for entries in sizes), ratio.text(2)]
        )
    return Section(
        title="Lists and lineage in small and in large registries",
        method=f"""
        Each size is a generated database of its own (bench/generator.py) with an API process of its
        own, in one PostgreSQL with 128 MB of shared buffers; {PACE.connections} kept-alive
        connections in a closed loop; {rounds} rounds by turns of {PACE.seconds} s. Each of
        {REQUESTS} requests asks for another part of its list, which begins anywhere in it, or for
        another entry. Who has most holds or held
        {", ".join(f"{count:,} entries of {entries:,}" for entries, count in held.items())}.

        The last column is to be at most {TARGET} with a million entries (ARGS="--large").
        """,
        columns=[
            "p95, ms",
            *(f"{entries:,} entries" for entries in sizes),
            f"{most:,} over {least:,}",
        ],
        rows=rows,
        remarks=[
            "Generated through COPY, every constraint and trigger on: " + "; ".join(generated) + "."
        ],
        figures=figures(samples),
    )


def _cursors(rows: Sequence[asyncpg.Record]) -> list[str]:
    return [write_cursor((at, id)) for at, id in rows]


def _get(path: str, token: str = "") -> str:
    signed_in = f"Authorization: Bearer {token}\r\n" if token else ""
    return f"GET /api/v1{path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{signed_in}\r\n"


async def _token(api_url: str, email: str) -> str:
    async with httpx.AsyncClient(base_url=api_url, timeout=30) as http:
        sent = {"email": email, "password": PASSWORD}
        answer = await http.post("/api/v1/auth/login", json=sent)
    token: str = answer.raise_for_status().json()["data"]["accessToken"]
    return token
