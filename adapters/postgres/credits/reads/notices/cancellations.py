"""Cancellations, read: everything that was ever taken away, with the reason and what it was for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.public_rows import public_credit_entries, public_credit_transactions
from adapters.postgres.queries import PageRequest, read_page
from adapters.postgres.tables import (
    correction_cancellations,
    obligation_cancellations,
    projects,
    reversal_cancellations,
)
from domain.credits.ledger import CreditTransactionType


class CancelledFor(StrEnum):
    """
    issued_in_error    there should never have been such units
    replacement        they stand in the place of units that were issued in error and moved on
    loss               the buffer's, for carbon that was lost
    loss_made_good     in the place of lost ones, or those lost themselves
    decision           staff took them away; the reason says why
    """

    ISSUED_IN_ERROR = "issued_in_error"
    REPLACEMENT = "replacement"
    LOSS = "loss"
    LOSS_MADE_GOOD = "loss_made_good"
    DECISION = "decision"


@dataclass(frozen=True)
class CancellationView:
    """`correction_id` and `reversal_id` name what it was made for, where it was made for one."""

    id: UUID
    serial: str
    project_id: UUID
    project_title: str
    vintage: int
    quantity_units: int
    reason: str | None
    cancelled_at: datetime
    cancelled_for: str
    correction_id: UUID | None
    reversal_id: UUID | None


async def cancellations_page(
    connection: AsyncConnection, project_id: UUID | None, page: PageRequest
) -> Sequence[CancellationView]:
    """
    Of one project, or of all (`project_id` None).

    Seen by: everybody.
    """
    query = _cancellations()
    if project_id is not None:
        query = query.where(public_credit_entries.c.project_id == project_id)
    by = (public_credit_transactions.c.created_at, public_credit_transactions.c.id)
    return [CancellationView(**row) for row in await read_page(connection, query, page, by)]


def _cancellations() -> Select[Any]:
    of = public_credit_transactions.c
    corrected, lost = correction_cancellations.c, reversal_cancellations.c
    made_good = obligation_cancellations.c
    why = case(
        (corrected.replaces.is_(True), CancelledFor.REPLACEMENT.value),
        (corrected.replaces.is_(False), CancelledFor.ISSUED_IN_ERROR.value),
        (lost.reversal_id.is_not(None), CancelledFor.LOSS.value),
        (made_good.reversal_id.is_not(None), CancelledFor.LOSS_MADE_GOOD.value),
        else_=CancelledFor.DECISION.value,
    )
    return (
        select(
            of.id,
            public_credit_entries.c.serial,
            public_credit_entries.c.project_id,
            projects.c.title.label("project_title"),
            public_credit_entries.c.vintage,
            of.quantity_units,
            of.reason,
            of.created_at.label("cancelled_at"),
            why.label("cancelled_for"),
            corrected.correction_id,
            func.coalesce(lost.reversal_id, made_good.reversal_id).label("reversal_id"),
        )
        .join(public_credit_entries, public_credit_entries.c.id == of.result_entry_id)
        .join(projects, projects.c.id == public_credit_entries.c.project_id)
        .outerjoin(correction_cancellations, corrected.transaction_id == of.id)
        .outerjoin(reversal_cancellations, lost.transaction_id == of.id)
        .outerjoin(obligation_cancellations, made_good.transaction_id == of.id)
        .where(of.type == CreditTransactionType.CANCELLATION.value, of.status == "completed")
    )
