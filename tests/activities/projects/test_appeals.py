"""Appeals and grievances: who may file, who may decide, and what follows."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.projects.programme.appeals import AppealAnswerPayload, AppealPayload
from activities.projects.rounds import RoundPayload
from adapters.postgres.tables import appeals, notifications
from domain.errors import (
    AppealSettled,
    AppealTooLate,
    DecisionNotAppealable,
    Forbidden,
    HadAPart,
    Invalid,
    Refusal,
)
from domain.projects.programme.appeals import AppealStatus, Outcome
from domain.projects.verification import VerificationStatus
from tests.activities import story
from tests.activities.projects import appealing
from tests.activities.registry import Registry, keep_draft, run
from tests.factories import (
    ADMINISTRATOR,
    BUYER,
    DEVELOPER,
    OTHER_ADMINISTRATOR,
    OTHER_DEVELOPER,
    OTHER_VERIFIER,
    VERIFIER,
    named,
)


async def the_time_is_over(registry: Registry) -> None:
    await appealing.it_is_rejected(registry)
    registry.clock.advance(days=31)


@pytest.mark.parametrize(
    ("before", "by", "refusal", "sentence"),
    [
        (appealing.it_is_rejected, OTHER_DEVELOPER, Forbidden, "Only the project's supplier"),
        (appealing.it_is_rejected, BUYER, Forbidden, "may not appeal"),
        (story.evidence_is_complete, DEVELOPER, DecisionNotAppealable, "is in_review"),
        (the_time_is_over, DEVELOPER, AppealTooLate, "for 30 days"),
        (appealing.it_is_filed, DEVELOPER, AppealSettled, "already"),
    ],
)
async def test_an_appeal_is_the_suppliers_in_time_and_the_only_one(
    registry: Registry,
    before: Callable[[Registry], Awaitable[None]],
    by: Any,
    refusal: type[Refusal],
    sentence: str,
) -> None:
    await before(registry)
    again = named("another appeal")
    await keep_draft(registry, again, by.id, AppealPayload(public_text="Wrong."))
    request = appealing.FILE.model_copy(update={"appeal_id": again, "account_id": by.id})

    with pytest.raises(refusal, match=sentence):
        await run(registry.appeals.file_appeal, request)


async def decide(registry: Registry, by: Any, outcome: Outcome = Outcome.UPHELD) -> AppealStatus:
    operation_id = named(f"{outcome} by {by.id}")
    await keep_draft(registry, operation_id, by.id, AppealAnswerPayload(reason="So it is."))
    request = appealing.UPHOLD.model_copy(
        update={"operation_id": operation_id, "account_id": by.id, "outcome": outcome}
    )
    return (await run(registry.appeals.decide_appeal, request)).status


async def test_who_had_a_part_in_the_decision_does_not_decide_on_the_appeal(
    registry: Registry, engine: AsyncEngine
) -> None:
    """Staff rejected in the verifier's stead; the database says the same as the rule."""
    await appealing.it_is_acknowledged(registry)
    await story.by_the_owner(
        registry, f"UPDATE verification_requests SET decided_by = '{ADMINISTRATOR.id}'"
    )

    with pytest.raises(Forbidden, match="You had a part in what was decided"):
        await decide(registry, ADMINISTRATOR)
    with pytest.raises(DBAPIError, match="had a part in it"):
        async with engine.begin() as connection:
            await connection.execute(
                text(
                    "UPDATE appeals SET status = 'dismissed', decided_at = now(), public_reason = 'No',"
                    f" decided_by = '{ADMINISTRATOR.id}'"
                )
            )
    assert await decide(registry, OTHER_ADMINISTRATOR) is AppealStatus.UPHELD
    with pytest.raises(AppealSettled, match="was upheld already"):
        await decide(registry, OTHER_ADMINISTRATOR, Outcome.DISMISSED)


