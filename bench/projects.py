"""The public project list: requests a second and p95, beside a handler that has the bytes already."""

import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import httpx

from bench.bench_stack import PROJECTS, BenchStack
from bench.fixed_bytes import ANSWER_FILE
from bench.loads.http import HttpLoad
from bench.loads.sample import Pace, Sample
from bench.measurement import Measurement, Section
from bench.rounds import COLUMNS, by_turns, cells, figures, run_load, share_of
from devstack.processes import ChildProcess, accepts_connections, running
from devstack.registry import ROOT

PATH = "/api/v1/registry/projects?limit=50"
ROUNDS = 4
PACE = Pace(connections=16, warm_up_seconds=1, seconds=3, most_calls=100_000)
OURS, CEILING = "project list", "fixed bytes"


async def measure(bench: BenchStack) -> Section:
    stack = await bench.stack()
    await bench.population()
    answer = await _answer(stack.api_url)
    async with _fixed_bytes(bench.data_dir, answer) as ceiling_port:
        ports = {OURS: int(stack.environment["API_PORT"]), CEILING: ceiling_port}
        loads = {name: partial(_load, port) for name, port in ports.items()}
        samples = await by_turns(loads, rounds=ROUNDS)
    ours, ceiling = samples[OURS], samples[CEILING]
    return Section(
        title=f"Public project list: `GET {PATH}`",
        method=f"""
        {PROJECTS} projects in the database, 50 in each answer of {len(answer):,} bytes, sent
        uncompressed; one API process, started as `make dev` does (uvicorn, uvloop, httptools).

        The ceiling is one FastAPI handler that returns the same bytes, in a uvicorn process with
        the same loop and HTTP implementation, without middleware and access log.

        {PACE.connections} kept-alive connections in a closed loop, from a client process of our own
        (bench/loads/http.py) that is the same for both; {ROUNDS} rounds by turns of
        {PACE.seconds:.0f} s after {PACE.warm_up_seconds:.0f} s of warm-up. Database, API and client
        share the machine.
        """,
        columns=["", *COLUMNS],
        rows=[
            ["registry", *cells(ours)],
            ["ceiling: the same bytes from a bare handler", *cells(ceiling)],
            ["share of the ceiling", share_of(ours, ceiling).text(3), "", "", "", ""],
        ],
        figures=figures(samples),
    )


MEASUREMENT = Measurement("projects", measure)


async def _answer(api_url: str) -> bytes:
    async with httpx.AsyncClient(base_url=api_url, headers={"Accept-Encoding": "identity"}) as http:
        return (await http.get(PATH)).raise_for_status().content


async def _load(port: int) -> Sample:
    request = f"GET {PATH} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: application/json\r\n\r\n"
    load = HttpLoad(port=port, requests=[request], repeat=True, expected_status=200, pace=PACE)
    return await run_load("bench.loads.http", load, {})


@asynccontextmanager
async def _fixed_bytes(data_dir: Path, answer: bytes) -> AsyncIterator[int]:
    """The ceiling's server; yields its port."""
    answer_file = data_dir / "answer.json"
    answer_file.write_bytes(answer)
    port = _free_port()
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


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port
