"""What people do about the issues of a file: on a real database, with the notifications that it leaves."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.ingestion.follow_up import (
    ActOnIssues,
    CloseIssues,
    IssueActPayload,
    IssuesStep,
    NoteWaiting,
    TakeRest,
)
from adapters.postgres.ingestion import board_reads, follow_up_reads
from domain.accounts.roles import Account
from domain.errors import Conflict, Forbidden, Invalid
from domain.ingestion.follow_up.groups import IssueAct, IssueGroup, IssueGroupState
from domain.ingestion.submissions import IngestionStatus, SubmittedFile
from tests.activities.ingestion.test_submissions import GOOD, ended, lines, sent, table
from tests.activities.registry import Registry, run
from tests.factories import ADMINISTRATOR, DEVELOPER, OTHER_ADMINISTRATOR, named

FAULTY = "example,EX1,five,EX-1-6-10"


async def acted(
    registry: Registry,
    submission: SubmittedFile,
    act: IssueAct,
    by: Account,
    words: str = "",
    *,
    number: int = 1,
    assignee: UUID | None = None,
    line: int | None = None,
) -> IssuesStep:
    message_id = named(f"{act} by {by.id} of {submission.id} {number} {line}")
    payload = IssueActPayload(text=words, assignee_id=assignee, line=line)
    async with registry.database.transaction() as work:
        await work.requests.stored_requests.add(message_id, by.id, payload.model_dump(mode="json"))
    return await run(
        registry.issues.act_on_issues,
        ActOnIssues(
            message_id=message_id,
            ingestion_id=submission.id,
            number=number,
            actor_id=by.id,
            act=act,
        ),
    )


async def groups(engine: AsyncEngine, submission: SubmittedFile) -> Sequence[IssueGroup]:
    async with engine.connect() as connection:
        return await follow_up_reads.groups(connection, submission.id)


async def told(engine: AsyncEngine, account: Account) -> list[str]:
    async with engine.connect() as connection:
        found = await connection.execute(
            text("SELECT kind FROM notifications WHERE user_id = :id ORDER BY created_at, kind"),
            {"id": account.id},
        )
        return list(found.scalars())


async def refused(registry: Registry, engine: AsyncEngine, name: str = "file") -> SubmittedFile:
    return await ended(registry, engine, await sent(registry, table(GOOD, FAULTY), name=name))


async def test_two_administrators_waive_errors_and_the_good_rows_are_taken(
    registry: Registry, engine: AsyncEngine
) -> None:
    submission = await refused(registry, engine)
    assert submission.status is IngestionStatus.REFUSED
    assert await lines(engine, submission) == []

    first = await acted(
        registry, submission, IssueAct.WAIVE, ADMINISTRATOR, "A known typing error."
    )
    assert (first.open_errors, first.takes_rest) == (1, False)
    with pytest.raises(Forbidden, match="You proposed this waiver"):
        await acted(registry, submission, IssueAct.CONFIRM_WAIVER, ADMINISTRATOR)
    second = await acted(registry, submission, IssueAct.CONFIRM_WAIVER, OTHER_ADMINISTRATOR)
    assert (second.open_errors, second.takes_rest) == (0, True)
    for _ in range(2):
        await run(registry.issues.take_rest, TakeRest(ingestion_id=submission.id))

    assert await lines(engine, submission) == [2]
    assert "countersignature_wanted" in await told(engine, OTHER_ADMINISTRATOR)
    assert (await told(engine, DEVELOPER)).count("ingestion_finished") == 2


async def test_a_question_is_answered_by_whoever_sent_the_file_in(
    registry: Registry, engine: AsyncEngine
) -> None:
    submission = await refused(registry, engine)
    await acted(
        registry, submission, IssueAct.ASSIGN, ADMINISTRATOR, assignee=OTHER_ADMINISTRATOR.id
    )
    await acted(registry, submission, IssueAct.ASK, OTHER_ADMINISTRATOR, "Is it five tonnes?")
    assert [one.waits_for for one in await groups(engine, submission)] == ["submitter"]

    await acted(registry, submission, IssueAct.ANSWER, DEVELOPER, "Yes.")

    (group,) = await groups(engine, submission)
    assert (group.state, group.waits_for) == (IssueGroupState.ANSWERED, "assignee")
    async with engine.connect() as connection:
        said = await follow_up_reads.messages(connection, submission.id, 1)
    assert {one.message.act: one.message.text for one in said} == {
        "assign": "",
        "ask": "Is it five tonnes?",
        "answer": "Yes.",
    }
    assert "ingestion_issue_asked" in await told(engine, DEVELOPER)
    assert {"ingestion_issue_assigned", "ingestion_issue_answered"} <= {
        *await told(engine, OTHER_ADMINISTRATOR)
    }


async def test_a_mended_file_settles_the_former_and_what_it_mended_is_told_by_row(
    registry: Registry, engine: AsyncEngine
) -> None:
    bad = [FAULTY.replace("EX1,", f"EX{number},") for number in (1, 2, 3)]
    former = await ended(registry, engine, await sent(registry, table(GOOD, *bad)))
    # One row is mended, the others have moved, and another one is broken anew.
    mended = table("example,EX9,six,", bad[2], GOOD, bad[0].replace("five", "5"), bad[1])
    successor = await ended(
        registry,
        engine,
        await sent(registry, mended, name="mended", predecessor_id=former.id),
    )

    async with engine.connect() as connection:
        found = await follow_up_reads.comparison(connection, old=former.id, new=successor.id)
        next_one = await follow_up_reads.successor(connection, former.id, account=DEVELOPER)
    assert (found.fixed, found.left, found.new) == (1, 2, 1)
    assert [next_one and next_one.id] == [successor.id]
    assert {one.state for one in await groups(engine, former)} == {IssueGroupState.RESUBMITTED}
    with pytest.raises(Conflict, match="settled"):
        await acted(registry, former, IssueAct.WAIVE, ADMINISTRATOR, "Too late.")


async def test_whoever_must_act_is_reminded_and_then_staff_hear_of_it(
    registry: Registry, engine: AsyncEngine
) -> None:
    submission = await refused(registry, engine)
    for occasion in (1, 1, 2):
        request = NoteWaiting(
            ingestion_id=submission.id, occasion=occasion, escalated=occasion == 2
        )
        await run(registry.issues.note_waiting, request)

    assert (await told(engine, DEVELOPER)).count("ingestion_issues_overdue") == 2
    assert (await told(engine, ADMINISTRATOR)).count("ingestion_issues_escalated") == 1


async def test_what_nobody_settles_lapses_and_its_rows_are_forgotten(
    registry: Registry, engine: AsyncEngine
) -> None:
    submission = await refused(registry, engine)

    for _ in range(2):
        await run(
            registry.issues.close_issues, CloseIssues(ingestion_id=submission.id, lapsed=True)
        )

    assert {one.state for one in await groups(engine, submission)} == {IssueGroupState.LAPSED}
    async with engine.connect() as connection:
        kept = await connection.execute(text("SELECT count(*) FROM ingested_records"))
        assert kept.scalar_one() == 0


async def test_a_dashboard_has_what_waits_for_its_sender_and_for_staff_alone(
    registry: Registry, engine: AsyncEngine
) -> None:
    submission = await refused(registry, engine)

    async with engine.connect() as connection:
        seen = [
            [row.file.id for row in await board_reads.board(connection, account=account)]
            for account in (DEVELOPER, ADMINISTRATOR, replace(DEVELOPER, id=named("somebody")))
        ]
        (count,) = await board_reads.board_counts(connection, account=ADMINISTRATOR)
        rows = await follow_up_reads.faulty_rows(connection, submission.id, [3])
    assert seen == [[submission.id], [submission.id], []]
    assert (count.format, count.rule, count.lines) == ("issuances", "number", 1)
    assert ("quantity", "five") in rows[None, 3].cells


async def test_one_line_is_decided_on_apart_from_the_others(
    registry: Registry, engine: AsyncEngine
) -> None:
    bad = [FAULTY.replace("EX1,", f"EX{number},") for number in (1, 2, 3)]
    submission = await ended(registry, engine, await sent(registry, table(GOOD, *bad)))
    apart = IssueAct.SEPARATE

    await acted(registry, submission, apart, ADMINISTRATOR, line=3)
    for line in (3, 2, None):
        with pytest.raises((Conflict, Invalid)):
            await acted(registry, submission, apart, OTHER_ADMINISTRATOR, line=line)
    with pytest.raises(Forbidden):
        await acted(registry, submission, apart, DEVELOPER, line=4)
    # The one line is waived by two people; the question about the others waits on.
    await acted(registry, submission, IssueAct.ASK, ADMINISTRATOR, "Tonnes?", number=1)
    await acted(registry, submission, IssueAct.WAIVE, ADMINISTRATOR, "A test row.", number=2)
    step = await acted(registry, submission, IssueAct.CONFIRM_WAIVER, OTHER_ADMINISTRATOR, number=2)

    assert (step.open_errors, step.takes_rest) == (1, False)
    found = await groups(engine, submission)
    assert [(one.count, one.line, one.state, one.separated_from) for one in found] == [
        (2, 4, "asked", None),
        (1, 3, "waived", 1),
    ]
    async with engine.connect() as connection:
        shown = [
            [one.line for one in await follow_up_reads.issues_of_group(connection, group, limit=9)]
            for group in found
        ]
    assert shown == [[4, 5], [3]]
    await acted(registry, submission, apart, ADMINISTRATOR, line=5)
    with pytest.raises(Conflict, match="of one line only"):
        await acted(registry, submission, apart, OTHER_ADMINISTRATOR, line=4)
