"""Findings and their threads, written, and read back as the rules see them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, insert, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import (
    finding_attachments,
    finding_messages,
    findings,
    verification_requests,
)
from domain.projects.findings import Finding, FindingKind, FindingMessage, FindingPlace

_LATER = findings.alias("later")
_ATTACHMENTS = (
    select(
        func.array_agg(
            aggregate_order_by(finding_attachments.c.document_id, finding_attachments.c.document_id)
        )
    )
    .where(finding_attachments.c.message_id == finding_messages.c.id)
    .correlate(finding_messages)
    .scalar_subquery()
    .label("attachments")
)


class PostgresFindings:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, finding: Finding) -> None:
        """A finding without its thread: one that was just raised, or carried."""
        await self._connection.execute(insert(findings).values(finding_row(finding)))

    async def add_message(self, message: FindingMessage) -> None:
        values = row_of(message)
        attachments = values.pop("attachments")
        await self._connection.execute(insert(finding_messages).values(values))
        if attachments:
            rows = [{"message_id": message.id, "document_id": one} for one in attachments]
            await self._connection.execute(insert(finding_attachments).values(rows))

    async def get(self, finding_id: UUID) -> Finding | None:
        found = await self._where(findings.c.id == finding_id)
        return found[0] if found else None

    async def of_round(self, verification_id: UUID) -> Sequence[Finding]:
        return await self._where(findings.c.verification_id == verification_id)

    async def not_carried(self, project_id: UUID) -> Sequence[Finding]:
        carried = select(_LATER.c.id).where(_LATER.c.carried_from == findings.c.id).exists()
        return await self._where(
            (verification_requests.c.project_id == project_id)
            & (findings.c.kind == FindingKind.FORWARD_ACTION.value)
            & ~carried
        )

    async def _where(self, condition: ColumnElement[bool]) -> Sequence[Finding]:
        query = (
            select(*findings.c)
            .join(verification_requests, verification_requests.c.id == findings.c.verification_id)
            .where(condition)
            .order_by(verification_requests.c.number, findings.c.number)
        )
        rows = (await self._connection.execute(query)).mappings().all()
        return await with_threads(self._connection, rows)


async def with_threads(
    connection: AsyncConnection, rows: Sequence[RowMapping]
) -> Sequence[Finding]:
    """
    Rows of findings with their messages, each thread in its order.

    Seen by: whoever may see the findings, which the caller has read.
    """
    if not rows:
        return []
    threads: dict[UUID, list[FindingMessage]] = {row["id"]: [] for row in rows}
    found = await connection.execute(_messages([*threads]))
    for row in found.mappings():
        message = value_of(FindingMessage, row, attachments=tuple(row["attachments"] or ()))
        threads[message.finding_id].append(message)
    return [finding_from(row, tuple(threads[row["id"]])) for row in rows]


def finding_row(finding: Finding) -> dict[str, Any]:
    """What its columns hold; its place is four of them, and its thread a table of its own."""
    values = row_of(finding)
    about: FindingPlace = values.pop("about")
    del values["thread"]
    return values | {
        "document_id": about.document_id,
        "page": about.page,
        "field": about.field,
        "row_number": about.row,
    }


def finding_from(row: RowMapping, thread: tuple[FindingMessage, ...]) -> Finding:
    about = FindingPlace(row["document_id"], row["page"], row["field"], row["row_number"])
    return value_of(Finding, row, about=about, thread=thread)


def _messages(finding_ids: Sequence[UUID]) -> Select[Any]:
    return (
        select(*finding_messages.c, _ATTACHMENTS)
        .where(finding_messages.c.finding_id.in_(finding_ids))
        .order_by(finding_messages.c.finding_id, finding_messages.c.number)
    )
