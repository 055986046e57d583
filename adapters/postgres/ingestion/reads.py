"""Submissions and their issues, read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.queries import PageRequest, read_one, read_page
from adapters.postgres.rows import value_of
from adapters.postgres.tables import ingested_records, ingestion_issues, ingestions
from adapters.postgres.visibility import sent_in
from domain.accounts.roles import Account
from domain.ingestion.issues import Issue, IssueRule, Severity
from domain.ingestion.submissions import WITH_ROWS, IngestionStatus, SubmittedFile

ISSUES_MAX = 100_000


@dataclass(frozen=True)
class RuleCount:
    """How often a rule is broken in one file, over all columns."""

    rule: IssueRule
    severity: Severity
    count: int


async def submission(
    connection: AsyncConnection, submission_id: UUID, *, account: Account
) -> SubmittedFile | None:
    """Seen by: whoever sent it in, and staff."""
    visible = sent_in(account, ingestions.c.submitted_by)
    row = await read_one(
        connection, select(ingestions).where(ingestions.c.id == submission_id, visible)
    )
    return value_of(SubmittedFile, row) if row else None


async def submissions_page(
    connection: AsyncConnection, page: PageRequest, *, account: Account
) -> Sequence[SubmittedFile]:
    """Seen by: whoever sent them in, and staff all of them."""
    query = select(ingestions).where(sent_in(account, ingestions.c.submitted_by))
    by = (ingestions.c.created_at, ingestions.c.id)
    return [value_of(SubmittedFile, row) for row in await read_page(connection, query, page, by)]


@dataclass(frozen=True)
class FilesWithIssuesView:
    """Files that came in lately: refused as a whole, or taken without their faulty rows."""

    refused: int
    partly_accepted: int


async def files_with_issues(connection: AsyncConnection, *, since: datetime) -> FilesWithIssuesView:
    """Seen by: staff."""
    status = ingestions.c.status
    found = await connection.execute(
        select(
            func.count().filter(status == IngestionStatus.REFUSED.value).label("refused"),
            func.count()
            .filter(status == IngestionStatus.PARTLY_ACCEPTED.value)
            .label("partly_accepted"),
        ).where(ingestions.c.created_at > since)
    )
    return FilesWithIssuesView(**found.mappings().one())


async def issues(
    connection: AsyncConnection, submission_id: UUID, *, limit: int = ISSUES_MAX
) -> Sequence[Issue]:
    """Seen by: whoever may see the submission, which the caller has read with the account that asks."""
    table = ingestion_issues.c
    found = await connection.execute(
        select(ingestion_issues)
        .where(table.ingestion_id == submission_id)
        # What concerns most lines first; then in the file's order.
        .order_by((table.count > 1).desc(), table.sheet, table.line, table.chunk, table.position)
        .limit(limit)
    )
    return [_issue(row) for row in found.mappings()]


async def rule_counts(connection: AsyncConnection, submission_id: UUID) -> Sequence[RuleCount]:
    """Seen by: whoever may see the submission, which the caller has read with the account that asks."""
    table = ingestion_issues.c
    found = await connection.execute(
        select(table.rule, table.severity, func.sum(table.count).label("count"))
        .where(table.ingestion_id == submission_id)
        .group_by(table.rule, table.severity)
        .order_by(table.severity, func.sum(table.count).desc(), table.rule)
    )
    return [
        RuleCount(IssueRule(row["rule"]), Severity(row["severity"]), int(row["count"]))
        for row in found.mappings()
    ]


async def records(
    connection: AsyncConnection, submission_id: UUID, *, limit: int
) -> Sequence[dict[str, Any]]:
    """
    The first records of an accepted file, each with its line, sheet and kind.

    Seen by: whoever may see the submission, which the caller has read with the account that asks.
    """
    table = ingested_records.c
    counted = and_(
        ingestions.c.id == table.ingestion_id,
        ingestions.c.status.in_([status.value for status in WITH_ROWS]),
    )
    found = await connection.execute(
        select(table.line, table.sheet, table.kind, table.record)
        .join(ingestions, counted)
        .where(table.ingestion_id == submission_id)
        .order_by(table.chunk, table.position)
        .limit(limit)
    )
    return [dict(row) for row in found.mappings()]


def _issue(row: RowMapping) -> Issue:
    return value_of(Issue, row, more_lines=tuple(row["more_lines"]))
