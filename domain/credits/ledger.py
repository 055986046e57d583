"""
The credit ledger: blocks of units, the moves they allow, and what is true after each move.

Every 0.01 t has a number, unique in the registry for ever. The entries that are not superseded
tile everything that was ever issued: no unit is in two of them, and none is missing. The database
says the same with an exclusion constraint and a deferred trigger (first migration).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.errors import Fault, Forbidden, InsufficientCredits, Invalid, NotActive
from domain.identifiers import Serial
from domain.quantities import UnitRange, format_tonnes


class EntryStatus(StrEnum):
    ACTIVE = "active"
    TRANSFERRED = "transferred"
    SPLIT = "split"
    RETIRED = "retired"
    CANCELLED = "cancelled"
    BUFFER = "buffer"
    SUSPENDED = "suspended"
    RESERVED = "reserved"


class CreditTransactionType(StrEnum):
    ISSUANCE = "issuance"
    TRANSFER = "transfer"
    RETIREMENT = "retirement"
    CANCELLATION = "cancellation"
    BUFFER_CONTRIBUTION = "buffer_contribution"
    BUFFER_RELEASE = "buffer_release"
    SUSPENSION = "suspension"
    REINSTATEMENT = "reinstatement"
    RESERVATION = "reservation"
    RESERVATION_RELEASE = "reservation_release"


class CreditTransactionStatus(StrEnum):
    PENDING = "pending"
    COMPLETED = "completed"
    FAILED = "failed"


ENTRY_MOVES: dict[EntryStatus, frozenset[EntryStatus]] = {
    EntryStatus.ACTIVE: frozenset(
        {
            EntryStatus.TRANSFERRED,
            EntryStatus.SPLIT,
            EntryStatus.RETIRED,
            EntryStatus.CANCELLED,
        }
    ),
    # Buffer units are released to a project's supplier (transferred) or cancelled, never retired.
    EntryStatus.BUFFER: frozenset(
        {EntryStatus.TRANSFERRED, EntryStatus.SPLIT, EntryStatus.CANCELLED}
    ),
    # Suspended units come back whole or in part (transferred, split) or are cancelled (ADR 0043).
    EntryStatus.SUSPENDED: frozenset(
        {EntryStatus.TRANSFERRED, EntryStatus.SPLIT, EntryStatus.CANCELLED}
    ),
    # Reserved units go to whom they are set aside for or come back, whole (ADR 0092).
    EntryStatus.RESERVED: frozenset({EntryStatus.TRANSFERRED}),
    EntryStatus.TRANSFERRED: frozenset(),
    EntryStatus.SPLIT: frozenset(),
    EntryStatus.RETIRED: frozenset(),
    EntryStatus.CANCELLED: frozenset(),
}
"""What may become of an entry. Nothing is ever un-retired; the database has the same table."""

ENTRY_MEANING: dict[EntryStatus, str] = {
    EntryStatus.ACTIVE: "can be transferred, retired or cancelled",
    EntryStatus.BUFFER: "are held back by the registry, to stand for losses",
    EntryStatus.SUSPENDED: "cannot be moved: carbon of their project was lost and not yet made good",
    EntryStatus.RESERVED: "are set aside for somebody, until they are handed over or the time is up",
    EntryStatus.TRANSFERRED: "live on whole in one child: with somebody else, or suspended, reserved or active again",
    EntryStatus.SPLIT: "live on in two children: the part that moved and the remainder",
    EntryStatus.RETIRED: "are used up, for ever",
    EntryStatus.CANCELLED: "are taken away, for ever",
}
"""What is true of an entry's units in each status; the pages and the glossary print it."""

SUPERSEDED = frozenset({EntryStatus.TRANSFERRED, EntryStatus.SPLIT})
"""Entries whose units live on in their children; all others are the leaves that tile the issuance."""


@dataclass(frozen=True)
class CreditEntry:
    """
    A block of units under one serial, with one holder. `units` never change; a status changes once.

    `suspended_for` is the reversal that suspended its units: all the time while they are suspended,
    and after they were cancelled, split or reinstated out of this entry too. None for all others.
    """

    id: UUID
    serial: Serial
    project_id: UUID
    owner_id: UUID
    units: UnitRange
    status: EntryStatus
    issued_at: datetime
    last_action_at: datetime
    parent_id: UUID | None = None
    suspended_for: UUID | None = None

    @property
    def vintage(self) -> int:
        return self.serial.vintage


