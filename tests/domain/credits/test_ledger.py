"""
The credit ledger: what a move does, and what stays true whatever moves.

The state machine below issues, transfers and retires at random on a ledger that is only a
dictionary, and asks after each step whether every unit ever issued is still in exactly one place.
"""

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    precondition,
    rule,
)

from domain.credits.issuance import issue
from domain.credits.ledger import (
    ENTRY_MOVES,
    SUPERSEDED,
    Conservation,
    CreditEntry,
    CreditTransaction,
    EntryChange,
    EntryStatus,
    NewEntry,
    children_tile_parent,
    conservation,
    entries_opened,
    move,
    require_holder,
)
from domain.credits.retirement import retire
from domain.credits.transfer import transfer
from domain.errors import Fault, Forbidden, InsufficientCredits, Invalid, NotActive
from domain.identifiers import Serial
from domain.quantities import UnitRange
from tests.factories import (
    BUYER,
    DEVELOPER,
    NOW,
    OTHER_BUYER,
    after,
    approved,
    entry,
    named,
    new_names,
    retirement,
)

HOLDERS = (DEVELOPER, BUYER, OTHER_BUYER)


def child(name: NewEntry, units: UnitRange, **changes: Any) -> CreditEntry:
    return replace(
        entry(),
        id=name.id,
        serial=name.serial,
        units=units,
        last_action_at=after(days=1),
        parent_id=entry().id,
        **changes,
    )


def test_a_whole_transfer_hands_all_units_on_under_a_new_serial() -> None:
    names = new_names(2)

    movement = moved(entry(), 100_000, EntryStatus.TRANSFERRED, names, new_holder_id=BUYER.id)

    received = child(names[0], UnitRange(1, 100_000), owner_id=BUYER.id)
    handed_on = replace(entry(), status=EntryStatus.TRANSFERRED, last_action_at=after(days=1))
    assert movement == EntryChange(entry(), handed_on, (received,), received)


def test_a_partial_transfer_gives_the_lowest_units_and_keeps_the_rest() -> None:
    names = new_names(2, 3)

    movement = moved(entry(), 30_000, EntryStatus.TRANSFERRED, names, new_holder_id=BUYER.id)

    received = child(names[0], UnitRange(1, 30_000), owner_id=BUYER.id)
    kept = child(names[1], UnitRange(30_001, 100_000))
    split = replace(entry(), status=EntryStatus.SPLIT, last_action_at=after(days=1))
    assert movement == EntryChange(entry(), split, (received, kept), received)


def test_a_whole_retirement_changes_only_the_entrys_status() -> None:
    movement = moved(entry(), 100_000, EntryStatus.RETIRED, [])

    retired = replace(entry(), status=EntryStatus.RETIRED, last_action_at=after(days=1))
    assert movement == EntryChange(entry(), retired, (), retired)


def test_a_partial_retirement_leaves_the_remainder_active() -> None:
    names = new_names(2, 3)

    movement = moved(entry(), 1, EntryStatus.RETIRED, names)

    gone = child(names[0], UnitRange(1, 1), status=EntryStatus.RETIRED)
    kept = child(names[1], UnitRange(2, 100_000))
    split = replace(entry(), status=EntryStatus.SPLIT, last_action_at=after(days=1))
    assert movement == EntryChange(entry(), split, (gone, kept), gone)


@pytest.mark.parametrize(
    ("quantity_units", "becomes", "count"),
    [
        (1, EntryStatus.TRANSFERRED, 2),
        (1, EntryStatus.RETIRED, 2),
        (100_000, EntryStatus.TRANSFERRED, 1),
        (100_000, EntryStatus.RETIRED, 0),
        (100_000, EntryStatus.CANCELLED, 0),
        (100_000, EntryStatus.SUSPENDED, 1),
        (1, EntryStatus.SUSPENDED, 2),
        (100_000, EntryStatus.RESERVED, 1),
    ],
)
def test_as_many_names_are_set_aside_as_entries_are_opened(
    quantity_units: int, becomes: EntryStatus, count: int
) -> None:
    movement = moved(entry(), quantity_units, becomes, new_names(2, 3), new_holder_id=BUYER.id)

    assert entries_opened(entry(), quantity_units, becomes) == len(movement.opened) == count


@pytest.mark.parametrize(
    "status", [s for s in EntryStatus if s not in {EntryStatus.ACTIVE, EntryStatus.RESERVED}]
)
def test_only_an_active_entry_moves(status: EntryStatus) -> None:
    with pytest.raises(NotActive) as refused:
        moved(entry(status=status), 1, EntryStatus.RETIRED, new_names(2, 3))

    assert refused.value.detail == f"KRB-2024-001-000001 is {status} and cannot be moved."


