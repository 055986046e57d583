"""A file from its upload to its outcome, on a real database: all of it or nothing, however often it runs."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.ingestion.submissions import (
    FinishSubmission,
    IngestionActivities,
    ReadSubmission,
    SubmissionRead,
    kept_key,
)
from activities.ports.ingestion import ScanVerdict
from activities.projects.documents import upload_key
from adapters.ingestion.files import DeclaredFormats, ReadableFiles
from adapters.postgres.database import PostgresDatabase, PostgresUnitOfWork
from adapters.postgres.ingestion import reads
from domain.accounts.roles import Account
from domain.ingestion.chunks import CHUNK_ROWS
from domain.ingestion.issues import Issue, IssueRule
from domain.ingestion.submissions import IngestionStatus, ScanOutcome, SubmittedFile
from tests.activities.registry import Registry, run
from tests.factories import ADMINISTRATOR, DEVELOPER, NOW, OTHER_DEVELOPER, named

HEAD = "registry,projectId,quantity,serials"
GOOD = "example,EX1,5,EX-1-1-5"
ALSO_GOOD = "example,EX1,5,EX-1-6-10"


def table(*rows: str) -> bytes:
    return "\n".join([HEAD, *rows, ""]).encode()


async def sent(
    registry: Registry,
    content: bytes,
    *,
    name: str = "file",
    by: Account = DEVELOPER,
    **changes: Any,
) -> SubmittedFile:
    """An announced file whose bytes are uploaded."""
    submission = replace(
        SubmittedFile(
            id=named(f"ingestion {name}"),
            submitted_by=by.id,
            format="issuances",
            format_version=1,
            file_name=f"{name}.csv",
            size_bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            accept_partly=False,
            status=IngestionStatus.AWAITING_UPLOAD,
            created_at=NOW,
        ),
        **changes,
    )
    async with registry.database.transaction() as work:
        saved = await work.ingestion.submissions.add(submission)
    registry.objects.objects[upload_key(submission.id)] = content
    return saved


async def ended(
    registry: Registry, engine: AsyncEngine, submission: SubmittedFile
) -> SubmittedFile:
    """Read to its outcome."""
    read = await run(registry.ingestion.read_submission, ReadSubmission(ingestion_id=submission.id))
    await run(
        registry.ingestion.finish_submission,
        FinishSubmission(ingestion_id=submission.id, refusal=read.refusal),
    )
    async with engine.connect() as connection:
        found = await reads.submission(connection, submission.id, account=ADMINISTRATOR)
    assert found is not None
    return found


async def issues(engine: AsyncEngine, submission: SubmittedFile) -> Sequence[Issue]:
    async with engine.connect() as connection:
        return await reads.issues(connection, submission.id)


async def lines(engine: AsyncEngine, submission: SubmittedFile) -> list[int]:
    """Of the records that are seen."""
    async with engine.connect() as connection:
        return [one["line"] for one in await reads.records(connection, submission.id, limit=10_000)]


async def test_a_good_file_is_accepted_its_bytes_are_kept_and_its_sender_is_told(
    registry: Registry, engine: AsyncEngine
) -> None:
    submission = await sent(registry, table(GOOD, ALSO_GOOD))

    found = await ended(registry, engine, submission)

    assert (found.status, found.rows_read, found.records_accepted) == ("accepted", 2, 2)
    assert list(registry.objects.objects) == [kept_key(submission.sha256)]
    assert await lines(engine, submission) == [2, 3]
    async with engine.connect() as connection:
        told = await connection.execute(text("SELECT message, link FROM notifications"))
        assert told.one() == (
            "A file that you sent in was accepted: 2 records.",
            f"/ingestions/{submission.id}",
        )


OUTCOMES = [
    ([GOOD, "example,EX1,five,"], False, "refused", []),
    ([GOOD, "example,EX1,five,"], True, "partly_accepted", [2]),
    (["example,EX1,five,"], True, "refused", []),
    ([GOOD, GOOD], False, "accepted_with_warnings", [2]),
]


@pytest.mark.parametrize(("rows", "partly", "status", "seen"), OUTCOMES)
async def test_faulty_rows_keep_the_whole_file_out_unless_its_sender_chose_otherwise(
    rows: list[str],
    partly: bool,
    status: str,
    seen: list[int],
    registry: Registry,
    engine: AsyncEngine,
) -> None:
    submission = await sent(registry, table(*rows), accept_partly=partly)

    found = await ended(registry, engine, submission)

    assert found.status == status
    assert await lines(engine, submission) == seen


async def test_what_only_the_whole_file_shows_is_told(
    registry: Registry, engine: AsyncEngine
) -> None:
    overlapping, other_block = "example,EX1,5,EX-1-4-8", "example,EX2,5,EX-2-4-8"
    rows = [GOOD, ALSO_GOOD, GOOD, overlapping, other_block]
    submission = await sent(registry, table(*rows), accept_partly=True)

    await ended(registry, engine, submission)

    assert [(one.rule, one.line) for one in await issues(engine, submission)] == [
        (IssueRule.SERIAL_OVERLAP, 3),
        (IssueRule.DUPLICATE, 4),
        (IssueRule.SERIAL_OVERLAP, 5),
    ]
    assert await lines(engine, submission) == [2, 6]


async def test_rows_that_an_accepted_file_has_brought_are_not_taken_again(
    registry: Registry, engine: AsyncEngine
) -> None:
    await ended(registry, engine, await sent(registry, table(GOOD, ALSO_GOOD)))
    refused = await sent(registry, table(GOOD, "example,EX1,,"), name="refused")
    await ended(registry, engine, refused)

    again = await sent(registry, table("example,EX9,1,", ALSO_GOOD, GOOD), name="other order")
    found = await ended(registry, engine, again)

    assert (found.status, found.records_accepted, found.records_known) == (
        *("accepted_with_warnings", 1, 2),
    )
    assert await lines(engine, again) == [2]


async def test_the_same_bytes_are_one_submission_for_one_account(
    registry: Registry, engine: AsyncEngine
) -> None:
    first = await sent(registry, table(GOOD))

    assert (await sent(registry, table(GOOD), name="again")).id == first.id
    assert (await sent(registry, table(GOOD), name="partly", accept_partly=True)).id != first.id
    assert (await sent(registry, table(GOOD), name="theirs", by=OTHER_DEVELOPER)).id != first.id


@pytest.mark.parametrize(
    ("uploaded", "sentence"),
    [
        (b"other bytes", "What was uploaded is not what was announced: size or SHA-256 differ."),
        (None, "Nothing was uploaded."),
    ],
)
async def test_other_bytes_than_announced_are_refused(
    uploaded: bytes | None, sentence: str, registry: Registry, engine: AsyncEngine
) -> None:
    submission = await sent(registry, table(GOOD))
    registry.objects.objects = {} if uploaded is None else {upload_key(submission.id): uploaded}

    found = await ended(registry, engine, submission)

    assert (found.status, found.refusal) == ("refused", sentence)
    assert kept_key(submission.sha256) not in registry.objects.objects


class FindsMalware:
    async def scan(self, path: Path) -> ScanVerdict:
        return ScanVerdict(ScanOutcome.INFECTED, "Eicar-Test-Signature")


@pytest.mark.parametrize("what", ["other bytes under its name", "the scanner's later verdict"])
async def test_the_bytes_of_an_accepted_file_stay(
    what: str, registry: Registry, engine: AsyncEngine
) -> None:
    content = table(GOOD)
    accepted = await ended(registry, engine, await sent(registry, content))

    again = await sent(registry, content, name="again", by=OTHER_DEVELOPER, size_bytes=999)
    if what == "the scanner's later verdict":
        again = await sent(registry, content, name="scanned", accept_partly=True)
        registry.ingestion = IngestionActivities(
            *(registry.database, registry.objects, ReadableFiles(), DeclaredFormats()),
            *(registry.clock, FindsMalware()),
        )
    else:
        registry.objects.objects[upload_key(again.id)] = b"other bytes"
    found = await ended(registry, engine, again)

    assert (accepted.status, found.status) == ("accepted", "refused")
    assert registry.objects.objects[kept_key(accepted.sha256)] == content


async def test_a_file_without_its_columns_is_refused_with_each_of_them(
    registry: Registry, engine: AsyncEngine
) -> None:
    submission = await sent(registry, b"registry,shoes\nexample,2\n")

    found = await ended(registry, engine, submission)

    assert found.refusal == "Columns are missing: “projectId”, “quantity”."
    assert [(one.rule, one.column) for one in await issues(engine, submission)] == [
        (IssueRule.MISSING_COLUMN, "projectId"),
        (IssueRule.MISSING_COLUMN, "quantity"),
    ]


async def test_a_column_that_is_wrong_in_all_parts_is_told_once(
    registry: Registry, engine: AsyncEngine
) -> None:
    rows = [f"example,EX{number},five," for number in range(CHUNK_ROWS + 50)]
    submission = await sent(registry, table(*rows))

    found = await ended(registry, engine, submission)

    (issue,) = await issues(engine, submission)
    assert (issue.count, issue.line, issue.more_lines) == (found.errors, 2, (3, 4, 5, 6))
    assert found.errors == CHUNK_ROWS + 50


class Killed(Exception):
    """The worker is gone."""


class MortalWorker(PostgresDatabase):
    """Dies before the commit of its n-th transaction: what was done in it is undone."""

    def __init__(self, engine: AsyncEngine, dies_in: int) -> None:
        super().__init__(engine)
        self.left = dies_in

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[PostgresUnitOfWork]:
        async with super().transaction() as work:
            yield work
            self.left -= 1
            if not self.left:
                raise Killed


PHASES = {"begun": 1, "detected": 2, "looked for parts": 3, "first part": 4, "second part": 5}


@pytest.mark.parametrize("dies_in", PHASES.values(), ids=PHASES.keys())
async def test_a_worker_that_dies_leaves_nothing_half_seen_and_the_next_one_ends_it(
    dies_in: int, registry: Registry, engine: AsyncEngine
) -> None:
    rows = [f"example,EX{number},1," for number in range(CHUNK_ROWS + 5)]
    submission = await sent(registry, table(*rows))
    mortal = Registry(MortalWorker(engine, dies_in), objects=registry.objects)
    request = ReadSubmission(ingestion_id=submission.id)

    with pytest.raises(Killed):
        await run(mortal.ingestion.read_submission, request)
    assert await lines(engine, submission) == []

    found = await ended(registry, engine, submission)
    assert (found.status, found.rows_read, found.records_accepted) == (
        *("accepted", len(rows), len(rows)),
    )


async def test_an_outcome_is_decided_once(registry: Registry, engine: AsyncEngine) -> None:
    submission = await sent(registry, table(GOOD))
    finish = FinishSubmission(ingestion_id=submission.id)
    request = ReadSubmission(ingestion_id=submission.id)
    await run(registry.ingestion.read_submission, request)
    mortal = Registry(MortalWorker(engine, 1), objects=registry.objects)
    with pytest.raises(Killed):
        await run(mortal.ingestion.finish_submission, finish)
    assert await lines(engine, submission) == []

    answers = [await run(registry.ingestion.finish_submission, finish) for _ in range(2)]

    assert answers[0] == answers[1]
    assert await lines(engine, submission) == [2]
    assert await run(registry.ingestion.read_submission, request) == SubmissionRead(rows=1)


async def test_only_its_sender_and_staff_see_a_submission(
    registry: Registry, engine: AsyncEngine
) -> None:
    submission = await sent(registry, table(GOOD))

    async with engine.connect() as connection:
        seen = [
            await reads.submission(connection, submission.id, account=account) is not None
            for account in (DEVELOPER, ADMINISTRATOR, OTHER_DEVELOPER)
        ]
    assert seen == [True, True, False]
