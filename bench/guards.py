"""What guards a call - permission, row-level security, audit entry - beside the same call without it."""

import json
import sys
from functools import partial

import httpx

from bench.bench_stack import BenchStack
from bench.loads.http import HttpLoad
from bench.loads.sample import Pace, Sample
from bench.measurement import Measurement, Section, Spread
from bench.population import PASSWORD
from bench.registries import free_port
from bench.rounds import COLUMNS, by_turns, cells, figures, run_load
from devstack.processes import ChildProcess
from devstack.registry import api_process, running_api

ROUNDS = 5
PACE = Pace(connections=1, warm_up_seconds=0.5, seconds=2, most_calls=100_000)
READ, WRITE = "`GET /api/v1/credits`", "`PATCH /api/v1/me`"
MOST = {READ: 1.15, WRITE: 1.25}
BARE = "without its guards"


async def measure(bench: BenchStack) -> Section:
    stack = await bench.stack()
    holder = (await bench.population()).holders[0]
    async with httpx.AsyncClient(base_url=stack.api_url, timeout=30) as http:
        sent = {"email": holder.email, "password": PASSWORD}
        answer = (await http.post("/api/v1/auth/login", json=sent)).raise_for_status()
    token = answer.json()["data"]["accessToken"]
    port = free_port()
    environment = {
        **stack.environment,
        "API_PORT": str(port),
        "DATABASE_URL": stack.environment["MIGRATIONS_DATABASE_URL"],
    }
    folder = bench.data_dir / "bare"
    folder.mkdir()
    process = api_process(folder, environment)
    bare = ChildProcess(
        "The API without guards",
        [sys.executable, "-m", "bench.loads.bare_api", *process.command[3:]],
        process.log,
        process.environment,
        process.working_directory,
    )
    async with running_api(bare, environment):
        ports = {"": int(stack.environment["API_PORT"]), f", {BARE}": port}
        samples = await by_turns(
            {
                f"{call}{how}": partial(_run, call, token, at)
                for call in (READ, WRITE)
                for how, at in ports.items()
            },
            rounds=ROUNDS,
        )
    return _section(samples)


MEASUREMENT = Measurement("guards", measure)


async def _run(call: str, token: str, port: int) -> Sample:
    method, path = call.strip("`").split()
    body = json.dumps({"name": "A holder"}) if method == "PATCH" else ""
    request = (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    )
    load = HttpLoad(port=port, requests=[request], repeat=True, expected_status=200, pace=PACE)
    return await run_load("bench.loads.http", load, {})


def _cost(samples: dict[str, list[Sample]], call: str) -> Spread:
    """The median time of a call as a multiple of the same without its guards, round by round."""
    return Spread.of(
        [
            guarded.p50_ms / bare.p50_ms
            for guarded, bare in zip(samples[call], samples[f"{call}, {BARE}"], strict=True)
        ]
    )


def _section(samples: dict[str, list[Sample]]) -> Section:
    rows: list[list[str]] = []
    for call, most in MOST.items():
        rows += [
            [call, *cells(samples[call])],
            [f"ceiling: {call}, {BARE}", *cells(samples[f"{call}, {BARE}"])],
            [f"{call}: p50 as a multiple of that, at most {most}", _cost(samples, call).text(3)],
        ]
    return Section(
        title="What guards a call: permission, row-level security, audit entry",
        method=f"""
        One signed-in holder on one kept-alive connection in a closed loop, of an API process as it is
        and of one that connects as the owner of the tables, for whom there are no policies, sets no
        identity, asks for no permission and writes no audit entry. Both find the session by its
        token. {ROUNDS} rounds by turns of {PACE.seconds} s.
        """,
        columns=["", *COLUMNS],
        rows=rows,
        figures=figures(samples),
    )
