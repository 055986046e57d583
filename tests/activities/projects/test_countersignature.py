"""A project is verified by its second approval, and not before; a refused one gives it back."""

from collections.abc import Mapping

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.projects.verification import DecisionPayload, NoteDeadline
from adapters.postgres.projects.reads import projects as reads_projects
from adapters.postgres.projects.reads import verifications as reads_verifications
from adapters.postgres.queries import PageRequest
from domain.accounts.roles import Account
from domain.projects.projects import ProjectStatus
from domain.projects.verification import EventType, VerificationStatus
from tests.activities import story
from tests.activities.registry import Registry, keep_draft, run
from tests.factories import (
    ADMINISTRATOR,
    DEVELOPER,
    OTHER_ADMINISTRATOR,
    OTHER_VERIFIER,
    VERIFIER,
    named,
)

STAFF = {ADMINISTRATOR.id, OTHER_ADMINISTRATOR.id}


async def told_of(engine: AsyncEngine) -> Mapping[str, set[object]]:
    """Who has notifications of which kind."""
    async with engine.connect() as connection:
        rows = await connection.execute(text("SELECT kind, user_id FROM notifications"))
        told: dict[str, set[object]] = {}
        for kind, user_id in rows:
            told.setdefault(kind, set()).add(user_id)
        return told


async def project_status(engine: AsyncEngine) -> ProjectStatus:
    async with engine.connect() as connection:
        found = await reads_projects.public_project(connection, story.PROJECT_ID)
    assert found is not None
    return found.project.status


async def test_a_project_is_verified_by_the_second_approval(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.the_approval_waits(registry)
    status_before, told_before = await project_status(engine), await told_of(engine)

    await run(registry.countersignature.countersign, story.COUNTERSIGN)

    told = await told_of(engine)
    assert (status_before, await project_status(engine)) == (
        ProjectStatus.PENDING,
        ProjectStatus.VERIFIED,
    )
    assert told_before["countersignature_wanted"] == STAFF
    assert "project_approved" not in told_before
    assert told["project_approved"] == {DEVELOPER.id}


@pytest.mark.parametrize(
    ("approver", "asked"),
    [(VERIFIER, STAFF), (ADMINISTRATOR, {OTHER_ADMINISTRATOR.id})],
)
async def test_the_second_persons_are_asked_and_not_the_first(
    registry: Registry, engine: AsyncEngine, approver: Account, asked: set[object]
) -> None:
    await story.the_approval_waits(registry, by=approver.id)

    assert (await told_of(engine))["countersignature_wanted"] == asked


async def test_a_project_that_an_earlier_version_has_verified_already_stays_so(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.the_approval_waits(registry)
    await story.by_the_owner(registry, "UPDATE projects SET status = 'verified'")

    await run(registry.countersignature.countersign, story.COUNTERSIGN)

    assert await project_status(engine) is ProjectStatus.VERIFIED
    assert "project_approved" not in await told_of(engine)


async def test_a_refusal_gives_the_round_back_and_its_reason_to_those_concerned(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.the_approval_waits(registry)

    step = await run(
        registry.countersignature.refuse_countersignature, story.REFUSE_COUNTERSIGNATURE
    )

    async with engine.connect() as connection:
        events = await reads_verifications.events_page(
            connection, story.VERIFICATION_ID, PageRequest(50)
        )
        public = await reads_verifications.public_timeline(connection, story.VERIFICATION_ID)
        seen = await reads_verifications.verification(
            connection, story.VERIFICATION_ID, account=DEVELOPER
        )
    (refusal,) = [e for e in events if e.event_type is EventType.COUNTERSIGNATURE_REFUSED]
    (shown,) = [e for e in public if e.event_type == EventType.COUNTERSIGNATURE_REFUSED]
    assert seen is not None
    assert (step.status, step.waits_for_countersignature) == (VerificationStatus.IN_REVIEW, False)
    assert (refusal.message, shown.message) == (story.REFUSAL_REASON, "")
    assert seen.verification.countersignature_refusal == story.REFUSAL_REASON
    assert await project_status(engine) is ProjectStatus.PENDING
    assert (await told_of(engine))["countersignature_refused"] == {VERIFIER.id, DEVELOPER.id}


async def test_after_a_refusal_it_is_approved_again_and_everything_is_told_again(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.the_approval_waits(registry)
    registry.clock.advance(hours=1)
    await run(registry.countersignature.refuse_countersignature, story.REFUSE_COUNTERSIGNATURE)
    registry.clock.advance(hours=1)
    again = story.APPROVE.model_copy(update={"operation_id": named("second decision")})
    decision = DecisionPayload(text="Other samples, another laboratory.")
    await keep_draft(registry, again.operation_id, VERIFIER.id, decision)

    await run(registry.verification.record_decision, again)

    async with engine.connect() as connection:
        names = await connection.execute(text("SELECT name FROM outbox_events ORDER BY position"))
        told = names.scalars().all()
        public = await reads_verifications.public_timeline(connection, story.VERIFICATION_ID)
    assert told[-3:] == [
        "verification.approved",
        "verification.countersignature_refused",
        "verification.approved",
    ]
    decisions = {"approved", "countersignature_refused"}
    assert [e.event_type for e in public if e.event_type in decisions] == [
        "approved",
        "countersignature_refused",
        "approved",
    ]
    assert await project_status(engine) is ProjectStatus.VERIFIED


async def test_another_verifier_takes_over_and_both_are_told(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.a_verifier_is_assigned(registry)
    registry.clock.advance(hours=1)

    await run(registry.verification.assign_verifier, story.REPLACE)

    async with engine.connect() as connection:
        visible = {
            name: await reads_verifications.verification(
                connection, story.VERIFICATION_ID, account=account
            )
            is not None
            for name, account in (("former", VERIFIER), ("new", OTHER_VERIFIER))
        }
        names = await connection.execute(
            text("SELECT count(*) FROM outbox_events WHERE name = 'verification.assigned'")
        )
        public = await reads_verifications.public_timeline(connection, story.VERIFICATION_ID)
        audited = await connection.execute(
            text("SELECT changes FROM audit_logs WHERE event_type = 'verification.replaced'")
        )
        assert names.scalar_one() == 2
        changes = audited.scalar_one()
    told = await told_of(engine)
    assert visible == {"former": False, "new": True}
    assert public[-1].event_type == EventType.VERIFIER_REPLACED
    assert (changes["before"]["verifierId"], changes["after"]["verifierId"]) == (
        str(VERIFIER.id),
        str(OTHER_VERIFIER.id),
    )
    assert told["verifier_replaced"] == {VERIFIER.id}
    assert told["verifier_assigned"] == {VERIFIER.id, OTHER_VERIFIER.id}


async def test_each_wait_tells_of_its_own_deadline(registry: Registry, engine: AsyncEngine) -> None:
    """An escalation of the assignment does not keep quiet that of the review."""
    await story.a_verifier_is_assigned(registry)

    for wait in range(3):
        await run(
            registry.verification.note_deadline,
            NoteDeadline(
                verification_id=story.VERIFICATION_ID,
                event_type=EventType.ESCALATED,
                wait=wait,
            ),
        )

    async with engine.connect() as connection:
        told = await connection.execute(
            text("SELECT count(*) FROM notifications WHERE kind = 'review_overdue'")
        )
        public = await reads_verifications.public_timeline(connection, story.VERIFICATION_ID)
        assert told.scalar_one() == 3 * len(STAFF)
    assert [e.event_type for e in public].count("escalated") == 3
