"""
Where what was issued is not what was approved (domain.credits.checks.invariants, `issuances_are_what_was_approved`).

An approval and everything issued in its name come together; source of the rule: ADR 0039.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.accounts.roles import REGISTRY_ACCOUNT_ID
from domain.credits.checks.invariants import Difference, DifferenceKind
from domain.credits.ledger import CreditTransaction, CreditTransactionType

Differences = Iterator[Difference]


@dataclass(frozen=True)
class TracedIssuance:
    """
    A completed issuance, or the buffer's share of one, with the stored columns of its entry.

    Both are None where there is no such entry.
    """

    transaction: CreditTransaction
    project_id: UUID | None
    vintage: int | None


@dataclass(frozen=True)
class TracedApproval:
    """
    A verification and everything that was issued in its name.

    `in_force`: it is approved and waits for no countersignature, and its project is verified and still
    that of its developer. `quantity_units` and `vintage` are None as long as nothing is approved.
    """

    verification_id: UUID
    project_id: UUID
    developer_id: UUID
    quantity_units: int | None
    vintage: int | None
    in_force: bool
    issued: Sequence[TracedIssuance] = ()


def issued_as_approved(approval: TracedApproval) -> Differences:
    """Nothing is wrong with an approval in whose name nothing is issued yet."""
    subject = str(approval.verification_id)
    types = Counter(issued.transaction.type for issued in approval.issued)
    if types and max(types.values()) > 1:
        yield Difference(DifferenceKind.ISSUED_AGAIN, subject, 0, 0)
    if not approval.in_force:
        for issued in approval.issued:
            yield issued_without_approval(issued.transaction)
        return
    for issued in approval.issued:
        if not _is_as_approved(issued, approval):
            yield _of(DifferenceKind.UNLIKE_APPROVAL, issued.transaction)
    issued_units = sum(issued.transaction.units.quantity_units for issued in approval.issued)
    approved_units = approval.quantity_units or 0
    if approval.issued and issued_units != approved_units:
        yield Difference(DifferenceKind.APPROVED_QUANTITY, subject, approved_units, issued_units)


def issued_without_approval(transaction: CreditTransaction) -> Difference:
    """Of an issuance that names no verification, or one that is not there or not in force."""
    return _of(DifferenceKind.UNAPPROVED, transaction)


def next_unit_follows(next_unit: int, last_issued_unit: int) -> Differences:
    """`last_issued_unit` is 0 when nothing was issued."""
    if next_unit != last_issued_unit + 1:
        yield Difference(DifferenceKind.NEXT_UNIT, "", next_unit, last_issued_unit)


def _is_as_approved(issued: TracedIssuance, approval: TracedApproval) -> bool:
    into_buffer = issued.transaction.type is CreditTransactionType.BUFFER_CONTRIBUTION
    holder_id = REGISTRY_ACCOUNT_ID if into_buffer else approval.developer_id
    return (issued.project_id, issued.vintage, issued.transaction.recipient_id) == (
        approval.project_id,
        approval.vintage,
        holder_id,
    )


def _of(kind: DifferenceKind, transaction: CreditTransaction) -> Difference:
    return Difference(kind, str(transaction.id), transaction.units.first, transaction.units.last)
