"""
Related invariants: what is true of chain records and the audit log together with the ledger.

Tests ask them after each operation: a function answers with a sentence for each violation, or with
nothing. What can be seen in the ledger's own rows is in domain.credits.checks.invariants.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from domain.audit.check import AuditCheck, Link
from domain.audit.log import GENESIS_HASH, AuditHead
from domain.chain.records import RecordKind
from domain.credits.chain_records import RECORD_KINDS
from domain.credits.ledger import CreditTransaction

Violations = tuple[str, ...]
Transactions = Collection[CreditTransaction]


@dataclass(frozen=True)
class RelatedRows:
    """
    The rows of one moment that are related to credit transactions.

    `records` are the credit transaction and kind of each chain record, `audited` the credit transaction
    of each entry of the audit log that is about one. `links` are the audit log in order.
    """

    records: Collection[tuple[UUID, RecordKind]] = ()
    links: Sequence[Link] = ()
    head: AuditHead = field(default_factory=lambda: AuditHead(0, GENESIS_HASH))
    audited: Collection[UUID] = ()


def credit_transactions_have_their_chain_record(
    transactions: Transactions, related: RelatedRows
) -> Violations:
    """Every credit transaction has one chain record, of its kind; a set-aside and its end have none."""
    found = Counter(related.records)
    expected = Counter((t.id, RECORD_KINDS[t.type]) for t in transactions if t.type in RECORD_KINDS)
    return tuple(
        f"The {kind} {transaction_id} has {found[transaction_id, kind]} chain records."
        for transaction_id, kind in {**found, **expected}
        if found[transaction_id, kind] != expected[transaction_id, kind]
    )


def credit_transactions_have_their_audit_entry(
    transactions: Transactions, related: RelatedRows
) -> Violations:
    """Every credit transaction is in the audit log, once."""
    found = Counter(related.audited)
    expected = Counter(t.id for t in transactions)
    return tuple(
        f"The credit transaction {transaction_id} is in {found[transaction_id]} audit entries."
        for transaction_id in {**found, **expected}
        if found[transaction_id] != expected[transaction_id]
    )


def audit_log_is_one_chain(_: Transactions, related: RelatedRows) -> Violations:
    """Each audit entry hashes what it says and the one before it, and the head is the newest."""
    check = AuditCheck()
    faults = [fault for link in related.links for fault in check.faults(link)]
    return (*faults, *check.faults_at_end(related.head))


RELATED_INVARIANTS: Mapping[str, Callable[[Transactions, RelatedRows], Violations]] = {
    "credit_transactions_have_their_chain_record": credit_transactions_have_their_chain_record,
    "credit_transactions_have_their_audit_entry": credit_transactions_have_their_audit_entry,
    "audit_log_is_one_chain": audit_log_is_one_chain,
}
"""What must hold at any one moment, by name."""
