"""What the retirement's measurement sets in motion: the call, its bare transaction, the empty update."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID, uuid4

import asyncpg
import httpx

from activities.retirement import BeneficiaryDraft, RetirementDraft, RetireUnits
from bench import empty_update
from bench.loads.http import HttpLoad
from bench.loads.sample import Pace, Sample
from bench.loads.update import UpdateLoad
from bench.loads.use_case import UseCaseLoad
from bench.population import PASSWORD, Holding, Population
from bench.rounds import run_load
from devstack.processes import ChildProcess, running
from devstack.registry import ROOT
from devstack.stack import Stack
from workflows.retirement import workflow_id

# What one round may use up: more than two cores retire in its warm-up and measured time.
HTTP_CALLS, DIRECT_CALLS = 700, 1_800
_SENT = {
    "quantity": "0.01",
    "purpose": "Voluntary offsetting",
    "reason": "Flights of the year 2025",
    "beneficiary": {"name": "Nordlicht Reisen GmbH", "country": "DEU"},
}
_DRAFT = RetirementDraft(
    beneficiary=BeneficiaryDraft(name="Nordlicht Reisen GmbH", country="DEU"),
    purpose="Voluntary offsetting",
    reason="Flights of the year 2025",
)


@dataclass(frozen=True)
class RetirementLoads:
    """Each call retires 0.01 t of an entry of its own, which splits it."""

    stack: Stack
    population: Population
    tokens: dict[UUID, str]

    @classmethod
    async def prepared(cls, stack: Stack, population: Population) -> "RetirementLoads":
        """With every holder signed in."""
        async with httpx.AsyncClient(base_url=stack.api_url, timeout=30) as http:
            tokens = {holder.id: await _token(http, holder.email) for holder in population.holders}
        return cls(stack, population, tokens)

    async def retire_call(self, pace: Pace, *, calls: int = HTTP_CALLS) -> Sample:
        load = HttpLoad(
            port=int(self.stack.environment["API_PORT"]),
            requests=[self._request(holding) for holding in self.population.take(calls)],
            repeat=False,
            expected_status=201,
            pace=pace,
        )
        return await run_load("bench.loads.http", load, {})

    async def bare_transaction(self, pace: Pace) -> Sample:
        requests = [_retire_units(holding) for holding in self.population.take(DIRECT_CALLS)]
        await self._write_drafts(requests)
        load = UseCaseLoad(requests=requests, pace=pace)
        return await run_load("bench.loads.use_case", load, self.stack.environment)

    async def empty_update(self, pace: Pace) -> Sample:
        return await run_load("bench.loads.update", UpdateLoad(pace=pace), self.stack.environment)

    def _request(self, holding: Holding) -> str:
        body = json.dumps(_SENT)
        return (
            f"POST /api/v1/credits/{holding.serial}/retire HTTP/1.1\r\n"
            f"Host: 127.0.0.1\r\n"
            f"Authorization: Bearer {self.tokens[holding.holder.id]}\r\n"
            f"Idempotency-Key: {uuid4()}\r\n"
            f"Content-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )

    async def _write_drafts(self, requests: Sequence[RetireUnits]) -> None:
        """As the API leaves them before it calls the workflow."""
        body = _DRAFT.model_dump_json()
        connection = await asyncpg.connect(self.stack.database_url)
        try:
            await connection.copy_records_to_table(
                "drafts",
                columns=["id", "account_id", "body"],
                records=[(asked.retirement_id, asked.account_id, body) for asked in requests],
            )
        finally:
            await connection.close()


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


def _retire_units(holding: Holding) -> RetireUnits:
    retirement_id = uuid4()
    return RetireUnits(
        retirement_id=retirement_id,
        serial=holding.serial,
        quantity_units=1,
        account_id=holding.holder.id,
        waiting_workflow_id=workflow_id(retirement_id),
    )


async def _token(http: httpx.AsyncClient, email: str) -> str:
    answer = await http.post("/api/v1/auth/login", json={"email": email, "password": PASSWORD})
    token: str = answer.raise_for_status().json()["data"]["accessToken"]
    return token
