"""Each invariant finds what it is named after, and nothing in a ledger that was moved by its rules."""

from dataclasses import replace
from typing import Any

import pytest

from domain.credits.invariants import INVARIANTS, retired_stays_retired
from domain.credits.ledger import (
    CreditEntry,
    CreditTransaction,
    CreditTransactionStatus,
    CreditTransactionType,
    EntryStatus,
)
from domain.identifiers import Serial
from domain.quantities import UnitRange
from tests.factories import BUYER, DEVELOPER, NOW, entry, named

ROOT = entry(1, 100, id=named("root"), status=EntryStatus.SPLIT)
RETIRED = entry(
    1, 30, id=named("retired"), parent_id=ROOT.id, status=EntryStatus.RETIRED,
    serial=Serial(2024, 1, 2),
)  # fmt: skip
KEPT = entry(
    31, 100, id=named("kept"), parent_id=ROOT.id, status=EntryStatus.TRANSFERRED,
    serial=Serial(2024, 1, 3),
)  # fmt: skip
SOLD = entry(
    31, 100, id=named("sold"), parent_id=KEPT.id, owner_id=BUYER.id, serial=Serial(2024, 1, 4)
)
BUFFER = entry(101, 110, id=named("buffer"), status=EntryStatus.BUFFER, serial=Serial(2024, 1, 5))
LEDGER = [ROOT, RETIRED, KEPT, SOLD, BUFFER]


def transaction(
    kind: CreditTransactionType, source: CreditEntry, result: CreditEntry, **changes: Any
) -> CreditTransaction:
    return replace(
        CreditTransaction(
            id=named(kind),
            type=kind,
            entry_id=source.id,
            result_entry_id=result.id,
            sender_id=source.owner_id,
            recipient_id=result.owner_id,
            units=result.units,
            status=CreditTransactionStatus.COMPLETED,
            created_at=NOW,
            completed_at=NOW,
        ),
        **changes,
    )


TOLD = [
    transaction(CreditTransactionType.ISSUANCE, ROOT, ROOT, sender_id=None),
    transaction(CreditTransactionType.RETIREMENT, ROOT, RETIRED, recipient_id=None),
    transaction(CreditTransactionType.TRANSFER, KEPT, SOLD),
    transaction(CreditTransactionType.BUFFER_CONTRIBUTION, BUFFER, BUFFER, sender_id=None),
]


def violations(
    entries: list[CreditEntry], transactions: list[CreditTransaction] | None = None
) -> dict[str, tuple[str, ...]]:
    """What each invariant that does not hold says."""
    told = TOLD if transactions is None else transactions
    found = {name: check(entries, told) for name, check in INVARIANTS.items()}
    return {name: said for name, said in found.items() if said}


def instead_of(old: CreditEntry, **changes: Any) -> list[CreditEntry]:
    return [replace(old, **changes) if found is old else found for found in LEDGER]


def test_nothing_is_wrong_with_an_empty_ledger_or_one_that_was_moved_by_its_rules() -> None:
    assert violations([], []) == {}
    assert violations(LEDGER) == {}


