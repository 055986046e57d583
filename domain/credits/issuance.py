"""Issuance: each vintage of an approval becomes credits, once."""

from datetime import datetime
from uuid import UUID

from domain.credits.ledger import (
    CreditEntry,
    CreditTransaction,
    CreditTransactionStatus,
    CreditTransactionType,
    EntryStatus,
    NewEntry,
)
from domain.errors import Conflict
from domain.projects.verification import Verification, VerificationStatus, VintageQuantity
from domain.quantities import UnitRange


def require_issuable(verification: Verification) -> tuple[VintageQuantity, ...]:
    """
    The approved vintages that have a quantity, in order; at least one.

    Raises:
        Conflict: the verification is not approved, or waits for a countersignature.
    """
    vintages = tuple(one for one in verification.approved_vintages if one.quantity_units > 0)
    if verification.status is not VerificationStatus.APPROVED or not vintages:
        raise Conflict("Credits are issued for an approved verification only.")
    if verification.waits_for_countersignature:
        raise Conflict("This approval waits for a countersignature.")
    return vintages


def issue(
    verification: Verification,
    *,
    name: NewEntry,
    transaction_id: UUID,
    units: UnitRange,
    at: datetime,
    buffer_units: int = 0,
) -> tuple[CreditEntry, CreditTransaction]:
    """
    Turn one vintage of an approval, that of the serial, into an active entry held by the supplier.

    `buffer_units` of the vintage's quantity go into the buffer instead (domain.credits.buffer.contribute).

    Raises:
        Conflict: as for `require_issuable`, or the units set aside are not the quantity approved.
    """
    issued = VintageQuantity(name.serial.vintage, units.quantity_units + buffer_units)
    if issued not in require_issuable(verification):
        raise Conflict("The units set aside are not those that were approved.")
    entry = CreditEntry(
        id=name.id,
        serial=name.serial,
        project_id=verification.project_id,
        owner_id=verification.developer_id,
        units=units,
        status=EntryStatus.ACTIVE,
        issued_at=at,
        last_action_at=at,
    )
    transaction = CreditTransaction(
        id=transaction_id,
        type=CreditTransactionType.ISSUANCE,
        entry_id=entry.id,
        result_entry_id=entry.id,
        sender_id=None,
        recipient_id=verification.developer_id,
        units=units,
        status=CreditTransactionStatus.COMPLETED,
        created_at=at,
        completed_at=at,
        verification_id=verification.id,
        vintage=entry.vintage,
    )
    return entry, transaction
