"""Each invariant beside the ledger finds what it is named after, and nothing in what belongs together."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from domain.audit.check import Link
from domain.audit.log import AuditHead
from domain.audit.related_invariants import INVARIANTS_BESIDE, Beside
from domain.chain.records import RecordKind
from domain.credits.ledger import CreditTransaction, CreditTransactionStatus, CreditTransactionType
from domain.credits.reversal import Covering, Reversal
from domain.quantities import UnitRange
from tests.factories import ADMINISTRATOR, NOW, named, project


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
REVERSAL = Reversal(
    named("reversal"), project().id, None, 30, "A fire.", False, ADMINISTRATOR.id, NOW
)
COVERED = Covering(named("retirement"), 20, UnitRange(101, 120))
BARE = Covering(named("retirement"), 10, None)
FIRST, SECOND = (Link(n, f"{n - 1:064}", f"{n:064}", 2, f"{n:064}") for n in (1, 2))
WHOLE = Beside(
    records=[(RETIREMENT.id, RecordKind.RETIREMENT)],
    reversals=[REVERSAL],
    cancellations={CANCELLATION.id: REVERSAL.id},
    coverings=[(REVERSAL.id, COVERED), (REVERSAL.id, BARE)],
    links=[FIRST, SECOND],
    head=AuditHead(2, SECOND.hash),
    audited=[RETIREMENT.id, CANCELLATION.id],
)


def covering(*pieces: Covering) -> Beside:
    return replace(WHOLE, coverings=[(REVERSAL.id, piece) for piece in pieces])


BROKEN: Mapping[str, tuple[str, Beside]] = {
    "a record is missing": ("movements_have_their_chain_record", replace(WHOLE, records=())),
    "a record is there twice": (
        "movements_have_their_chain_record",
        replace(WHOLE, records=[*WHOLE.records, *WHOLE.records]),
    ),
    "a record is of another kind": (
        "movements_have_their_chain_record",
        replace(WHOLE, records=[(RETIREMENT.id, RecordKind.TRANSFER)]),
    ),
    "a cancellation has a record": (
        "movements_have_their_chain_record",
        replace(WHOLE, records=[*WHOLE.records, (CANCELLATION.id, RecordKind.RETIREMENT)]),
    ),
    "a movement is not in the audit log": (
        "movements_have_their_audit_entry",
        replace(WHOLE, audited=[RETIREMENT.id]),
    ),
    "an audit entry is changed": (
        "audit_log_is_one_chain",
        replace(WHOLE, links=[replace(FIRST, recomputed="f" * 64), SECOND]),
    ),
    "an audit entry is gone": ("audit_log_is_one_chain", replace(WHOLE, links=[FIRST])),
    "more is touched than was lost": (
        "reversals_cancel_no_more_than_was_lost",
        covering(COVERED, replace(BARE, touched_units=11)),
    ),
    "more is cancelled than was lost": (
        "reversals_cancel_no_more_than_was_lost",
        replace(covering(COVERED), reversals=[replace(REVERSAL, quantity_units=19)]),
    ),
    "a unit covers twice": (
        "coverings_stand_on_what_was_cancelled",
        covering(COVERED, Covering(named("retirement"), 1, UnitRange(120, 120))),
    ),
    "units cover that were not cancelled": (
        "coverings_stand_on_what_was_cancelled",
        covering(replace(COVERED, units=UnitRange(102, 121))),
    ),
    "fewer cover than are touched": (
        "coverings_stand_on_what_was_cancelled",
        covering(replace(COVERED, touched_units=21)),
    ),
    "cancelled units lie idle": (
        "coverings_stand_on_what_was_cancelled",
        covering(Covering(named("retirement"), 19, UnitRange(101, 119)), BARE),
    ),
    "more is touched than was retired": (
        "touched_is_no_more_than_was_retired",
        replace(
            covering(COVERED, replace(BARE, touched_units=31)),
            reversals=[replace(REVERSAL, quantity_units=51)],
        ),
    ),
}


def broken(movements: Sequence[CreditTransaction], beside: Beside) -> set[str]:
    return {name for name, holds in INVARIANTS_BESIDE.items() if holds(movements, beside)}


def test_what_belongs_together_breaks_nothing() -> None:
    assert broken(MOVEMENTS, WHOLE) == set()


@pytest.mark.parametrize("what", BROKEN)
def test_what_does_not_belong_together_is_found(what: str) -> None:
    name, beside = BROKEN[what]

    assert name in broken(MOVEMENTS, beside)


@pytest.mark.parametrize("name", INVARIANTS_BESIDE)
def test_every_invariant_has_its_sentence(name: str) -> None:
    assert INVARIANTS_BESIDE[name].__doc__
