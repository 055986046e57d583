"""The rounds that a verifier has in hand, with what tells whose turn it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, not_, select
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.projects.documents import IS_EVIDENCE
from adapters.postgres.projects.reads.findings import COUNTS_COLUMN, FindingCounts, counts_from
from adapters.postgres.projects.verification import verification_from
from adapters.postgres.queries import PageRequest, read_one, read_page
from adapters.postgres.tables import (
    conflict_declarations,
    documents,
    projects,
    verification_requests,
)
from domain.accounts.roles import Account
from domain.organisations.accreditation import DeclaredConflict
from domain.projects.documents import DocumentType
from domain.projects.verification import Verification, VerificationStatus


@dataclass(frozen=True)
class AssignedRoundView:
    """
    `documents_by_type` counts the round's completed documents; `statements` are the verification reports
    that the verifier has uploaded themselves. `declared` is their newest word on interests, if any.
    """

    verification: Verification
    title: str
    country: str
    documents_by_type: Mapping[DocumentType, int]
    statements: int
    declared: DeclaredConflict | None
    findings: FindingCounts

    @property
    def documents(self) -> int:
        return sum(self.documents_by_type.values())


_ROUND = verification_requests.c
_IN_REVIEW = _ROUND.status == VerificationStatus.IN_REVIEW.value


async def open_reviews_page(
    connection: AsyncConnection, account: Account, page: PageRequest
) -> Sequence[AssignedRoundView]:
    """
    Those in review, by deadline: it is as long after the assignment for each, so by that.

    Seen by: the assigned verifier.
    """
    query = _reviews(account).where(_IN_REVIEW)
    by = (_ROUND.assigned_at, _ROUND.id)
    return [_view(row) for row in await read_page(connection, query, page, by)]


async def decided_reviews_page(
    connection: AsyncConnection, account: Account, page: PageRequest
) -> Sequence[AssignedRoundView]:
    """
    Those that are decided, approvals that wait for a countersignature among them.

    Seen by: the assigned verifier.
    """
    query = _reviews(account).where(not_(_IN_REVIEW), _ROUND.completed_at.is_not(None))
    by = (_ROUND.completed_at, _ROUND.id)
    return [_view(row) for row in await read_page(connection, query, page, by)]


async def review(
    connection: AsyncConnection, account: Account, verification_id: UUID
) -> AssignedRoundView | None:
    """Seen by: the assigned verifier."""
    row = await read_one(connection, _reviews(account).where(_ROUND.id == verification_id))
    return _view(row) if row else None


def _reviews(account: Account) -> Select[Any]:
    completed = and_(documents.c.verification_id == _ROUND.id, IS_EVIDENCE)
    counted = (
        select(documents.c.document_type, func.count().label("files"))
        .where(completed)
        .group_by(documents.c.document_type)
        .correlate(verification_requests)
        .subquery("counted")
    )
    statements = select(func.count()).where(
        completed,
        documents.c.document_type == DocumentType.VERIFICATION_REPORT.value,
        documents.c.uploaded_by == _ROUND.verifier_id,
    )
    declared = (
        select(conflict_declarations.c.declared)
        .where(
            conflict_declarations.c.verification_id == _ROUND.id,
            conflict_declarations.c.user_id == _ROUND.verifier_id,
        )
        .order_by(conflict_declarations.c.declared_at.desc(), conflict_declarations.c.id)
        .limit(1)
    )
    return (
        select(
            verification_requests,
            projects.c.title,
            projects.c.country,
            select(func.jsonb_object_agg(counted.c.document_type, counted.c.files))
            .select_from(counted)
            .scalar_subquery()
            .label("documents_by_type"),
            statements.scalar_subquery().label("statements"),
            declared.scalar_subquery().label("declared"),
            COUNTS_COLUMN,
        )
        .join(projects, projects.c.id == _ROUND.project_id)
        .where(_ROUND.verifier_id == account.id)
    )


def _view(row: RowMapping) -> AssignedRoundView:
    declared = row["declared"]
    return AssignedRoundView(
        verification_from(row),
        row["title"],
        row["country"],
        {DocumentType(name): count for name, count in (row["documents_by_type"] or {}).items()},
        row["statements"],
        None if declared is None else DeclaredConflict(declared),
        counts_from(row),
    )
