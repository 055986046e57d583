"""What people do about the issues of files, read; and what a file mended of the one before it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.queries import read_one
from adapters.postgres.rows import value_of
from adapters.postgres.tables import (
    ingestion_issue_groups,
    ingestion_issue_messages,
    ingestion_issue_rows,
    ingestion_issues,
    ingestions,
    users,
)
from adapters.postgres.visibility import sent_in
from domain.accounts.roles import Account, Role
from domain.ingestion.follow_up.comparison import Comparison, GroupChange, compared
from domain.ingestion.follow_up.groups import UNSETTLED, IssueGroup, IssueMessage
from domain.ingestion.issues import Issue, IssueRule, Severity
from domain.ingestion.submissions import IngestionStatus, SubmittedFile

BOARD_MAX = 200
MESSAGES_MAX = 200
_UNSETTLED = sorted(state.value for state in UNSETTLED)

COMPARED = """
WITH issues AS (
    SELECT ingestion_id = :new AS is_new, rule, severity, "column", row_key, count,
           bool_or(count > 1 OR row_key IS NULL) OVER (PARTITION BY rule, severity, "column") AS grouped
      FROM ingestion_issues WHERE ingestion_id IN (:old, :new)
), keyed AS (
    SELECT rule, severity, "column", CASE WHEN grouped THEN '' ELSE row_key END AS key,
           coalesce(sum(count) FILTER (WHERE NOT is_new), 0) AS old,
           coalesce(sum(count) FILTER (WHERE is_new), 0) AS new
      FROM issues GROUP BY 1, 2, 3, 4
)
SELECT rule, severity, "column",
       sum(greatest(old - new, 0)) AS fixed, sum(least(old, new)) AS left,
       sum(greatest(new - old, 0)) AS new
  FROM keyed GROUP BY 1, 2, 3
