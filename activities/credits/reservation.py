"""Asking for credits, and setting them aside for whoever asked (domain.credits.reservation)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from temporalio import activity

from activities import lookups
from activities.audit_and_notify import Message, audit, tell
from activities.credits import ledger_writes
from activities.payloads import Payload, PersonalRequest
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from activities.refusals import waiting_while_frozen
from activities.run_once import run_once
from domain.accounts.notifications import NotificationKind
from domain.accounts.roles import Account
from domain.credits import reservation as rules
from domain.credits.ledger import CreditEntry, EntryStatus
from domain.credits.reservation import Reservation, ReservationStatus
from domain.identifiers import Serial, derived_id
from domain.publishing import events
from domain.publishing.events import EventName
from domain.quantities import format_tonnes

PLACE = "/desk/holdings#reservations"


class ReservationPayload(Payload):
    """What the requester wrote to the holder."""

    note: str


class RequestReservation(PersonalRequest):
    """The note is the stored request `reservation_id`; `quantity_units` are of 0.01 t CO2e."""

    reservation_id: UUID
    serial: str
    quantity_units: int
    until: datetime
    account_id: UUID


class AnswerReservation(PersonalRequest):
    """`account_id` accepts, refuses or cancels: which, the activity says."""

    reservation_id: UUID
    account_id: UUID


class EndReservation(Payload):
    reservation_id: UUID


class ReservationStep(Payload):
    reservation_id: UUID
    status: ReservationStatus
    notification_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True)
class LockedReservation:
    """`reserved` is what is set aside for it, also after that moved on; None before the acceptance."""

    reservation: Reservation
    asked_for: CreditEntry
    reserved: CreditEntry | None


class ReservationActivities:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @activity.defn
    async def request_reservation(self, request: RequestReservation) -> ReservationStep:
        """Keep what is asked for, and tell the holder. Nothing is set aside yet."""

        async def ask() -> ReservationStep:
            now = self._clock.now()
            requester = await lookups.account(work, request.account_id)
            body = await lookups.stored_request(work, request.reservation_id)
            entry = await ledger_writes.lock_entry(work, Serial.parse(request.serial))
            reservation = rules.request_reservation(
                entry,
                request.quantity_units,
                reservation_id=request.reservation_id,
                requester=requester,
                until=request.until,
                note=ReservationPayload.model_validate(body).note,
                at=now,
            )
            await work.credits.reservations.add(reservation)
            return await _leave_behind(
                work,
                None,
                reservation,
                entry,
                actor_id=requester.id,
                tells=((reservation.holder_id, NotificationKind.RESERVATION_REQUESTED),),
                at=now,
            )

        async with self._database.transaction() as work:
            key = f"request-reservation/{request.reservation_id}"
            return await run_once(work, key, ReservationStep, ask)

    @activity.defn
    async def accept_reservation(self, request: AnswerReservation) -> ReservationStep:
        """Set the units aside, and tell whoever asked."""

        async def accept() -> ReservationStep:
            await work.credits.registry_state.require_open()
            now = self._clock.now()
            holder = await lookups.account(work, request.account_id)
            seen = lookups.found(
                await work.credits.reservations.get(request.reservation_id), "reservation"
            )
            asked_for = await _entry(work, seen.entry_id)
            living = await work.credits.entries.lock_living(asked_for)
            reservation = await _lock(work, request.reservation_id)
            rules.require_acceptable(reservation, holder=holder, at=now)
            write = await ledger_writes.move_units(
                work,
                partial(rules.set_aside, holder=holder),
                rules.entry_to_reserve(reservation, asked_for, living),
                reservation.quantity_units,
                becomes=EntryStatus.RESERVED,
                event=EventName.CREDITS_RESERVED,
                transaction_id=derived_id(reservation.id, "set-aside"),
                actor=holder,
                at=now,
                waiting_workflow_id=ledger_writes.present_workflow_id(),
            )
            after = rules.accept(reservation, write.moved, holder=holder, at=now)
            return await _settle(work, reservation, after, asked_for, actor=holder, at=now)

        async with self._database.transaction() as work:
            key = f"accept-reservation/{request.reservation_id}/{request.account_id}"
            return await run_once(work, key, ReservationStep, accept)

    @activity.defn
    async def refuse_reservation(self, request: AnswerReservation) -> ReservationStep:
        """Say no, and tell whoever asked."""

        async def refuse() -> ReservationStep:
            now = self._clock.now()
            holder = await lookups.account(work, request.account_id)
            reservation = await _lock(work, request.reservation_id)
            after = rules.refuse(reservation, holder=holder, at=now)
            asked_for = await _entry(work, reservation.entry_id)
            return await _settle(work, reservation, after, asked_for, actor=holder, at=now)

        async with self._database.transaction() as work:
            key = f"refuse-reservation/{request.reservation_id}/{request.account_id}"
            return await run_once(work, key, ReservationStep, refuse)

    @activity.defn
    async def cancel_reservation(self, request: AnswerReservation) -> ReservationStep:
        """Take it back, from either side; what was set aside is the holder's to use again."""

        async def cancel() -> ReservationStep:
            actor = await lookups.account(work, request.account_id)
            now = self._clock.now()
            locked = await _lock_with_entry(work, request.reservation_id)
            after = rules.cancel_reservation(locked.reservation, actor=actor, at=now)
            return await _end(work, locked, after, actor=actor, at=now)

        async with self._database.transaction() as work:
            key = f"cancel-reservation/{request.reservation_id}/{request.account_id}"
            return await run_once(work, key, ReservationStep, cancel)

    @activity.defn
    async def expire_reservation(self, request: EndReservation) -> ReservationStep:
        """
        Its time is up; what ended in another way meanwhile stays as it ended.

        What is set aside waits for a frozen registry, and comes back when it opens.
        """

        async def expire() -> ReservationStep:
            now = self._clock.now()
            locked = await _lock_with_entry(work, request.reservation_id)
            # The timer of Temporal's server may ring a little before our clock is there.
            after = rules.expire(locked.reservation, at=max(now, locked.reservation.until))
            if after == locked.reservation:
                return ReservationStep(reservation_id=after.id, status=after.status)
            return await _end(work, locked, after, actor=None, at=now)

        async with waiting_while_frozen(), self._database.transaction() as work:
            key = f"expire-reservation/{request.reservation_id}"
            return await run_once(work, key, ReservationStep, expire)


