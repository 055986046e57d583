"""Labels, authorisations and foreign ranges, read: by everybody once confirmed, by staff all of them."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Select, Table, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.public_rows import (
    public_authorisation_steps,
    public_authorisations,
    public_foreign_ranges,
    public_standard_labels,
)
from adapters.postgres.queries import PageRequest, read_page
from adapters.postgres.standards.foreign_ranges import numbers_to
from adapters.postgres.tables import (
    authorisation_steps,
    authorisations,
    foreign_ranges,
    standard_labels,
)
from domain.standards.article6 import AuthorisationStatus, Claim, claim_of
from domain.standards.foreign_serials import SerialNumbers
from domain.standards.labels import Scheme, stands_on
from domain.standards.records import StandardRecordStatus, covers_vintage

SHOWN_MAX = 500
"""Of a project's labels, authorisations and ranges each: more than any has."""


@dataclass(frozen=True, kw_only=True)
class StandardRecordView:
    """Where it is written, and where its record stands; `recorded_by` None: not for whoever asks."""

    source_document_id: UUID | None
    source_url: str | None
    source_dated: date
    status: str
    recorded_at: datetime
    confirmed_at: datetime | None
    withdrawn_at: datetime | None
    withdrawn_reason: str | None
    recorded_by: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class LabelView(StandardRecordView):
    id: UUID
    project_id: UUID
    scheme: str
    identifier: str | None
    programme: str | None
    phase: str | None
    goals: Sequence[int]
    valid_from: date
    valid_until: date | None
    vintage_from: int | None
    vintage_to: int | None

    def stands_on(self, day: date) -> bool:
        return stands_on(self.status, self.valid_from, self.valid_until, day)


@dataclass(frozen=True, kw_only=True)
class AuthorisationStepView(StandardRecordView):
    authorisation_id: UUID
    number: int
    kind: str
    uses: Sequence[str] | None
    first_transfer: str | None
    quantity_units: int | None
    changeable_after_transfer: bool | None


@dataclass(frozen=True, kw_only=True)
class AuthorisationView:
    id: UUID
    project_id: UUID
    host_party: str
    vintage_from: int | None
    vintage_to: int | None
    status: str
    uses: Sequence[str]
    first_transfer: str | None
    quantity_units: int | None
    changeable_after_transfer: bool
    recorded_at: datetime
    steps: Sequence[AuthorisationStepView] = ()

    @property
    def claim(self) -> Claim:
        return claim_of(AuthorisationStatus(self.status))


@dataclass(frozen=True, kw_only=True)
class ForeignRangeView(StandardRecordView):
    """`numbers` are of the registry's block, the end not in it; `quantity_units` of 0.01 t CO2e."""

    id: UUID
    project_id: UUID
    verification_id: UUID
    vintage: int
    registry: str
    block: str
    numbers: Range[int]
    serial: str
    quantity_units: int

    @property
    def first_number(self) -> int:
        return self.numbers.lower or 0

    @property
    def last_number(self) -> int:
        return (self.numbers.upper or 0) - 1


@dataclass(frozen=True)
class StandardsView:
    """What is recorded of a project, or of one credit of it; the newest first."""

    labels: Sequence[LabelView]
    authorisations: Sequence[AuthorisationView]
    foreign_ranges: Sequence[ForeignRangeView]

    @property
    def waiting(self) -> int:
        """How many wait for their confirmation."""
        steps = [step for one in self.authorisations for step in one.steps]
        recorded = [*self.labels, *steps, *self.foreign_ranges]
        return sum(one.status == StandardRecordStatus.RECORDED for one in recorded)

    @property
    def claim(self) -> Claim:
        """Of several authorisations for the same credits, the one that has come furthest."""
        order = [Claim.CONTRIBUTION, Claim.NOT_ADJUSTED, Claim.ADJUSTED]
        return max((one.claim for one in self.authorisations), key=order.index, default=order[0])

    def standing(self, day: date) -> Sequence[LabelView]:
        return [one for one in self.labels if one.stands_on(day)]


@dataclass(frozen=True)
class _Tables:
    labels: Table
    authorisations: Table
    steps: Table
    ranges: Table


_PUBLIC = _Tables(
    public_standard_labels,
    public_authorisations,
    public_authorisation_steps,
    public_foreign_ranges,
)
_ALL = _Tables(standard_labels, authorisations, authorisation_steps, foreign_ranges)


async def public_standards(connection: AsyncConnection, project_id: UUID) -> StandardsView:
    """
    Of a project.

    Seen by: everybody, what was confirmed.
    """
    return await _standards(connection, _PUBLIC, project_id)


