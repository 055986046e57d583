"""Submissions with their chunks, records and issues, written."""

import json
from collections.abc import Iterator, Sequence
from uuid import UUID

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as insert_unless
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.ports.ingestion import Counts
from adapters.postgres.ingestion.copying import copied, copied_line, copy_lines
from adapters.postgres.ingestion.former_periods import DRIFT, RESTING
from adapters.postgres.ingestion.repeats import KNOWN, OVERLAPS, REPEATED
from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import (
    ingested_ranges,
    ingested_records,
    ingestion_chunks,
    ingestion_issue_rows,
    ingestion_issues,
    ingestions,
)
from domain.ingestion.chunks import FaultyRow
from domain.ingestion.drift import ALLOWED, VALUES_MIN
from domain.ingestion.follow_up.withdrawals import RestingRound
from domain.ingestion.issues import FIRST_LINES, GROUPED_FROM, Issue, IssueRule, Severity
from domain.ingestion.plain_rows import PlainRecords
from domain.ingestion.submissions import WITH_ROWS, IngestionStatus, SubmittedFile
from domain.ingestion.tables import Record

_RECORD_COLUMNS = (
    *("ingestion_id", "chunk", "position", "kind", "sheet", "line", "identity", "record"),
)
_RANGE_COLUMNS = (
    *("ingestion_id", "chunk", "position", "number", "kind", "block", "first", "last"),
)
_ISSUE_COLUMNS = (
    *("ingestion_id", "chunk", "position", "rule", "severity", "advice", "sheet", "line"),
    *("column", "value", "count", "more_lines", "row_key"),
)
WHOLE_FILE = -1
REGROUPED = -2
SETTLING = "ingestion/settling"
SAME_FILE = "submitted_by", "sha256", "format", "format_version", "accept_partly"


