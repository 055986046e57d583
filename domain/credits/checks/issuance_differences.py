"""
Where what was issued is not what was approved (domain.credits.checks.invariants, `issuances_are_what_was_approved`).

An approval and everything issued in its name come together; source of the rule: ADR 0039.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
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
    that of its developer. `approved` has units by vintage, none as long as nothing is approved;
    `quantity_units` is what all of them should come to.
    """

    verification_id: UUID
    project_id: UUID
    developer_id: UUID
    quantity_units: int | None
    approved: Mapping[int, int]
    in_force: bool
    issued: Sequence[TracedIssuance] = ()


def issued_as_approved(approval: TracedApproval) -> Differences:
    """Nothing is wrong with an approval in whose name nothing is issued yet."""
    subject = str(approval.verification_id)
    made = Counter((issued.transaction.type, issued.vintage) for issued in approval.issued)
    if made and max(made.values()) > 1:
        yield Difference(DifferenceKind.ISSUED_AGAIN, subject, 0, 0)
    if not approval.in_force:
        for issued in approval.issued:
            yield issued_without_approval(issued.transaction)
        return
    for issued in approval.issued:
        if not _is_as_approved(issued, approval):
            yield _of(DifferenceKind.UNLIKE_APPROVAL, issued.transaction)
    if approval.issued:
        yield from _quantities(approval)


def _quantities(approval: TracedApproval) -> Differences:
    """All vintages together; then each apart, unless one was never approved (`_is_as_approved`)."""
    subject, approved_units = str(approval.verification_id), approval.quantity_units or 0
    issued_units: dict[int | None, int] = dict.fromkeys(approval.approved, 0)
    for issued in approval.issued:
        units = issued.transaction.units.quantity_units
        issued_units[issued.vintage] = issued_units.get(issued.vintage, 0) + units
    total_units = sum(issued_units.values())
    if total_units != approved_units:
        yield Difference(DifferenceKind.APPROVED_QUANTITY, subject, approved_units, total_units)
    elif issued_units.keys() == approval.approved.keys():
        for vintage, units in sorted(approval.approved.items()):
            if issued_units[vintage] != units:
                of_vintage = f"{subject}, vintage {vintage}"
                yield Difference(
                    DifferenceKind.APPROVED_QUANTITY, of_vintage, units, issued_units[vintage]
                )


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
    return issued.vintage in approval.approved and (
        (issued.project_id, issued.transaction.recipient_id) == (approval.project_id, holder_id)
    )


def _of(kind: DifferenceKind, transaction: CreditTransaction) -> Difference:
    return Difference(kind, str(transaction.id), transaction.units.first, transaction.units.last)
