"""Groups of issues and what people did about them, written."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, text, update
from sqlalchemy.dialects.postgresql import insert as insert_unless
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.ports.ingestion import FaultCount
from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import (
    ingestion_issue_groups,
    ingestion_issue_messages,
    ingestion_issues,
)
from domain.ingestion.follow_up.groups import (
    UNSETTLED,
    IssueGroup,
    IssueGroupState,
    IssueMessage,
)
from domain.ingestion.issues import Issue, IssueRule, Severity

_UNSETTLED = sorted(state.value for state in UNSETTLED)

# Errors first, then what concerns most lines; the first issue of each stands for it.
OPEN_ALL = """
INSERT INTO ingestion_issue_groups
       (ingestion_id, number, rule, severity, sheet, "column", advice, line, value, count, state,
        opened_at, changed_at)
SELECT :id, row_number() OVER (ORDER BY severity, total DESC, rule, sheet, "column"),
       rule, severity, sheet, "column", advice, line, value, total, 'open', :at, :at
  FROM (SELECT DISTINCT ON (rule, severity, sheet, "column")
               rule, severity, sheet, "column", advice, line, value,
               sum(count) OVER (PARTITION BY rule, severity, sheet, "column") AS total
          FROM ingestion_issues WHERE ingestion_id = :id
         ORDER BY rule, severity, sheet, "column", line, chunk, position) first
 WHERE NOT EXISTS (SELECT FROM ingestion_issue_groups WHERE ingestion_id = :id)
"""


class PostgresIssueGroups:
    """Implements `activities.ports.ingestion.IssueGroups`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def open_all(self, submission_id: UUID, *, at: datetime) -> Sequence[IssueGroup]:
        await self._connection.execute(text(OPEN_ALL), {"id": submission_id, "at": at})
        return await self.of_submission(submission_id)

    async def of_submission(self, submission_id: UUID) -> Sequence[IssueGroup]:
        found = await self._connection.execute(
            select(ingestion_issue_groups)
            .where(ingestion_issue_groups.c.ingestion_id == submission_id)
            .order_by(ingestion_issue_groups.c.number)
        )
        return [value_of(IssueGroup, row) for row in found.mappings()]

    async def lock(self, submission_id: UUID, number: int) -> IssueGroup | None:
        found = await self._connection.execute(
            select(ingestion_issue_groups)
            .where(
                ingestion_issue_groups.c.ingestion_id == submission_id,
                ingestion_issue_groups.c.number == number,
            )
            .with_for_update()
        )
        row = found.mappings().one_or_none()
        return value_of(IssueGroup, row) if row else None

    async def save(self, group: IssueGroup) -> None:
        await self._connection.execute(
            update(ingestion_issue_groups)
            .where(
                ingestion_issue_groups.c.ingestion_id == group.ingestion_id,
                ingestion_issue_groups.c.number == group.number,
            )
            .values(row_of(group))
        )

    async def add(self, group: IssueGroup) -> None:
        await self._connection.execute(insert_unless(ingestion_issue_groups).values(row_of(group)))

    async def issues_at(self, group: IssueGroup, line: int) -> Sequence[Issue]:
        table = ingestion_issues.c
        found = await self._connection.execute(
            select(ingestion_issues)
            .where(*_of_group(group), table.line == line, table.count == 1)
            .order_by(table.chunk, table.position)
        )
        return [
            value_of(Issue, row, more_lines=tuple(row["more_lines"])) for row in found.mappings()
        ]

    async def first_left(self, group: IssueGroup, separated: Collection[int]) -> Issue | None:
        table = ingestion_issues.c
        found = await self._connection.execute(
            select(ingestion_issues)
            .where(*_of_group(group), table.line.is_(None) | table.line.not_in(list(separated)))
            .order_by(table.line, table.chunk, table.position)
            .limit(1)
        )
        row = found.mappings().one_or_none()
        return value_of(Issue, row, more_lines=tuple(row["more_lines"])) if row else None

    async def settle(self, submission_id: UUID, state: IssueGroupState, *, at: datetime) -> int:
        changed = await self._connection.execute(
            update(ingestion_issue_groups)
            .where(
                ingestion_issue_groups.c.ingestion_id == submission_id,
                ingestion_issue_groups.c.state.in_(_UNSETTLED),
            )
            .values(state=state.value, changed_at=at)
            .returning(ingestion_issue_groups.c.number)
        )
        return len(changed.all())

    async def add_message(self, message: IssueMessage) -> None:
        await self._connection.execute(
            insert_unless(ingestion_issue_messages).values(row_of(message)).on_conflict_do_nothing()
        )

    async def fault_counts(self, submission_id: UUID) -> Sequence[FaultCount]:
        table = ingestion_issues.c
        found = await self._connection.execute(
            select(table.rule, table.severity, func.sum(table.count).label("count"))
            .where(table.ingestion_id == submission_id)
            .group_by(table.rule, table.severity)
            .order_by(table.rule, table.severity)
        )
        return [
            FaultCount(IssueRule(row["rule"]), Severity(row["severity"]), int(row["count"]))
            for row in found.mappings()
        ]

    async def oldest_open(self) -> datetime | None:
        table = ingestion_issue_groups.c
        found = await self._connection.execute(
            select(func.min(table.opened_at)).where(*_waits_with_errors())
        )
        oldest: datetime | None = found.scalar_one()
        return oldest

    async def open_count(self) -> int:
        found = await self._connection.execute(
            select(func.count()).select_from(ingestion_issue_groups).where(*_waits_with_errors())
        )
        return int(found.scalar_one())


def _of_group(group: IssueGroup) -> tuple[ColumnElement[bool], ...]:
    table = ingestion_issues.c
    return (
        table.ingestion_id == group.ingestion_id,
        table.rule == group.rule.value,
        table.severity == group.severity.value,
        table.sheet.is_not_distinct_from(group.sheet),
        table.column.is_not_distinct_from(group.column),
    )


def _waits_with_errors() -> tuple[ColumnElement[bool], ...]:
    table = ingestion_issue_groups.c
    return (table.state.in_(_UNSETTLED), table.severity == Severity.ERROR.value)
