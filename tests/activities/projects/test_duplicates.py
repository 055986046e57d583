"""A project that is registered twice is found, told of, and approved only with a word on it (ADR 0053)."""

from uuid import UUID

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.projects.projects import ProjectPayload, ProjectRegistered, RegisterProject
from activities.projects.verification import DecisionPayload
from adapters.postgres.projects.reads import projects as reads_projects
from adapters.postgres.projects.reads import verifications as reads_verifications
from adapters.postgres.projects.reads.duplicates import LikelyDuplicateView
from adapters.postgres.tables import likely_duplicates, notifications, projects
from domain.accounts.notifications import NotificationKind
from domain.accounts.roles import Account
from domain.errors import UnexplainedDuplicate
from domain.projects.projects import ProjectType
from tests.activities import story
from tests.activities.registry import Registry, keep_draft, run
from tests.factories import ADMINISTRATOR, DEVELOPER, OTHER_DEVELOPER, VERIFIER, named

OTHER_ID = named("the same project again")
NOTE = "Another forest, beyond the river."


async def register_other(registry: Registry, **changes: object) -> ProjectRegistered:
    """The story's project once more, by somebody else."""
    body = story.PROJECT_DRAFT.model_copy(update=changes)
    await keep_draft(registry, OTHER_ID, OTHER_DEVELOPER.id, ProjectPayload.model_validate(body))
    request = RegisterProject(
        project_id=OTHER_ID,
        verification_id=named("its verification"),
        developer_id=OTHER_DEVELOPER.id,
    )
    return await run(registry.projects.register_project, request)


async def seen(
    engine: AsyncEngine, account: Account, project_id: UUID
) -> list[LikelyDuplicateView] | None:
    async with engine.connect() as connection:
        view = await reads_projects.project(connection, project_id, account=account)
    assert view is not None
    return list(view.duplicates) if view.duplicates is not None else None


async def test_it_is_shown_on_either_side_to_those_who_decide_and_to_nobody_else(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.a_verifier_is_assigned(registry)

    await register_other(registry, title=story.TITLE.upper())

    shown = await seen(engine, VERIFIER, story.PROJECT_ID)
    assert shown == [
        LikelyDuplicateView(OTHER_ID, story.TITLE.upper(), "pending", True, True, 0, None)
    ]
    other_side = await seen(engine, ADMINISTRATOR, OTHER_ID)
    assert other_side is not None
    assert [one.project_id for one in other_side] == [story.PROJECT_ID]
    assert await seen(engine, DEVELOPER, story.PROJECT_ID) is None
    async with engine.connect() as connection:
        verification = await reads_verifications.verification(
            connection, story.VERIFICATION_ID, account=VERIFIER
        )
        public = await reads_projects.project(connection, OTHER_ID, account=None)
    assert verification is not None
    assert verification.duplicates == shown
    assert public is not None
    assert public.duplicates is None


async def test_staff_are_told_once(registry: Registry, engine: AsyncEngine) -> None:
    await story.a_project_is_registered(registry)

    registered = await register_other(registry)
    await register_other(registry)

    async with engine.connect() as connection:
        found = await connection.execute(
            select(notifications.c.id, notifications.c.message).where(
                notifications.c.kind == NotificationKind.LIKELY_DUPLICATE.value
            )
        )
        told = found.all()
    # Staff are told that it waits for a verifier, and of this besides.
    assert {row.id for row in told} < set(registered.notification_ids)
    assert len(told) == len(registered.notification_ids) / 2 > 0
    assert all("looks like 1 other project." in row.message for row in told)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"title": "Another", "latitude": "-32.40", "longitude": "-54.19"}, True),
        ({"title": "Another", "latitude": "-32.50"}, False),
        ({"title": "Another", "type": ProjectType.BIOCHAR}, False),
        ({"latitude": "10", "longitude": "10"}, True),
    ],
)
async def test_the_database_offers_what_the_rule_decides(
    registry: Registry, engine: AsyncEngine, changes: dict[str, object], *, found: bool
) -> None:
    await story.a_project_is_registered(registry)

    await register_other(registry, **changes)

    assert bool(await seen(engine, ADMINISTRATOR, OTHER_ID)) is found


@pytest.mark.parametrize(
    ("here", "there"),
    [(("12.0", "179.98"), ("12.0", "-179.99")), (("89.99", "0"), ("89.99", "170"))],
    ids=["date line", "pole"],
)
async def test_places_are_near_where_the_numbers_are_not(
    registry: Registry, engine: AsyncEngine, here: tuple[str, str], there: tuple[str, str]
) -> None:
    await story.a_project_is_registered(registry)
    async with engine.begin() as connection:
        await connection.execute(update(projects).values(latitude=here[0], longitude=here[1]))

    await register_other(registry, title="Another", latitude=there[0], longitude=there[1])

    assert await seen(engine, ADMINISTRATOR, OTHER_ID)


async def test_an_approval_says_why_it_is_another_and_the_words_stay(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.evidence_is_complete(registry)
    await register_other(registry)

    with pytest.raises(UnexplainedDuplicate, match=str(OTHER_ID)):
        await run(registry.verification.record_decision, story.APPROVE)

    approval = story.APPROVE.model_copy(update={"operation_id": named("explained")})
    written = DecisionPayload(text="Found right.", duplicate_note=NOTE)
    await keep_draft(registry, approval.operation_id, VERIFIER.id, written)
    await run(registry.verification.record_decision, approval)

    shown = await seen(engine, VERIFIER, story.PROJECT_ID)
    assert shown is not None
    assert [one.explanation for one in shown] == [NOTE]
    # The other one's approval will need its own.
    other_side = await seen(engine, ADMINISTRATOR, OTHER_ID)
    assert other_side is not None
    assert [one.explanation for one in other_side] == [None]


async def test_two_that_were_registered_at_the_same_moment_are_found_by_the_approval(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.evidence_is_complete(registry)
    await register_other(registry)
    # Neither registration saw the other, whose transaction was not over.
    async with engine.begin() as connection:
        await connection.execute(likely_duplicates.delete())

    with pytest.raises(UnexplainedDuplicate):
        await run(registry.verification.record_decision, story.APPROVE)


async def test_a_rejected_project_is_nobodys_duplicate(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.evidence_is_complete(registry)
    await run(registry.verification.record_decision, story.REJECT)

    await register_other(registry)

    async with engine.connect() as connection:
        kept = await connection.execute(select(func.count()).select_from(likely_duplicates))
        assert kept.scalar_one() == 0


async def test_what_was_found_cannot_be_rewritten(registry: Registry, engine: AsyncEngine) -> None:
    await story.a_project_is_registered(registry)
    await register_other(registry)

    async with engine.connect() as connection:
        await connection.execute(text("SET ROLE karbonica_app"))

        with pytest.raises(ProgrammingError, match="permission denied"):
            await connection.execute(update(likely_duplicates).values(same_title=False))