async def test_it_is_acknowledged_before_it_is_decided(registry: Registry) -> None:
    await appealing.it_is_filed(registry)

    with pytest.raises(AppealSettled, match="not acknowledged yet"):
        await decide(registry, OTHER_ADMINISTRATOR)


async def decided_and_to_be_resubmitted(registry: Registry, outcome: Outcome) -> None:
    await appealing.it_is_acknowledged(registry)
    await decide(registry, OTHER_ADMINISTRATOR, outcome)
    await keep_draft(registry, story.RESUBMIT.verification_id, DEVELOPER.id, RoundPayload())


async def test_a_dismissed_appeal_leaves_everything_as_it_was(registry: Registry) -> None:
    await decided_and_to_be_resubmitted(registry, Outcome.DISMISSED)

    with pytest.raises(Invalid, match="says what changed"):
        await run(registry.rounds.open_round, story.RESUBMIT)


async def test_an_upheld_appeal_opens_the_way_and_leaves_the_decision(registry: Registry) -> None:
    """Nothing need have changed, and who decided verifies no more."""
    await decided_and_to_be_resubmitted(registry, Outcome.UPHELD)
    await run(registry.rounds.open_round, story.RESUBMIT)
    assign = story.ASSIGN.model_copy(
        update={
            "operation_id": named("new eyes"),
            "verification_id": story.RESUBMIT.verification_id,
        }
    )

    with pytest.raises(HadAPart, match="somebody else verifies"):
        await run(registry.verification.assign_verifier, assign)
    others = assign.model_copy(update={"verifier_id": OTHER_VERIFIER.id})
    await run(registry.verification.assign_verifier, others)
    async with registry.database.transaction() as work:
        first, second = await work.projects.verifications.rounds(story.PROJECT_ID)
    assert first.status is VerificationStatus.REJECTED
    assert second.what_changed is not None
    assert "the appeal against the decision on round 1 was upheld" in second.what_changed


async def test_those_are_told_who_must_act_next(registry: Registry, engine: AsyncEngine) -> None:
    """Staff of the filing; whoever filed it of the rest, and who had decided of the outcome."""
    await appealing.it_is_upheld(registry)

    async with engine.connect() as connection:
        found = await connection.execute(
            select(notifications.c.kind, notifications.c.user_id).where(
                notifications.c.kind.like("appeal%")
            )
        )
        told = {(row.kind, row.user_id) for row in found}
    staff = {one for kind, one in told if kind == "appeal_filed"}
    assert staff >= {ADMINISTRATOR.id, OTHER_ADMINISTRATOR.id}
    assert {one for one in told if one[0] != "appeal_filed"} == {
        ("appeal_acknowledged", DEVELOPER.id),
        ("appeal_decided", DEVELOPER.id),
        ("appeal_decided", VERIFIER.id),
    }


async def test_a_passed_day_is_noted_unless_it_was_kept(
    registry: Registry, engine: AsyncEngine
) -> None:
    await appealing.it_is_acknowledged(registry)
    kept = await run(registry.appeals.note_appeal_deadline, appealing.REMIND)
    late = await run(registry.appeals.note_appeal_deadline, appealing.OVERDUE)

    assert kept.notification_ids == ()
    async with engine.connect() as connection:
        found = await connection.scalars(
            select(notifications.c.user_id).where(notifications.c.id.in_(late.notification_ids))
        )
        assert set(found) >= {DEVELOPER.id, ADMINISTRATOR.id}


async def test_anybody_has_a_grievance_of_a_project(
    registry: Registry, engine: AsyncEngine
) -> None:
    await appealing.it_is_rejected(registry)
    await keep_draft(registry, appealing.GRIEVANCE.appeal_id, BUYER.id, appealing.SAID)

    await run(registry.appeals.file_appeal, appealing.GRIEVANCE)

    async with engine.connect() as connection:
        row = (await connection.execute(select(appeals))).one()
    assert (row.kind, row.verification_id, row.filed_by) == ("grievance", None, BUYER.id)
