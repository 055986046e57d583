"""
The worker is killed with SIGKILL at five moments of a retirement; the end is always the same.

Blocks are made on command here, so that each moment can be caught: the test waits until the
database shows it, kills the worker, starts another, and lets the chain go on.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx
import pytest

from devstack.stack import Stack
from tests.conftest import BLOCK_SECONDS, People
from tests.journeys.project_life import RETIREMENT, issue

WAIT_SECONDS = 120
"""A server gives a killed worker's activities to the next after twenty seconds each."""


@dataclass
class Chain:
    """The devnet, under the test's control, and what the registry's tables say of it."""

    control: httpx.AsyncClient
    database: asyncpg.Connection

    async def mine(self, blocks: int = 1) -> None:
        (await self.control.post("/devnet/mine", json={"blocks": blocks})).raise_for_status()

    async def refuse_submissions(self, times: int) -> None:
        fault = {"path": "/tx/submit", "status": 503, "times": times}
        (await self.control.post("/devnet/fault", json=fault)).raise_for_status()

    async def clear_faults(self) -> None:
        (await self.control.post("/devnet/fault", json={"clear": True})).raise_for_status()

    async def record(self, retirement_id: str) -> asyncpg.Record | None:
        return await self.database.fetchrow(
            """
            SELECT record.status, record.tx_hash, carrier.status AS carrier, carrier.confirmations,
                   certificate.status AS certificate
              FROM credit_transactions moved
              JOIN chain_records record ON record.transaction_id = moved.id
              JOIN certificates certificate ON certificate.retirement_id = moved.retirement_id
              LEFT JOIN chain_transactions carrier ON carrier.tx_hash = record.tx_hash
             WHERE moved.retirement_id = $1
            """,
            retirement_id,
        )

    async def until(self, retirement_id: str, true: Callable[[asyncpg.Record], bool]) -> None:
        for _ in range(WAIT_SECONDS * 20):
            row = await self.record(retirement_id)
            if row is not None and true(row):
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"it never came to that: {await self.record(retirement_id)}")


@pytest.fixture
async def chain(stack: Stack) -> AsyncIterator[Chain]:
    """Blocks stand still for the test and flow again after it."""
    database = await asyncpg.connect(stack.database_url)
    async with httpx.AsyncClient(base_url=stack.devnet_url) as control:
        await control.post("/devnet/interval", json={"block_seconds": 0})
        yield Chain(control, database)
        await control.post("/devnet/fault", json={"clear": True})
        await control.post("/devnet/interval", json={"block_seconds": BLOCK_SECONDS})
    await database.close()


Moment = Callable[[Chain, str], Awaitable[None]]


async def just_accepted(chain: Chain, retirement_id: str) -> None:
    await chain.until(retirement_id, lambda row: row["status"] in {"queued", "submitted"})


async def signed_and_stored_but_not_sent(chain: Chain, retirement_id: str) -> None:
    await chain.until(retirement_id, lambda row: row["carrier"] == "signed")


async def sent_but_in_no_block(chain: Chain, retirement_id: str) -> None:
    await chain.until(retirement_id, lambda row: row["carrier"] == "submitted")


async def three_blocks_deep(chain: Chain, retirement_id: str) -> None:
    await sent_but_in_no_block(chain, retirement_id)
    await chain.mine(4)
    await chain.until(retirement_id, lambda row: row["confirmations"] == 3)


async def confirmed_but_perhaps_not_sealed(chain: Chain, retirement_id: str) -> None:
    await sent_but_in_no_block(chain, retirement_id)
    await chain.mine(7)
    await chain.until(retirement_id, lambda row: row["status"] == "confirmed")


@pytest.fixture(scope="module")
async def serial(people: People) -> str:
    """Credits to retire, a tonne at a time; what is left lives on under a new serial."""
    return await issue(people)


@pytest.mark.parametrize(
    "moment",
    [
        confirmed_but_perhaps_not_sealed,
        pytest.param(signed_and_stored_but_not_sent, marks=pytest.mark.proof),
        # Twenty seconds each, until the server gives the killed one's work to the next.
        pytest.param(just_accepted, marks=pytest.mark.proof),
        pytest.param(sent_but_in_no_block, marks=pytest.mark.proof),
        pytest.param(three_blocks_deep, marks=pytest.mark.proof),
    ],
    ids=lambda moment: moment.__name__,
)
async def test_a_retirement_ends_the_same_wherever_its_worker_is_killed(
    moment: Moment, stack: Stack, people: People, chain: Chain, serial: str
) -> None:
    if moment is signed_and_stored_but_not_sent:
        await chain.refuse_submissions(times=1000)
    credits = await people.supplier.get("/credits?status=active&limit=100")
    retirement = await people.supplier.post(
        f"/credits/{credits[0]['serial']}/retire", {"quantity": "1.00", **RETIREMENT}
    )

    await moment(chain, retirement["id"])
    await stack.worker.kill()
    await chain.clear_faults()
    await stack.worker.start()
    await _blocks_go_on_until_sealed(chain, retirement["id"])

    assert await _end_state(stack, chain, retirement) == {
        "status": "confirmed",
        "confirmed six deep": True,
        "certificate": "sealed",
        "ledger transactions": 1,
        "chain records": 1,
        "certificates": 1,
        "transactions on the chain that tell of it": 1,
        "retired": "1.00",
    }


async def _blocks_go_on_until_sealed(chain: Chain, retirement_id: str) -> None:
    for _ in range(WAIT_SECONDS):
        row = await chain.record(retirement_id)
        if row is not None and row["certificate"] == "sealed":
            return
        await chain.mine()
        await asyncio.sleep(1)
    raise AssertionError(f"it was never sealed: {await chain.record(retirement_id)}")


async def _end_state(stack: Stack, chain: Chain, retirement: Any) -> dict[str, Any]:
    row = await chain.record(retirement["id"])
    assert row is not None
    counts = await chain.database.fetchrow(
        """
        SELECT count(DISTINCT moved.id) AS moved, count(DISTINCT record.id) AS records,
               count(DISTINCT certificate.retirement_id) AS certificates
          FROM credit_transactions moved
          LEFT JOIN chain_records record ON record.transaction_id = moved.id
          LEFT JOIN certificates certificate ON certificate.retirement_id = moved.retirement_id
         WHERE moved.retirement_id = $1
        """,
        retirement["id"],
    )
    assert counts is not None
    told = [
        page
        for page in await _all_records(stack)
        if page["json_metadata"].get("credit_id") == retirement["serial"]
    ]
    async with httpx.AsyncClient(base_url=stack.api_url) as http:
        public = await http.get(f"/api/v1/registry/retirements/{retirement['id']}")
    return {
        "status": row["status"],
        "confirmed six deep": row["confirmations"] >= 6,
        "certificate": row["certificate"],
        "ledger transactions": counts["moved"],
        "chain records": counts["records"],
        "certificates": counts["certificates"],
        "transactions on the chain that tell of it": len(told),
        "retired": public.json()["data"]["quantity"],
    }


async def _all_records(stack: Stack) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    async with httpx.AsyncClient(base_url=f"{stack.devnet_url}/api/v0") as chain:
        for page in range(1, 100):
            answer = await chain.get(f"/metadata/txs/labels/674?page={page}&count=100")
            if answer.status_code == httpx.codes.NOT_FOUND or not answer.json():
                break
            found += answer.json()
    return found