@dataclass(frozen=True)
class CreditTransaction:
    """
    One write on the ledger, complete when it is written.

    `entry_id` is the entry acted upon, `result_entry_id` the one that holds the moved units now:
    the same one for an issuance and for the retirement of a whole entry. `reason` is what staff
    said of a cancellation or a release, and the cause of a suspension; it is public.
    `verification_id` is the approval that an issuance and the buffer's share of it rest on, and
    `vintage` which of its vintages they are; nothing else has them.
    """

    id: UUID
    type: CreditTransactionType
    entry_id: UUID
    result_entry_id: UUID
    sender_id: UUID | None
    recipient_id: UUID | None
    units: UnitRange
    status: CreditTransactionStatus
    created_at: datetime
    completed_at: datetime | None
    retirement_id: UUID | None = None
    reason: str | None = None
    verification_id: UUID | None = None
    vintage: int | None = None


@dataclass(frozen=True)
class EntryChange:
    """What a credit transaction changes: the entry acted upon, in its new state, and the entries it gives rise to."""

    before: CreditEntry
    after: CreditEntry
    opened: tuple[CreditEntry, ...]
    moved: CreditEntry


def movement(
    change: EntryChange,
    kind: CreditTransactionType,
    *,
    transaction_id: UUID,
    at: datetime,
    recipient_id: UUID | None = None,
    retirement_id: UUID | None = None,
    reason: str | None = None,
) -> CreditTransaction:
    """The transaction of a move, complete at once; who held the units is its sender."""
    return CreditTransaction(
        id=transaction_id,
        type=kind,
        entry_id=change.before.id,
        result_entry_id=change.moved.id,
        sender_id=change.before.owner_id,
        recipient_id=recipient_id,
        units=change.moved.units,
        status=CreditTransactionStatus.COMPLETED,
        created_at=at,
        completed_at=at,
        retirement_id=retirement_id,
        reason=reason,
    )


@dataclass(frozen=True)
class NewEntry:
    """Identifier and serial set aside for an entry that a move may open."""

    id: UUID
    serial: Serial


LIVES_ON = frozenset(
    {EntryStatus.TRANSFERRED, EntryStatus.SUSPENDED, EntryStatus.RESERVED, EntryStatus.ACTIVE}
)
"""What becomes of units that may move again later: they get an entry of their own, also when whole."""


ENTRIES_OF_A_PART = 2
"""Opened where a part is moved: for the part and for the remainder."""


def entries_opened(entry: CreditEntry, quantity_units: int, becomes: EntryStatus) -> int:
    """How many new entries `move` will need names for: a part and its remainder, or the whole."""
    is_part = quantity_units < entry.units.quantity_units
    return ENTRIES_OF_A_PART if is_part else entries_of_whole(becomes)


def entries_of_whole(becomes: EntryStatus) -> int:
    """`entries_opened` where all of an entry's units are moved."""
    return 1 if becomes in LIVES_ON else 0


def move(
    entry: CreditEntry,
    quantity_units: int,
    *,
    becomes: EntryStatus,
    new_holder_id: UUID | None = None,
    suspended_for: UUID | None = None,
    names: Sequence[NewEntry],
    at: datetime,
) -> EntryChange:
    """
    Take `quantity_units` out of an active, buffer, suspended or reserved entry, lowest numbers first.

    `becomes` is TRANSFERRED (the units are active under `new_holder_id`), RETIRED, CANCELLED,
    SUSPENDED (for the reversal `suspended_for`), RESERVED or ACTIVE (they were either). A part splits the
    entry: the remainder stays what it was, with its holder, under a serial of its own. `names` are
    as many as `entries_opened` says, the moved part's first.

    Raises:
        Invalid: the quantity is not positive.
        NotActive: the entry's status does not allow the move (ENTRY_MOVES); of what is reserved, a part.
        InsufficientCredits: more than the entry holds.
    """
    require_movable(entry, quantity_units, becomes)
    whole = quantity_units == entry.units.quantity_units
    if whole and becomes not in LIVES_ON:
        after = replace(entry, status=becomes, last_action_at=at)
        return EntryChange(entry, after, (), after)
    taken, rest = (entry.units, None) if whole else entry.units.split(quantity_units)
    part = replace(
        _child(entry, names[0], taken, at),
        owner_id=new_holder_id if new_holder_id is not None else entry.owner_id,
        status=EntryStatus.ACTIVE if becomes is EntryStatus.TRANSFERRED else becomes,
        suspended_for=suspended_for if becomes in LIVES_ON else entry.suspended_for,
    )
    if rest is None:
        after = replace(entry, status=EntryStatus.TRANSFERRED, last_action_at=at)
        return EntryChange(entry, after, (part,), part)
    remainder = _child(entry, names[1], rest, at)
    after = replace(entry, status=EntryStatus.SPLIT, last_action_at=at)
    return EntryChange(entry, after, (part, remainder), part)


