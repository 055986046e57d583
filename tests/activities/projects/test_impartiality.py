"""A verification is assigned and decided within accreditation and without an interest (ADR 0068)."""

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.projects.verification import DecisionPayload, VerificationActivities
from adapters.postgres.tables import conflict_declarations, notifications
from domain.accounts.notifications import NotificationKind
from domain.accounts.roles import Account
from domain.errors import BodyNotRotated, Conflict, ConflictOfInterest, NotAccredited
from domain.organisations.accreditation import ConflictDeclaration, DeclaredConflict
from tests.activities import story
from tests.activities.registry import Registry, keep_draft, run
from tests.factories import (
    ADMINISTRATOR,
    DEVELOPER,
    NOW,
    OTHER_DEVELOPER,
    OTHER_VERIFIER,
    VERIFIER,
    named,
)

MOVED = f"""
    UPDATE organisation_members SET organisation_id =
        (SELECT id FROM organisations WHERE holding_account_id = '{DEVELOPER.id}')
     WHERE user_id = '{VERIFIER.id}'
"""

UNFIT: list[tuple[str, type[Conflict], str]] = [
    (
        "UPDATE accreditations SET valid_until = DATE '2026-02-28'",
        NotAccredited,
        "ended on 2026-02-28",
    ),
    (
        "UPDATE accreditations SET project_types = '{blue_carbon}'",
        NotAccredited,
        "does not have reforestation in its scope",
    ),
    ("DELETE FROM accreditations", NotAccredited, "has no accreditation in this registry yet"),
    (MOVED, ConflictOfInterest, "acts for the project's own supplier"),
    (
        "UPDATE organisation_members SET left_at = now()",
        NotAccredited,
        "acts for no verification body",
    ),
]


@pytest.mark.parametrize(("change", "refusal", "sentence"), UNFIT)
async def test_who_may_not_verify_it_is_not_assigned(
    registry: Registry, change: str, refusal: type[Conflict], sentence: str
) -> None:
    await story.a_project_is_registered(registry)
    await story.by_the_owner(registry, change)

    with pytest.raises(refusal, match=sentence):
        await run(registry.verification.assign_verifier, story.ASSIGN)


@pytest.mark.parametrize(("change", "refusal", "sentence"), UNFIT)
async def test_who_was_assigned_before_does_not_decide_either_way(
    registry: Registry, change: str, refusal: type[Conflict], sentence: str
) -> None:
    await story.evidence_is_complete(registry)
    await story.by_the_owner(registry, change)

    for decision in (story.APPROVE, story.REJECT):
        with pytest.raises(refusal, match=sentence):
            await run(registry.verification.record_decision, decision)


async def declared(engine: AsyncEngine) -> list[tuple[str, bool]]:
    async with engine.connect() as connection:
        found = await connection.execute(
            select(conflict_declarations.c.declared, conflict_declarations.c.implied)
        )
        return [(row.declared, row.implied) for row in found]


