"""A supplier's projects, each with its newest round and what has come in for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, not_, or_, select, true
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.projects.documents import COMPLETED, IS_EVIDENCE
from adapters.postgres.projects.projects import project_from
from adapters.postgres.projects.reads.findings import open_and_blocking
from adapters.postgres.projects.reads.project_words import has_project_words
from adapters.postgres.projects.verification import verification_from
from adapters.postgres.queries import PageRequest, read_page
from adapters.postgres.search import words_of
from adapters.postgres.tables import documents, projects, verification_requests
from adapters.postgres.visibility import works_on_any_round
from domain.accounts.roles import Account
from domain.projects.documents import DocumentType
from domain.projects.projects import Project
from domain.projects.supplier.next_steps import suppliers_evidence
from domain.projects.verification import Verification, VerificationStatus


@dataclass(frozen=True)
class SupplierProjectView:
    """
    `document_types` are of the newest round's documents that count; `awaited`: how many are not uploaded yet;
    `findings_open`: how many the supplier has to answer before an approval.
    """

    project: Project
    newest: Verification
    document_types: frozenset[DocumentType]
    awaited: int
    findings_open: int


@dataclass(frozen=True)
class SupplierFilter:
    """None leaves a field open; `waits_for_supplier` is as `domain.projects.supplier.next_steps` has it."""

    waits_for_supplier: bool = False
    round_status: str | None = None
    words: str | None = None
    project_id: UUID | None = None


_PROJECT_COLUMNS = [column for column in projects.c if not column.computed]
_BY = (projects.c.created_at, projects.c.id)
_NEWEST = (
    select(verification_requests)
    .where(verification_requests.c.project_id == projects.c.id)
    .order_by(verification_requests.c.number.desc())
    .limit(1)
    .correlate(projects)
    .lateral("newest_round")
)
_OF_NEWEST = documents.c.verification_id == _NEWEST.c.id
_TYPES = (
    select(func.array_agg(documents.c.document_type.distinct()))
    .where(_OF_NEWEST, IS_EVIDENCE)
    .correlate(_NEWEST)
    .scalar_subquery()
)
_AWAITED = (
    select(func.count())
    .select_from(documents)
    .where(_OF_NEWEST, not_(COMPLETED))
    .correlate(_NEWEST)
    .scalar_subquery()
)
_FINDINGS_OPEN = open_and_blocking(_NEWEST)
_ROUND_COLUMNS = [column.label(f"round_{column.name}") for column in _NEWEST.c]


async def supplier_projects_page(
    connection: AsyncConnection, chosen: SupplierFilter, page: PageRequest, *, account: Account
) -> Sequence[SupplierProjectView]:
    """Seen by: the supplier whose projects they are, whoever acts for it."""
    query = _of(account)
    if chosen.waits_for_supplier:
        query = query.where(_waits_for_supplier())
    if chosen.project_id is not None:
        query = query.where(projects.c.id == chosen.project_id)
    if chosen.round_status is not None:
        query = query.where(_NEWEST.c.status == chosen.round_status)
    if (words := await words_of(connection, chosen.words)) is not None:
        query = query.where(*await has_project_words(connection, words))
    return [_view(row) for row in await read_page(connection, query, page, _BY)]


def _of(account: Account) -> Select[Any]:
    return (
        select(
            *_PROJECT_COLUMNS,
            *_ROUND_COLUMNS,
            _TYPES.label("document_types"),
            _AWAITED.label("awaited"),
            _FINDINGS_OPEN.label("findings_open"),
        )
        .select_from(projects)
        .join(_NEWEST, true())
        .where(works_on_any_round(account), projects.c.developer_id == account.acts_for)
    )


def _waits_for_supplier() -> ColumnElement[bool]:
    open_ones = [VerificationStatus.PENDING.value, VerificationStatus.IN_REVIEW.value]
    later = _NEWEST.c.monitoring_period.is_not(None)
    missing = [
        and_(
            not_(_has_any(kind.types)),
            true() if kind.in_each_round else not_(later),
        )
        for kind in suppliers_evidence(is_first=True)
    ]
    return or_(
        _NEWEST.c.status == VerificationStatus.REJECTED.value,
        and_(_NEWEST.c.status.in_(open_ones), or_(_FINDINGS_OPEN > 0, *missing)),
    )


def _has_any(types: frozenset[DocumentType]) -> ColumnElement[bool]:
    named = sorted(one.value for one in types)
    return (
        select(documents.c.id)
        .where(_OF_NEWEST, IS_EVIDENCE, documents.c.document_type.in_(named))
        .correlate(_NEWEST)
        .exists()
    )


def _view(row: RowMapping) -> SupplierProjectView:
    of_round = {
        name.removeprefix("round_"): value
        for name, value in row.items()
        if name.startswith("round_")
    }
    return SupplierProjectView(
        project_from(row),
        verification_from(cast("RowMapping", of_round)),
        frozenset(DocumentType(one) for one in row["document_types"] or ()),
        row["awaited"],
        row["findings_open"],
    )