async def recorded_standards(connection: AsyncConnection, project_id: UUID) -> StandardsView:
    """
    Of a project, with what waits for its confirmation and who recorded it.

    Seen by: staff, and those who work on the project.
    """
    return await _standards(connection, _ALL, project_id)


async def credit_standards(
    connection: AsyncConnection, project_id: UUID, vintage: int, verification_id: UUID | None
) -> StandardsView:
    """
    Of the credits of a vintage that were issued for a round.

    Seen by: everybody, what was confirmed.
    """
    whole = await public_standards(connection, project_id)
    return StandardsView(
        [one for one in whole.labels if covers_vintage(one.vintage_from, one.vintage_to, vintage)],
        [
            one
            for one in whole.authorisations
            if covers_vintage(one.vintage_from, one.vintage_to, vintage)
        ],
        [
            one
            for one in whole.foreign_ranges
            if one.verification_id == verification_id and one.vintage == vintage
        ],
    )


async def labels_page(
    connection: AsyncConnection,
    page: PageRequest,
    *,
    scheme: Scheme | None = None,
    project_id: UUID | None = None,
) -> Sequence[LabelView]:
    """
    Labels by when they were recorded, withdrawn ones too.

    Seen by: everybody, what was confirmed.
    """
    of = public_standard_labels.c
    query = _select(public_standard_labels, LabelView)
    if scheme is not None:
        query = query.where(of.scheme == scheme.value)
    if project_id is not None:
        query = query.where(of.project_id == project_id)
    rows = await read_page(connection, query, page, (of.recorded_at, of.id))
    return [LabelView(**row) for row in rows]


async def foreign_ranges_page(
    connection: AsyncConnection,
    page: PageRequest,
    *,
    numbers: SerialNumbers | None = None,
    project_id: UUID | None = None,
) -> Sequence[ForeignRangeView]:
    """
    Ranges that share a number with these (None: all of them), withdrawn ones too.

    Seen by: everybody, what was confirmed.
    """
    of = public_foreign_ranges.c
    query = _select(public_foreign_ranges, ForeignRangeView)
    if numbers is not None:
        query = query.where(
            of.registry == numbers.registry.value,
            of.block == numbers.block,
            of.numbers.overlaps(numbers_to(numbers)),
        )
    if project_id is not None:
        query = query.where(of.project_id == project_id)
    rows = await read_page(connection, query, page, (of.recorded_at, of.id))
    return [ForeignRangeView(**row) for row in rows]


async def _standards(
    connection: AsyncConnection, tables: _Tables, project_id: UUID
) -> StandardsView:
    """Four queries, however much there is."""
    labels = await _newest(connection, tables.labels, LabelView, project_id)
    asked = await _newest(connection, tables.authorisations, AuthorisationView, project_id)
    ranges = await _newest(connection, tables.ranges, ForeignRangeView, project_id)
    steps: dict[UUID, list[AuthorisationStepView]] = {row["id"]: [] for row in asked}
    if steps:
        of = tables.steps.c
        found = await connection.execute(
            _select(tables.steps, AuthorisationStepView)
            .where(of.authorisation_id.in_(list(steps)))
            .order_by(of.authorisation_id, of.number)
        )
        for row in found.mappings():
            steps[row["authorisation_id"]].append(AuthorisationStepView(**row))
    return StandardsView(
        [LabelView(**row) for row in labels],
        [AuthorisationView(**row, steps=steps[row["id"]]) for row in asked],
        [ForeignRangeView(**row) for row in ranges],
    )


async def _newest(
    connection: AsyncConnection, table: Table, kind: type, project_id: UUID
) -> Sequence[RowMapping]:
    query = _select(table, kind).where(table.c.project_id == project_id)
    found = await connection.execute(
        query.order_by(table.c.recorded_at.desc(), table.c.id).limit(SHOWN_MAX)
    )
    rows: Sequence[RowMapping] = found.mappings().all()
    return rows


def _select(table: Table, kind: type) -> Select[Any]:
    names = [one.name for one in fields(kind)]
    columns: list[Column[Any]] = [table.c[name] for name in names if name in table.c]
    return select(*columns)


async def project_of(connection: AsyncConnection, table: Table, record_id: UUID) -> UUID | None:
    """
    Whose label, authorisation or range it is.

    Seen by: staff, and those who work on the project.
    """
    found: UUID | None = await connection.scalar(
        select(table.c.project_id).where(table.c.id == record_id)
    )
    return found