class PostgresSubmissions:
    """Implements `activities.ports.ingestion.Submissions`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, submission: SubmittedFile) -> SubmittedFile:
        await self._connection.execute(
            insert_unless(ingestions).values(row_of(submission)).on_conflict_do_nothing()
        )
        found = await self._connection.execute(
            select(ingestions).where(
                *(ingestions.c[name] == getattr(submission, name) for name in SAME_FILE),
                ingestions.c.project_id.is_not_distinct_from(submission.project_id),
                # What was withdrawn may be sent in anew.
                ingestions.c.status != IngestionStatus.WITHDRAWN.value,
            )
        )
        return value_of(SubmittedFile, found.mappings().one())

    async def get(self, submission_id: UUID) -> SubmittedFile | None:
        found = await self._connection.execute(
            select(ingestions).where(ingestions.c.id == submission_id)
        )
        row = found.mappings().one_or_none()
        return value_of(SubmittedFile, row) if row else None

    async def is_relied_on(self, sha256: str) -> bool:
        accepted = select(ingestions.c.id).where(
            ingestions.c.sha256 == sha256, ingestions.c.status.in_([one.value for one in WITH_ROWS])
        )
        return bool(await self._connection.scalar(select(accepted.exists())))

    async def lock(self, submission_id: UUID) -> SubmittedFile | None:
        found = await self._connection.execute(
            select(ingestions).where(ingestions.c.id == submission_id).with_for_update()
        )
        row = found.mappings().one_or_none()
        return value_of(SubmittedFile, row) if row else None

    async def save(self, submission: SubmittedFile) -> None:
        await self._connection.execute(
            update(ingestions).where(ingestions.c.id == submission.id).values(row_of(submission))
        )

    async def chunks(self, submission_id: UUID) -> dict[int, int]:
        found = await self._connection.execute(
            select(ingestion_chunks.c.chunk, ingestion_chunks.c.rows_read).where(
                ingestion_chunks.c.ingestion_id == submission_id
            )
        )
        return {row.chunk: row.rows_read for row in found}

    async def add_chunk(
        self,
        submission_id: UUID,
        chunk: int,
        *,
        rows: int,
        records: Sequence[Record],
        issues: Sequence[Issue],
        faulty: Sequence[FaultyRow] = (),
        plain: Sequence[PlainRecords] = (),
    ) -> None:
        added = await self._connection.execute(
            insert_unless(ingestion_chunks)
            .values(ingestion_id=submission_id, chunk=chunk, rows_read=rows)
            .on_conflict_do_nothing()
            .returning(ingestion_chunks.c.chunk)
        )
        if added.scalar_one_or_none() is None:
            return
        key = {"ingestion_id": submission_id, "chunk": chunk}
        positions = _in_order(_places(records, plain))
        await copy_lines(
            self._connection,
            ingested_records,
            _RECORD_COLUMNS,
            _record_lines(submission_id, chunk, positions, records, plain),
        )
        await copy_lines(
            self._connection,
            ingested_ranges,
            _RANGE_COLUMNS,
            (
                copied_line(
                    str(submission_id),
                    chunk,
                    position,
                    number,
                    record.kind.value,
                    one.block,
                    one.first,
                    one.last,
                )
                for position, record in zip(positions, records, strict=False)
                for number, one in enumerate(record.ranges)
                if one.first is not None and one.last is not None
            ),
        )
        await self._add_issues(submission_id, chunk, issues)
        if faulty:
            await self._connection.execute(
                insert(ingestion_issue_rows),
                [
                    {
                        **key,
                        "position": position,
                        "sheet": row.sheet,
                        "line": row.line,
                        "cells": [
                            [name.replace("\x00", ""), value.replace("\x00", "")]
                            for name, value in row.cells
                        ],
                    }
                    for position, row in enumerate(faulty)
                ],
            )

    async def settle_repeats(self, submission_id: UUID) -> None:
        # Of two files with the same rows that are settled at once, the second sees the first.
        await self._connection.execute(
            select(func.pg_advisory_xact_lock(func.hashtextextended(SETTLING, 0)))
        )
        for statement in (REPEATED, KNOWN, OVERLAPS):
            await self._connection.execute(
                text(statement), {"id": submission_id, "chunk": WHOLE_FILE}
            )

    async def counts(self, submission_id: UUID) -> Counts:
        rows = await self._sum(
            select(func.sum(ingestion_chunks.c.rows_read)).where(
                ingestion_chunks.c.ingestion_id == submission_id
            )
        )
        records = await self._sum(
            select(func.count()).where(ingested_records.c.ingestion_id == submission_id)
        )
        by_severity = {
            severity: await self._sum(
                select(func.sum(ingestion_issues.c.count)).where(
                    ingestion_issues.c.ingestion_id == submission_id,
                    ingestion_issues.c.severity == severity.value,
                )
            )
            for severity in Severity
        }
        known = await self._sum(
            select(func.sum(ingestion_issues.c.count)).where(
                ingestion_issues.c.ingestion_id == submission_id,
                ingestion_issues.c.rule == IssueRule.KNOWN.value,
            )
        )
        return Counts(
            rows, records, known, by_severity[Severity.ERROR], by_severity[Severity.WARNING]
        )

    async def regroup(self, submission_id: UUID, rows: int) -> None:
        issues = ingestion_issues.c
        alike = (issues.rule, issues.severity, issues.sheet, issues.column)
        found = await self._connection.execute(
            select(
                *alike,
                func.sum(issues.count).label("count"),
                func.min(issues.line).label("line"),
                (func.array_agg(issues.value.distinct())[1]).label("value"),
                (func.array_agg(issues.advice.distinct())[1]).label("advice"),
            )
            .where(issues.ingestion_id == submission_id, issues.chunk != REGROUPED)
            .group_by(*alike)
            .having(
                func.sum(issues.count) >= GROUPED_FROM,
                2 * func.sum(issues.count) >= rows,
                func.count() > 1,
            )
        )
        whole: list[Issue] = []
        for group in found.mappings().all():
            same = [
                issues.ingestion_id == submission_id,
                *(
                    issues[name].is_not_distinct_from(group[name])
                    for name in ("rule", "severity", "sheet", "column")
                ),
            ]
            first = (
                (
                    await self._connection.execute(
                        select(ingestion_issues)
                        .where(*same)
                        .order_by(issues.line)
                        .limit(FIRST_LINES)
                    )
                )
                .mappings()
                .all()
            )
            lines = sorted({line for row in first for line in (row["line"], *row["more_lines"])})
            whole.append(
                Issue(
                    IssueRule(group["rule"]),
                    Severity(group["severity"]),
                    first[0]["advice"],
                    line=first[0]["line"],
                    column=group["column"],
                    value=first[0]["value"],
                    sheet=group["sheet"],
                    count=int(group["count"]),
                    more_lines=tuple(lines[1:FIRST_LINES]),
                )
            )
            await self._connection.execute(delete(ingestion_issues).where(*same))
        await self._add_issues(submission_id, REGROUPED, whole)

    async def tell_drift(self, submission_id: UUID) -> None:
        await self._connection.execute(
            text(DRIFT),
            {
                "id": submission_id,
                "chunk": WHOLE_FILE,
                "quantities": list(ALLOWED),
                "shares": list(ALLOWED.values()),
                "least": VALUES_MIN,
            },
        )

    async def rounds_resting_on(self, submission_id: UUID) -> Sequence[RestingRound]:
        found = await self._connection.execute(text(RESTING), {"id": submission_id})
        return [RestingRound(**row) for row in found.mappings()]

    async def withdrawn_among(self, submission_ids: Sequence[UUID]) -> bool:
        if not submission_ids:
            return False
        found = await self._connection.scalar(
            select(
                select(ingestions.c.id)
                .where(
                    ingestions.c.id.in_(submission_ids),
                    ingestions.c.status == IngestionStatus.WITHDRAWN.value,
                )
                .exists()
            )
        )
        return bool(found)

    async def forget_records(self, submission_id: UUID) -> None:
        await self._connection.execute(
            delete(ingested_records).where(ingested_records.c.ingestion_id == submission_id)
        )

    async def _add_issues(self, submission_id: UUID, chunk: int, issues: Sequence[Issue]) -> None:
        await copy_lines(
            self._connection,
            ingestion_issues,
            _ISSUE_COLUMNS,
            (
                copied_line(
                    str(submission_id),
                    chunk,
                    position,
                    issue.rule.value,
                    issue.severity.value,
                    issue.advice,
                    issue.sheet,
                    issue.line,
                    issue.column[:200] if issue.column else None,
                    issue.value or None,
                    issue.count,
                    "{" + ",".join(map(str, issue.more_lines)) + "}",
                    issue.row_key,
                )
                for position, issue in enumerate(issues)
            ),
        )

    async def _sum(self, query: object) -> int:
        found = await self._connection.execute(query)  # type: ignore[call-overload]  # any of the selects above
        return int(found.scalar_one() or 0)


def _record_lines(
    submission_id: UUID,
    chunk: int,
    positions: Sequence[int],
    records: Sequence[Record],
    plain: Sequence[PlainRecords],
) -> Iterator[str]:
    for position, record in zip(positions, records, strict=False):
        yield copied_line(
            *(str(submission_id), chunk, position, record.kind.value, record.sheet, record.line),
            *(record.identity, json.dumps(dict(record.values))),
        )
    read = len(records)
    for one in plain:
        here = positions[read : read + len(one.lines)]
        read += len(one.lines)
        before, after = f"{submission_id}\t{chunk}", f"{one.kind.value}\t{copied(one.sheet)}"
        template = f"{before}\t%d\t{after.replace('%', '%%')}\t%d\t%s\t%s\n"
        texts = one.texts
        if any("\\" in text for text in texts):
            texts = [copied(text) for text in texts]
        yield from map(template.__mod__, zip(here, one.lines, one.identities, texts, strict=True))


def _places(
    records: Sequence[Record], plain: Sequence[PlainRecords]
) -> list[tuple[str | None, int]]:
    return [
        *((record.sheet, record.line) for record in records),
        *((one.sheet, line) for one in plain for line in one.lines),
    ]


def _in_order(places: Sequence[tuple[str | None, int]]) -> list[int]:
    """For each place the number that it has in the order of the file, however its row was read."""
    sheets = {sheet: number for number, sheet in enumerate(dict.fromkeys(one for one, _ in places))}
    keys = [(sheets[sheet], line) for sheet, line in places]
    positions = [0] * len(keys)
    for position, number in enumerate(sorted(range(len(keys)), key=keys.__getitem__)):
        positions[number] = position
    return positions