@pytest.mark.parametrize("quantity_units", [0, -1])
def test_nothing_and_less_than_nothing_cannot_be_moved(quantity_units: int) -> None:
    with pytest.raises(Invalid) as refused:
        moved(entry(), quantity_units, EntryStatus.RETIRED, new_names(2, 3))

    assert refused.value.faults == (Fault("/quantity", "Quantity must be a positive number"),)


def test_more_than_an_entry_holds_cannot_be_moved() -> None:
    with pytest.raises(InsufficientCredits) as refused:
        moved(entry(), 100_001, EntryStatus.RETIRED, new_names(2, 3))

    assert refused.value.detail == (
        "KRB-2024-001-000001 holds 1000.00 t, 1000.01 t were asked for."
    )


def test_somebody_elses_entry_is_not_ones_own() -> None:
    with pytest.raises(Forbidden) as refused:
        require_holder(entry(), BUYER.id)

    assert refused.value.detail == "KRB-2024-001-000001 is held by somebody else."


def test_only_active_and_buffer_entries_become_anything() -> None:
    assert {status for status, next_ones in ENTRY_MOVES.items() if next_ones} == {
        EntryStatus.ACTIVE,
        EntryStatus.BUFFER,
        EntryStatus.SUSPENDED,
        EntryStatus.RESERVED,
    }
    assert set(ENTRY_MOVES) == set(EntryStatus)


@pytest.mark.parametrize(
    ("ranges", "tiles"),
    [
        ([(1, 100)], True),
        ([(1, 40), (41, 100)], True),
        ([(41, 100), (1, 40)], True),
        ([], False),
        ([(1, 40), (42, 100)], False),
        ([(1, 41), (41, 100)], False),
        ([(2, 100)], False),
        ([(1, 99)], False),
        ([(1, 101)], False),
    ],
)
def test_children_tile_a_parent_without_gap_or_overlap(
    ranges: list[tuple[int, int]], tiles: bool
) -> None:
    children = [entry(first, last) for first, last in ranges]

    assert children_tile_parent(entry(1, 100), children) is tiles


def test_the_sum_counts_what_was_issued_once_and_where_it_is_now() -> None:
    parent = entry(1, 100, status=EntryStatus.SPLIT)
    entries = [
        parent,
        entry(1, 30, parent_id=parent.id, status=EntryStatus.RETIRED),
        entry(31, 100, parent_id=parent.id),
        entry(101, 150, status=EntryStatus.CANCELLED),
        entry(151, 160, status=EntryStatus.BUFFER),
        entry(161, 163, status=EntryStatus.SUSPENDED, suspended_for=named("loss")),
        entry(164, 165, status=EntryStatus.RESERVED),
    ]

    found = conservation(entries)

    assert found == Conservation(
        165,
        active_units=70,
        retired_units=30,
        cancelled_units=50,
        buffer_units=10,
        suspended_units=3,
        reserved_units=2,
    )
    assert found.holds


def test_a_sum_that_does_not_add_up_says_so() -> None:
    assert not conservation([entry(1, 100, status=EntryStatus.SPLIT), entry(1, 30)]).holds


def moved(
    subject: CreditEntry,
    quantity_units: int,
    becomes: EntryStatus,
    names: list[NewEntry],
    *,
    new_holder_id: UUID | None = None,
) -> EntryChange:
    return move(
        subject,
        quantity_units,
        becomes=becomes,
        new_holder_id=new_holder_id if becomes is EntryStatus.TRANSFERRED else None,
        names=names,
        at=after(days=1),
    )


# What is true after every step. Each is a sentence, so that a failure reads as one.


def every_issued_unit_is_active_retired_or_cancelled(entries: Iterable[CreditEntry]) -> bool:
    return conservation(entries).holds


def no_unit_is_in_two_living_entries(entries: Iterable[CreditEntry]) -> bool:
    leaves = sorted(e.units for e in entries if e.status not in SUPERSEDED)
    return all(lower.last < upper.first for lower, upper in pairwise(leaves))


def living_entries_tile_what_was_issued(entries: Iterable[CreditEntry], issued_units: int) -> bool:
    leaves = [e for e in entries if e.status not in SUPERSEDED]
    if not issued_units:
        return not leaves
    return children_tile_parent(entry(1, issued_units), leaves)


def children_tile_their_parents(entries: Iterable[CreditEntry]) -> bool:
    every = list(entries)
    return all(
        children_tile_parent(parent, [e for e in every if e.parent_id == parent.id])
        for parent in every
        if parent.status in SUPERSEDED
    )


def only_superseded_entries_have_children(entries: Iterable[CreditEntry]) -> bool:
    every = {e.id: e for e in entries}
    return all(
        every[e.parent_id].status in SUPERSEDED for e in every.values() if e.parent_id is not None
    )


def no_serial_names_two_entries(entries: Iterable[CreditEntry]) -> bool:
    serials = [e.serial for e in entries]
    return len(serials) == len(set(serials))