def require_movable(entry: CreditEntry, quantity_units: int, becomes: EntryStatus) -> None:
    """
    Raises:
        Invalid, NotActive, InsufficientCredits: as for `move`.
    """
    if quantity_units <= 0:
        detail = "Quantity must be a positive number"
        raise Invalid(detail, Fault("/quantity", detail))
    moved_whole = EntryStatus.TRANSFERRED if becomes in LIVES_ON else becomes
    if moved_whole not in ENTRY_MOVES[entry.status]:
        raise _not_movable(entry)
    if quantity_units > entry.units.quantity_units:
        detail = (
            f"{entry.serial} holds {format_tonnes(entry.units.quantity_units)} t, "
            f"{format_tonnes(quantity_units)} t were asked for."
        )
        raise InsufficientCredits(detail, Fault("/quantity", detail))
    is_part = quantity_units < entry.units.quantity_units
    if is_part and EntryStatus.SPLIT not in ENTRY_MOVES[entry.status]:
        raise _not_movable(entry)


def require_active(entry: CreditEntry) -> None:
    """
    Raises:
        NotActive: only staff move what is in the buffer, nobody what is gone, nobody what is
            suspended as long as the loss it is suspended for is not made good, and what is reserved
            only goes to whom it is set aside for.
    """
    if entry.status is EntryStatus.SUSPENDED:
        raise NotActive(
            f"{entry.serial} is suspended: carbon of its project was lost and is not yet made good."
        )
    if entry.status is not EntryStatus.ACTIVE:
        raise _not_movable(entry)


def _not_movable(entry: CreditEntry) -> NotActive:
    if entry.status is not EntryStatus.RESERVED:
        return NotActive(f"{entry.serial} is {entry.status} and cannot be moved.")
    return NotActive(
        f"{entry.serial} is reserved: hand its {format_tonnes(entry.units.quantity_units)} t over whole "
        "to whom they are set aside for, or cancel the reservation first."
    )


def require_holder(entry: CreditEntry, account_id: UUID) -> None:
    """
    Raises:
        Forbidden: somebody else holds the entry.
    """
    if entry.owner_id != account_id:
        raise Forbidden(f"{entry.serial} is held by somebody else.")


def children_tile_parent(parent: CreditEntry, children: Iterable[CreditEntry]) -> bool:
    """The children's units follow one another from the parent's first unit to its last."""
    expected_first = parent.units.first
    for child in sorted(children, key=lambda entry: entry.units):
        if child.units.first != expected_first:
            return False
        expected_first = child.units.last + 1
    return expected_first == parent.units.last + 1


@dataclass(frozen=True)
class Conservation:
    """Where the issued units are: `issued == active + reserved + suspended + retired + cancelled + buffer`, always."""

    issued_units: int
    active_units: int
    retired_units: int
    cancelled_units: int
    buffer_units: int
    suspended_units: int
    reserved_units: int

    @property
    def placed_units(self) -> int:
        return (
            self.active_units
            + self.reserved_units
            + self.suspended_units
            + self.retired_units
            + self.cancelled_units
            + self.buffer_units
        )

    @property
    def holds(self) -> bool:
        return self.issued_units == self.placed_units


def conservation(entries: Iterable[CreditEntry]) -> Conservation:
    """Recompute the sum from entries alone: what was issued are those without a parent."""
    issued = 0
    by_status = dict.fromkeys(EntryStatus, 0)
    for entry in entries:
        by_status[entry.status] += entry.units.quantity_units
        issued += entry.units.quantity_units if entry.parent_id is None else 0
    return Conservation(
        issued,
        by_status[EntryStatus.ACTIVE],
        by_status[EntryStatus.RETIRED],
        by_status[EntryStatus.CANCELLED],
        by_status[EntryStatus.BUFFER],
        by_status[EntryStatus.SUSPENDED],
        by_status[EntryStatus.RESERVED],
    )


def _child(parent: CreditEntry, name: NewEntry, units: UnitRange, at: datetime) -> CreditEntry:
    return replace(
        parent,
        id=name.id,
        serial=name.serial,
        units=units,
        last_action_at=at,
        parent_id=parent.id,
    )