async def fulfil_reservation(
    work: UnitOfWork, reservation: Reservation, holder: Account, at: datetime
) -> None:
    """Inside the transfer of what is set aside, which tells the recipient of the credits."""
    after = rules.fulfil(reservation, holder=holder, at=at)
    asked_for = await _entry(work, reservation.entry_id)
    await _settle(work, reservation, after, asked_for, actor=holder, at=at, tells=())


async def release_for_loss(
    work: UnitOfWork, entries: Sequence[CreditEntry], actor: Account, at: datetime
) -> Sequence[CreditEntry]:
    """
    Inside the recording of a loss: end what is set aside among locked entries, and answer all as active ones.

    A holder who sets units aside must not keep them from standing for a loss (ADR 0092).
    """
    reserved = {entry.id: entry for entry in entries if entry.status is EntryStatus.RESERVED}
    if not reserved:
        return entries
    ended = await work.credits.reservations.lock_of_entries(reserved)
    active = [entry for entry in entries if entry.id not in reserved]
    before = {reservation.reserved_entry_id: reservation for reservation in ended}
    for entry in reserved.values():
        reservation = before[entry.id]
        active.append(await _give_back(work, reservation, entry, actor=actor, at=at))
        after = rules.lapse(reservation, at=at)
        asked_for = await _entry(work, reservation.entry_id)
        await _settle(work, reservation, after, asked_for, actor=actor, at=at)
    return active


async def _entry(work: UnitOfWork, entry_id: UUID) -> CreditEntry:
    return lookups.found(await work.credits.entries.get(entry_id), "credit entry")


async def _lock(work: UnitOfWork, reservation_id: UUID) -> Reservation:
    return lookups.found(await work.credits.reservations.lock(reservation_id), "reservation")


async def _lock_with_entry(work: UnitOfWork, reservation_id: UUID) -> LockedReservation:
    """The entry first, as a transfer of it and a loss lock it; and the registry's state before either."""
    seen = lookups.found(await work.credits.reservations.get(reservation_id), "reservation")
    reserved = None
    if seen.reserved_entry_id is not None:
        await work.credits.registry_state.require_open()
        serial = (await _entry(work, seen.reserved_entry_id)).serial
        reserved = lookups.found(await work.credits.entries.lock(serial), "credit entry")
    reservation = await _lock(work, reservation_id)
    if reservation.reserved_entry_id != seen.reserved_entry_id:
        # Accepted between the two looks. Nothing is written yet, and the next attempt sees it.
        raise RuntimeError(f"reservation {reservation_id} was accepted meanwhile")
    return LockedReservation(reservation, await _entry(work, reservation.entry_id), reserved)


