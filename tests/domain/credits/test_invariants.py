"""Each invariant finds what it is named after, and nothing in a ledger that was moved by its rules."""

from dataclasses import replace
from typing import Any

import pytest

from domain.accounts.roles import REGISTRY_ACCOUNT_ID
from domain.credits.checks.issuance_differences import TracedApproval, TracedIssuance
from domain.credits.checks.ledger_differences import retired_stays_retired
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
from tests.whole_ledger import WholeLedger, broken

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
BUFFER = entry(
    101, 110, id=named("buffer"), status=EntryStatus.BUFFER, owner_id=REGISTRY_ACCOUNT_ID,
    serial=Serial(2024, 1, 5),
)  # fmt: skip
LEDGER = [ROOT, RETIRED, KEPT, SOLD, BUFFER]
ANOTHER_PROJECT_ID = named("another project")
TRANSFER = f"The transaction {named('transfer')}"


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
    transaction(
        CreditTransactionType.ISSUANCE,
        ROOT,
        ROOT,
        sender_id=None,
        verification_id=named(f"approval of {ROOT.serial}"),
    ),
    transaction(
        CreditTransactionType.RETIREMENT,
        ROOT,
        RETIRED,
        recipient_id=None,
        retirement_id=named("retirement"),
    ),
    transaction(CreditTransactionType.TRANSFER, KEPT, SOLD),
    transaction(
        CreditTransactionType.BUFFER_CONTRIBUTION,
        BUFFER,
        BUFFER,
        sender_id=None,
        verification_id=named(f"approval of {BUFFER.serial}"),
    ),
]


def in_memory(
    entries: list[CreditEntry], transactions: list[CreditTransaction] | None = None
) -> WholeLedger:
    told = TOLD if transactions is None else transactions
    return WholeLedger(
        entries,
        told,
        project_numbers={ROOT.project_id: 1, ANOTHER_PROJECT_ID: 2},
        retired_units={named("retirement"): RETIRED.units.quantity_units},
        approvals=approvals(transactions or TOLD),
        next_unit=1 + max(one.units.last for one in TOLD),
    )


def approvals(transactions: list[CreditTransaction]) -> list[TracedApproval]:
    """One for each of the two projects, of what was issued of it."""
    return [
        TracedApproval(
            verification_id=named(f"approval of {root.serial}"),
            project_id=root.project_id,
            developer_id=DEVELOPER.id,
            quantity_units=root.units.quantity_units,
            approved={root.vintage: root.units.quantity_units},
            in_force=True,
            issued=[
                TracedIssuance(told, root.project_id, root.vintage)
                for told in transactions
                if told.verification_id == named(f"approval of {root.serial}")
                and told.status is CreditTransactionStatus.COMPLETED
            ],
        )
        for root in (ROOT, BUFFER)
    ]


def instead_of(old: CreditEntry, **changes: Any) -> list[CreditEntry]:
    return [replace(old, **changes) if found is old else found for found in LEDGER]


def test_nothing_is_wrong_with_an_empty_ledger_or_one_that_was_moved_by_its_rules() -> None:
    assert broken(WholeLedger([], [], {}, {})) == {}
    assert broken(in_memory(LEDGER)) == {}


