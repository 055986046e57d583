"""
What a credit transaction's chain record says: one for every movement of units (ADR 0045).

Accounts appear by commitments only (ADR 0046).
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from uuid import UUID

from domain.accounts.roles import REGISTRY_ACCOUNT_ID
from domain.chain.metadata import (
    Record,
    cancellation_record,
    contribution_record,
    issuance_record,
    reinstatement_record,
    release_record,
    retirement_record,
    suspension_record,
    transfer_record,
)
from domain.chain.records import RecordKind
from domain.credits.ledger import (
    CreditEntry,
    CreditTransaction,
    CreditTransactionType,
    EntryStatus,
)

WITHOUT_RECORD = frozenset(
    {CreditTransactionType.RESERVATION, CreditTransactionType.RESERVATION_RELEASE}
)
"""What is set aside and given back stays its holder's, active to the world: it has no chain records (ADR 0092)."""

RECORD_KINDS: Mapping[CreditTransactionType, RecordKind] = {
    type_: RecordKind(type_.value) for type_ in CreditTransactionType if type_ not in WITHOUT_RECORD
}
"""Every other type of credit transaction has chain records, under its own name: a new one needs a kind."""

Known = TypeVar("Known")

Commit = Callable[[str, UUID], str]
"""The commitment that stands in a field for an account."""


def record_of(  # noqa: PLR0911 -- one for each type
    credit_transaction: CreditTransaction,
    moved: CreditEntry,
    *,
    commit: Commit,
    reason: str | None = None,
) -> Record:
    """
    Write the record of a movement.

    `moved` is the entry that holds the units now. `reason` is what the holder said of a retirement; what
    staff say stands in the transaction.
    """
    about: dict[str, Any] = {
        "serial": moved.serial,
        "project_id": moved.project_id,
        "quantity_units": credit_transaction.units.quantity_units,
        "vintage": moved.vintage,
        "at": credit_transaction.created_at,
    }
    match credit_transaction.type:
        case CreditTransactionType.ISSUANCE:
            holder = commit("issued_to", _known(credit_transaction.recipient_id))
            return issuance_record(**about, issued_to=holder)
        case CreditTransactionType.TRANSFER:
            return transfer_record(
                **about,
                sender_id=commit("from", _known(credit_transaction.sender_id)),
                recipient_id=commit("to", _known(credit_transaction.recipient_id)),
            )
        case CreditTransactionType.RETIREMENT:
            holder = commit("retired_by", _known(credit_transaction.sender_id))
            return retirement_record(**about, retired_by=holder, reason=_known(reason))
        case CreditTransactionType.CANCELLATION:
            return cancellation_record(
                **about,
                taken_from=_before_cancellation(credit_transaction, moved).value,
                reason=_known(credit_transaction.reason),
            )
        case CreditTransactionType.BUFFER_CONTRIBUTION:
            return contribution_record(**about)
        case CreditTransactionType.BUFFER_RELEASE:
            holder = commit("released_to", _known(credit_transaction.recipient_id))
            return release_record(
                **about, released_to=holder, reason=_known(credit_transaction.reason)
            )

        case CreditTransactionType.SUSPENSION:
            return suspension_record(**about, suspended_for=_known(moved.suspended_for))
        case CreditTransactionType.REINSTATEMENT:
            return reinstatement_record(**about)
        case CreditTransactionType.RESERVATION | CreditTransactionType.RESERVATION_RELEASE:
            raise ValueError("what is set aside has no chain record")


def _before_cancellation(credit_transaction: CreditTransaction, moved: CreditEntry) -> EntryStatus:
    """
    What the registry itself holds is in the buffer, and it holds nothing else (ADR 0029).

    What was cancelled as suspended still names its loss (ADR 0043).
    """
    if moved.suspended_for is not None:
        return EntryStatus.SUSPENDED
    of_registry = credit_transaction.sender_id == REGISTRY_ACCOUNT_ID
    return EntryStatus.BUFFER if of_registry else EntryStatus.ACTIVE


def _known(value: Known | None) -> Known:
    """The database has each type's columns filled in (check constraints of `credit_transactions`)."""
    if value is None:
        raise ValueError("a credit transaction lacks what its chain record says")
    return value
