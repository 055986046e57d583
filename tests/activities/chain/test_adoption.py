"""After a restore: what waits here and stands on the chain already is taken over, and not sent twice."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.chain.adoption import Adopted, Adoption
from activities.chain.anchoring import FollowChain
from activities.chain.reconciliation import ReconcileChain
from adapters.postgres.database import PostgresDatabase
from domain.chain.confirmations import CONFIRMATIONS_REQUIRED
from tests.activities import story
from tests.activities.registry import WALLET, Registry, funded_chain, run
from tests.factories import named
from tests.foreign import address_of, seed_key, send
from tests.ledger_rows import LedgerRows

TTL_SLOTS = 7_200
BEFORE_IT_WAS_SENT = (
    "UPDATE chain_records SET status = 'queued', tx_hash = NULL, announced_at = NULL",
    "DELETE FROM wallet_outputs",
    "DELETE FROM chain_transactions",
)


async def adopted(registry: Registry) -> list[Adopted]:
    adoption = Adoption(
        registry.database,
        registry.chain,
        registry.clock,
        addresses=[WALLET.address],
        ttl_slots=TTL_SLOTS,
    )
    return [one async for one in adoption.run()]


async def statuses(engine: AsyncEngine) -> list[str]:
    async with engine.connect() as connection:
        rows = await connection.execute(text("SELECT status FROM chain_records ORDER BY position"))
        return list(rows.scalars())


@pytest.fixture
async def restored(registry: Registry, engine: AsyncEngine) -> Registry:
    """Both records stand on the chain; the database is that of before they were sent."""
    await story.the_retirement_is_confirmed(registry)
    await LedgerRows(engine).by_hand(*BEFORE_IT_WAS_SENT)
    return registry


async def test_what_stands_on_the_chain_is_taken_over_once_and_followed_from_there(
    restored: Registry, engine: AsyncEngine
) -> None:
    first = await adopted(restored)
    again = await adopted(restored)
    sent = await story.everything_is_sent(restored)
    restored.chain.mine(1 + CONFIRMATIONS_REQUIRED)
    await run(restored.on_chain.follow_chain, FollowChain())
    compared = await run(
        restored.reconcile.reconcile_chain, ReconcileChain(reconciliation_id=named("after"))
    )

    assert [(one.records, one.unknown) for one in first] == [(2, 0)]
    assert (again, sent) == ([], [])
    assert await statuses(engine) == ["confirmed", "confirmed"]
    assert compared.agrees


async def test_a_record_that_was_lost_with_the_log_is_named(
    restored: Registry, engine: AsyncEngine
) -> None:
    await LedgerRows(engine).by_hand("DELETE FROM chain_records WHERE kind = 'retirement'")

    assert [(one.records, one.unknown) for one in await adopted(restored)] == [(1, 1)]


async def test_what_a_stranger_wrote_is_not_taken_over(engine: AsyncEngine) -> None:
    """What waits is public: whoever pays the platform may copy it beside that before it is sent."""
    stranger = seed_key("stranger")
    funds = {address: [5_000_000_000] for address in (WALLET.address, address_of(stranger))}
    registry = Registry(PostgresDatabase(engine), chain=funded_chain(funds))
    await story.credits_are_retired(registry)
    async with engine.connect() as connection:
        found = await connection.execute(text("SELECT record FROM chain_records LIMIT 1"))
        copied = found.scalar_one()
    await send(registry.chain, stranger, copied, to=WALLET.address)
    registry.chain.mine()

    assert await adopted(registry) == []
    assert set(await statuses(engine)) == {"queued"}