@pytest.mark.parametrize(
    ("entries", "name", "said"),
    [
        pytest.param(
            instead_of(SOLD, units=UnitRange(30, 100)),
            "no_two_leaves_share_a_unit",
            "KRB-2024-001-000002 and KRB-2024-001-000004 share units 30 to 30.",
            id="two leaves share a unit",
        ),
        pytest.param(
            instead_of(RETIRED, units=UnitRange(1, 29)),
            "children_tile_their_parents",
            "The children of KRB-2024-001-000001 do not tile it.",
            id="a gap between children",
        ),
        pytest.param(
            instead_of(KEPT, project_id=named("another project")),
            "children_tile_their_parents",
            "KRB-2024-001-000003 is of another project or vintage than its parent "
            "KRB-2024-001-000001.",
            id="a child of another project",
        ),
        pytest.param(
            instead_of(SOLD, parent_id=named("nobody")),
            "children_tile_their_parents",
            "KRB-2024-001-000004 comes from an entry that is not there.",
            id="a child of nobody",
        ),
        pytest.param(
            instead_of(SOLD, units=UnitRange(31, 98)),
            "leaves_tile_what_was_issued",
            "Units 99 to 100 were issued and are lost.",
            id="units are lost",
        ),
        pytest.param(
            instead_of(SOLD, units=UnitRange(31, 111)),
            "leaves_tile_what_was_issued",
            "Units 111 to 111 were never issued.",
            id="a unit is invented",
        ),
        pytest.param(
            instead_of(SOLD, units=UnitRange(31, 98)),
            "issued_is_conserved",
            "In total: 1.10 t were issued, 1.08 t are accounted for.",
            id="the sum does not add up",
        ),
        pytest.param(
            instead_of(SOLD, serial=KEPT.serial),
            "serials_are_unique_and_gap_free",
            "KRB-2024-001-000003 names 2 entries.",
            id="a serial twice",
        ),
        pytest.param(
            instead_of(BUFFER, serial=Serial(2024, 1, 7)),
            "serials_are_unique_and_gap_free",
            "KRB-2024-001 skips running number 6.",
            id="a number left out",
        ),
        pytest.param(
            instead_of(BUFFER, status=EntryStatus.SPLIT),
            "superseded_entries_have_children",
            "KRB-2024-001-000005 is split and has no children.",
            id="a split without children",
        ),
        pytest.param(
            instead_of(KEPT, status=EntryStatus.ACTIVE),
            "superseded_entries_have_children",
            "KRB-2024-001-000003 is active and has children.",
            id="an active parent",
        ),
        pytest.param(
            instead_of(SOLD, owner_id=DEVELOPER.id),
            "transactions_say_what_entries_hold",
            f"The transfer {named('transfer')} went to somebody else than the owner of "
            "KRB-2024-001-000004.",
            id="another owner",
        ),
        pytest.param(
            instead_of(RETIRED, status=EntryStatus.ACTIVE),
            "transactions_say_what_entries_hold",
            f"The retirement {named('retirement')} left KRB-2024-001-000002 active.",
            id="an entry is un-retired",
        ),
    ],
)
def test_each_violation_is_found_and_said(entries: list[CreditEntry], name: str, said: str) -> None:
    assert said in violations(entries)[name]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"units": UnitRange(31, 99)}, "moved other units than KRB-2024-001-000004 holds."),
        ({"sender_id": BUYER.id}, "came from somebody else than the owner of KRB-2024-001-000003."),
        ({"result_entry_id": named("nothing")}, "names an entry that is not there."),
        (
            {"entry_id": ROOT.id},
            "says that KRB-2024-001-000004 came from KRB-2024-001-000001, and it did not.",
        ),
    ],
)
def test_a_transaction_that_says_something_else_is_found(
    changes: dict[str, Any], said: str
) -> None:
    told = [replace(t, **changes) if t.type is CreditTransactionType.TRANSFER else t for t in TOLD]

    found = violations(LEDGER, told)["transactions_say_what_entries_hold"]

    assert f"The transfer {named('transfer')} {said}" in found


@pytest.mark.parametrize(
    ("left_out", "said"),
    [
        (CreditTransactionType.ISSUANCE, "KRB-2024-001-000001 was issued in 0 transactions."),
        (CreditTransactionType.RETIREMENT, "KRB-2024-001-000002 is retired by 0 transactions."),
        (CreditTransactionType.TRANSFER, "KRB-2024-001-000003 is transferred by 0 transactions."),
    ],
)
def test_what_no_transaction_tells_of_is_found(left_out: CreditTransactionType, said: str) -> None:
    told = [t for t in TOLD if t.type is not left_out]

    assert said in violations(LEDGER, told)["transactions_say_what_entries_hold"]


def test_a_pending_transaction_says_nothing_yet() -> None:
    pending = replace(TOLD[0], id=named("pending"), status=CreditTransactionStatus.PENDING)

    assert violations(LEDGER, [*TOLD, pending]) == {}


def test_what_was_retired_stays_as_it_was() -> None:
    assert retired_stays_retired(LEDGER, [*LEDGER, entry(111, 120)]) == ()
    assert retired_stays_retired(LEDGER, instead_of(SOLD, status=EntryStatus.RETIRED)) == ()
    said = ("KRB-2024-001-000002 was retired and is no longer the same.",)
    assert retired_stays_retired(LEDGER, instead_of(RETIRED, status=EntryStatus.ACTIVE)) == said
    assert retired_stays_retired(LEDGER, [e for e in LEDGER if e is not RETIRED]) == said