async def test_a_decision_declares_what_was_not_declared_before(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.evidence_is_complete(registry)

    await run(registry.verification.record_decision, story.APPROVE)
    await run(registry.verification.record_decision, story.APPROVE)

    assert await declared(engine) == [("none", True)]


async def declare(registry: Registry, conflict: DeclaredConflict) -> None:
    async with registry.database.transaction() as work:
        words = "A cousin." if conflict is DeclaredConflict.PRESENT else None
        await work.organisations.declarations.add(
            ConflictDeclaration(
                named("declaration"),
                story.VERIFICATION_ID,
                VERIFIER.id,
                conflict,
                words,
                implied=False,
                declared_at=NOW,
            )
        )


async def decide_where_it_is_required(registry: Registry) -> None:
    strict = VerificationActivities(registry.database, registry.clock, declaration_required=True)
    await run(strict.record_decision, story.APPROVE)


async def decide(registry: Registry) -> None:
    await run(registry.verification.record_decision, story.APPROVE)


@pytest.mark.parametrize(
    ("before", "deciding", "refusal"),
    [
        (None, decide_where_it_is_required, Conflict),
        (DeclaredConflict.NONE, decide_where_it_is_required, None),
        (DeclaredConflict.PRESENT, decide, ConflictOfInterest),
    ],
)
async def test_a_declaration_counts_before_the_decision(
    registry: Registry,
    before: DeclaredConflict | None,
    deciding: Callable[[Registry], Awaitable[None]],
    refusal: type[Conflict] | None,
) -> None:
    await story.evidence_is_complete(registry)
    if before is not None:
        await declare(registry, before)
    try:
        await deciding(registry)
        found = None
    except Conflict as refused:
        found = type(refused)

    assert found is refusal


async def test_a_declaration_may_come_with_the_approval(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.evidence_is_complete(registry)
    approval = story.APPROVE.model_copy(update={"operation_id": named("declares too")})
    written = DecisionPayload(text="Right.", conflict_of_interest=DeclaredConflict.NONE)
    await keep_draft(registry, approval.operation_id, VERIFIER.id, written)
    strict = VerificationActivities(registry.database, registry.clock, declaration_required=True)

    await run(strict.record_decision, approval)

    assert await declared(engine) == [("none", False)]


@pytest.mark.parametrize(
    ("rounds_max", "verifier", "refused"),
    [(0, VERIFIER, False), (1, VERIFIER, True), (2, VERIFIER, False), (1, OTHER_VERIFIER, False)],
)
async def test_a_body_verifies_only_so_many_rounds_in_a_row(
    registry: Registry, rounds_max: int, verifier: Account, refused: bool
) -> None:
    await story.a_second_round_is_open(registry)
    rotating = VerificationActivities(
        registry.database, registry.clock, rounds_of_one_body_max=rounds_max
    )
    request = story.ASSIGN.model_copy(
        update={
            "operation_id": named("second round's"),
            "verification_id": story.OPEN_ROUND.verification_id,
            "verifier_id": verifier.id,
        }
    )
    sentence = ""
    try:
        await run(rotating.assign_verifier, request)
    except BodyNotRotated as no:
        sentence = no.detail

    assert bool(sentence) is refused
    assert ("last round of this project (1)" in sentence) is refused


async def test_everybody_who_acts_for_the_supplier_is_told_and_who_left_is_not(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.evidence_is_complete(registry)
    await story.by_the_owner(
        registry,
        f"""
        UPDATE organisation_members SET organisation_id =
            (SELECT id FROM organisations WHERE holding_account_id = '{DEVELOPER.id}')
         WHERE user_id = '{OTHER_DEVELOPER.id}'
        """,
    )
    await story.by_the_owner(
        registry,
        f"UPDATE organisation_members SET left_at = now() WHERE user_id = '{DEVELOPER.id}'",
    )

    await run(registry.verification.record_decision, story.APPROVE)

    async with engine.connect() as connection:
        told = await connection.execute(
            select(notifications.c.user_id).where(
                notifications.c.kind == NotificationKind.PROJECT_APPROVED.value
            )
        )
        assert told.scalars().all() == [OTHER_DEVELOPER.id]


async def test_staff_decide_in_the_stead_of_a_body_that_may_not(registry: Registry) -> None:
    await story.evidence_is_complete(registry)
    await story.by_the_owner(registry, "DELETE FROM accreditations")
    instead = story.APPROVE.model_copy(update={"actor_id": ADMINISTRATOR.id})

    step = await run(registry.verification.record_decision, instead)

    assert step.status == "approved"


async def test_what_was_declared_is_never_changed(registry: Registry, engine: AsyncEngine) -> None:
    await story.evidence_is_complete(registry)
    await declare(registry, DeclaredConflict.PRESENT)
    async with engine.connect() as connection:
        await connection.execute(text("SET ROLE karbonica_app"))
        with pytest.raises(Exception, match="permission denied"):
            await connection.execute(text("UPDATE conflict_declarations SET declared = 'none'"))
