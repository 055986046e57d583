"""
What is true of that which stands beside the ledger: chain records, reversals and the audit log.

As in domain/credits/invariants.py a function answers with a sentence for each violation, or with nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from domain.audit.check import AuditCheck, Link
from domain.audit.log import GENESIS_HASH, AuditHead
from domain.chain.records import RecordKind
from domain.credits.ledger import CreditTransaction, CreditTransactionType
from domain.credits.reversal import Covering, Reversal
from domain.quantities import UnitRange
from domain.unit_ranges import merged, without

Violations = tuple[str, ...]
Transactions = Collection[CreditTransaction]

NEEDS_RECORD = {
    CreditTransactionType.ISSUANCE: RecordKind.ISSUANCE,
    CreditTransactionType.TRANSFER: RecordKind.TRANSFER,
    CreditTransactionType.RETIREMENT: RecordKind.RETIREMENT,
}
"""What is written to the chain; what staff do with the buffer, and cancellations, are not."""


@dataclass(frozen=True)
class Beside:
    """
    One moment of what the ledger leaves beside itself.

    `records` are the movement and kind of each chain record, `audited` the movement of each entry of
    the audit log that is about one, `cancellations` movements made for a reversal with that reversal,
    and `coverings` a reversal's with that reversal. `links` are the audit log in order.
    """

    records: Collection[tuple[UUID, RecordKind]] = ()
    reversals: Collection[Reversal] = ()
    cancellations: Mapping[UUID, UUID] = field(default_factory=dict)
    coverings: Collection[tuple[UUID, Covering]] = ()
    links: Sequence[Link] = ()
    head: AuditHead = field(default_factory=lambda: AuditHead(0, GENESIS_HASH))
    audited: Collection[UUID] = ()


def movements_have_their_chain_record(transactions: Transactions, beside: Beside) -> Violations:
    """An issuance, a transfer and a retirement have one chain record each, of their kind; no other has any."""
    found = Counter(beside.records)
    expected = Counter((t.id, NEEDS_RECORD[t.type]) for t in transactions if t.type in NEEDS_RECORD)
    return tuple(
        f"The {kind} {transaction_id} has {found[transaction_id, kind]} chain records."
        for transaction_id, kind in {**found, **expected}
        if found[transaction_id, kind] != expected[transaction_id, kind]
    )


def movements_have_their_audit_entry(transactions: Transactions, beside: Beside) -> Violations:
    """Every movement is in the audit log, once."""
    found = Counter(beside.audited)
    expected = Counter(t.id for t in transactions)
    return tuple(
        f"The movement {transaction_id} is in {found[transaction_id]} audit entries."
        for transaction_id in {**found, **expected}
        if found[transaction_id] != expected[transaction_id]
    )


def audit_log_is_one_chain(_: Transactions, beside: Beside) -> Violations:
    """Each audit entry hashes what it says and the one before it, and the head is the newest."""
    check = AuditCheck()
    faults = [fault for link in beside.links for fault in check.faults(link)]
    return (*faults, *check.faults_at_end(beside.head))


def reversals_cancel_no_more_than_was_lost(
    transactions: Transactions, beside: Beside
) -> Violations:
    """What was cancelled for a reversal, and what it touches, is no more than what it lost."""
    cancelled = _cancelled(transactions, beside)
    return tuple(
        f"The reversal {reversal.id} lost {reversal.quantity_units} units and {said} {units}."
        for reversal in beside.reversals
        for said, units in (
            ("cancelled", sum(u.quantity_units for u in cancelled[reversal.id])),
            ("touches", sum(c.touched_units for of, c in beside.coverings if of == reversal.id)),
        )
        if units > reversal.quantity_units
    )


def coverings_stand_on_what_was_cancelled(transactions: Transactions, beside: Beside) -> Violations:
    """
    Covering units are as many as are touched, were cancelled for that reversal, and cover once.

    And none lies idle while something that is touched is not covered.
    """
    cancelled = _cancelled(transactions, beside)
    return tuple(
        said
        for reversal in beside.reversals
        for said in _of_reversal(
            reversal.id,
            cancelled[reversal.id],
            [covering for of, covering in beside.coverings if of == reversal.id],
        )
    )


def touched_is_no_more_than_was_retired(transactions: Transactions, beside: Beside) -> Violations:
    """All reversals together touch no more of a retirement than was retired in it."""
    retired: Counter[UUID | None] = Counter()
    for transaction in transactions:
        if transaction.type is CreditTransactionType.RETIREMENT:
            retired[transaction.retirement_id] += transaction.units.quantity_units
    touched: Counter[UUID] = Counter()
    for _, covering in beside.coverings:
        touched[covering.retirement_id] += covering.touched_units
    return tuple(
        f"Of the retirement {retirement_id} {units} units are touched and {retired[retirement_id]} were retired."
        for retirement_id, units in touched.items()
        if units > retired[retirement_id]
    )


INVARIANTS_BESIDE: Mapping[str, Callable[[Transactions, Beside], Violations]] = {
    "movements_have_their_chain_record": movements_have_their_chain_record,
    "movements_have_their_audit_entry": movements_have_their_audit_entry,
    "audit_log_is_one_chain": audit_log_is_one_chain,
    "reversals_cancel_no_more_than_was_lost": reversals_cancel_no_more_than_was_lost,
    "coverings_stand_on_what_was_cancelled": coverings_stand_on_what_was_cancelled,
    "touched_is_no_more_than_was_retired": touched_is_no_more_than_was_retired,
}
"""What must hold beside the ledger at any one moment, by name."""


def _cancelled(
    transactions: Transactions, beside: Beside
) -> defaultdict[UUID | None, list[UnitRange]]:
    """The units that were cancelled for each reversal."""
    found: defaultdict[UUID | None, list[UnitRange]] = defaultdict(list)
    for transaction in transactions:
        if transaction.type is CreditTransactionType.CANCELLATION:
            found[beside.cancellations.get(transaction.id)].append(transaction.units)
    return found


def _of_reversal(
    reversal_id: UUID, cancelled: Sequence[UnitRange], coverings: Sequence[Covering]
) -> Iterator[str]:
    covering = [c.units for c in coverings if c.units is not None]
    covered_units = sum(units.quantity_units for units in covering)
    for piece in coverings:
        if piece.units is not None and piece.units.quantity_units != piece.touched_units:
            yield f"Of the reversal {reversal_id} {piece.touched_units} units are touched by others."
    if covered_units != sum(units.quantity_units for units in merged(covering)):
        yield f"Units of the reversal {reversal_id} cover twice."
    for units in without(merged(covering), merged(cancelled)):
        yield f"Units {units.first} to {units.last} cover for {reversal_id}, not cancelled for it."
    idle = sum(units.quantity_units for units in cancelled) - covered_units
    if idle > 0 and any(piece.units is None for piece in coverings):
        yield f"The reversal {reversal_id} leaves {idle} units idle that could cover."
