"""Corrections of issuances, read: what was issued in error, what was cancelled for it, and what is owed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.public_rows import public_credit_entries, public_credit_transactions
from adapters.postgres.queries import PageRequest, read_one, read_page
from adapters.postgres.tables import (
    correction_cancellations,
    issuance_corrections,
    projects,
    verification_requests,
)

CANCELLATIONS_SHOWN = 100


@dataclass(frozen=True)
class IssuanceCorrectionView:
    """Quantities in units of 0.01 t; `handed_in_units` of the `owed_units` were replaced since."""

    id: UUID
    verification_id: UUID
    project_id: UUID
    project_title: str
    round_number: int
    vintage: int
    quantity_units: int
    owed_units: int
    handed_in_units: int
    reason: str
    recorded_at: datetime
    due_at: datetime | None
    status: str
    settled_at: datetime | None

    @property
    def cancelled_units(self) -> int:
        return self.quantity_units - self.owed_units

    @property
    def still_owed_units(self) -> int:
        return self.owed_units - self.handed_in_units


@dataclass(frozen=True)
class CorrectingCancellationView:
    """`replaces`: handed in for units that had moved on; else issued in error itself."""

    transaction_id: UUID
    serial: str
    quantity_units: int
    replaces: bool
    cancelled_at: datetime


async def issuance_corrections_page(
    connection: AsyncConnection, project_id: UUID | None, page: PageRequest
) -> Sequence[IssuanceCorrectionView]:
    """
    Of one project, or of all (`project_id` None).

    Seen by: everybody.
    """
    query = _corrections()
    if project_id is not None:
        query = query.where(issuance_corrections.c.project_id == project_id)
    by = (issuance_corrections.c.recorded_at, issuance_corrections.c.id)
    return [IssuanceCorrectionView(**row) for row in await read_page(connection, query, page, by)]


async def issuance_correction(
    connection: AsyncConnection, correction_id: UUID
) -> IssuanceCorrectionView | None:
    """Seen by: everybody."""
    query = _corrections().where(issuance_corrections.c.id == correction_id)
    row = await read_one(connection, query)
    return IssuanceCorrectionView(**row) if row else None


async def cancellations_for(
    connection: AsyncConnection, correction_id: UUID
) -> Sequence[CorrectingCancellationView]:
    """
    The first `CANCELLATIONS_SHOWN` that were made for a correction, by time.

    Seen by: everybody.
    """
    of, made = public_credit_transactions.c, correction_cancellations.c
    found = await connection.execute(
        select(
            of.id.label("transaction_id"),
            public_credit_entries.c.serial,
            of.quantity_units,
            made.replaces,
            of.created_at.label("cancelled_at"),
        )
        .join(correction_cancellations, made.transaction_id == of.id)
        .join(public_credit_entries, public_credit_entries.c.id == of.result_entry_id)
        .where(made.correction_id == correction_id)
        .order_by(of.created_at, of.id)
        .limit(CANCELLATIONS_SHOWN)
    )
    return [CorrectingCancellationView(**row) for row in found.mappings()]


def _corrections() -> Select[Any]:
    of = issuance_corrections.c
    handed_in = (
        select(func.coalesce(func.sum(public_credit_transactions.c.quantity_units), 0))
        .join(
            correction_cancellations,
            correction_cancellations.c.transaction_id == public_credit_transactions.c.id,
        )
        .where(
            correction_cancellations.c.correction_id == of.id, correction_cancellations.c.replaces
        )
        .scalar_subquery()
        .cast(BigInteger)
    )
    shown = [column for column in of if column.name != "recorded_by"]
    return (
        select(
            *shown,
            handed_in.label("handed_in_units"),
            projects.c.title.label("project_title"),
            verification_requests.c.number.label("round_number"),
        )
        .join(projects, projects.c.id == of.project_id)
        .join(verification_requests, verification_requests.c.id == of.verification_id)
    )
