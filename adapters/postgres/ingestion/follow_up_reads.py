"""What people do about the issues of files, read; and what a file mended of the one before it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, select, text
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
from domain.ingestion.follow_up.groups import IssueGroup, IssueMessage
from domain.ingestion.issues import Issue, IssueRule, Severity
from domain.ingestion.submissions import SubmittedFile

MESSAGES_MAX = 200

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
            _lines_of(group),
        )
        .order_by(table.line, table.chunk, table.position)
        .limit(limit)
    )
    return [value_of(Issue, row, more_lines=tuple(row["more_lines"])) for row in found.mappings()]


def _lines_of(group: IssueGroup) -> ColumnElement[bool]:
    """Its one line, or all but those that are decided on apart."""
    table, groups = ingestion_issues.c, ingestion_issue_groups.c
    if group.separated_from is not None:
        return table.line == group.line
    apart = select(groups.line).where(
        groups.ingestion_id == group.ingestion_id, groups.separated_from == group.number
    )
    return table.line.is_(None) | table.line.not_in(apart)


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
