"""Issuance: an approval becomes credits, once."""

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
from domain.projects.verification import Verification, VerificationStatus
from domain.quantities import UnitRange


def require_issuable(verification: Verification) -> tuple[int, int]:
    """
    The approved quantity (units of 0.01 t) and vintage.

    Raises:
        Conflict: the verification is not approved, or waits for a countersignature.
    """
    quantity_units, vintage = verification.verified_quantity_units, verification.vintage
    approved = verification.status is VerificationStatus.APPROVED
    if not approved or quantity_units is None or vintage is None:
        raise Conflict("Credits are issued for an approved verification only.")
    if verification.waits_for_countersignature:
        raise Conflict("This approval waits for a countersignature.")
    return quantity_units, vintage


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
    Turn an approval into one active entry held by the project's supplier.

    `buffer_units` of the quantity approved go into the buffer instead (domain.credits.buffer.contribute).

    Raises:
        Conflict: as for `require_issuable`, or the units set aside are not the quantity approved.
    """
    quantity_units, vintage = require_issuable(verification)
    if units.quantity_units + buffer_units != quantity_units or name.serial.vintage != vintage:
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
    )
    return entry, transaction
