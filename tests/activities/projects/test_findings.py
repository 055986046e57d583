"""Findings as they are kept: what holds up an approval, who hears of what, what the next round begins with."""

import asyncio
import hashlib
import io
from dataclasses import replace
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import asyncpg
import pytest
from pypdf import PdfWriter
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.accounts.notifications import MailNotification
from activities.projects.documents import permanent_key
from activities.projects.findings import FindingPayload
from activities.projects.rounds import RoundPayload
from activities.projects.verification import AssignVerifier, DecisionPayload, RecordDecision
from adapters.documents.page_counts import PdfPageCounter
from adapters.postgres.identity import SYSTEM, Identity
from adapters.postgres.projects.reads import findings as reads_findings
from adapters.postgres.projects.reads import rounds as reads_rounds
from adapters.postgres.projects.reads import verifications as reads_verifications
from adapters.postgres.projects.reads.findings import FindingCounts
from adapters.postgres.projects.reads.round_changes import round_changes
from domain.accounts.roles import Account
from domain.errors import AlreadyDecided, Invalid, OpenFindings, Refusal
from domain.projects.findings import FindingAct, FindingKind, FindingState
from tests.activities import story
from tests.activities.projects import finding_story
from tests.activities.projects.finding_story import it_is_raised, it_is_written, write
from tests.activities.registry import Registry, keep_draft, run
from tests.factories import (
    ADMINISTRATOR,
    BUYER,
    DEVELOPER,
    OTHER_ADMINISTRATOR,
    OTHER_VERIFIER,
    VERIFIER,
    document,
    named,
)
from tests.ledger.conftest import as_application

CORRECTIVE = FindingPayload(kind=FindingKind.CORRECTIVE_ACTION, text="The scale is old.")
CLARIFICATION = FindingPayload(kind=FindingKind.CLARIFICATION, text="Which scale?")
FORWARD = finding_story.FORWARD
FIRST, SECOND = story.VERIFICATION_ID, story.OPEN_ROUND.verification_id
THIRD = named("third round")
TWELVE_PAGES = "twelve pages"
Request = TypeVar("Request", AssignVerifier, RecordDecision)


def pdf(pages: int) -> bytes:
    written, made = io.BytesIO(), PdfWriter()
    for _ in range(pages):
        made.add_blank_page(width=72, height=72)
    made.write(written)
    return written.getvalue()


async def findings_of(engine: AsyncEngine, verification_id: UUID) -> list[tuple[object, ...]]:
    async with engine.connect() as connection:
        views = [
            await reads_findings.finding(connection, row.id, account=ADMINISTRATOR)
            for row in await connection.execute(
                text("SELECT id FROM findings WHERE verification_id = :id ORDER BY number"),
                {"id": verification_id},
            )
        ]
    return [
        (view.finding.number, view.finding.carried_from, view.finding.state)
        for view in views
        if view
    ]


@pytest.mark.parametrize(
    ("content", "pages"),
    [(pdf(12), 12), (pdf(1)[:200], None), (b"period,tonnes\n", None), (b"%PDF-1.7\n%%EOF", None)],
    ids=["a report", "cut off", "no PDF", "empty"],
)
async def test_pages_are_counted_where_there_are_some_to_count(
    tmp_path: Path, content: bytes, pages: int | None
) -> None:
    file = tmp_path / "document"
    file.write_bytes(content)

    assert await PdfPageCounter().pages(file) == pages


async def test_there_is_no_page_900_of_twelve(registry: Registry) -> None:
    await story.a_verifier_is_assigned(registry)
    content = pdf(12)
    kept = document(
        id=named(TWELVE_PAGES), file_size=len(content), sha256=hashlib.sha256(content).hexdigest()
    )
    async with registry.database.transaction() as work:
        await work.projects.documents.add(kept)
    registry.objects.objects[permanent_key(kept.sha256)] = content

    last = CORRECTIVE.model_copy(update={"document_id": kept.id, "page": 12})
    step = await it_is_raised(registry, "of the last page", last, FIRST)
    with pytest.raises(Invalid, match="12 pages; there is no page 900"):
        await it_is_raised(registry, "of none", last.model_copy(update={"page": 900}), FIRST)

    assert (step.number, step.state, step.awaits_answer) == (1, FindingState.OPEN, True)


