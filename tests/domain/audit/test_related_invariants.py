"""Each related invariant finds what it is named after, and nothing in what belongs together."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from domain.audit.check import Link
from domain.audit.log import AuditHead
from domain.audit.related_invariants import RELATED_INVARIANTS, RelatedRows
from domain.chain.records import RecordKind
from domain.credits.ledger import CreditTransaction, CreditTransactionStatus, CreditTransactionType
from domain.quantities import UnitRange
from tests.factories import NOW, named


def moved(kind: CreditTransactionType, first: int, last: int) -> CreditTransaction:
    return CreditTransaction(
        id=named(kind),
        type=kind,
        entry_id=named("entry"),
        result_entry_id=named("entry"),
        sender_id=None,
        recipient_id=None,
        units=UnitRange(first, last),
        status=CreditTransactionStatus.COMPLETED,
        created_at=NOW,
        completed_at=NOW,
        retirement_id=named("retirement") if kind is CreditTransactionType.RETIREMENT else None,
    )


RETIREMENT = moved(CreditTransactionType.RETIREMENT, 1, 50)
CANCELLATION = moved(CreditTransactionType.CANCELLATION, 101, 120)
MOVEMENTS = [RETIREMENT, CANCELLATION]
FIRST, SECOND = (Link(n, f"{n - 1:064}", f"{n:064}", 2, f"{n:064}") for n in (1, 2))
RETIREMENT_RECORD = (RETIREMENT.id, RecordKind.RETIREMENT)
WHOLE = RelatedRows(
    records=[RETIREMENT_RECORD, (CANCELLATION.id, RecordKind.CANCELLATION)],
    links=[FIRST, SECOND],
    head=AuditHead(2, SECOND.hash),
    audited=[RETIREMENT.id, CANCELLATION.id],
)


BROKEN: Mapping[str, tuple[str, RelatedRows]] = {
    "a record is missing": (
        "credit_transactions_have_their_chain_record",
        replace(WHOLE, records=()),
    ),
    "a record is there twice": (
        "credit_transactions_have_their_chain_record",
        replace(WHOLE, records=[*WHOLE.records, *WHOLE.records]),
    ),
    "a record is of another kind": (
        "credit_transactions_have_their_chain_record",
        replace(WHOLE, records=[RETIREMENT_RECORD, (CANCELLATION.id, RecordKind.RETIREMENT)]),
    ),
    "a cancellation has none": (
        "credit_transactions_have_their_chain_record",
        replace(WHOLE, records=[RETIREMENT_RECORD]),
    ),
    "a movement is not in the audit log": (
        "credit_transactions_have_their_audit_entry",
        replace(WHOLE, audited=[RETIREMENT.id]),
    ),
    "an audit entry is changed": (
        "audit_log_is_one_chain",
        replace(WHOLE, links=[replace(FIRST, recomputed="f" * 64), SECOND]),
    ),
    "an audit entry is gone": ("audit_log_is_one_chain", replace(WHOLE, links=[FIRST])),
}


def broken(movements: Sequence[CreditTransaction], related: RelatedRows) -> set[str]:
    return {name for name, holds in RELATED_INVARIANTS.items() if holds(movements, related)}


def test_what_belongs_together_breaks_nothing() -> None:
    assert broken(MOVEMENTS, WHOLE) == set()


@pytest.mark.parametrize("what", BROKEN)
def test_what_does_not_belong_together_is_found(what: str) -> None:
    name, related = BROKEN[what]

    assert name in broken(MOVEMENTS, related)


@pytest.mark.parametrize("name", RELATED_INVARIANTS)
def test_every_invariant_has_its_sentence(name: str) -> None:
    assert RELATED_INVARIANTS[name].__doc__