async def _end(
    work: UnitOfWork,
    locked: LockedReservation,
    after: Reservation,
    *,
    actor: Account | None,
    at: datetime,
) -> ReservationStep:
    if locked.reserved is not None:
        await _give_back(work, locked.reservation, locked.reserved, actor=actor, at=at)
    return await _settle(work, locked.reservation, after, locked.asked_for, actor=actor, at=at)


async def _give_back(
    work: UnitOfWork,
    reservation: Reservation,
    reserved: CreditEntry,
    *,
    actor: Account | None,
    at: datetime,
) -> CreditEntry:
    write = await ledger_writes.move_units(
        work,
        rules.give_back,
        reserved,
        reserved.units.quantity_units,
        becomes=EntryStatus.ACTIVE,
        event=EventName.CREDITS_RESERVATION_RELEASED,
        transaction_id=derived_id(reservation.id, "give-back"),
        actor=actor,
        at=at,
        waiting_workflow_id=ledger_writes.present_workflow_id(),
    )
    return write.moved


async def _settle(
    work: UnitOfWork,
    before: Reservation,
    after: Reservation,
    asked_for: CreditEntry,
    *,
    actor: Account | None,
    at: datetime,
    tells: Sequence[tuple[UUID, NotificationKind]] | None = None,
) -> ReservationStep:
    """Write it down and tell the other side; both, where neither has done it."""
    await work.credits.reservations.save(after)
    if tells is None:
        answered = {ReservationStatus.ACCEPTED, ReservationStatus.REFUSED}
        kind = (
            NotificationKind.RESERVATION_ANSWERED
            if after.status in answered
            else NotificationKind.RESERVATION_ENDED
        )
        acts_for = actor.acts_for if actor else None
        sides = (after.requester_id, after.holder_id)
        tells = [(side, kind) for side in sides if side != acts_for]
    actor_id = actor.id if actor else None
    return await _leave_behind(
        work, before, after, asked_for, actor_id=actor_id, tells=tells, at=at
    )


async def _leave_behind(
    work: UnitOfWork,
    before: Reservation | None,
    after: Reservation,
    asked_for: CreditEntry,
    *,
    actor_id: UUID | None,
    tells: Sequence[tuple[UUID, NotificationKind]],
    at: datetime,
) -> ReservationStep:
    audit(
        work,
        f"reservation.{after.status.value}",
        ("reservation", after.id),
        actor_id=actor_id,
        before={"status": before.status.value} if before else None,
        after={
            "status": after.status.value,
            "serial": str(asked_for.serial),
            "quantity": format_tonnes(after.quantity_units),
            "until": after.until.isoformat(),
        },
        at=at,
    )
    name = {
        ReservationStatus.REQUESTED: EventName.RESERVATION_REQUESTED,
        ReservationStatus.ACCEPTED: EventName.RESERVATION_ACCEPTED,
    }.get(after.status, EventName.RESERVATION_ENDED)
    await work.publishing.outbox.add(events.reservation_changed(name, after, asked_for, at=at))
    told = await tell(
        work,
        *(
            Message(kind, _sentence(after, asked_for), PLACE).to(
                side, notification_id=derived_id(after.id, f"{after.status}/{side}"), at=at
            )
            for side, kind in tells
        ),
    )
    return ReservationStep(reservation_id=after.id, status=after.status, notification_ids=told)


_SENTENCES = {
    ReservationStatus.REQUESTED: "{what} are asked for until {until}: accept, or refuse.",
    ReservationStatus.ACCEPTED: "{what} are set aside for you until {until}.",
    ReservationStatus.REFUSED: "{what} were not reserved: the holder refused.",
    ReservationStatus.CANCELLED: "The reservation of {what} was cancelled.",
    ReservationStatus.EXPIRED: "The reservation of {what} has expired.",
    ReservationStatus.FULFILLED: "{what} were handed over.",
    ReservationStatus.LAPSED: "The reservation of {what} has ended: carbon of the project was lost, or was issued in error.",
}


def _sentence(reservation: Reservation, asked_for: CreditEntry) -> str:
    what = f"{format_tonnes(reservation.quantity_units)} t CO2e of {asked_for.serial}"
    until = f"{reservation.until:%Y-%m-%d %H:%M} UTC"
    return _SENTENCES[reservation.status].format(what=what, until=until)
