"""Reversals, read: what was lost, what was cancelled for it, and the retirements it touches."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Integer, Select, Uuid, any_, bindparam, func, select, true
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.credits.reads.obligations import ObligationView, obligations_of
from adapters.postgres.public_rows import public_credit_entries, public_credit_transactions
from adapters.postgres.queries import PageRequest, read_one, read_page
from adapters.postgres.rows import units_from, value_of
from adapters.postgres.tables import (
    retirements,
    reversal_cancellations,
    reversal_coverings,
    reversals,
)
from domain.credits.reversal import Reversal
from domain.quantities import UnitRange

SHOWN_MAX = 100
"""Of one reversal, in the API; a list of reversals holds a hundred of them."""


@dataclass(frozen=True)
class CancelledEntryView:
    """A buffer entry that was cancelled for a reversal."""

    serial: str
    units: UnitRange


@dataclass(frozen=True)
class TouchedCertificateView:
    """What of a retirement the reversal touches, and the cancelled units that stand for it."""

    retirement_id: UUID
    retired_at: datetime
    touched_units: int
    covered_by: Sequence[UnitRange]

    @property
    def covered_units(self) -> int:
        return sum(units.quantity_units for units in self.covered_by)


@dataclass(frozen=True)
class ReversalView:
    """
    `cancelled` are the first `SHOWN_MAX` in order of units, `certificates` in order of retirement.

    The totals and `covered_units` count them all.
    """

    reversal: Reversal
    covered_units: int
    cancelled: Sequence[CancelledEntryView]
    cancelled_total: int
    certificates: Sequence[TouchedCertificateView]
    certificates_total: int
    obligation: ObligationView | None


async def reversals_page(
    connection: AsyncConnection, project_id: UUID | None, page: PageRequest
) -> Sequence[ReversalView]:
    """
    Of one project, or of all (`project_id` None).

    Seen by: everybody.
    """
    query = select(reversals)
    if project_id is not None:
        query = query.where(reversals.c.project_id == project_id)
    rows = await read_page(connection, query, page, (reversals.c.recorded_at, reversals.c.id))
    return await _view(connection, [value_of(Reversal, row) for row in rows])


async def reversal(connection: AsyncConnection, reversal_id: UUID) -> ReversalView | None:
    """Seen by: everybody."""
    row = await read_one(connection, select(reversals).where(reversals.c.id == reversal_id))
    return (await _view(connection, [value_of(Reversal, row)]))[0] if row else None


async def certificates_page(
    connection: AsyncConnection, reversal_id: UUID, page: PageRequest
) -> Sequence[TouchedCertificateView]:
    """
    Those that a reversal touches, once each.

    Seen by: everybody.
    """
    rows = await read_page(
        connection,
        _CERTIFICATES.where(reversal_coverings.c.reversal_id == reversal_id),
        page,
        (retirements.c.retired_at, retirements.c.id),
    )
    return [_certificate(row) for row in rows]


# A certificate may be covered in several pieces, of several buffer entries.
_IS_COVERED = reversal_coverings.c.units.is_not(None)
_CERTIFICATES = (
    select(
        retirements.c.id.label("retirement_id"),
        retirements.c.retired_at,
        func.sum(reversal_coverings.c.touched_units).label("touched_units"),
        func.array_agg(aggregate_order_by(reversal_coverings.c.units, reversal_coverings.c.units))
        .filter(_IS_COVERED)
        .label("covered_by"),
    )
    .join(reversal_coverings, reversal_coverings.c.retirement_id == retirements.c.id)
    .group_by(retirements.c.id)
)
_FIRST_CERTIFICATES = (
    _CERTIFICATES.where(reversal_coverings.c.reversal_id == reversals.c.id)
    .order_by(retirements.c.retired_at, retirements.c.id)
    .limit(bindparam("shown", type_=Integer))
    .correlate(reversals)
    .lateral("touched")
)
_CANCELLED = reversal_cancellations.join(
    public_credit_transactions,
    public_credit_transactions.c.id == reversal_cancellations.c.transaction_id,
)
_FIRST_CANCELLED = (
    select(public_credit_entries.c.serial, public_credit_entries.c.units)
    .select_from(
        _CANCELLED.join(
            public_credit_entries,
            public_credit_entries.c.id == public_credit_transactions.c.result_entry_id,
        )
    )
    .where(reversal_cancellations.c.reversal_id == reversals.c.id)
    .order_by(public_credit_entries.c.units)
    .limit(bindparam("shown", type_=Integer))
    .correlate(reversals)
    .lateral("cancelled")
)
_TOTALS = (
    select(
        func.count().label("cancelled_total"),
        func.coalesce(func.sum(public_credit_transactions.c.quantity_units), 0).label(
            "covered_units"
        ),
    )
    .select_from(_CANCELLED)
    .where(reversal_cancellations.c.reversal_id == reversals.c.id)
    .correlate(reversals)
    .lateral("totals")
)
_CERTIFICATES_TOTAL = (
    select(func.count(reversal_coverings.c.retirement_id.distinct()))
    .where(reversal_coverings.c.reversal_id == reversals.c.id)
    .correlate(reversals)
    .scalar_subquery()
    .label("certificates_total")
)


async def _view(connection: AsyncConnection, found: Sequence[Reversal]) -> Sequence[ReversalView]:
    """Four statements, however many reversals; of each, no more is read than is shown."""
    ids = [reversal.id for reversal in found]
    values = {"ids": ids, "shown": SHOWN_MAX}

    async def read(query: Select[Any]) -> Sequence[RowMapping]:
        asked = query.where(reversals.c.id == any_(bindparam("ids", type_=ARRAY(Uuid))))
        rows: Sequence[RowMapping] = (await connection.execute(asked, values)).mappings().all()
        return rows

    totals = {
        row["id"]: row
        for row in await read(
            select(reversals.c.id, _TOTALS, _CERTIFICATES_TOTAL).join(_TOTALS, true())
        )
    }
    cancelled: dict[UUID, list[CancelledEntryView]] = defaultdict(list)
    certificates: dict[UUID, list[TouchedCertificateView]] = defaultdict(list)
    for row in await read(select(reversals.c.id, _FIRST_CANCELLED).join(_FIRST_CANCELLED, true())):
        cancelled[row["id"]].append(CancelledEntryView(row["serial"], units_from(row["units"])))
    for row in await read(
        select(reversals.c.id, _FIRST_CERTIFICATES).join(_FIRST_CERTIFICATES, true())
    ):
        certificates[row["id"]].append(_certificate(row))
    owed = await obligations_of(connection, ids)
    return [
        ReversalView(
            reversal=reversal,
            covered_units=int(totals[reversal.id]["covered_units"]),
            cancelled=sorted(cancelled[reversal.id], key=lambda line: line.units.first),
            cancelled_total=totals[reversal.id]["cancelled_total"],
            certificates=sorted(
                certificates[reversal.id], key=lambda one: (one.retired_at, one.retirement_id)
            ),
            certificates_total=totals[reversal.id]["certificates_total"],
            obligation=owed.get(reversal.id),
        )
        for reversal in found
    ]


def _certificate(row: RowMapping) -> TouchedCertificateView:
    return TouchedCertificateView(
        retirement_id=row["retirement_id"],
        retired_at=row["retired_at"],
        touched_units=int(row["touched_units"]),
        covered_by=tuple(units_from(units) for units in row["covered_by"] or ()),
    )
