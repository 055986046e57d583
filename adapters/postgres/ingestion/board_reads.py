"""What is wrong with files and waits for people, over all files that somebody may see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import value_of
from adapters.postgres.tables import ingestion_issue_groups, ingestions, users
from adapters.postgres.visibility import sent_in
from domain.accounts.roles import Account
from domain.ingestion.follow_up.groups import UNSETTLED, IssueGroup
from domain.ingestion.issues import IssueRule, Severity
from domain.ingestion.submissions import IngestionStatus, SubmittedFile

BOARD_MAX = 200
_UNSETTLED = sorted(state.value for state in UNSETTLED)


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
