"""Many records in the queue, each of an issuance, because other movements would take minutes to make."""

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.chain.anchoring import (
    AnchorRecords,
    ChainFollowed,
    FollowChain,
    RecordsAnchored,
    SubmitTransaction,
)
from adapters.postgres.tables import chain_records
from domain.chain.metadata import retirement_record
from domain.chain.records import ChainRecord, RecordKind, RecordStatus
from domain.chain.transactions import StoredTransaction
from domain.identifiers import derived_id
from tests.activities import story
from tests.activities.registry import Registry, run, run_until_shutdown
from tests.factories import NOW, issued_beside, named
from tests.issuance_guards import engine_of, issuing_without_approvals


def queued(number: int, reason: str = "Scope 2 emissions in 2025") -> ChainRecord:
    return ChainRecord(
        id=named(f"record {number}"),
        transaction_id=named(f"movement {number}"),
        kind=RecordKind.RETIREMENT,
        record=retirement_record(
            serial=f"KRB-2024-001-{number:06}",
            project_id=story.PROJECT_ID,
            quantity_units=100,
            vintage=2024,
            retired_by=named("account"),
            reason=reason,
            at=NOW,
        ),
        status=RecordStatus.QUEUED,
        waiting_workflow_id=f"retirement/{number}",
        queued_at=NOW,
    )


async def queue(registry: Registry, *records: ChainRecord) -> list[ChainRecord]:
    """Behind the issuance of the story, which must have been told."""
    async with (
        issuing_without_approvals(engine_of(registry.database)),
        registry.database.transaction() as work,
    ):
        issuance = await work.credits.entries.transaction(
            derived_id(story.VERIFICATION_ID, "issuance")
        )
        assert issuance is not None
        issued = await work.credits.entries.get(issuance.entry_id)
        assert issued is not None
        for record in records:
            assert record.transaction_id is not None
            entry, movement = issued_beside(issued, issuance, record.transaction_id)
            await work.credits.entries.add(entry)
            await work.credits.entries.add_transaction(movement)
            await work.chain.records.queue(record)
    return list(records)


async def only_these_wait(
    registry: Registry, engine: AsyncEngine, *records: ChainRecord
) -> list[ChainRecord]:
    """The story's own record leaves the queue, so that numbers are round."""
    await story.credits_are_issued(registry)
    async with engine.begin() as connection:
        await connection.execute(
            chain_records.update().values(status="parked", park_reason="set aside by the test")
        )
    return await queue(registry, *records)


async def anchor(
    registry: Registry, *, flush: bool = False, wallet: str = "platform"
) -> RecordsAnchored:
    return await run(registry.on_chain.anchor_records, AnchorRecords(wallet=wallet, flush=flush))


async def anchored(registry: Registry, *, wallet: str = "platform") -> StoredTransaction:
    """The next transaction, stored and not sent."""
    tx_hash = (await anchor(registry, flush=True, wallet=wallet)).tx_hash
    assert tx_hash is not None
    return await transaction(registry, tx_hash)


async def sent(registry: Registry, *, wallet: str = "platform") -> StoredTransaction:
    stored = await anchored(registry, wallet=wallet)
    await run(registry.on_chain.submit_transaction, SubmitTransaction(tx_hash=stored.tx_hash))
    return await transaction(registry, stored.tx_hash)


async def transaction(registry: Registry, tx_hash: str) -> StoredTransaction:
    async with registry.database.transaction() as work:
        found = await work.chain.records.transaction(tx_hash)
    assert found is not None
    return found


async def now(registry: Registry, record: ChainRecord) -> ChainRecord:
    assert record.transaction_id is not None
    async with registry.database.transaction() as work:
        found = await work.chain.records.for_transaction(record.transaction_id)
    assert found is not None
    return found


async def statuses(registry: Registry, records: list[ChainRecord]) -> list[RecordStatus]:
    return [(await now(registry, record)).status for record in records]


async def a_chain_of(
    registry: Registry, engine: AsyncEngine, count: int, *, send: bool = True
) -> tuple[list[ChainRecord], list[str]]:
    """Transactions of one record each, each on the change of the one before."""
    await only_these_wait(registry, engine)
    records: list[ChainRecord] = []
    hashes = []
    for number in range(count):
        records += await queue(registry, queued(number))
        stored = await (sent if send else anchored)(registry)
        hashes.append(stored.tx_hash)
    return records, hashes


async def look(registry: Registry) -> ChainFollowed:
    return await run_until_shutdown(registry.on_chain.follow_chain, FollowChain())
