"""What a wallet's signature for a large movement is bound to, and what its owner reads."""

from dataclasses import replace
from typing import Any

import pytest

from domain.accounts.signed_movements import MovementKind, MovementLine, SignedMovement

MOVEMENT = SignedMovement(
    MovementKind.TRANSFER,
    (MovementLine("KRB-2024-001-000001", 150_000),),
    recipient="buyer@people.example",
    terms={},
)


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": MovementKind.RETIRE},
        {"lines": (MovementLine("KRB-2024-001-000001", 150_001),)},
        {"lines": (MovementLine("KRB-2024-001-000002", 150_000),)},
        {"lines": MOVEMENT.lines * 2},
        {"recipient": "other@people.example"},
        {"recipient": None},
        {"terms": {"purpose": "another"}},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_each_part_of_a_movement_is_in_what_a_signature_is_bound_to(
    changes: dict[str, Any],
) -> None:
    assert replace(MOVEMENT, **changes).subject_hash != MOVEMENT.subject_hash
    assert replace(MOVEMENT).subject_hash == MOVEMENT.subject_hash


def test_its_owner_reads_what_is_moved_where() -> None:
    assert MOVEMENT.words == "transfer 1500.00 t of KRB-2024-001-000001 to buyer@people.example"


def test_of_many_entries_ten_are_named_and_the_sum() -> None:
    lines = tuple(MovementLine(f"KRB-2024-001-{n:06}", 100) for n in range(1, 13))

    words = replace(MOVEMENT, kind=MovementKind.RETIRE, recipient=None, lines=lines).words

    assert words.count("1.00 t of KRB-") == 10
    assert words.endswith("2 more, 12.00 t in all")
