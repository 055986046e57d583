"""
The platform's chain activities on a real database and the devnet, driven by hand instead of Temporal.

A turn is what the wallet and the follower do between two blocks. What fails in one is tried again
in the next, as Temporal does with activities.
"""

import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError

from activities.chain.anchoring import (
    AnchorRecords,
    ChainActivities,
    FollowChain,
    SubmitTransaction,
)
from activities.chain.confirmation_tracker import ChainRules
from activities.chain.provider_check import ProviderNeeds
from activities.chain.watch import ChainWatchActivities, WatchChain
from activities.ports.chain.provider import ChainMisconfigured, ChainUnavailable
from adapters.chain.blockfrost.client import BlockfrostChain
from adapters.postgres.database import PostgresDatabase
from domain.chain.alerts import AlertKind
from domain.chain.confirmations import CONFIRMATIONS_REQUIRED
from domain.chain.networks import CardanoNetwork
from tests.activities.chain.queued import queue, queued
from tests.activities.registry import Registry, run, run_until_shutdown
from tests.adapters.chain.worlds import DevnetHand, Hand, World, pay
from tests.factories import NOW
from tests.fakes.chain import SeedSigner
from tests.fakes.clock import FixedClock

TTL_SLOTS = 7_200
ROLLBACKS_MAX = 7
"""Tests roll back so many blocks; what they begin with lies deeper."""
SECONDS_PER_BLOCK = 20

TROUBLE = (ApplicationError, ChainUnavailable, ChainMisconfigured)
"""What Temporal would try again, or what the workflows rest after."""


