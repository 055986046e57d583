"""Whoever acts for an organisation moves its credits under their own name; who left does not (ADR 0068)."""

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.tables import audit_logs, credit_entries, retirements
from domain.errors import Forbidden
from tests.activities import story
from tests.activities.registry import Registry, run
from tests.factories import BUYER, DEVELOPER, OTHER_BUYER, OTHER_DEVELOPER

JOINS = """
    UPDATE organisation_members SET organisation_id =
        (SELECT id FROM organisations WHERE holding_account_id = '{owner}')
     WHERE user_id = '{member}'
"""
LEAVES = "UPDATE organisation_members SET left_at = now() WHERE user_id = '{member}'"


async def test_a_member_transfers_and_a_founder_who_left_does_not(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.credits_are_issued(registry)
    await story.by_the_owner(registry, JOINS.format(owner=DEVELOPER.id, member=OTHER_DEVELOPER.id))
    await story.by_the_owner(registry, LEAVES.format(member=DEVELOPER.id))

    with pytest.raises(Forbidden, match="is held by somebody else"):
        await run(registry.transfer.transfer_credits, story.TRANSFER)
    by_member = story.TRANSFER.model_copy(update={"sender_id": OTHER_DEVELOPER.id})
    await run(registry.transfer.transfer_credits, by_member)

    async with engine.connect() as connection:
        owners = set((await connection.execute(select(credit_entries.c.owner_id))).scalars())
        actor = await connection.scalar(
            select(audit_logs.c.user_id).where(audit_logs.c.event_type == "credits.transferred")
        )
    assert (owners, actor) == ({DEVELOPER.id, BUYER.id}, OTHER_DEVELOPER.id)


async def test_what_is_sent_to_a_holding_account_is_its_organisations(
    registry: Registry, engine: AsyncEngine
) -> None:
    """Also when the person of that account acts for another one by now."""
    await story.credits_are_issued(registry)
    await story.by_the_owner(registry, JOINS.format(owner=OTHER_BUYER.id, member=BUYER.id))

    await run(registry.transfer.transfer_credits, story.TRANSFER)

    async with engine.connect() as connection:
        owners = set((await connection.execute(select(credit_entries.c.owner_id))).scalars())
    assert BUYER.id in owners


async def test_a_member_retires_for_the_organisation(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.credits_are_issued(registry)
    await story.by_the_owner(registry, JOINS.format(owner=DEVELOPER.id, member=OTHER_DEVELOPER.id))

    request = story.RETIRE.model_copy(
        update={"account_id": OTHER_DEVELOPER.id, "serial": story.ISSUED_SERIAL}
    )
    await run(registry.retirement.retire_units, request)

    async with engine.connect() as connection:
        accounts = (await connection.execute(select(retirements.c.account_id))).scalars().all()
        actor = await connection.scalar(
            select(audit_logs.c.user_id).where(audit_logs.c.event_type == "credits.retired")
        )
    assert (accounts, actor) == ([DEVELOPER.id], OTHER_DEVELOPER.id)
