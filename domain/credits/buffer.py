"""
The buffer: units the registry holds back at issuance, to stand for carbon that is lost later.

A contribution is a percentage of what is issued, the project's own (domain.projects.buffer_share).
What is in the buffer is never retired: staff release it to the project's supplier, or cancel it.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import ROUND_CEILING, Decimal
from uuid import UUID

from domain.accounts.roles import REGISTRY_ACCOUNT_ID, Account, Permission
from domain.credits.ledger import (
    CreditEntry,
    CreditTransaction,
    CreditTransactionStatus,
    CreditTransactionType,
    EntryChange,
    EntryStatus,
    NewEntry,
    move,
    movement,
)
from domain.errors import Conflict, NotActive
from domain.projects.verification import Verification
from domain.quantities import UnitRange


def contribution_units(quantity_units: int, percent: Decimal) -> int:
    """
    How much of an issuance goes into the buffer, rounded up to whole units.

    The supplier always receives at least one unit, whatever rounding does to a tiny issuance.
    """
    exact = Decimal(quantity_units) * percent / 100
    return min(int(exact.to_integral_value(ROUND_CEILING)), quantity_units - 1)


def contribute(
    verification: Verification,
    *,
    name: NewEntry,
    transaction_id: UUID,
    units: UnitRange,
    at: datetime,
) -> tuple[CreditEntry, CreditTransaction]:
    """The buffer's share of a vintage's issuance: an entry of its own, held by the registry."""
    entry = CreditEntry(
        id=name.id,
        serial=name.serial,
        project_id=verification.project_id,
        owner_id=REGISTRY_ACCOUNT_ID,
        units=units,
        status=EntryStatus.BUFFER,
        issued_at=at,
        last_action_at=at,
    )
    return entry, CreditTransaction(
        id=transaction_id,
        type=CreditTransactionType.BUFFER_CONTRIBUTION,
        entry_id=entry.id,
        result_entry_id=entry.id,
        sender_id=None,
        recipient_id=REGISTRY_ACCOUNT_ID,
        units=units,
        status=CreditTransactionStatus.COMPLETED,
        created_at=at,
        completed_at=at,
        verification_id=verification.id,
        vintage=entry.vintage,
    )


def release(
    entry: CreditEntry,
    quantity_units: int,
    *,
    actor: Account,
    supplier_id: UUID,
    reason: str,
    transaction_id: UUID,
    names: Sequence[NewEntry],
    at: datetime,
) -> tuple[EntryChange, CreditTransaction]:
    """
    Hand buffer units to the project's supplier, for whom they are active from now on.

    Raises:
        Forbidden: the account's role may not.
        NotActive: the entry is not in the buffer.
        Conflict: the registry itself developed the project, so there is nobody to release it to.
        Invalid, InsufficientCredits: as for every move.
    """
    actor.require(Permission.CANCEL_CREDITS)
    if entry.status is not EntryStatus.BUFFER:
        raise NotActive(f"{entry.serial} is {entry.status} and not in the buffer.")
    if supplier_id == REGISTRY_ACCOUNT_ID:
        raise Conflict("The registry cannot release the buffer to itself.")
    change = move(
        entry,
        quantity_units,
        becomes=EntryStatus.TRANSFERRED,
        new_holder_id=supplier_id,
        names=names,
        at=at,
    )
    return change, movement(
        change,
        CreditTransactionType.BUFFER_RELEASE,
        transaction_id=transaction_id,
        at=at,
        recipient_id=supplier_id,
        reason=reason,
    )
