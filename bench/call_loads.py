"""What the ledger calls' measurement sets in motion: the calls, the bare transaction, the empty update."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID, uuid4

import asyncpg
import httpx

from bench import empty_update
from bench.loads.http import HttpLoad
from bench.loads.ledger import LedgerLoad
from bench.loads.sample import Pace, Sample
from bench.loads.update import UpdateLoad
from bench.movements import DRAFT, retire_one, write_drafts
from bench.population import PASSWORD, Holder, Holding, Population
from bench.rounds import run_load
from devstack.processes import ChildProcess, running
from devstack.registry import ROOT
from devstack.stack import Stack

# What one round may use up: more than two cores do in its warm-up and measured time.
HTTP_CALLS, DIRECT_CALLS = 700, 1_800
_RETIREMENT = {"quantity": "0.01", **DRAFT.model_dump(exclude_none=True)}


@dataclass(frozen=True)
class CallLoads:
    """Each call retires or transfers 0.01 t of an entry of its own, which splits it."""

    stack: Stack
    population: Population
    tokens: dict[UUID, str]

    @classmethod
    async def prepared(cls, stack: Stack, population: Population) -> "CallLoads":
        """With every holder signed in."""
        async with httpx.AsyncClient(base_url=stack.api_url, timeout=30) as http:
            tokens = {holder.id: await _token(http, holder.email) for holder in population.holders}
        return cls(stack, population, tokens)

    async def retire_call(self, pace: Pace, *, calls: int = HTTP_CALLS) -> Sample:
        return await self._run(
            [
                self._request(holding, "retire", _RETIREMENT)
                for holding in self.population.take(calls)
            ],
            pace,
        )

    async def transfer_call(self, pace: Pace) -> Sample:
        """To the next of the holders, by its address."""
        return await self._run(
            [
                self._request(
                    holding,
                    "transfer",
                    {"quantity": "0.01", "recipientEmail": self._next_holder(holding).email},
                )
                for holding in self.population.take(HTTP_CALLS)
            ],
            pace,
        )

    async def bare_transaction(self, pace: Pace) -> Sample:
        requests = [
            retire_one(holding.serial, holding.holder.id)
            for holding in self.population.take(DIRECT_CALLS)
        ]
        await write_drafts(self.stack.database_url, requests)
        load = LedgerLoad(retirements=requests, pace=pace)
        return await run_load("bench.loads.ledger", load, self.stack.environment)

    async def empty_update(self, pace: Pace) -> Sample:
        return await run_load("bench.loads.update", UpdateLoad(pace=pace), self.stack.environment)

    async def _run(self, requests: list[str], pace: Pace) -> Sample:
        load = HttpLoad(
            port=int(self.stack.environment["API_PORT"]),
            requests=requests,
            repeat=False,
            expected_status=201,
            pace=pace,
        )
        return await run_load("bench.loads.http", load, {})

    def _request(self, holding: Holding, call: str, sent: Mapping[str, object]) -> str:
        body = json.dumps(sent)
        return (
            f"POST /api/v1/credits/{holding.serial}/{call} HTTP/1.1\r\n"
            f"Host: 127.0.0.1\r\n"
            f"Authorization: Bearer {self.tokens[holding.holder.id]}\r\n"
            f"Idempotency-Key: {uuid4()}\r\n"
            f"Content-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )

    def _next_holder(self, holding: Holding) -> Holder:
        holders = self.population.holders
        return holders[(holders.index(holding.holder) + 1) % len(holders)]


async def seconds_until_sealed(stack: Stack, *, limit_seconds: float) -> float | None:
    """How long until every certificate there is is sealed; None when the limit comes first."""
    began = time.monotonic()
    connection = await asyncpg.connect(stack.database_url)
    try:
        while time.monotonic() - began < limit_seconds:
            waiting = await connection.fetchval(
                "SELECT count(*) FROM certificates WHERE status <> 'sealed'"
            )
            if not waiting:
                return time.monotonic() - began
            print(f"  {waiting} certificates wait for the chain", flush=True)
            await asyncio.sleep(2)
    finally:
        await connection.close()
    return None


@asynccontextmanager
async def chain_at_rest(stack: Stack) -> AsyncIterator[None]:
    """
    The chain's provider turns the wallet away (402), so that the wallet rests.

    Records go on to be queued and the wallet to be woken, but no work for the chain is left over
    from one thing's round to disturb the next one's.
    """
    async with httpx.AsyncClient(base_url=f"{stack.devnet_url}/devnet") as devnet:
        # The wallet gives up for a minute at the first of these, so that a few would do.
        fault = {"status": 402, "times": 1_000}
        (await devnet.post("/fault", json=fault)).raise_for_status()
        try:
            yield
        finally:
            (await devnet.post("/fault", json={"clear": True})).raise_for_status()


@asynccontextmanager
async def empty_update_worker(stack: Stack) -> AsyncIterator[ChildProcess]:
    worker = ChildProcess(
        "The worker of the empty update",
        [sys.executable, "-m", "bench.empty_update"],
        stack.data_dir / "logs" / "empty_update.log",
        environment=stack.environment,
        working_directory=ROOT,
    )

    async def polls() -> bool:
        return empty_update.STARTED in worker.log.read_bytes()

    async with running(worker, polls, limit_seconds=60):
        yield worker


async def _token(http: httpx.AsyncClient, email: str) -> str:
    answer = await http.post("/api/v1/auth/login", json={"email": email, "password": PASSWORD})
    token: str = answer.raise_for_status().json()["data"]["accessToken"]
    return token
