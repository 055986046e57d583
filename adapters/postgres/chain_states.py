"""How far a chain record has come, as all see it: its columns, and which of several has come least far."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, literal, select
from sqlalchemy.engine import RowMapping

from adapters.postgres.tables import chain_records, chain_transactions
from domain.chain.records import RecordStatus

WAY = (
    RecordStatus.PARKED,
    RecordStatus.QUEUED,
    RecordStatus.SUBMITTED,
    RecordStatus.CONFIRMED,
    RecordStatus.FINAL,
)
"""From the record that has come least far to the one that is done."""


@dataclass(frozen=True)
class ChainStateView:
    """
    `confirmations` counts the blocks on top of the record's block, 0 while there is none.

    `taken_back_at` is when the block in which it was confirmed was last rolled back.
    `queued_before` are the records ahead of it in the queue; None where nobody counted them.
    """

    status: RecordStatus
    tx_hash: str | None
    block_hash: str | None
    block_height: int | None
    confirmations: int
    rollbacks: int
    queued_at: datetime
    submitted_at: datetime | None
    confirmed_at: datetime | None
    checked_at: datetime | None
    taken_back_at: datetime | None
    queued_before: int | None = None


CHAIN_COLUMNS = (
    chain_records.c.status.label("chain_status"),
    chain_records.c.tx_hash.label("chain_tx_hash"),
    chain_records.c.queued_at.label("chain_queued_at"),
    chain_transactions.c.block_hash.label("chain_block_hash"),
    chain_transactions.c.block_height.label("chain_block_height"),
    chain_transactions.c.confirmations.label("chain_confirmations"),
    chain_transactions.c.rollbacks.label("chain_rollbacks"),
    chain_transactions.c.submitted_at.label("chain_submitted_at"),
    chain_transactions.c.confirmed_at.label("chain_confirmed_at"),
    chain_transactions.c.checked_at.label("chain_checked_at"),
    chain_transactions.c.taken_back_at.label("chain_taken_back_at"),
)
"""To be read together with an outer join of `chain_records` and `chain_transactions`."""

_AHEAD = chain_records.alias("ahead")

QUEUED_BEFORE = case(
    (
        chain_records.c.status == RecordStatus.QUEUED.value,
        select(func.count())
        .select_from(_AHEAD)
        .where(
            _AHEAD.c.status == RecordStatus.QUEUED.value,
            _AHEAD.c.position < chain_records.c.position,
        )
        .correlate(chain_records)
        .scalar_subquery(),
    ),
    else_=literal(0),
).label("chain_queued_before")
"""For what shows one record, not for lists: it looks at the whole queue."""


def chain_state(row: RowMapping) -> ChainStateView | None:
    """None as long as nothing is queued."""
    if row["chain_status"] is None:
        return None
    return ChainStateView(
        status=RecordStatus(row["chain_status"]),
        tx_hash=row["chain_tx_hash"],
        block_hash=row["chain_block_hash"],
        block_height=row["chain_block_height"],
        confirmations=row["chain_confirmations"] or 0,
        rollbacks=row["chain_rollbacks"] or 0,
        queued_at=row["chain_queued_at"],
        submitted_at=row["chain_submitted_at"],
        confirmed_at=row["chain_confirmed_at"],
        checked_at=row["chain_checked_at"],
        taken_back_at=row["chain_taken_back_at"],
        queued_before=row.get("chain_queued_before"),
    )


def least_far(statuses: Iterable[RecordStatus]) -> RecordStatus:
    """Of one status at least."""
    return min(statuses, key=WAY.index)


def least_far_state(states: Iterable[ChainStateView | None]) -> ChainStateView | None:
    """Of one state at least; None when one is not queued yet."""
    queued = []
    for state in states:
        if state is None:
            return None
        queued.append(state)
    return min(queued, key=lambda state: (WAY.index(state.status), state.confirmations))
