"""Freezing and unfreezing: a public fact, with its audit entry and its event."""

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError

from activities.payloads import Payload
from adapters.postgres.credits.registry_state import read_registry_state
from adapters.postgres.tables import audit_logs, outbox_events
from domain.accounts.roles import REGISTRY_ACCOUNT_ID
from domain.credits.freeze import RegistryState
from domain.errors import Conflict, RegistryFrozen
from tests.activities import story
from tests.activities.registry import Registry, run
from tests.factories import ADMINISTRATOR, NOW, named

FROZEN_AT = NOW.isoformat()


async def test_a_freeze_is_a_state_an_audit_entry_and_an_event(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.a_freeze_is_requested_for(registry)

    answer = await run(registry.freeze.freeze_registry, story.FREEZE)

    assert (answer.frozen, answer.since, len(answer.notification_ids)) == (True, NOW, 1)
    async with engine.connect() as connection:
        state = await read_registry_state(connection)
        (entry,) = (await connection.execute(select(audit_logs))).all()
        (event,) = (await connection.execute(select(outbox_events))).all()
    assert state == RegistryState(True, story.FREEZE_REASON, ADMINISTRATOR.id, NOW)
    assert (entry.event_type, entry.user_id, entry.resource_id, entry.changes) == (
        "registry.frozen",
        ADMINISTRATOR.id,
        REGISTRY_ACCOUNT_ID,
        {
            "before": {"frozen": False, "reason": None},
            "after": {"frozen": True, "reason": story.FREEZE_REASON},
        },
    )
    assert (event.name, event.payload, event.occurred_at) == (
        "registry.frozen",
        {"reason": story.FREEZE_REASON, "since": FROZEN_AT},
        NOW,
    )


async def test_an_unfreeze_opens_it_again_and_says_so(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.the_registry_is_frozen(registry)

    answer = await run(registry.freeze.unfreeze_registry, story.UNFREEZE)

    assert (answer.frozen, answer.since, len(answer.notification_ids)) == (False, NOW, 1)
    async with engine.connect() as connection:
        state = await read_registry_state(connection)
        names = (await connection.execute(select(outbox_events.c.name))).scalars().all()
    assert state == RegistryState(False, None, ADMINISTRATOR.id, NOW)
    assert sorted(names) == ["registry.frozen", "registry.unfrozen"]


async def test_a_second_freeze_is_refused_and_the_reason_stands(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.the_registry_is_frozen(registry)
    again = story.FREEZE.model_copy(update={"operation_id": named("another freeze")})
    async with registry.database.transaction() as work:
        await work.requests.stored_requests.add(
            again.operation_id, ADMINISTRATOR.id, {"reason": "Another."}
        )

    with pytest.raises(Conflict):
        await run(registry.freeze.freeze_registry, again)

    async with engine.connect() as connection:
        assert (await read_registry_state(connection)).reason == story.FREEZE_REASON


WRITES: list[tuple[str, Payload]] = [
    ("transfer.transfer_credits", story.TRANSFER),
    ("retirement.retire_units", story.RETIRE),
]


@pytest.mark.parametrize(("activity", "request_"), WRITES, ids=[name for name, _ in WRITES])
async def test_a_ledger_write_is_refused_while_frozen_and_done_afterwards(
    registry: Registry, activity: str, request_: Payload
) -> None:
    write: Callable[[Payload], Awaitable[Payload]] = registry.activity(activity)
    await story.credits_are_issued(registry)
    await story.the_registry_is_frozen(registry)

    with pytest.raises(RegistryFrozen, match=story.FREEZE_REASON):
        await run(write, request_)

    await story.the_registry_is_opened(registry)
    await run(write, request_)


async def test_a_write_done_before_the_freeze_tells_its_result_during_it(
    registry: Registry,
) -> None:
    await story.credits_are_issued(registry)
    before = await run(registry.transfer.transfer_credits, story.TRANSFER)
    await story.the_registry_is_frozen(registry)

    assert await run(registry.transfer.transfer_credits, story.TRANSFER) == before


async def test_approved_credits_wait_for_the_unfreeze_instead_of_being_refused(
    registry: Registry,
) -> None:
    await story.the_project_is_approved(registry)
    await story.the_registry_is_frozen(registry)

    with pytest.raises(ApplicationError) as put_off:
        await run(registry.issuance.issue_credits, story.ISSUE)

    assert not put_off.value.non_retryable
    assert put_off.value.next_retry_delay is not None
    await story.the_registry_is_opened(registry)
    issued = await run(registry.issuance.issue_credits, story.ISSUE)
    assert issued.serial == story.ISSUED_SERIAL
