"""The board of staff with a thousand and with a hundred thousand rounds, three of four of which wait."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

import asyncpg
import httpx
from pydantic import SecretStr

from adapters.settings.database import DatabaseSettings
from bench.bench_stack import BenchStack
from bench.board_rows import add_rounds
from bench.loads.http import HttpLoad
from bench.loads.sample import Pace, Sample
from bench.measurement import Measurement, Section, Spread
from bench.registries import Registry, api_on, new_registry
from bench.rounds import by_turns, figures, run_load, spread
from devstack.seed import ACCOUNTS, PASSWORD, seed_accounts

SIZES = 1_000, 100_000
ROUNDS = 3
TARGET = 1.3
APART = timedelta(minutes=10)
"""So that of a thousand some are overdue too, and each page is full."""
PACE = Pace(connections=2, warm_up_seconds=0.5, seconds=4, most_calls=100_000)
BOARD, OVERDUE, OVERVIEW = "`GET /staff`", "`GET /staff?overdue=on`", "`GET /api/v1/admin/overview`"
PATHS = {BOARD: "/staff", OVERDUE: "/staff?overdue=on", OVERVIEW: "/api/v1/admin/overview"}


async def measure(bench: BenchStack) -> Section:
    stack = await bench.stack()
    async with AsyncExitStack() as parts:
        readers = {}
        for rounds in SIZES:
            print(f"Generating {rounds:,} rounds", flush=True)
            registry = await new_registry(stack, bench.data_dir, f"bench_board_{rounds}")
            await populate_rounds(registry, rounds)
            readers[rounds] = await _Reader.started(registry, bench.data_dir, parts)
        samples = await by_turns(
            {
                f"{what} at {rounds:,}": partial(reader.read, what)
                for what in PATHS
                for rounds, reader in readers.items()
            },
            rounds=ROUNDS,
        )
    return _section(samples)


MEASUREMENT = Measurement("board", measure)


@dataclass(frozen=True)
class _Reader:
    """An API process on one registry, and somebody of staff who is signed in on its pages and calls."""

    port: int
    headers: dict[str, str]

    @classmethod
    async def started(cls, registry: Registry, data_dir: Path, parts: AsyncExitStack) -> "_Reader":
        port = await parts.enter_async_context(api_on(registry, data_dir))
        url = f"http://127.0.0.1:{port}"
        email = ACCOUNTS[0][0]
        async with httpx.AsyncClient(base_url=url, headers={"Origin": url}, timeout=30) as http:
            form = {"email": email, "password": PASSWORD, "next": ""}
            await http.post("/sign-in", data=form)
            cookies = "; ".join(f"{name}={value}" for name, value in http.cookies.items())
            body = {"email": email, "password": PASSWORD}
            answer = (await http.post("/api/v1/auth/login", json=body)).raise_for_status()
        token = answer.json()["data"]["accessToken"]
        return cls(port, {"page": f"Cookie: {cookies}", "call": f"Authorization: Bearer {token}"})

    async def read(self, what: str) -> Sample:
        header = self.headers["call" if PATHS[what].startswith("/api/") else "page"]
        request = f"GET {PATHS[what]} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n{header}\r\n\r\n"
        load = HttpLoad(
            port=self.port, requests=[request], repeat=True, expected_status=200, pace=PACE
        )
        return await run_load("bench.loads.http", load, {})


async def populate_rounds(registry: Registry, rounds: int) -> None:
    """All of the demo's supplier and verifier; its accounts have organisations and an accreditation."""
    environment = registry.environment
    personal: dict[str, Any] = {
        name.lower(): value for name, value in environment.items() if name.startswith("PERSONAL_")
    }
    url = SecretStr(environment["DATABASE_URL"])
    await seed_accounts(DatabaseSettings(database_url=url, **personal), bcrypt_cost=4)
    ids = [uuid5(NAMESPACE_DNS, email) for email, *_ in ACCOUNTS]
    connection = await asyncpg.connect(registry.owner_url)
    try:
        await add_rounds(connection, rounds, supplier=ids[1], verifier=ids[2], apart=APART)
    finally:
        await connection.close()


def _section(samples: dict[str, list[Sample]]) -> Section:
    few, many = SIZES
    rows = []
    for what in PATHS:
        small, large = (samples[f"{what} at {rounds:,}"] for rounds in SIZES)
        rows.append([what, *_cells(small, large)])
    return Section(
        title="The board of staff",
        method=f"""
        {few:,} and {many:,} rounds of as many projects, a quarter in each stage, in a database of its own
        each with an API process of its own. A page shows 50 rounds, those first whose deadline comes first,
        with the verifiers that each can be given to; stages are counted up to a thousand. Somebody of staff
        asks for it over {PACE.connections} kept-alive connections in a closed loop; {ROUNDS} rounds by
        turns of {PACE.seconds} s.
        """,
        columns=["p50, ms", *(f"{rounds:,}" for rounds in SIZES), "ratio", "wanted"],
        rows=rows,
        figures=figures(samples),
    )


def _cells(small: Sequence[Sample], large: Sequence[Sample]) -> list[str]:
    ratio = Spread.of(
        [big.p50_ms / little.p50_ms for big, little in zip(large, small, strict=True)]
    )
    return [
        *(spread(one, "p50_ms").text(1) for one in (small, large)),
        ratio.text(2),
        f"at most {TARGET}",
    ]
