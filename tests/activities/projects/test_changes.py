"""A supplier's changes on a real database: who is told what, what stays, and which of two at once happens."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.accounts.notifications import NotificationKind
from domain.errors import AlreadyDecided, ChangedSince, NotPending, Refusal
from domain.projects.changes.review import ReviewedMaterial, review_digest
from domain.projects.documents import DocumentType
from domain.projects.projects import ProjectStatus
from domain.projects.verification import EventType, Verification, VerificationStatus
from tests.activities import story
from tests.activities.projects import changing
from tests.activities.registry import Registry, run
from tests.factories import ADMINISTRATOR, OTHER_ADMINISTRATOR, VERIFIER, named

Rows = list[tuple[object, ...]]


async def rows(engine: AsyncEngine, sql: str) -> Rows:
    async with engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(sql))]


async def told(engine: AsyncEngine, kind: NotificationKind) -> set[object]:
    found = await rows(engine, f"SELECT user_id FROM notifications WHERE kind = '{kind}'")
    return {row[0] for row in found}


async def verification(registry: Registry) -> Verification:
    async with registry.database.transaction() as work:
        found = await work.projects.verifications.lock(story.VERIFICATION_ID)
    assert found is not None
    return found


async def seen_now(registry: Registry) -> str:
    async with registry.database.transaction() as work:
        project = await work.projects.projects.get(story.PROJECT_ID)
        first = await work.projects.verifications.for_project(story.PROJECT_ID)
        assert project is not None
        assert first is not None
        documents = await work.projects.documents.completed_ever(story.VERIFICATION_ID)
        changes = await work.projects.changes.of(story.PROJECT_ID)
    return review_digest(ReviewedMaterial(first, project, documents, changes))


async def approve_what_was_seen(registry: Registry, digest: str) -> None:
    approval = await changing.approval_of(registry, digest)
    await run(registry.verification.record_decision, approval)


async def test_a_change_in_review_stays_with_its_difference_and_its_verifier_is_told(
    registry: Registry, engine: AsyncEngine
) -> None:
    await changing.a_change_is_asked_for(registry)

    answer = await run(registry.changes.change_project, changing.CHANGE)

    assert answer.change == 1
    async with registry.database.transaction() as work:
        project = await work.projects.projects.get(story.PROJECT_ID)
        (change,) = await work.projects.changes.of(story.PROJECT_ID)
    assert project is not None
    assert (project.title, project.coordinates) == (changing.TITLE, changing.PLACE)
    assert sorted(change.changes) == ["coordinates", "title"]
    (audited,) = await rows(
        engine, "SELECT changes FROM audit_logs WHERE event_type = 'project.changed'"
    )
    assert audited[0] == {
        "before": {
            "title": story.TITLE,
            "coordinates": {"latitude": "-32.37", "longitude": "-54.18"},
        },
        "after": {
            "title": changing.TITLE,
            "coordinates": {"latitude": "-32.4", "longitude": "-54.2"},
        },
    }
    assert await rows(
        engine,
        f"SELECT message FROM verification_events WHERE event_type = '{EventType.PROJECT_CHANGED}'",
    ) == [("The supplier changed the project: title, coordinates.",)]
    assert await rows(
        engine, "SELECT payload -> 'facts' FROM outbox_events WHERE name = 'project.changed'"
    ) == [(["coordinates", "title"],)]
    assert await told(engine, NotificationKind.PROJECT_CHANGED) == {VERIFIER.id}


async def test_what_changed_since_the_verifier_looked_is_named_and_not_approved(
    registry: Registry, engine: AsyncEngine
) -> None:
    await changing.a_change_is_asked_for(registry)
    before = await seen_now(registry)
    registry.clock.advance(hours=1)
    await run(registry.changes.change_project, changing.CHANGE)
    registry.clock.advance(hours=1)
    await changing.upload(registry, changing.NEW_BYTES)
    await run(registry.documents.complete_document, changing.COMPLETE_NEW_REPORT)

    with pytest.raises(ChangedSince) as refused:
        await approve_what_was_seen(registry, before)

    assert refused.value.detail == (
        "Changed since you looked: the project's title, coordinates; the monitoring report "
        "“monitoring_report.pdf” is a new version. Look at it again."
    )
    assert await told(engine, NotificationKind.DOCUMENT_REPLACED) == {VERIFIER.id}
    assert (await verification(registry)).status is VerificationStatus.IN_REVIEW
    await approve_what_was_seen(registry, await seen_now(registry))
    assert (await verification(registry)).status is VerificationStatus.APPROVED


async def test_a_superseded_document_is_no_evidence_and_is_superseded_once(
    registry: Registry, engine: AsyncEngine
) -> None:
    await changing.a_newer_report_is_uploaded(registry)
    await run(registry.documents.complete_document, changing.COMPLETE_NEW_REPORT)

    async with registry.database.transaction() as work:
        counted = await work.projects.documents.completed_for(story.VERIFICATION_ID)
        ever = await work.projects.documents.completed_ever(story.VERIFICATION_ID)
        third = named("third report")
        await work.projects.documents.add(
            replace(changing.NEW_REPORT, id=third, sha256="ab" * 32, file_size=5)
        )
    reports = [one.id for one in counted if one.document_type is DocumentType.MONITORING_REPORT]
    assert reports == [changing.NEW_REPORT.id]
    assert len(ever) == len(counted) + 1
    async with engine.connect() as connection:
        with pytest.raises(Exception, match="stays the version that it is"):
            await connection.execute(
                text(
                    "UPDATE documents SET superseded_by = :third, superseded_at = now() WHERE id = :first"
                ),
                {"third": third, "first": named(DocumentType.MONITORING_REPORT)},
            )


@pytest.mark.parametrize("seed", range(3))
async def test_of_a_withdrawal_and_an_approval_at_once_one_happens_and_the_other_is_told(
    registry: Registry, seed: int
) -> None:
    await changing.a_withdrawal_is_asked_for(registry)
    withdrawal = run(registry.changes.withdraw_round, changing.WITHDRAW)
    approval = run(registry.verification.record_decision, story.APPROVE)
    both = [withdrawal, approval] if seed % 2 else [approval, withdrawal]

    answers = await asyncio.gather(*both, return_exceptions=True)

    refused = [one for one in answers if isinstance(one, Refusal)]
    ended = await verification(registry)
    assert [type(one) for one in refused] == [AlreadyDecided]
    assert refused[0].detail == f"This verification is already {ended.status}."
    async with registry.database.transaction() as work:
        project = await work.projects.projects.get(story.PROJECT_ID)
    assert project is not None
    of_project = {
        VerificationStatus.APPROVED: ProjectStatus.VERIFIED,
        VerificationStatus.WITHDRAWN: ProjectStatus.WITHDRAWN,
    }
    assert project.status is of_project[ended.status]


async def test_what_is_withdrawn_is_assigned_to_nobody_and_resubmitted_as_a_new_round(
    registry: Registry, engine: AsyncEngine
) -> None:
    await changing.it_is_withdrawn_and_to_be_resubmitted(registry)

    with pytest.raises(NotPending, match="withdrawn"):
        await run(registry.verification.assign_verifier, story.REPLACE)
    opened = await run(registry.rounds.open_round, story.RESUBMIT)

    assert opened.number == 2
    assert await rows(
        engine, "SELECT number, status, resubmits FROM verification_requests ORDER BY number"
    ) == [(1, "withdrawn", None), (2, "pending", story.VERIFICATION_ID)]
    assert await rows(engine, "SELECT status FROM projects") == [("pending",)]
    assert await told(engine, NotificationKind.ROUND_WITHDRAWN) == {
        *(VERIFIER.id, ADMINISTRATOR.id, OTHER_ADMINISTRATOR.id)
    }


async def test_a_rejection_keeps_what_everybody_is_told_apart_from_what_its_supplier_is(
    registry: Registry,
) -> None:
    await changing.a_rejection_has_a_public_reason(registry)

    await run(registry.verification.record_decision, changing.REJECT)

    found = await verification(registry)
    assert (found.public_reason, found.notes) == (
        changing.PUBLIC_REASON,
        "Pages 12 to 18 contradict each other.",
    )
