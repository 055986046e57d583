"""
The wallets and the follower on real parts: Temporal, PostgreSQL and the devnet's ledger rules.

Only the ledger movements behind the records are made up, so that hundreds are there in a second.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.chain import ChainActivities
from activities.following import ChainRules
from activities.wallets import WalletActivities
from adapters.chain.client import BlockfrostChain
from adapters.chain.wallet import PlatformWallet
from adapters.clock import SystemClock
from adapters.postgres.database import PostgresDatabase
from adapters.settings import CardanoNetwork, Settings
from devstack.devnet import running_devnet
from devstack.ports import choose_ports
from domain.records import ChainRecord, RecordStatus
from tests.activities.queued import only_these_wait, queue, queued
from tests.activities.registry import Registry
from tests.databases import engine_for, running_databases, save_people, snapshot
from tests.fakes.chain import SeedSigner
from tests.workflows.forever import until_it_is
from worker import declare_current, deployment, sandboxed_runner
from workflows import policies
from workflows.chain_ids import follower_workflow_id, wallet_workflow_id
from workflows.follower import FollowerStart, FollowerWorkflow
from workflows.wallet import WalletStart, WalletWorkflow

BLOCK_SECONDS = 0.3
RECORDS, BURST = 300, 10
RULES = ChainRules(
    confirmations_required=6,
    finality_blocks=432,
    ttl_slots=7_200,
    poll_seconds=0.2,
    flush_seconds=0.5,
)


@dataclass(frozen=True)
class Rig:
    client: Client
    engine: AsyncEngine
    origin: str
    address: str
    wallet_id: str

    async def wake(self) -> None:
        await self.client.get_workflow_handle(self.wallet_id).signal("records_queued")

    async def on_chain(self) -> list[dict[str, Any]]:
        """Every record under label 674, as a stranger reads it, with its transaction."""
        entries: list[dict[str, Any]] = []
        async with httpx.AsyncClient(base_url=self.origin) as http:
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


@pytest.fixture
async def rig(
    env: WorkflowEnvironment, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Rig]:
    folder, network = tmp_path_factory.mktemp("rig"), f"devnet-{uuid4().hex[:8]}"
    port = choose_ports(folder)["devnet"]
    wallets = {"platform": PlatformWallet(SeedSigner("rig"), CardanoNetwork.DEVNET)}
    address = wallets["platform"].address
    common: dict[str, Any] = {"deployment_config": deployment(Settings())}
    async with (
        running_databases() as databases,
        databases.fresh() as url,
        running_devnet(folder, port=port, fund_address=address, block_seconds=BLOCK_SECONDS),
    ):
        engine = engine_for(url)
        await save_people(engine)
        chain = BlockfrostChain(
            f"http://127.0.0.1:{port}/api/v0", project_id=None, requests_per_second=1_000
        )
        database = PostgresDatabase(engine)
        on_chain = ChainActivities(database, chain, wallets, SystemClock(), RULES, network=network)
        frozen = WalletActivities(database, wallets, SystemClock(), network=network)
        async with (
            Worker(
                env.client,
                task_queue=policies.REGISTRY_QUEUE,
                workflows=[WalletWorkflow, FollowerWorkflow],
                activities=[frozen.freeze_wallet, frozen.resume_wallet],
                workflow_runner=sandboxed_runner(),
                **common,
            ),
            Worker(
                env.client,
                task_queue=policies.CARDANO_QUEUE,
                activities=[
                    on_chain.anchor_records,
                    on_chain.submit_transaction,
                    on_chain.follow_chain,
                    on_chain.announce_records,
                ],
                **common,
            ),
        ):
            await declare_current(env.client, Settings())
            options: dict[str, Any] = {"task_queue": policies.REGISTRY_QUEUE}
            wallet_id = wallet_workflow_id(network)
            running: list[WorkflowHandle[Any, Any]] = [
                await env.client.start_workflow(
                    WalletWorkflow.run, WalletStart(network=network), id=wallet_id, **options
                ),
                await env.client.start_workflow(
                    FollowerWorkflow.run,
                    FollowerStart(network=network),
                    id=follower_workflow_id(network),
                    **options,
                ),
            ]
            yield Rig(env.client, engine, f"http://127.0.0.1:{port}", address, wallet_id)
            for handle in running:
                await handle.terminate()
        await chain.close()
        await engine.dispose()


async def test_records_that_come_in_bursts_are_all_confirmed_exactly_once_in_batches(
    rig: Rig,
) -> None:
    registry = Registry(PostgresDatabase(rig.engine))
    records = await only_these_wait(registry, rig.engine)
    for first in range(0, RECORDS, BURST):
        burst = [queued(number) for number in range(first, first + BURST)]
        records += await queue(registry, *burst)
        await rig.wake()
        await asyncio.sleep(0.05)

    async def all_confirmed() -> bool:
        rows = await rows_of(rig, records)
        return all(row["status"] == RecordStatus.CONFIRMED and row["announced_at"] for row in rows)

    await until_it_is(all_confirmed)

    shown = await rig.on_chain()
    carriers = Counter(record["tx_hash"] for record in shown)
    assert sorted(record["credit_id"] for record in shown) == sorted(
        record.record["credit_id"] for record in records
    )
    assert len(carriers) <= RECORDS / 10
    assert max(carriers.values()) > BURST


async def rows_of(rig: Rig, records: list[ChainRecord]) -> list[dict[str, Any]]:
    ids = {str(record.id) for record in records}
    rows = (await snapshot(rig.engine))["chain_records"]
    return [row for row in rows if row["id"] in ids]
