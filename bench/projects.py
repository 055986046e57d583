"""The public project list: requests a second and p95, beside a handler that has the bytes already."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import asyncpg
import httpx

from api.http.cursors import write_cursor
from bench.bench_stack import PROJECTS, BenchStack
from bench.fixed_bytes import ANSWER_FILE
from bench.loads.http import HttpLoad
from bench.loads.sample import Pace, Sample
from bench.measurement import Measurement, Section
from bench.registries import free_port
from bench.rounds import COLUMNS, by_turns, cells, figures, run_load, share_of
from devstack.processes import ChildProcess, accepts_connections, running
from devstack.registry import ROOT

LIMIT = 50
PATH = f"/api/v1/registry/projects?limit={LIMIT}"
ROUNDS = 3
PACE = Pace(connections=16, warm_up_seconds=1, seconds=3, most_calls=100_000)
COMPUTED, SHARED, CEILING = "each another part", "all the first part", "fixed bytes"


async def measure(bench: BenchStack) -> Section:
    stack = await bench.stack()
    await bench.population()
    answer = await _answer(stack.api_url)
    parts = await _parts(stack.database_url)
    port = int(stack.environment["API_PORT"])
    async with _fixed_bytes(bench.data_dir, answer) as ceiling_port:
        loads = {
            COMPUTED: partial(_load, port, parts),
            SHARED: partial(_load, port, [PATH]),
            CEILING: partial(_load, ceiling_port, parts),
        }
        samples = await by_turns(loads, rounds=ROUNDS)
    return _section(samples, answer_bytes=len(answer), parts=len(parts))


MEASUREMENT = Measurement("projects", measure)


def _section(samples: dict[str, list[Sample]], *, answer_bytes: int, parts: int) -> Section:
    computed, shared, ceiling = (samples[name] for name in (COMPUTED, SHARED, CEILING))
    return Section(
        title=f"Public project list: `GET {PATH}`",
        method=f"""
        {PROJECTS} projects in the database, 50 in each answer of about {answer_bytes:,} bytes, sent
        uncompressed; one API process, started as `make dev` does (uvicorn, uvloop, httptools).

        Two loads, because equal requests within a moment share one answer (api/http/middleware/response_cache.py). In
        the first each request asks for another part of the list ({parts} cursors, in both orders,
        one after the other), so that answers are computed; in the second all ask for the first
        part, as the readers of a home page do, and what is measured is that shared answer.

        The ceiling is one FastAPI handler that returns the same bytes, in a uvicorn process with
        the same loop and HTTP implementation, without middleware and access log.

        {PACE.connections} kept-alive connections in a closed loop, from a client process of our own
        (bench/loads/http.py) that is the same for all; {ROUNDS} rounds by turns of
        {PACE.seconds:.0f} s after {PACE.warm_up_seconds:.0f} s of warm-up. Database, API and client
        share the machine.
        """,
        columns=["", *COLUMNS],
        rows=[
            ["registry, each request for another part", *cells(computed)],
            ["registry, all for the first part", *cells(shared)],
            ["ceiling: the same bytes from a bare handler", *cells(ceiling)],
            ["share of the ceiling, another part", share_of(computed, ceiling).text(3)],
            ["share of the ceiling, first part", share_of(shared, ceiling).text(3)],
        ],
        figures=figures(samples),
    )


async def _answer(api_url: str) -> bytes:
    async with httpx.AsyncClient(base_url=api_url, headers={"Accept-Encoding": "identity"}) as http:
        return (await http.get(PATH)).raise_for_status().content


async def _parts(database_url: str) -> list[str]:
    """Addresses of every whole part that some project comes before, in both orders."""
    connection = await asyncpg.connect(database_url)
    try:
        rows = await connection.fetch("SELECT created_at, id FROM projects ORDER BY 1, 2")
    finally:
        await connection.close()
    cursors = [write_cursor((row["created_at"], row["id"])) for row in rows]
    upwards = [f"{PATH}&sort=createdAt&cursor={cursor}" for cursor in cursors[:-LIMIT]]
    downwards = [f"{PATH}&sort=-createdAt&cursor={cursor}" for cursor in cursors[LIMIT:]]
    return upwards + downwards


async def _load(port: int, paths: list[str]) -> Sample:
    requests = [
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: application/json\r\n\r\n"
        for path in paths
    ]
    load = HttpLoad(port=port, requests=requests, repeat=True, expected_status=200, pace=PACE)
    return await run_load("bench.loads.http", load, {})


@asynccontextmanager
async def _fixed_bytes(data_dir: Path, answer: bytes) -> AsyncIterator[int]:
    """The ceiling's server; yields its port."""
    answer_file = data_dir / "answer.json"
    answer_file.write_bytes(answer)
    port = free_port()
    server = ChildProcess(
        "The bare handler",
        [
            *(sys.executable, "-m", "uvicorn", "bench.fixed_bytes:create_app", "--factory"),
            *("--host", "127.0.0.1", "--port", str(port), "--no-access-log"),
        ],
        data_dir / "fixed_bytes.log",
        environment={ANSWER_FILE: str(answer_file)},
        working_directory=ROOT,
    )
    async with running(server, lambda: accepts_connections(port), limit_seconds=30):
        yield port