@pytest.mark.parametrize(
    ("entries", "name", "said"),
    [
        pytest.param(
            instead_of(SOLD, units=UnitRange(30, 100)),
            "no_two_leaves_share_a_unit",
            "Units 30 to 30 are in KRB-2024-001-000002 and KRB-2024-001-000004, both.",
            id="two leaves share a unit",
        ),
        pytest.param(
            instead_of(RETIRED, units=UnitRange(1, 29)),
            "children_tile_their_parents",
            "The children of KRB-2024-001-000001 do not tile it.",
            id="a gap between children",
        ),
        pytest.param(
            instead_of(KEPT, project_id=ANOTHER_PROJECT_ID),
            "children_tile_their_parents",
            "The children of KRB-2024-001-000001 do not tile it.",
            id="a child of another project",
        ),
        pytest.param(
            instead_of(BUFFER, status=EntryStatus.SPLIT),
            "children_tile_their_parents",
            "The children of KRB-2024-001-000005 do not tile it.",
            id="a split without children",
        ),
        pytest.param(
            instead_of(KEPT, status=EntryStatus.ACTIVE),
            "children_tile_their_parents",
            "The children of KRB-2024-001-000003 do not tile it.",
            id="an active parent",
        ),
        pytest.param(
            instead_of(SOLD, units=UnitRange(31, 98)),
            "leaves_tile_what_was_issued",
            "Units 99 to 100 were issued and are in no entry.",
            id="units are lost",
        ),
        pytest.param(
            instead_of(SOLD, units=UnitRange(31, 111)),
            "leaves_tile_what_was_issued",
            "Units 111 to 111 are in an entry and were never issued.",
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
            "KRB-2024-001-000003 names more than one entry.",
            id="a serial twice",
        ),
        pytest.param(
            instead_of(BUFFER, serial=Serial(2024, 1, 7)),
            "serials_are_unique_and_gap_free",
            "KRB-2024-001 skips the running numbers 5 to 6.",
            id="numbers left out",
        ),
        pytest.param(
            instead_of(SOLD, parent_id=named("nobody")),
            "transactions_say_what_entries_hold",
            "KRB-2024-001-000004 came from no transaction.",
            id="a child of nobody",
        ),
        pytest.param(
            instead_of(SOLD, owner_id=DEVELOPER.id),
            "transactions_say_what_entries_hold",
            "KRB-2024-001-000004 belongs to somebody else than its transactions say.",
            id="another owner",
        ),
        pytest.param(
            instead_of(RETIRED, status=EntryStatus.ACTIVE),
            "transactions_say_what_entries_hold",
            "KRB-2024-001-000002 is active, by its transactions retired.",
            id="an entry is un-retired",
        ),
    ],
)
def test_each_difference_is_found_and_said(
    entries: list[CreditEntry], name: str, said: str
) -> None:
    assert said in broken(in_memory(entries))[name]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"units": UnitRange(31, 99)}, f"{TRANSFER} says other units than its entry holds."),
        ({"sender_id": BUYER.id}, f"{TRANSFER} moved what its sender did not have."),
        ({"result_entry_id": named("nothing")}, f"{TRANSFER} names an entry that is not there."),
        ({"entry_id": ROOT.id}, "KRB-2024-001-000004 came from no transaction."),
        (
            {"entry_id": ROOT.id},
            "KRB-2024-001-000001 was made or moved by more than one transaction.",
        ),
    ],
)
def test_a_transaction_that_says_something_else_is_found(
    changes: dict[str, Any], said: str
) -> None:
    told = [replace(t, **changes) if t.type is CreditTransactionType.TRANSFER else t for t in TOLD]

    found = broken(in_memory(LEDGER, told))["transactions_say_what_entries_hold"]

    assert said in found


@pytest.mark.parametrize(
    ("left_out", "said"),
    [
        (CreditTransactionType.ISSUANCE, "KRB-2024-001-000001 came from no transaction."),
        (
            CreditTransactionType.RETIREMENT,
            "KRB-2024-001-000002 is retired, by its transactions active.",
        ),
        (
            CreditTransactionType.TRANSFER,
            "KRB-2024-001-000003 is transferred, by its transactions active.",
        ),
    ],
)
def test_what_no_transaction_tells_of_is_found(left_out: CreditTransactionType, said: str) -> None:
    told = [t for t in TOLD if t.type is not left_out]

    assert said in broken(in_memory(LEDGER, told))["transactions_say_what_entries_hold"]


def test_a_pending_transaction_says_nothing_yet() -> None:
    pending = replace(TOLD[0], id=named("pending"), status=CreditTransactionStatus.PENDING)

    assert broken(in_memory(LEDGER, [*TOLD, pending])) == {}


def test_what_was_retired_stays_as_it_was() -> None:
    assert retired_stays_retired(LEDGER, [*LEDGER, entry(111, 120)]) == []
    assert retired_stays_retired(LEDGER, instead_of(SOLD, status=EntryStatus.RETIRED)) == []
    said = ["KRB-2024-001-000002 was retired and is no longer the same."]
    assert retired_stays_retired(LEDGER, instead_of(RETIRED, status=EntryStatus.ACTIVE)) == said
    assert retired_stays_retired(LEDGER, [e for e in LEDGER if e is not RETIRED]) == said
