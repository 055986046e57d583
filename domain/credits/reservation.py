"""
Reservation: a holder sets units aside for somebody who asked, for a time.

    requested ── accepted ── fulfilled   handed over to whoever asked
        │            ├────── cancelled   by either side
        │            ├────── expired     the time was up; the units are the holder's to use again
        │            └────── lapsed      carbon of the project was lost first
        └─────────── refused, cancelled, expired

What is set aside is an entry of its own, still the holder's, whose status lets nothing else happen to it. It
moves whole. Source: issue 14; ADR 0092.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.accounts.roles import Account, Permission
from domain.credits.ledger import (
    CreditEntry,
    CreditTransaction,
    CreditTransactionType,
    EntryChange,
    EntryStatus,
    NewEntry,
    move,
    movement,
    require_active,
    require_holder,
)
from domain.errors import Conflict, Fault, Forbidden, InsufficientCredits, Invalid, NotActive
from domain.quantities import format_tonnes

NOTE_LENGTH_MAX = 1000

RESERVED_AT_MOST = timedelta(days=90)
"""A set-aside is for a purchase that is being made, and not for the season."""


class ReservationStatus(StrEnum):
    REQUESTED = "requested"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    FULFILLED = "fulfilled"
    LAPSED = "lapsed"


OPEN = frozenset({ReservationStatus.REQUESTED, ReservationStatus.ACCEPTED})
"""What something may still become of; everything else is for ever."""


@dataclass(frozen=True)
class Reservation:
    """
    `quantity_units` (0.01 t) of the entry `entry_id`, which `holder_id` held when it was asked for.

    `requester_id` and `holder_id` are the accounts that organisations hold under; `requested_by` is who
    asked, and `until` when all of it is over. `reserved_entry_id` holds what was set aside, from the
    acceptance on.
    """

    id: UUID
    entry_id: UUID
    requester_id: UUID
    requested_by: UUID
    holder_id: UUID
    quantity_units: int
    note: str
    until: datetime
    status: ReservationStatus
    requested_at: datetime
    reserved_entry_id: UUID | None = None
    decided_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.status in OPEN


def require_time(until: datetime, *, at: datetime) -> None:
    """
    Raises:
        Invalid: the time is over, or longer than anybody sets units aside.
    """
    if until <= at:
        detail = "The reservation must end in the future."
        raise Invalid(detail, Fault("/until", detail))
    if until > at + RESERVED_AT_MOST:
        detail = f"A reservation lasts {RESERVED_AT_MOST.days} days at most."
        raise Invalid(detail, Fault("/until", detail))


def request_reservation(
    entry: CreditEntry,
    quantity_units: int,
    *,
    reservation_id: UUID,
    requester: Account,
    until: datetime,
    note: str,
    at: datetime,
) -> Reservation:
    """
    Ask the holder of an active entry for a part of it, or for all. Nothing is set aside by asking.

    Raises:
        Forbidden: the account's role holds no credits, it acts for no organisation, or holds the entry.
        NotActive, InsufficientCredits: there is not so much to ask for.
        Invalid: as `require_time`, or no quantity.
    """
    requester.require(Permission.RESERVE_CREDITS)
    requester.require_organisation()
    if entry.owner_id == requester.acts_for:
        raise Forbidden(f"{entry.serial} is yours: only what somebody else holds can be reserved.")
    require_time(until, at=at)
    if quantity_units <= 0:
        detail = "Quantity must be a positive number"
        raise Invalid(detail, Fault("/quantity", detail))
    if entry.status is EntryStatus.RESERVED:
        raise NotActive(f"{entry.serial} is reserved for somebody already.")
    require_active(entry)
    _require_enough(entry, quantity_units)
    return Reservation(
        id=reservation_id,
        entry_id=entry.id,
        requester_id=requester.acts_for,
        requested_by=requester.id,
        holder_id=entry.owner_id,
        quantity_units=quantity_units,
        note=note,
        until=until,
        status=ReservationStatus.REQUESTED,
        requested_at=at,
    )


def entry_to_reserve(
    reservation: Reservation, entry: CreditEntry, living: Sequence[CreditEntry]
) -> CreditEntry:
    """
    Which of the entries the units of the asked-for one live on in gives what was asked for.

    `living` are those that are active and still the same holder's. The smallest that is large enough gives it, of
    equal ones that with the lowest units: a reservation is of one entry.

    Raises:
        InsufficientCredits: none is large enough, because others took their part meanwhile.
    """
    enough = [e for e in living if e.units.quantity_units >= reservation.quantity_units]
    if not enough:
        most = max((e.units.quantity_units for e in living), default=0)
        detail = (
            f"Of {entry.serial} {format_tonnes(most)} t can still be reserved in one piece, "
            f"{format_tonnes(reservation.quantity_units)} t were asked for."
        )
        raise InsufficientCredits(detail, Fault("/quantity", detail))
    return min(enough, key=lambda e: (e.units.quantity_units, e.units))


def accept(
    reservation: Reservation, reserved: CreditEntry, *, holder: Account, at: datetime
) -> Reservation:
    """
    `reserved` is what `set_aside` has made.

    Raises:
        As `require_acceptable`.
    """
    require_acceptable(reservation, holder=holder, at=at)
    return replace(
        reservation,
        status=ReservationStatus.ACCEPTED,
        reserved_entry_id=reserved.id,
        decided_at=at,
    )


def require_acceptable(reservation: Reservation, *, holder: Account, at: datetime) -> None:
    """
    Raises:
        Forbidden: the account does not hold what was asked for.
        Conflict: it was answered before, or its time is up.
    """
    _require_answerable(reservation, holder)
    if at >= reservation.until:
        raise Conflict("The time of this reservation is up; whoever asked may ask again.")


def refuse(reservation: Reservation, *, holder: Account, at: datetime) -> Reservation:
    """
    Raises:
        Forbidden, Conflict: as `require_acceptable`, except that a time that is up may be refused.
    """
    _require_answerable(reservation, holder)
    return replace(reservation, status=ReservationStatus.REFUSED, decided_at=at, ended_at=at)


def cancel_reservation(reservation: Reservation, *, actor: Account, at: datetime) -> Reservation:
    """
    Take back what was asked for, or give up what was set aside; either side may.

    Raises:
        Forbidden: the account is no side of it, or the holder has not answered yet: they refuse.
        Conflict: it is over.
    """
    if actor.acts_for not in {reservation.requester_id, reservation.holder_id}:
        raise Forbidden("This reservation is between others.")
    _require_open(reservation)
    waits = reservation.status is ReservationStatus.REQUESTED
    if waits and actor.acts_for == reservation.holder_id:
        raise Conflict("You have not accepted this reservation: refuse it.")
    return _ended(reservation, ReservationStatus.CANCELLED, at)


def fulfil(reservation: Reservation, *, holder: Account, at: datetime) -> Reservation:
    """
    The units were handed over to whoever asked.

    Raises:
        As `require_fulfillable`.
    """
    require_fulfillable(reservation, holder=holder, at=at)
    return _ended(reservation, ReservationStatus.FULFILLED, at)


def require_fulfillable(reservation: Reservation, *, holder: Account, at: datetime) -> None:
    """
    Raises:
        Forbidden: the account does not hold them.
        Conflict: nothing is set aside, or the time is up.
    """
    if holder.acts_for != reservation.holder_id:
        raise Forbidden("Only the holder hands over what is reserved.")
    if reservation.status is ReservationStatus.REQUESTED:
        raise Conflict("This reservation is not accepted yet.")
    _require_open(reservation)
    if at >= reservation.until:
        raise Conflict("The time of this reservation is up; its units come back to you.")


def expire(reservation: Reservation, *, at: datetime) -> Reservation:
    """End what is open and whose time is up; everything else stays as it is."""
    if not reservation.is_open or at < reservation.until:
        return reservation
    return _ended(reservation, ReservationStatus.EXPIRED, at)


def lapse(reservation: Reservation, *, at: datetime) -> Reservation:
    """Carbon of the project was lost, and what was set aside stands for it like all other units."""
    return _ended(reservation, ReservationStatus.LAPSED, at)


def set_aside(
    entry: CreditEntry,
    quantity_units: int,
    *,
    holder: Account,
    transaction_id: UUID,
    names: Sequence[NewEntry],
    at: datetime,
) -> tuple[EntryChange, CreditTransaction]:
    """
    Reserve units of an active entry; they stay with their holder.

    Raises:
        Forbidden: somebody else holds the entry, or the role may not.
        Invalid, NotActive, InsufficientCredits.
    """
    holder.require(Permission.HOLD_CREDITS)
    require_holder(entry, holder.acts_for)
    require_active(entry)
    change = move(entry, quantity_units, becomes=EntryStatus.RESERVED, names=names, at=at)
    kind = CreditTransactionType.RESERVATION
    return change, _stays_with_holder(kind, change, transaction_id, at)


def give_back(
    entry: CreditEntry,
    quantity_units: int,
    *,
    transaction_id: UUID,
    names: Sequence[NewEntry],
    at: datetime,
) -> tuple[EntryChange, CreditTransaction]:
    """
    Make reserved units active again, all of the entry's.

    Raises:
        NotActive: the entry is not reserved, or it is not all of it.
    """
    if entry.status is not EntryStatus.RESERVED:
        raise NotActive(f"{entry.serial} is {entry.status} and not reserved.")
    change = move(entry, quantity_units, becomes=EntryStatus.ACTIVE, names=names, at=at)
    kind = CreditTransactionType.RESERVATION_RELEASE
    return change, _stays_with_holder(kind, change, transaction_id, at)


@dataclass(frozen=True)
class Offer:
    """
    A holder says that what they have of a project's vintage is to be had: all active units of it, now and later.

    `name_shown`: the organisation's name stands beside it in public. An offer that ended says since when.
    """

    id: UUID
    holder_id: UUID
    project_id: UUID
    vintage: int
    name_shown: bool
    offered_at: datetime
    ended_at: datetime | None = None


def _require_enough(entry: CreditEntry, quantity_units: int) -> None:
    if quantity_units > entry.units.quantity_units:
        detail = (
            f"{entry.serial} holds {format_tonnes(entry.units.quantity_units)} t, "
            f"{format_tonnes(quantity_units)} t were asked for."
        )
        raise InsufficientCredits(detail, Fault("/quantity", detail))


def _require_answerable(reservation: Reservation, holder: Account) -> None:
    if holder.acts_for != reservation.holder_id:
        raise Forbidden("Only the holder answers a reservation.")
    holder.require(Permission.HOLD_CREDITS)
    if reservation.status is not ReservationStatus.REQUESTED:
        raise Conflict(f"This reservation is {reservation.status} already.")


def _require_open(reservation: Reservation) -> None:
    if not reservation.is_open:
        raise Conflict(f"This reservation is {reservation.status} already.")


def _ended(reservation: Reservation, status: ReservationStatus, at: datetime) -> Reservation:
    return replace(reservation, status=status, ended_at=at)


def _stays_with_holder(
    kind: CreditTransactionType, change: EntryChange, transaction_id: UUID, at: datetime
) -> CreditTransaction:
    """Sender and recipient are the holder: the units change their state and not their hands."""
    return movement(
        change, kind, transaction_id=transaction_id, at=at, recipient_id=change.before.owner_id
    )
