"""The rounds of a project, read as everybody may: what was asked of each, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Select, cast, func, select
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.projects.reads.findings import PublicFindingCounts
from adapters.postgres.projects.reads.methodologies import versions_by_id
from adapters.postgres.projects.reads.statements import (
    PublicStatementView,
    public_statements_of,
)
from adapters.postgres.projects.reads.verifications import ASKED_COLUMNS, progress_of
from adapters.postgres.projects.verification import verification_from
from adapters.postgres.public_rows import public_documents, public_findings
from adapters.postgres.queries import PageRequest, read_page
from adapters.postgres.tables import verification_requests
from domain.projects.assurance.methodologies import MethodologyVersion
from domain.projects.findings import FindingKind
from domain.projects.verification import (
    ENDED_WITHOUT_APPROVAL,
    MonitoringPeriod,
    Verification,
    VerificationStatus,
    VintageQuantity,
)


@dataclass(frozen=True)
class RoundView:
    """
    A round without people and without what they wrote.

    `gap_days`: before its monitoring period, back to the end of the one before, which no round covers.
    `approved_vintages` are empty until it is approved, and `statement` None until it is for good.
    `public_reason` is what everybody is told of why it was
    rejected; `progress` goes from 0 to 100 (domain.projects.progress).
    `findings` are counted, those kinds that there are.
    """

    id: UUID
    number: int
    status: VerificationStatus
    monitoring_period: MonitoringPeriod | None
    gap_days: int
    resubmits: UUID | None
    submitted_at: datetime
    completed_at: datetime | None
    verification_body: str | None
    verified_quantity_units: int | None
    approved_vintages: tuple[VintageQuantity, ...]
    sign_off_digest: str | None
    sign_off_version: int
    needs_countersignature: bool
    countersigned_at: datetime | None
    public_reason: str | None
    progress: int
    methodology_version_id: UUID | None
    statement_sha256: str | None
    quantification_sha256: str | None
    accreditation: str | None
    methodology: MethodologyVersion | None = None
    statement: PublicStatementView | None = None
    findings: tuple[PublicFindingCounts, ...] = ()


_ROUND = verification_requests.c
_BEFORE = verification_requests.alias("before")
_GAP_DAYS = (
    select(func.lower(_ROUND.monitoring_period) - func.max(func.upper(_BEFORE.c.monitoring_period)))
    .where(
        _BEFORE.c.project_id == _ROUND.project_id,
        _BEFORE.c.status.not_in([status.value for status in ENDED_WITHOUT_APPROVAL]),
        func.upper(_BEFORE.c.monitoring_period) <= func.lower(_ROUND.monitoring_period),
    )
    .correlate(verification_requests)
    .scalar_subquery()
)


_FINDINGS = (
    select(
        func.jsonb_object_agg(
            public_findings.c.kind,
            func.jsonb_build_array(public_findings.c.raised, public_findings.c.closed),
        )
    )
    .where(public_findings.c.verification_id == _ROUND.id)
    .correlate(verification_requests)
    .scalar_subquery()
    .label("findings")
)
_EVIDENCE_TYPES = (
    select(func.array_agg(public_documents.c.document_type.distinct()))
    .where(
        public_documents.c.verification_id == _ROUND.id,
        public_documents.c.superseded_at.is_(None),
    )
    .correlate(verification_requests)
    .scalar_subquery()
    .label("evidence_types")
)


async def rounds(connection: AsyncConnection, project_id: UUID) -> Sequence[RoundView]:
    """
    All of a project, by number: its first verification too, and those that were rejected.

    Seen by: everybody.
    """
    found = await connection.execute(_rounds(project_id).order_by(_ROUND.number))
    return await _with_grounds(connection, [_view(row) for row in found.mappings()])


async def monitoring_periods_page(
    connection: AsyncConnection, project_id: UUID, page: PageRequest
) -> Sequence[RoundView]:
    """
    Those rounds of a project that are for a monitoring period.

    Seen by: everybody.
    """
    query = _rounds(project_id).where(_ROUND.monitoring_period.is_not(None))
    by = (_ROUND.submitted_at, _ROUND.id)
    rows = await read_page(connection, query, page, by)
    return await _with_grounds(connection, [_view(row) for row in rows])


async def open_round(connection: AsyncConnection, project_id: UUID) -> UUID | None:
    """
    The verification that is not decided yet; there is one at most.

    Seen by: whoever may see the project, which the caller has read with the account that asks.
    """
    undecided = _ROUND.status.in_(
        [VerificationStatus.PENDING.value, VerificationStatus.IN_REVIEW.value]
    )
    query = select(_ROUND.id).where(_ROUND.project_id == project_id, undecided)
    found: UUID | None = (await connection.execute(query)).scalar_one_or_none()
    return found


async def _with_grounds(
    connection: AsyncConnection, views: Sequence[RoundView]
) -> Sequence[RoundView]:
    """With methodology and statement; of rounds that have neither nothing more is asked."""
    version_ids = {one.methodology_version_id for one in views if one.methodology_version_id}
    versions = await versions_by_id(connection, version_ids)
    stated = [one.id for one in views if one.statement_sha256]
    statements = await public_statements_of(connection, stated)
    return [
        replace(
            one,
            methodology=versions.get(one.methodology_version_id)
            if one.methodology_version_id
            else None,
            statement=statements.get(one.id),
        )
        for one in views
    ]


def _rounds(project_id: UUID) -> Select[Any]:
    gap_days = cast(func.coalesce(_GAP_DAYS, 0), Integer).label("gap_days")
    return select(*_ROUND, gap_days, _FINDINGS, _EVIDENCE_TYPES, *ASKED_COLUMNS).where(
        _ROUND.project_id == project_id
    )


def _view(row: RowMapping) -> RoundView:
    one: Verification = verification_from(row)
    counted = row["findings"] or {}
    return RoundView(
        id=one.id,
        number=one.number,
        status=one.status,
        monitoring_period=one.monitoring_period,
        gap_days=row["gap_days"],
        resubmits=one.resubmits,
        submitted_at=one.submitted_at,
        completed_at=one.completed_at,
        verification_body=one.verification_body,
        verified_quantity_units=one.verified_quantity_units,
        approved_vintages=one.approved_vintages,
        sign_off_digest=one.sign_off_digest,
        sign_off_version=one.sign_off_version,
        needs_countersignature=one.needs_countersignature,
        countersigned_at=one.countersigned_at,
        findings=tuple(
            PublicFindingCounts(kind, *counted[kind]) for kind in FindingKind if kind in counted
        ),
        public_reason=one.public_reason,
        progress=progress_of(one, row),
        methodology_version_id=one.methodology_version_id,
        statement_sha256=one.statement_sha256,
        quantification_sha256=one.quantification_sha256,
        accreditation=one.accreditation,
    )
