"""Findings, read: with their threads for those who work on the project, and counted for everybody."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import FromClause, ScalarSelect, Select, func, select, true
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.projects.findings import with_threads
from adapters.postgres.queries import PageRequest, read_one, read_page
from adapters.postgres.tables import finding_messages, findings, verification_requests
from adapters.postgres.visibility import works_on_project
from domain.accounts.roles import Account
from domain.projects.findings import Finding, FindingAct, FindingKind, FindingSide


@dataclass(frozen=True)
class FindingView:
    """`round` counts the project's rounds; `carried_into` is the finding of a later round that took this up."""

    finding: Finding
    project_id: UUID
    round: int
    carried_into: UUID | None


@dataclass(frozen=True)
class FindingCounts:
    """`blocking`: corrective actions and clarifications that are not closed; an approval waits for them."""

    open: int
    answered: int
    closed: int
    blocking: int


@dataclass(frozen=True)
class PublicFindingCounts:
    kind: FindingKind
    raised: int
    closed: int


_LATER = findings.alias("later")
_CARRIED_INTO = (
    select(_LATER.c.id)
    .where(_LATER.c.carried_from == findings.c.id)
    .correlate(findings)
    .scalar_subquery()
    .label("carried_into")
)
_LAST = finding_messages.alias("last")
_NEWEST = (
    select(_LAST.c.act, _LAST.c.side)
    .where(_LAST.c.finding_id == findings.c.id)
    .order_by(_LAST.c.number.desc())
    .limit(1)
    .correlate(findings)
    .lateral("newest")
)
# As `Finding.state` and `Finding.blocks_approval`; a test holds both against each other.
_CLOSED = func.coalesce(_NEWEST.c.act == FindingAct.CLOSE.value, False)
_ANSWERED = func.coalesce(
    (_NEWEST.c.act == FindingAct.REPLY.value) & (_NEWEST.c.side == FindingSide.SUPPLIER.value),
    False,
)
COUNTS_COLUMN = (
    select(
        func.jsonb_build_object(
            *("open", func.count().filter(~_CLOSED & ~_ANSWERED)),
            *("answered", func.count().filter(_ANSWERED)),
            *("closed", func.count().filter(_CLOSED)),
            "blocking",
            func.count().filter(~_CLOSED & (findings.c.kind != FindingKind.FORWARD_ACTION.value)),
        )
    )
    .select_from(findings.outerjoin(_NEWEST, true()))
    .where(findings.c.verification_id == verification_requests.c.id)
    .correlate(verification_requests)
    .scalar_subquery()
    .label("finding_counts")
)
"""Of each row of `verification_requests`; `counts_from` makes a value of it."""


def open_and_blocking(of: FromClause) -> ScalarSelect[int]:
    """How many findings a supplier has to answer before an approval, for each round in `of`."""
    return (
        select(func.count())
        .select_from(findings.outerjoin(_NEWEST, true()))
        .where(
            findings.c.verification_id == of.c.id,
            ~_CLOSED & ~_ANSWERED,
            findings.c.kind != FindingKind.FORWARD_ACTION.value,
        )
        .correlate(of)
        .scalar_subquery()
    )


def counts_from(row: RowMapping) -> FindingCounts:
    return FindingCounts(**row["finding_counts"])


async def findings_page(
    connection: AsyncConnection,
    verification_id: UUID,
    page: PageRequest,
    *,
    document_id: UUID | None = None,
    unsettled: bool = False,
) -> Sequence[FindingView]:
    """
    Those of a round in the order they were raised in, which is that of their numbers; those about one
    document alone, or (`unsettled`) those that are not closed.

    Seen by: whoever may see the verification, which the caller has read with the account that asks.
    """
    query = _findings().where(findings.c.verification_id == verification_id)
    if document_id is not None:
        query = query.where(findings.c.document_id == document_id)
    if unsettled:
        query = query.outerjoin(_NEWEST, true()).where(~_CLOSED)
    by = (findings.c.raised_at, findings.c.id)
    return await _views(connection, await read_page(connection, query, page, by))


async def finding(
    connection: AsyncConnection, finding_id: UUID, *, account: Account
) -> FindingView | None:
    """Seen by: the supplier, the assigned verifier of its round, and staff."""
    query = _findings().where(findings.c.id == finding_id, works_on_project(account))
    row = await read_one(connection, query)
    return (await _views(connection, [row]))[0] if row else None


def _findings() -> Select[Any]:
    return select(
        *findings.c,
        verification_requests.c.project_id,
        verification_requests.c.number.label("round"),
        _CARRIED_INTO,
    ).join(verification_requests, verification_requests.c.id == findings.c.verification_id)


async def _views(connection: AsyncConnection, rows: Sequence[RowMapping]) -> Sequence[FindingView]:
    read_back = await with_threads(connection, rows)
    return [
        FindingView(one, row["project_id"], row["round"], row["carried_into"])
        for one, row in zip(read_back, rows, strict=True)
    ]
