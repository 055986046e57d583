"""What the chain's measurement sets in motion: a backlog, blocks at a steady pace, one record alone."""

import asyncio
import json
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import psutil
from temporalio.client import Client

from bench.population import PASSWORD, Holding, Population
from devstack.stack import Stack
from workflows.chain.ids import wallet_workflow_id

SLOTS_PER_BLOCK = 20
_REASONS = (
    "Scope 2 emissions in 2025",
    "Voluntary offsetting of all business flights of the year 2025",
    "Compensation for the events of our association in the summer of 2025, as decided by its members",
)
CALLERS = 6
_UNSEALED = "SELECT count(*) AS count FROM certificates WHERE status <> 'sealed'"


@dataclass(frozen=True)
class Block:
    """A block that the measurement made; `mined_at` is the machine's clock, sizes in bytes."""

    height: int
    mined_at: float
    size_bytes: int
    transactions: int


@dataclass(frozen=True)
class Sent:
    """A transaction of the registry, from the database."""

    tx_hash: str
    size_bytes: int
    fee_lovelace: int
    block_height: int
    built_at: float
    confirmed_at: float
    records: int


class ChainLoads:
    def __init__(self, stack: Stack, population: Population, *, block_seconds: float) -> None:
        self._stack = stack
        self._population = population
        self._block_seconds = block_seconds

    async def backlog(self, count: int) -> Sequence[dict[str, Any]]:
        """
        Retirements through the API while the wallet is frozen; their records, as they are queued.

        Each has its workflow and its certificate, which wait for the chain.
        """
        await self._hold_wallet()
        holdings = self._population.take(count)
        async with httpx.AsyncClient(base_url=self._stack.api_url, timeout=60) as http:
            tokens = {
                holder.email: await _token(http, holder.email)
                for holder in {holding.holder for holding in holdings}
            }
            waiting = iter(enumerate(holdings))

            async def retire_by_turns() -> None:
                for number, holding in waiting:
                    reason = _REASONS[number % len(_REASONS)]
                    await _retire(http, holding, tokens[holding.holder.email], reason)

            await asyncio.gather(*(retire_by_turns() for _ in range(CALLERS)))
        rows = await self._fetch(
            "SELECT record FROM chain_records WHERE status = 'queued' ORDER BY position"
        )
        return [json.loads(row["record"]) for row in rows]

    async def _hold_wallet(self) -> None:
        await self._execute(
            "INSERT INTO wallets (network, name, address, frozen_at, frozen_reason, frozen_by)"
            " SELECT 'devnet', 'platform', $1, now(), 'A backlog is to gather.', min(id::text)::uuid"
            " FROM users"
            " ON CONFLICT (network, name) DO UPDATE SET frozen_at = EXCLUDED.frozen_at,"
            " frozen_reason = EXCLUDED.frozen_reason, frozen_by = EXCLUDED.frozen_by",
            self._stack.environment["PLATFORM_ADDRESS"],
        )

    async def wake(self) -> None:
        """Resume the wallet."""
        await self._execute(
            "UPDATE wallets SET frozen_at = NULL, frozen_reason = NULL, frozen_by = NULL"
        )
        environment = self._stack.environment
        client = await Client.connect(environment["TEMPORAL_ADDRESS"])
        wallet = client.get_workflow_handle(wallet_workflow_id("devnet"))
        await wallet.signal("help_asked")

    async def mine(self) -> Block:
        async with httpx.AsyncClient(base_url=self._stack.devnet_url) as http:
            answer = await http.post("/devnet/mine", json={"blocks": 1, "slots": SLOTS_PER_BLOCK})
        (block,) = answer.raise_for_status().json()
        return Block(block["height"], time.time(), block["size"], len(block["txs"]))

    async def mine_until_confirmed(self, *, blocks_max: int) -> list[Block]:
        """A block at every interval, until every record is confirmed and its workflow was told."""
        blocks: list[Block] = []
        next_at = time.monotonic()
        while await self._unconfirmed():
            if len(blocks) == blocks_max:
                raise TimeoutError(f"not confirmed after {blocks_max} blocks")
            next_at += self._block_seconds
            while (left := next_at - time.monotonic()) > 0:
                await asyncio.sleep(min(left, 0.25))
                if blocks and not await self._unconfirmed():
                    return blocks
            blocks.append(await self.mine())
        return blocks

    async def sent(self) -> list[Sent]:
        rows = await self._fetch(
            "SELECT t.tx_hash, length(t.cbor) AS size_bytes, t.fee_lovelace, t.block_height,"
            " extract(epoch FROM t.built_at)::float8 AS built_at,"
            " extract(epoch FROM t.confirmed_at)::float8 AS confirmed_at, count(*) AS records"
            " FROM chain_transactions t JOIN chain_records r USING (tx_hash)"
            " GROUP BY t.tx_hash ORDER BY t.built_at"
        )
        return [Sent(**row) for row in rows]

    async def seconds_to_submit(self) -> float:
        """From a holder's request to retire until a node has taken the transaction with its record."""
        (holding,) = self._population.take(1)
        async with httpx.AsyncClient(base_url=self._stack.api_url, timeout=30) as http:
            token = await _token(http, holding.holder.email)
            asked_at = time.time()
            await _retire(http, holding, token, _REASONS[0])
        while True:
            rows = await self._fetch(
                "SELECT extract(epoch FROM max(submitted_at))::float8 AS at FROM chain_transactions"
            )
            if rows[0]["at"] is not None and rows[0]["at"] > asked_at:
                return float(rows[0]["at"]) - asked_at
            await asyncio.sleep(0.05)

    async def into_blocks(self) -> None:
        """Let a block take what is on its way, and the follower see it."""
        await self.mine()
        while True:
            (row,) = await self._fetch(
                "SELECT count(*) AS pending FROM chain_transactions WHERE block_hash IS NULL"
            )
            if not row["pending"]:
                return
            await asyncio.sleep(0.1)

    async def seconds_until_sealed(self, *, limit_seconds: float) -> float:
        """From now until the last certificate is sealed."""
        began = time.monotonic()
        while (await self._fetch(_UNSEALED))[0]["count"]:
            if time.monotonic() - began > limit_seconds:
                raise TimeoutError(f"not all certificates sealed after {limit_seconds:.0f} s")
            await asyncio.sleep(0.25)
        return time.monotonic() - began

    async def provider_requests(self) -> int:
        """What the devnet was asked by the registry; control calls do not count."""
        async with httpx.AsyncClient(base_url=self._stack.devnet_url) as http:
            calls = (await http.get("/devnet/state")).raise_for_status().json()["calls"]
        return sum(count for call, count in calls.items() if "/devnet/" not in call)

    def worker_cpu_seconds(self) -> float:
        used = psutil.Process(self._stack.worker.pid).cpu_times()
        return float(used.user + used.system)

    async def _unconfirmed(self) -> int:
        rows = await self._fetch(
            "SELECT count(*) AS count FROM chain_records WHERE announced_at IS NULL"
        )
        return int(rows[0]["count"])

    async def _execute(self, statement: str, *values: object) -> None:
        connection = await asyncpg.connect(self._stack.database_url)
        try:
            await connection.execute(statement, *values)
        finally:
            await connection.close()

    async def _fetch(self, query: str) -> list[dict[str, Any]]:
        connection = await asyncpg.connect(self._stack.database_url)
        try:
            return [dict(row) for row in await connection.fetch(query)]
        finally:
            with suppress(OSError):
                await connection.close()


async def _token(http: httpx.AsyncClient, email: str) -> str:
    answer = await http.post("/api/v1/auth/login", json={"email": email, "password": PASSWORD})
    return str(answer.raise_for_status().json()["data"]["accessToken"])


async def _retire(http: httpx.AsyncClient, holding: Holding, token: str, reason: str) -> None:
    answer = await http.post(
        f"/api/v1/credits/{holding.serial}/retire",
        json={
            "quantity": "0.01",
            "purpose": "Voluntary offsetting",
            "reason": reason,
            "beneficiary": {"undisclosed": True},
        },
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4())},
    )
    answer.raise_for_status()