async def test_an_approval_waits_until_corrective_actions_and_clarifications_are_closed(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.evidence_is_complete(registry)
    for name, asked in {"one": CORRECTIVE, "two": CLARIFICATION, "three": FORWARD}.items():
        await it_is_raised(registry, name, asked, FIRST)
    await it_is_written(registry, write(FindingAct.REPLY, DEVELOPER, finding="two"))
    async with engine.connect() as connection:
        view = await reads_verifications.verification(connection, FIRST, account=VERIFIER)
    assert view is not None

    with pytest.raises(OpenFindings, match="Findings 1 and 2 are not closed"):
        await run(registry.verification.record_decision, story.APPROVE)
    for name in ("one", "two"):
        await it_is_written(registry, write(FindingAct.CLOSE, VERIFIER, finding=name))
    approved = await run(registry.verification.record_decision, story.APPROVE)

    async with engine.connect() as connection:
        [public] = await reads_rounds.rounds(connection, story.PROJECT_ID)
        timeline = await reads_verifications.public_timeline(connection, FIRST)
    assert view.findings == FindingCounts(open=2, answered=1, closed=0, blocking=2)
    assert approved.status == "approved"
    assert [(one.kind, one.raised, one.closed) for one in public.findings] == [
        ("corrective_action", 1, 1),
        ("clarification", 1, 1),
        ("forward_action", 1, 0),
    ]
    assert "Finding 2 (clarification) was answered." in {event.message for event in timeline}
    assert "scale" not in str(timeline)


async def test_of_an_approval_and_a_finding_at_once_one_is_told_of_the_other(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.evidence_is_complete(registry)

    approved, raised = await asyncio.gather(
        run(registry.verification.record_decision, story.APPROVE),
        it_is_raised(registry, "at once", CORRECTIVE, FIRST),
        return_exceptions=True,
    )

    refusals = [type(one) for one in (approved, raised) if isinstance(one, Refusal)]
    assert refusals in ([OpenFindings], [AlreadyDecided])
    assert len(await findings_of(engine, FIRST)) == (refusals == [OpenFindings])


async def test_of_two_who_write_at_once_each_has_a_number(
    registry: Registry, engine: AsyncEngine
) -> None:
    await finding_story.a_finding_is_raised(registry)
    writes = [write(FindingAct.REPLY, DEVELOPER, name=f"reply {n}") for n in range(3)]

    await asyncio.gather(
        *(it_is_written(registry, one) for one in writes),
        *(it_is_raised(registry, f"question {n}", CLARIFICATION, FIRST) for n in range(3)),
    )

    async with engine.connect() as connection:
        numbers = await connection.execute(text("SELECT number FROM finding_messages"))
    assert sorted(numbers.scalars()) == [1, 2, 3]
    assert [number for number, _, _ in await findings_of(engine, FIRST)] == [1, 2, 3, 4]


async def test_the_database_refuses_an_approval_that_the_rule_did_not_see(
    registry: Registry, engine: AsyncEngine
) -> None:
    await finding_story.a_finding_is_raised(registry)

    with pytest.raises(DBAPIError, match="has findings that are not closed"):
        async with engine.begin() as connection:
            await connection.execute(
                text(
                    "UPDATE verification_requests SET status = 'approved', completed_at = now(),"
                    " decided_by = verifier_id, verified_quantity_units = 1, vintage = 2024,"
                    " sign_off_digest = repeat('a', 64)"
                )
            )


async def test_each_message_is_told_to_the_other_side_where_it_is_answered(
    registry: Registry, engine: AsyncEngine
) -> None:
    await finding_story.a_finding_is_closed(registry)
    await run(registry.findings.write_in_finding, finding_story.REOPEN)
    again = write(FindingAct.REPLY, VERIFIER, name="second question")
    step = await it_is_written(registry, again, "Which one?")
    await run(registry.notifications.mail_notification, MailNotification(notification_id=step.notification_ids[0]))  # fmt: skip

    async with engine.connect() as connection:
        told = await connection.execute(
            text(
                "SELECT kind, user_id, link, message FROM notifications WHERE kind LIKE 'finding_%'"
                " ORDER BY kind"
            )
        )
        found = told.all()
    assert [(kind, user_id) for kind, user_id, _, _ in found] == [
        ("finding_answered", VERIFIER.id),
        ("finding_closed", DEVELOPER.id),
        ("finding_followed_up", DEVELOPER.id),
        ("finding_raised", DEVELOPER.id),
        ("finding_reopened", DEVELOPER.id),
    ]
    assert {row.link for row in found} == {f"/desk/findings/{finding_story.RAISE.finding_id}"}
    # What they wrote is at the finding, and in no mail.
    assert "scale" not in str(found)
    assert len(registry.mailer.sent) == 1


async def test_a_late_answer_is_asked_for_again_and_then_told_to_verifier_and_staff(
    registry: Registry, engine: AsyncEngine
) -> None:
    await finding_story.a_finding_is_raised(registry)
    reminded = await run(registry.findings.note_unanswered, finding_story.UNANSWERED)
    escalated = await run(registry.findings.note_unanswered, finding_story.ESCALATED)
    async with engine.connect() as connection:
        told = await connection.execute(
            text("SELECT user_id FROM notifications WHERE kind = 'finding_unanswered'")
        )
    assert (len(reminded.notification_ids), len(escalated.notification_ids)) == (1, 4)
    assert {row.user_id for row in told} == {VERIFIER.id, ADMINISTRATOR.id, OTHER_ADMINISTRATOR.id}


async def test_a_clock_of_before_the_answer_reminds_nobody_when_the_finding_is_open_again(
    registry: Registry,
) -> None:
    await finding_story.a_finding_is_closed(registry)
    await run(registry.findings.write_in_finding, finding_story.REOPEN)
    of_now = finding_story.UNANSWERED.model_copy(update={"messages": 3})

    noted = [
        await run(registry.findings.note_unanswered, one)
        for one in (finding_story.UNANSWERED, of_now)
    ]

    assert [len(one.notification_ids) for one in noted] == [0, 1]


async def test_forward_actions_go_from_round_to_round_until_they_are_closed(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.evidence_is_complete(registry)
    for name, asked in {"kept": FORWARD, "settled": FORWARD, "question": CLARIFICATION}.items():
        await it_is_raised(registry, name, asked, FIRST)
    for name in ("settled", "question"):
        await it_is_written(registry, write(FindingAct.CLOSE, VERIFIER, finding=name))
    await run(registry.verification.record_decision, story.APPROVE)
    await run(registry.issuance.issue_credits, story.ISSUE)

    # Into the second round, which is rejected with a forward action and a question of its own.
    await keep_draft(registry, SECOND, DEVELOPER.id, RoundPayload())
    opened = await run(registry.rounds.open_round, story.OPEN_ROUND)
    await run(registry.verification.assign_verifier, _of(story.ASSIGN, SECOND))
    for name, asked in {"own": FORWARD, "unanswered": CLARIFICATION}.items():
        await it_is_raised(registry, name, asked, SECOND)
    rejection = _of(story.REJECT, SECOND)
    await keep_draft(registry, rejection.operation_id, VERIFIER.id, DecisionPayload(text="No."))
    await run(registry.verification.record_decision, rejection)

    # And so into the one that takes the rejected one up.
    resubmission = story.RESUBMIT.model_copy(update={"verification_id": THIRD, "resubmits": SECOND})
    await keep_draft(registry, THIRD, DEVELOPER.id, RoundPayload(what_changed="Another scale."))
    again = await run(registry.rounds.open_round, resubmission)

    first, second, third = [await findings_of(engine, one) for one in (FIRST, SECOND, THIRD)]
    async with engine.connect() as connection:
        former = await reads_findings.finding(connection, named("kept"), account=DEVELOPER)
        [carried] = await connection.execute(
            text("SELECT id FROM findings WHERE carried_from = :kept"), {"kept": named("kept")}
        )
    assert (opened.carried, again.carried) == (1, 2)
    assert [state for _, _, state in first] == ["open", "closed", "closed"]
    assert [(number, former) for number, former, _ in second] == [
        (1, named("kept")),
        (2, None),
        (3, None),
    ]
    assert [(number, former) for number, former, _ in third] == [
        (1, carried.id),
        (2, named("own")),
    ]
    assert former is not None
    assert former.carried_into == carried.id


async def test_a_verifier_sees_what_others_did_since_they_looked(
    registry: Registry, engine: AsyncEngine
) -> None:
    await finding_story.a_finding_is_raised(registry)
    async with registry.database.transaction() as work:
        await work.projects.round_looks.look(
            VERIFIER.id, FIRST, up_to=None, at=registry.clock.now()
        )

    async def new_to(account: Account) -> list[tuple[str, dict[str, object]]]:
        async with engine.connect() as connection:
            found = await round_changes(connection, FIRST, story.PROJECT_ID, account=account)
        return [
            (one.event_type, {field.field: field.after for field in one.fields})
            for one in found.changes
        ]

    before = await new_to(VERIFIER)
    await run(registry.findings.write_in_finding, finding_story.REPLY)
    await it_is_written(registry, finding_story.CLOSE)
    after, suppliers = await new_to(VERIFIER), await new_to(DEVELOPER)
    async with registry.database.transaction() as work:
        # Back, and beyond the end of the log: neither is taken at its word.
        for up_to in (1, 10**12):
            await work.projects.round_looks.look(
                VERIFIER.id, FIRST, up_to=up_to, at=registry.clock.now()
            )

    assert before == []
    # Their own closing is nothing new to them.
    assert [name for name, _ in after] == ["finding.replied"]
    assert after[0][1] == {
        "state": "answered",
        "messages": 1,
        "attachments": [str(named("monitoring_report"))],
    }
    assert {"finding.raised", "finding.closed", "document.completed"} <= {
        name for name, _ in suppliers
    }
    assert await new_to(VERIFIER) == []
    async with engine.connect() as connection:
        seen = await connection.execute(
            text("SELECT l.seq = h.seq FROM round_looks l, audit_head h")
        )
    assert seen.scalars().all() == [True]


async def test_rows_are_there_for_those_who_work_on_the_round_alone(
    registry: Registry, database_url: str
) -> None:
    await finding_story.a_finding_is_answered(registry)
    async with registry.database.transaction() as work:
        await work.projects.round_looks.look(VERIFIER.id, FIRST, up_to=0, at=registry.clock.now())
    prompt = await asyncpg.connect(as_application(database_url))
    counted = {}
    for name, identity in {
        "supplier": Identity.of(replace(DEVELOPER)),
        "verifier": Identity.of(VERIFIER),
        "another verifier": Identity.of(OTHER_VERIFIER),
        "buyer": Identity.of(BUYER),
        "staff": Identity.of(ADMINISTRATOR),
        "the registry": SYSTEM,
    }.items():
        async with prompt.transaction():
            await prompt.execute(identity.statement())
            counted[name] = [
                await prompt.fetchval(f"SELECT count(*) FROM {table}")
                for table in ("findings", "finding_messages", "finding_attachments", "round_looks")
            ]
    as_nobody = await prompt.fetchval("SELECT count(*) FROM findings")
    public = await prompt.fetch("SELECT kind, raised, closed FROM public_findings")
    await prompt.close()

    assert counted == {
        "supplier": [1, 1, 1, 0],
        "verifier": [1, 1, 1, 1],
        "another verifier": [0, 0, 0, 0],
        "buyer": [0, 0, 0, 0],
        "staff": [1, 1, 1, 0],
        "the registry": [1, 1, 1, 1],
    }
    assert (as_nobody, [tuple(row) for row in public]) == (0, [("corrective_action", 1, 0)])


def _of(request: Request, verification_id: UUID) -> Request:
    """The same about another round."""
    changed = {"operation_id": named(f"{request} of {verification_id}")}
    return request.model_copy(update=changed | {"verification_id": verification_id})
