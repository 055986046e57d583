"""What an uncovered loss blocks and how it is made good, on a real database."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.credits.cancellation import CancellationPayload
from activities.credits.ledger_writes import lock_entry
from activities.credits.obligation import ObligationPayload
from adapters.postgres.certificates import reads as reads_certificates
from adapters.postgres.credits.reads import obligations as reads_obligations
from adapters.postgres.credits.reads import touches as reads_touches
from adapters.postgres.credits.reads.obligations import ObligationView
from adapters.postgres.tables import notifications, outbox_events, verification_events
from domain.credits.ledger import Conservation, EntryStatus
from domain.errors import Conflict, NotActive, Refusal
from domain.identifiers import Serial
from tests.activities import story
from tests.activities.registry import Registry, keep_draft, run
from tests.activities.test_refusals import but, sum_of
from tests.factories import ADMINISTRATOR, DEVELOPER, named
from tests.whole_ledger import broken, whole_ledger


async def owed(engine: AsyncEngine) -> ObligationView:
    async with engine.connect() as connection:
        found = await reads_obligations.obligation(connection, story.REVERSE.reversal_id)
    assert found is not None
    return found


async def told(engine: AsyncEngine) -> list[tuple[str, Any]]:
    """Of losses and obligations, in order of their kinds."""
    async with engine.connect() as connection:
        found = await connection.execute(
            select(notifications.c.kind, notifications.c.user_id)
            .where(notifications.c.kind.in_(KINDS))
            .order_by(notifications.c.kind, notifications.c.user_id)
        )
        return [(row.kind, row.user_id) for row in found]


KINDS = (
    *("credits_suspended", "obligation_opened", "obligation_reminder"),
    *("obligation_overdue", "obligation_settled", "credits_cancelled"),
)


async def happened(engine: AsyncEngine) -> tuple[list[str], list[str]]:
    """Events, and steps on the timeline, since the issuance."""
    async with engine.connect() as connection:
        published = await connection.scalars(
            select(outbox_events.c.name).order_by(outbox_events.c.position)
        )
        steps = await connection.scalars(
            select(verification_events.c.event_type).order_by(
                verification_events.c.created_at, verification_events.c.event_type
            )
        )
        names = list(published)
        return names[names.index("retirement.accepted") + 1 :], [
            step for step in steps if step.startswith(("loss", "obligation"))
        ]


async def test_what_the_buffer_does_not_cover_is_suspended_and_owed(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.a_loss_is_owed(registry)

    seen = await owed(engine)
    assert (seen.lost_units, seen.quantity_units, seen.owed_units) == (25_000, 15_000, 15_000)
    assert (seen.suspended_units, seen.status) == (15_000, "open")
    assert await told(engine) == [
        ("credits_suspended", DEVELOPER.id),
        ("obligation_opened", DEVELOPER.id),
    ]
    assert await happened(engine) == (
        ["credits.cancelled", "credits.suspended", "reversal.recorded"],
        ["loss_recorded"],
    )
    async with engine.connect() as connection:
        (touch,) = (await reads_touches.touches(connection, [story.RETIREMENT_ID]))[
            story.RETIREMENT_ID
        ]
    assert (touch.buffer_units, touch.owed_units, touch.obligation_status) == (
        10_000,
        15_000,
        "open",
    )


@pytest.mark.parametrize(
    ("activity", "request_"),
    [
        (
            "transfer.transfer_credits",
            but(story.TRANSFER, serial=story.SUSPENDED_SERIAL, quantity_units=100),
        ),
        ("retirement.retire_units", None),
        ("cancellation.cancel_credits", but(story.CANCEL, serial=story.SUSPENDED_SERIAL)),
    ],
)
async def test_nobody_moves_what_is_suspended(
    registry: Registry, engine: AsyncEngine, activity: str, request_: Any
) -> None:
    await story.a_loss_is_owed(registry)
    retirement_id = named("another retirement")
    await keep_draft(registry, retirement_id, DEVELOPER.id, story.RETIREMENT_DRAFT)
    await keep_draft(
        registry,
        story.CANCEL.transaction_id,
        ADMINISTRATOR.id,
        CancellationPayload(reason="Counted twice."),
    )
    request_ = request_ or but(
        story.RETIRE,
        retirement_id=retirement_id,
        serial=story.SUSPENDED_SERIAL,
        quantity_units=100,
    )

    with pytest.raises(NotActive, match="suspended"):
        await run(registry.activity(activity), request_)

    assert (await owed(engine)).suspended_units == 15_000


async def test_what_is_replaced_comes_back_and_the_last_unit_settles(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.a_loss_is_owed(registry)

    step = await run(registry.activity("obligation.replace_loss"), story.REPLACE_LOSS)

    assert (step.owed_units, step.reinstated_units, step.settled) == (10_000, 5_000, False)
    assert await sum_of(engine) == Conservation(100_000, 65_000, 10_000, 15_000, 0, 10_000, 0)
    rest = named("the rest")
    await keep_draft(registry, rest, DEVELOPER.id, ObligationPayload(reason="The rest."))
    async with engine.connect() as connection:
        kept = max(
            (
                entry
                for entry in (await whole_ledger(connection)).entries
                if entry.status is EntryStatus.ACTIVE
            ),
            key=lambda entry: entry.units.quantity_units,
        )
    last = await run(
        registry.activity("obligation.replace_loss"),
        but(
            story.REPLACE_LOSS, transaction_id=rest, serial=str(kept.serial), quantity_units=10_000
        ),
    )

    assert (last.owed_units, last.settled) == (0, True)
    assert await sum_of(engine) == Conservation(100_000, 65_000, 10_000, 25_000, 0, 0, 0)
    assert ("obligation_settled", DEVELOPER.id) in await told(engine)
    assert (await happened(engine))[0][-1] == "obligation.settled"
    await keep_draft(registry, named("more"), DEVELOPER.id, ObligationPayload(reason="And more."))
    with pytest.raises(Conflict, match="is settled"):
        await run(
            registry.activity("obligation.replace_loss"),
            but(story.REPLACE_LOSS, transaction_id=named("more")),
        )
    # Nothing is left to remind of.
    assert (await run(registry.obligation.remind_of_obligation, story.DEADLINE)).settled
    async with engine.connect() as connection:
        assert broken(await whole_ledger(connection)) == {}


async def test_an_overdue_obligation_is_escalated_and_given_up(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.a_loss_is_owed(registry)
    with pytest.raises(Conflict, match="is due"):
        await run(registry.obligation.cancel_suspended, story.GIVE_UP)

    await run(registry.obligation.remind_of_obligation, story.DEADLINE)
    await run(registry.obligation.note_obligation_overdue, story.DEADLINE)
    step = await run(registry.obligation.cancel_suspended, story.GIVE_UP)

    assert (step.owed_units, step.settled) == (0, True)
    assert await sum_of(engine) == Conservation(100_000, 65_000, 10_000, 25_000, 0, 0, 0)
    kinds = [kind for kind, _ in await told(engine)]
    assert {"obligation_reminder", "obligation_overdue", "credits_cancelled"} <= set(kinds)
    assert ("obligation_overdue", ADMINISTRATOR.id) in await told(engine)
    assert (await happened(engine))[1] == [
        "loss_recorded",
        "obligation_overdue",
        "obligation_settled",
    ]
    async with engine.connect() as connection:
        assert broken(await whole_ledger(connection)) == {}


async def test_a_new_certificate_of_the_project_says_what_it_owes(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.a_loss_is_owed(registry)
    retirement_id = named("later")
    await keep_draft(registry, retirement_id, DEVELOPER.id, story.RETIREMENT_DRAFT)
    await run(
        registry.activity("retirement.retire_units"),
        but(
            story.RETIRE, retirement_id=retirement_id, serial=story.KEPT_SERIAL, quantity_units=100
        ),
    )

    async with engine.connect() as connection:
        stored = await reads_certificates.certificate(connection, retirement_id)
        before = await reads_certificates.certificate(connection, story.RETIREMENT_ID)
    assert stored is not None
    assert before is not None
    assert b'"lostQuantity":"250.00","owedQuantity":"150.00"' in stored.document
    assert b"losses" not in before.document


BY_HAND = {
    "a suspended entry is retired": (
        f"UPDATE credit_entries SET status = 'retired' WHERE serial = '{story.SUSPENDED_SERIAL}'",
        "is suspended for ever",
    ),
    "an entry forgets what it is suspended for": (
        f"UPDATE credit_entries SET suspended_for = NULL WHERE serial = '{story.SUSPENDED_SERIAL}'",
        "only the status",
    ),
    "an obligation is settled by nothing": (
        "UPDATE obligations SET status = 'settled', settled_at = now()",
        "are made good, and it is settled",
    ),
    "an obligation is postponed": (
        "UPDATE obligations SET due_at = due_at + interval '1 year'",
        "is fixed",
    ),
    "a loss without its obligation": (
        f"""INSERT INTO reversals (id, project_id, vintage, quantity_units, cause, avoidable,
                   recorded_by, recorded_at)
            SELECT gen_random_uuid(), project_id, vintage, 1, 'A storm.', false, '{ADMINISTRATOR.id}', now()
              FROM reversals""",
        "its obligation is of 0",
    ),
    "more is lost than there was": (
        f"""INSERT INTO reversals (id, project_id, vintage, quantity_units, cause, avoidable,
                   recorded_by, recorded_at)
            SELECT gen_random_uuid(), project_id, 2024, 75001, 'A storm.', false, '{ADMINISTRATOR.id}', now()
              FROM reversals""",
        "loses more than was issued",
    ),
    "any cancellation makes something good": (
        """INSERT INTO obligation_cancellations (transaction_id, reversal_id)
           SELECT transaction_id, reversal_id FROM reversal_cancellations""",
        "makes nothing good",
    ),
    "a buffer share changes after the approval": (
        "UPDATE buffer_shares SET percent = 0",
        "is decided",
    ),
}


@pytest.mark.parametrize("what", BY_HAND)
async def test_the_database_refuses(registry: Registry, engine: AsyncEngine, what: str) -> None:
    await story.a_loss_is_owed(registry)
    statement, said = BY_HAND[what]

    with pytest.raises(DBAPIError, match=said):
        async with engine.begin() as connection:
            await connection.execute(text(statement))


async def test_the_database_refuses_to_hand_suspended_units_on(
    registry: Registry, engine: AsyncEngine
) -> None:
    """All rows of a transfer fit each other, but what was suspended is active with somebody else."""
    await story.a_loss_is_owed(registry)
    child = named("child")

    with pytest.raises(DBAPIError, match="moves suspended units"):
        async with engine.begin() as connection:
            await connection.execute(
                text(f"""
                    WITH source AS (
                        UPDATE credit_entries SET status = 'transferred'
                         WHERE serial = '{story.SUSPENDED_SERIAL}' RETURNING *
                    ), moved AS (
                        INSERT INTO credit_entries (id, serial, project_id, owner_id, parent_id, units,
                               vintage, status, issued_at, last_action_at)
                        SELECT '{child}', 'KRB-2024-001-000099', project_id, '{ADMINISTRATOR.id}', id,
                               units, vintage, 'active', issued_at, now() FROM source
                    )
                    INSERT INTO credit_transactions (id, type, entry_id, result_entry_id, sender_id,
                           recipient_id, units, status, created_at, completed_at)
                    SELECT gen_random_uuid(), 'transfer', id, '{child}', owner_id, '{ADMINISTRATOR.id}',
                           units, 'completed', now(), now() FROM source""")
            )


@pytest.mark.parametrize(
    ("request_", "refusal", "said"),
    [
        (but(story.REPLACE_LOSS, serial=story.SUSPENDED_SERIAL), NotActive, "suspended"),
        (but(story.REPLACE_LOSS, quantity_units=15_001), Conflict, "150.00 t are still owed"),
    ],
)
async def test_a_replacement_is_refused(
    registry: Registry, request_: Any, refusal: type[Refusal], said: str
) -> None:
    await story.a_loss_is_owed(registry)

    with pytest.raises(refusal, match=said):
        await run(registry.activity("obligation.replace_loss"), request_)


async def test_the_issuance_follows_the_share_that_is_stored(registry: Registry) -> None:
    await story.a_rating_is_requested_for(registry)

    rated = await run(registry.buffer_shares.set_buffer_share, story.RATE)

    assert rated.percent == 15
    async with registry.database.transaction() as work:
        share = await work.projects.buffer_shares.get(story.PROJECT_ID)
    assert share is not None
    assert (share.percent, share.decided_by, share.reason) == (
        Decimal(15),
        ADMINISTRATOR.id,
        "Fires every twenty years.",
    )


async def test_the_serials_of_the_story_are_what_they_say(registry: Registry) -> None:
    await story.a_loss_is_owed(registry)

    async with registry.database.transaction() as work:
        suspended = await lock_entry(work, Serial.parse(story.SUSPENDED_SERIAL))
        kept = await lock_entry(work, Serial.parse(story.KEPT_SERIAL))
    assert (suspended.status, suspended.units.quantity_units) == (EntryStatus.SUSPENDED, 15_000)
    assert (kept.status, kept.units.quantity_units) == (EntryStatus.ACTIVE, 65_000)
