"""
Wallet and follower on real parts: Temporal, PostgreSQL and the devnet's ledger rules.

Only the ledger movements behind the records are made up, so that hundreds are there in a second.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client, WorkflowHandle
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Worker

from activities.chain import ChainActivities
from activities.following import ChainRules
from activities.wallets import WalletActivities
from adapters.chain.client import BlockfrostChain
from adapters.chain.wallet import PlatformWallet
from adapters.clock import SystemClock
from adapters.postgres.database import PostgresDatabase
from adapters.postgres.tables import chain_records
from adapters.settings import CardanoNetwork, Settings
from devstack.devnet import running_devnet
from devstack.ports import choose_ports
from domain.records import ChainRecord
from tests.activities.queued import only_these_wait, queue, queued
from tests.activities.registry import Registry
from tests.adapters.chain.worlds import DevnetHand, World
from tests.databases import engine_for, running_databases, save_people
from tests.fakes.chain import SeedSigner
from worker import declare_current, deployment, sandboxed_runner
from workflows import policies
from workflows.chain_ids import follower_workflow_id, wallet_workflow_id
from workflows.follower import FollowerStart, FollowerWorkflow
from workflows.wallet import WalletStart, WalletWorkflow

BLOCK_SECONDS = 0.3
RULES = ChainRules(
    confirmations_required=6,
    finality_blocks=432,
    ttl_slots=7_200,
    poll_seconds=0.1,
    flush_seconds=0.5,
    tip_seconds=0.2,
)


@dataclass
class Rig:
    """`world` acts with the platform's own key, as a thief of it could."""

    client: Client
    engine: AsyncEngine
    origin: str
    world: World
    wallet: WorkflowHandle[Any, Any]
    records: list[ChainRecord] = field(default_factory=list)

    async def queue(self, count: int) -> None:
        """More records, and the wallet is told of them."""
        registry = Registry(PostgresDatabase(self.engine))
        first = len(self.records)
        if not first:
            await only_these_wait(registry, self.engine)
        more = [queued(number) for number in range(first, first + count)]
        self.records += await queue(registry, *more)
        await self.wallet.signal("records_queued")

    async def control(self, command: str, **body: Any) -> Any:
        """`/devnet/{command}`."""
        async with httpx.AsyncClient(base_url=self.origin, trust_env=False) as http:
            answer = await http.post(f"/devnet/{command}", json=body)
        return answer.raise_for_status().json()

    async def count(self, *statuses: str) -> int:
        """Of the rig's records, those in one of these states."""
        ids = [record.id for record in self.records]
        async with self.engine.connect() as connection:
            found = await connection.execute(
                select(func.count())
                .select_from(chain_records)
                .where(chain_records.c.id.in_(ids), chain_records.c.status.in_(statuses))
            )
        count: int = found.scalar_one()
        return count

    async def until(self, *statuses: str, seconds: float = 60) -> None:
        """Until every record is in one of these states."""
        for _ in range(int(10 * seconds)):
            if await self.count(*statuses) == len(self.records):
                return
            await asyncio.sleep(0.1)
        raise AssertionError(f"not all were {' or '.join(statuses)} within {seconds} s")

    async def on_chain(self) -> list[Mapping[str, Any]]:
        """Every record under label 674, as a stranger reads it, with its transaction."""
        entries: list[dict[str, Any]] = []
        async with httpx.AsyncClient(base_url=self.origin, trust_env=False) as http:
            for page in range(1, 100):
                answer = await http.get("/metadata/txs/labels/674", params={"page": page})
                if answer.is_error or not answer.json():
                    break
                entries += answer.json()
        return [
            {"tx_hash": entry["tx_hash"], **record}
            for entry in entries
            for record in entry["json_metadata"].get("records", [entry["json_metadata"]])
        ]

    async def each_is_there_once(self) -> Counter[str]:
        """Compare with the chain; the records of each transaction are counted."""
        shown = await self.on_chain()
        assert sorted(record["credit_id"] for record in shown) == sorted(
            record.record["credit_id"] for record in self.records
        )
        return Counter(record["tx_hash"] for record in shown)


@asynccontextmanager
async def running_rig(client: Client, folder: Path, *, workers: int = 1) -> AsyncIterator[Rig]:
    network = f"devnet-{uuid4().hex[:8]}"
    port = choose_ports(folder)["devnet"]
    origin = f"http://127.0.0.1:{port}"
    chain = BlockfrostChain(f"{origin}/api/v0", project_id=None, requests_per_second=1_000)
    world = World(chain, SeedSigner("rig"), DevnetHand(origin))
    address = world.wallet.address
    async with AsyncExitStack() as parts:
        databases = await parts.enter_async_context(running_databases())
        url = await parts.enter_async_context(databases.fresh())
        await parts.enter_async_context(
            running_devnet(folder, port=port, fund_address=address, block_seconds=BLOCK_SECONDS)
        )
        engine = engine_for(url)
        parts.push_async_callback(engine.dispose)
        parts.push_async_callback(chain.close)
        await save_people(engine)
        for _ in range(workers):
            # As another process would: a connection carries one worker for each queue.
            own = await Client.connect(
                client.service_client.config.target_host, data_converter=pydantic_data_converter
            )
            for worker in _workers(own, PostgresDatabase(engine), world, network):
                await parts.enter_async_context(worker)
        await declare_current(client, Settings())
        running = await _started(client, network)
        yield Rig(client, engine, origin, world, running[0])
        for handle in running:
            await handle.terminate()


def _workers(
    client: Client, database: PostgresDatabase, world: World, network: str
) -> tuple[Worker, Worker]:
    wallets = {"platform": PlatformWallet(world.signer, CardanoNetwork.DEVNET)}
    on_chain = ChainActivities(
        database, world.chain, wallets, SystemClock(), RULES, network=network
    )
    frozen = WalletActivities(database, wallets, SystemClock(), network=network)
    common: dict[str, Any] = {"deployment_config": deployment(Settings())}
    return (
        Worker(
            client,
            task_queue=policies.REGISTRY_QUEUE,
            workflows=[WalletWorkflow, FollowerWorkflow],
            activities=[frozen.freeze_wallet, frozen.resume_wallet],
            workflow_runner=sandboxed_runner(),
            **common,
        ),
        Worker(
            client,
            task_queue=policies.CARDANO_QUEUE,
            activities=[
                on_chain.anchor_records,
                on_chain.submit_transaction,
                on_chain.follow_chain,
                on_chain.announce_records,
            ],
            **common,
        ),
    )


async def _started(client: Client, network: str) -> list[WorkflowHandle[Any, Any]]:
    wallet = await client.start_workflow(
        WalletWorkflow.run,
        WalletStart(network=network),
        id=wallet_workflow_id(network),
        task_queue=policies.REGISTRY_QUEUE,
    )
    follower = await client.start_workflow(
        FollowerWorkflow.run,
        FollowerStart(network=network),
        id=follower_workflow_id(network),
        task_queue=policies.REGISTRY_QUEUE,
    )
    return [wallet, follower]