def what_a_transaction_moved_is_where_it_says(
    entries: dict[UUID, CreditEntry], transactions: Iterable[CreditTransaction]
) -> bool:
    return all(entries[t.result_entry_id].units == t.units for t in transactions)


class Ledger(RuleBasedStateMachine):
    """Issues, transfers and retires at random; `entries` is the whole ledger."""

    active = Bundle("active")

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[UUID, CreditEntry] = {}
        self.transactions: list[CreditTransaction] = []
        self.ended: dict[UUID, CreditEntry] = {}
        self.issued_units = 0
        self.serials_used = 0

    @rule(target=active, quantity_units=st.integers(1, 1_000_000))
    def issue_credits(self, quantity_units: int) -> UUID:
        issued, transaction = issue(
            approved(verified_quantity_units=quantity_units),
            name=self._name(),
            transaction_id=uuid4(),
            units=UnitRange(self.issued_units + 1, self.issued_units + quantity_units),
            at=NOW,
        )
        self.issued_units += quantity_units
        self.entries[issued.id] = issued
        self.transactions.append(transaction)
        return issued.id

    @rule(target=active, moved_id=consumes(active), data=st.data(), whole=st.booleans())
    def transfer_units(self, moved_id: UUID, data: st.DataObject, whole: bool) -> Any:
        subject = self.entries[moved_id]
        quantity_units = self._quantity(subject, data, whole=whole)
        sender = next(person for person in HOLDERS if person.id == subject.owner_id)
        recipient = data.draw(st.sampled_from([p for p in HOLDERS if p is not sender]))
        movement, transaction = transfer(
            subject,
            quantity_units,
            sender=sender,
            recipient=recipient,
            transaction_id=uuid4(),
            names=[self._name(), self._name()],
            at=NOW,
        )
        return self._save(movement, transaction)

    @rule(target=active, moved_id=consumes(active), data=st.data(), whole=st.booleans())
    def retire_units(self, moved_id: UUID, data: st.DataObject, whole: bool) -> Any:
        subject = self.entries[moved_id]
        quantity_units = self._quantity(subject, data, whole=whole)
        holder = next(person for person in HOLDERS if person.id == subject.owner_id)
        movement, transaction = retire(
            subject,
            quantity_units,
            holder=holder,
            retirement=retirement(quantity_units=quantity_units),
            transaction_id=uuid4(),
            names=[self._name(), self._name()],
            at=NOW,
        )
        return self._save(movement, transaction)

    @precondition(lambda self: self.ended)
    @rule(data=st.data())
    def move_what_has_ended(self, data: st.DataObject) -> None:
        """Whatever is tried with an entry that is no longer active is refused, and changes nothing."""
        subject = self.entries[data.draw(st.sampled_from(sorted(self.ended)))]
        becomes = data.draw(st.sampled_from([EntryStatus.TRANSFERRED, EntryStatus.RETIRED]))
        with pytest.raises(NotActive):
            move(subject, 1, becomes=becomes, names=[self._name(), self._name()], at=NOW)

    @invariant()
    def the_ledger_is_whole(self) -> None:
        entries = list(self.entries.values())
        assert every_issued_unit_is_active_retired_or_cancelled(entries)
        assert no_unit_is_in_two_living_entries(entries)
        assert living_entries_tile_what_was_issued(entries, self.issued_units)
        assert children_tile_their_parents(entries)
        assert only_superseded_entries_have_children(entries)
        assert no_serial_names_two_entries(entries)
        assert what_a_transaction_moved_is_where_it_says(self.entries, self.transactions)

    @invariant()
    def nothing_that_has_ended_is_ever_changed_again(self) -> None:
        assert {id: self.entries[id] for id in self.ended} == self.ended
        assert sum(e.status is EntryStatus.RETIRED for e in self.ended.values()) == sum(
            e.status is EntryStatus.RETIRED for e in self.entries.values()
        )

    def _quantity(self, subject: CreditEntry, data: st.DataObject, *, whole: bool) -> int:
        held_units = subject.units.quantity_units
        return held_units if whole else data.draw(st.integers(1, held_units))

    def _name(self) -> NewEntry:
        self.serials_used += 1
        return NewEntry(uuid4(), Serial(2024, 1, self.serials_used))

    def _save(self, movement: EntryChange, transaction: CreditTransaction) -> Any:
        for saved in (movement.after, *movement.opened):
            self.entries[saved.id] = saved
            if saved.status is not EntryStatus.ACTIVE:
                self.ended[saved.id] = saved
        self.transactions.append(transaction)
        return multiple(*(e.id for e in movement.opened if e.status is EntryStatus.ACTIVE))


Ledger.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestWhateverMovesEveryUnitIsInOnePlace = Ledger.TestCase