@dataclass(frozen=True)
class Devnet:
    """Its control calls, and the chain as anybody may read it: nothing of ours is in between."""

    url: str
    http: httpx.AsyncClient

    @staticmethod
    @asynccontextmanager
    async def at(hand: Hand) -> AsyncIterator["Devnet"]:
        assert isinstance(hand, DevnetHand)
        async with httpx.AsyncClient(base_url=hand.origin, timeout=30, trust_env=False) as http:
            yield Devnet(hand.origin, http)

    async def control(self, name: str, **body: Any) -> Any:
        answer = await self.http.post(f"/devnet/{name}", json=body)
        return answer.raise_for_status().json()

    async def mine(self, blocks: int = 1, **how: Any) -> None:
        await self.control("mine", blocks=blocks, **how)

    async def rollback(self, blocks: int, *, requeue: bool) -> None:
        await self.control("rollback", blocks=blocks, requeue=requeue)

    async def fault(self, **fault: Any) -> None:
        await self.control("fault", **fault)

    async def clear_faults(self) -> None:
        await self.control("fault", clear=True)

    async def mempool(self) -> Sequence[str]:
        found: list[str] = (await self.control("state"))["mempool"]
        return found

    async def records_of(self, address: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """What stands under label 674 in each transaction of an address that six blocks lie on."""
        found: dict[str, Sequence[Mapping[str, Any]]] = {}
        for tx_hash in await self._history(address):
            metadata = await self._get(f"/txs/{tx_hash}/metadata")
            labelled = [entry["json_metadata"] for entry in metadata if entry["label"] == "674"]
            if labelled:
                block = (await self._get(f"/txs/{tx_hash}"))["block"]
                confirmations = (await self._get(f"/blocks/{block}"))["confirmations"]
                assert confirmations >= CONFIRMATIONS_REQUIRED
                (payload,) = labelled
                found[tx_hash] = payload.get("records", [payload])
        return found

    async def _history(self, address: str) -> Sequence[str]:
        hashes: list[str] = []
        while True:
            page = await self._get(
                f"/addresses/{address}/transactions?page={len(hashes) // 100 + 1}"
            )
            hashes += [entry["tx_hash"] for entry in page]
            if len(page) < 100:
                return hashes

    async def _get(self, path: str) -> Any:
        answer = await self.http.get(f"/api/v0{path}")
        return answer.raise_for_status().json()


class Platform:
    """One worker's activities, with a wallet of its own; `beside` makes another worker."""

    def __init__(
        self, engine: AsyncEngine, devnet: Devnet, signer_name: str, *, ttl_slots: int
    ) -> None:
        self.engine = engine
        self.devnet = devnet
        self.signer_name = signer_name
        self.ttl_slots = ttl_slots
        self.client = BlockfrostChain(
            f"{devnet.url}/api/v0", project_id=None, requests_per_second=1_000, open_seconds=0
        )
        self.world = World(self.client, SeedSigner(signer_name), _NoHand())
        self.wallet = self.world.wallet
        self.clock = FixedClock(NOW)
        self.use(PostgresDatabase(engine))

    def use(self, database: PostgresDatabase) -> None:
        self.database = database
        self.chain = ChainActivities(
            self.database,
            self.client,
            {"platform": self.wallet},
            self.clock,
            ChainRules(
                confirmations_required=CONFIRMATIONS_REQUIRED,
                finality_blocks=432,
                ttl_slots=self.ttl_slots,
                poll_seconds=0.01,
                tip_seconds=0,
            ),
            network="devnet",
        )
        self.watching = ChainWatchActivities(
            self.database,
            self.client,
            self.clock,
            needs=ProviderNeeds.usual(CardanoNetwork.DEVNET),
            addresses=[self.wallet.address],
        )

    @staticmethod
    async def with_records(
        engine: AsyncEngine,
        bank: World,
        devnet: Devnet,
        signer_name: str,
        *,
        records: int = 5,
        funds_lovelace: int = 100_000_000,
        ttl_slots: int = TTL_SLOTS,
    ) -> "Platform":
        """So many records wait, that of the issuance among them, and no test's rollback reaches the funds."""
        platform = Platform(engine, devnet, signer_name, ttl_slots=ttl_slots)
        await platform.queue(1, records - 1)
        # A payment whose answer was lost before leaves the bank's outputs spent in the mempool.
        await devnet.mine(1)
        await pay(bank, platform.wallet.address, funds_lovelace)
        await devnet.mine(ROLLBACKS_MAX + 1)
        return platform

    @staticmethod
    def elsewhere(engine: AsyncEngine, url: str, signer_name: str) -> "Platform":
        """The same platform in another process."""
        http = httpx.AsyncClient(base_url=url, timeout=30, trust_env=False)
        return Platform(engine, Devnet(url, http), signer_name, ttl_slots=TTL_SLOTS)

    def beside(self) -> "Platform":
        return Platform(self.engine, self.devnet, self.signer_name, ttl_slots=self.ttl_slots)

    async def close(self) -> None:
        await self.client.close()

    async def queue(self, first: int, count: int) -> None:
        """More records, numbered on from `first`."""
        numbers = range(first, first + count)
        await queue(Registry(self.database), *(queued(number) for number in numbers))

    async def send(self, *, flush: bool = True) -> Sequence[str]:
        """What the wallet does: sign, store and send what waits; the hashes that were signed."""
        signed: list[str] = []
        wanted = AnchorRecords(flush=flush)
        while (anchored := await run(self.chain.anchor_records, wanted)).tx_hash:
            signed.append(anchored.tx_hash)
            # The follower sends what could not be sent.
            with suppress(*TROUBLE):
                request = SubmitTransaction(tx_hash=anchored.tx_hash)
                await run(self.chain.submit_transaction, request)
        return signed

    async def sign(self) -> str:
        """Signed and stored, and not sent."""
        anchored = await run(self.chain.anchor_records, AnchorRecords(flush=True))
        assert anchored.tx_hash is not None
        return anchored.tx_hash

    async def follow(self) -> None:
        """One visit of the follower."""
        await run_until_shutdown(self.chain.follow_chain, FollowChain())

    async def turn(self) -> None:
        with suppress(*TROUBLE):
            await self.send()
        with suppress(*TROUBLE):
            await self.follow()

    async def goes_on(self, *, blocks: int) -> None:
        """A turn, then a block, so many times."""
        for _ in range(blocks):
            await self.turn()
            await self.devnet.mine()

    async def ends(self, *, within_blocks: int) -> int:
        """Go on until every record is confirmed; how many blocks that took."""
        for blocks in range(within_blocks + 1):
            await self.turn()
            if not await self.unconfirmed():
                return blocks
            await self.devnet.mine()
        left = Counter((row["status"], row["tx_hash"]) for row in await self.rows())
        raise AssertionError(f"after {within_blocks} blocks: {dict(left)}")

    async def unconfirmed(self) -> int:
        return sum(row["status"] not in {"confirmed", "final"} for row in await self.rows())

    async def rows(self) -> Sequence[Mapping[str, Any]]:
        async with self.engine.connect() as connection:
            found = await connection.execute(
                text("SELECT status, tx_hash, record, park_reason FROM chain_records")
            )
            return [dict(row) for row in found.mappings()]

    async def transactions(self) -> Mapping[str, int]:
        """How many of each status we have."""
        async with self.engine.connect() as connection:
            found = await connection.execute(text("SELECT status FROM chain_transactions"))
            return Counter(found.scalars())

    async def in_blocks(self) -> int:
        """How many transactions the follower has seen in a block."""
        async with self.engine.connect() as connection:
            found = await connection.execute(
                text("SELECT count(*) FROM chain_transactions WHERE block_hash IS NOT NULL")
            )
            return int(found.scalar_one())

    async def alerts(self) -> set[AlertKind]:
        """What the watch finds now, a minute after it looked last."""
        self.clock.advance(minutes=1)
        await run(self.watching.watch_chain, WatchChain(watch_id=uuid4()))
        async with self.database.transaction() as work:
            return {
                alert.kind for alert in await work.chain.alerts.lock_recent(NOW) if alert.is_open
            }

    async def top_up(self, bank: World, lovelace: int = 100_000_000) -> None:
        await pay(bank, self.wallet.address, lovelace)


class _NoHand:
    """The world is used for its signer and its chain alone."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"the devnet's control calls go through Devnet, not {name}")


async def every_record_is_on_the_chain_once(platform: Platform) -> None:
    """
    Each record is confirmed, and the chain shows it in exactly one transaction: the one we name.

    The chain is read past all of our own code.
    """
    await platform.devnet.clear_faults()
    rows = await platform.rows()
    on_chain = await platform.devnet.records_of(platform.wallet.address)

    assert {row["status"] for row in rows} <= {"confirmed", "final"}
    ours = Counter((row["tx_hash"], _canonical(row["record"])) for row in rows)
    theirs = Counter(
        (tx_hash, _canonical(record)) for tx_hash, records in on_chain.items() for record in records
    )
    assert theirs == ours
    assert len({record for _, record in theirs}) == len(rows)


def _canonical(record: Mapping[str, Any]) -> str:
    return json.dumps(record, sort_keys=True)