"""


@dataclass(frozen=True)
class MessageView:
    """One thing that somebody did; `author` is their name, None for whoever may not see the account."""

    message: IssueMessage
    author: str | None


@dataclass(frozen=True)
class FaultyRowView:
    line: int
    sheet: str | None
    cells: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class BoardRow:
    """A group of issues that waits, with the file that it is of."""

    group: IssueGroup
    file: SubmittedFile
    assignee: str | None


@dataclass(frozen=True)
class BoardCount:
    """Groups and lines that wait, by format and rule; `oldest` since when the first waits."""

    format: str
    rule: IssueRule
    severity: Severity
    groups: int
    lines: int
    oldest: datetime


async def groups(connection: AsyncConnection, submission_id: UUID) -> Sequence[IssueGroup]:
    """Seen by: whoever may see the submission, which the caller has read with the account that asks."""
    found = await connection.execute(
        select(ingestion_issue_groups)
        .where(ingestion_issue_groups.c.ingestion_id == submission_id)
        .order_by(ingestion_issue_groups.c.number)
    )
    return [value_of(IssueGroup, row) for row in found.mappings()]


async def group(connection: AsyncConnection, submission_id: UUID, number: int) -> IssueGroup | None:
    """Seen by: whoever may see the submission, which the caller has read with the account that asks."""
    row = await read_one(
        connection,
        select(ingestion_issue_groups).where(
            ingestion_issue_groups.c.ingestion_id == submission_id,
            ingestion_issue_groups.c.number == number,
        ),
    )
    return value_of(IssueGroup, row) if row else None


async def messages(
    connection: AsyncConnection, submission_id: UUID, number: int
) -> Sequence[MessageView]:
    """
    The oldest first.

    Seen by: whoever may see the submission, which the caller has read with the account that asks.
    """
    table = ingestion_issue_messages
    found = await connection.execute(
        select(table, users.c.name.label("author"))
        .outerjoin(users, users.c.id == table.c.author_id)
        .where(table.c.ingestion_id == submission_id, table.c.number == number)
        .order_by(table.c.written_at, table.c.id)
        .limit(MESSAGES_MAX)
    )
    return [MessageView(value_of(IssueMessage, row), row["author"]) for row in found.mappings()]


async def issues_of_group(
    connection: AsyncConnection, group: IssueGroup, *, limit: int
) -> Sequence[Issue]:
    """Seen by: whoever may see the submission, which the caller has read with the account that asks."""
    table = ingestion_issues.c
    found = await connection.execute(
        select(ingestion_issues)
        .where(
            table.ingestion_id == group.ingestion_id,
            table.rule == group.rule.value,
            table.severity == group.severity.value,
            table.sheet.is_not_distinct_from(group.sheet),
            table.column.is_not_distinct_from(group.column),
        )
        .order_by(table.line, table.chunk, table.position)
        .limit(limit)
    )
    return [value_of(Issue, row, more_lines=tuple(row["more_lines"])) for row in found.mappings()]


async def faulty_rows(
    connection: AsyncConnection, submission_id: UUID, lines: Sequence[int]
) -> Mapping[tuple[str | None, int], FaultyRowView]:
    """
    Rows as found, by sheet and line; the first of each rule are kept, others are not.

    Seen by: whoever may see the submission, which the caller has read with the account that asks.
    """
    if not lines:
        return {}
    table = ingestion_issue_rows.c
    found = await connection.execute(
        select(table.sheet, table.line, table.cells).where(
            table.ingestion_id == submission_id, table.line.in_(lines)
        )
    )
    return {
        (row["sheet"], row["line"]): FaultyRowView(
            row["line"], row["sheet"], [(name, value) for name, value in row["cells"]]
        )
        for row in found.mappings()
    }


async def successor(
    connection: AsyncConnection, submission_id: UUID, *, account: Account
) -> SubmittedFile | None:
    """
    The file that was sent in the place of this one.

    Seen by: whoever sent it in, and staff.
    """
    row = await read_one(
        connection,
        select(ingestions).where(
            ingestions.c.predecessor_id == submission_id,
            sent_in(account, ingestions.c.submitted_by),
        ),
    )
    return value_of(SubmittedFile, row) if row else None


async def comparison(connection: AsyncConnection, *, old: UUID, new: UUID) -> Comparison:
    """Seen by: whoever may see both submissions, which the caller has read with the account that asks."""
    found = await connection.execute(text(COMPARED), {"old": old, "new": new})
    return compared(
        GroupChange(
            IssueRule(row["rule"]),
            Severity(row["severity"]),
            row["column"],
            int(row["fixed"]),
            int(row["left"]),
            int(row["new"]),
        )
        for row in found.mappings()
    )


async def board(
    connection: AsyncConnection,
    *,
    account: Account,
    format_id: str | None = None,
    rule: IssueRule | None = None,
    severity: Severity | None = None,
    assigned_to: UUID | None = None,
) -> Sequence[BoardRow]:
    """
    Groups that wait, errors first, then the oldest; 200 at most.

    Seen by: whoever sent the files in, and staff all of them.
    """
    table, files = ingestion_issue_groups.c, ingestions.c
    query = (
        select(ingestion_issue_groups, users.c.name.label("assignee_name"))
        .join(ingestions, files.id == table.ingestion_id)
        .outerjoin(users, users.c.id == table.assigned_to)
        .where(sent_in(account, files.submitted_by), table.state.in_(_UNSETTLED))
        .order_by(table.severity, table.opened_at, table.ingestion_id, table.number)
        .limit(BOARD_MAX)
    )
    if format_id is not None:
        query = query.where(files.format == format_id)
    if rule is not None:
        query = query.where(table.rule == rule.value)
    if severity is not None:
        query = query.where(table.severity == severity.value)
    if assigned_to is not None:
        query = query.where(table.assigned_to == assigned_to)
    rows = (await connection.execute(query)).mappings().all()
    wanted = {row["ingestion_id"] for row in rows}
    of = (
        await connection.execute(
            select(ingestions).where(files.id.in_(wanted), sent_in(account, files.submitted_by))
        )
    ).mappings()
    by_id = {row["id"]: value_of(SubmittedFile, row) for row in of}
    return [
        BoardRow(value_of(IssueGroup, row), by_id[row["ingestion_id"]], row["assignee_name"])
        for row in rows
    ]


async def board_counts(connection: AsyncConnection, *, account: Account) -> Sequence[BoardCount]:
    """
    What waits by format and rule, errors and the most first.

    Seen by: whoever sent the files in, and staff all of them.
    """
    table, files = ingestion_issue_groups.c, ingestions.c
    found = await connection.execute(
        select(
            files.format,
            table.rule,
            table.severity,
            func.count().label("groups"),
            func.sum(table.count).label("lines"),
            func.min(table.opened_at).label("oldest"),
        )
        .join(ingestions, files.id == table.ingestion_id)
        .where(sent_in(account, files.submitted_by), table.state.in_(_UNSETTLED))
        .group_by(files.format, table.rule, table.severity)
        .order_by(table.severity, func.sum(table.count).desc(), files.format, table.rule)
    )
    return [
        BoardCount(
            row["format"],
            IssueRule(row["rule"]),
            Severity(row["severity"]),
            int(row["groups"]),
            int(row["lines"]),
            row["oldest"],
        )
        for row in found.mappings()
    ]


async def status_counts(
    connection: AsyncConnection, *, account: Account
) -> Mapping[IngestionStatus, int]:
    """
    Files by what became of them.

    Seen by: whoever sent them in, and staff all of them.
    """
    found = await connection.execute(
        select(ingestions.c.status, func.count().label("files"))
        .where(sent_in(account, ingestions.c.submitted_by))
        .group_by(ingestions.c.status)
        .order_by(ingestions.c.status)
    )
    return {IngestionStatus(row["status"]): int(row["files"]) for row in found.mappings()}


@dataclass(frozen=True)
class Responsible:
    """Somebody to whom issues can be assigned."""

    id: UUID
    name: str


async def responsible_people(connection: AsyncConnection) -> Sequence[Responsible]:
    """
    All administrators, by their names.

    Seen by: staff.
    """
    found = await connection.execute(
        select(users.c.id, users.c.name).where(users.c.role == Role.ADMINISTRATOR.value)
    )
    people = [Responsible(row["id"], str(row["name"])) for row in found.mappings()]
    return sorted(people, key=lambda one: (one.name.casefold(), one.id))
