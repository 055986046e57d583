"""Asking for credits that somebody else holds, and answering whoever asks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from activities.credits.reservation import (
    AnswerReservation,
    RequestReservation,
    ReservationPayload,
)
from adapters.postgres.credits.reads import entries as reads_entries
from adapters.postgres.credits.reads import reservations as reads_reservations
from adapters.postgres.credits.reads.reservations import ReservationView
from api.commands.addresses import reservation_address
from api.commands.credits.transfer import transfer_credits
from api.commands.fresh_signatures import SentSignature
from api.commands.stored_requests import store_request
from api.commands.workflow_client import Operation, WorkflowClient, WorkflowStart
from api.http.resources import Resources
from domain.accounts.roles import Account, Permission
from domain.credits.reservation import (
    Reservation,
    ReservationStatus,
    refuse,
    require_acceptable,
    require_fulfillable,
    require_time,
)
from domain.credits.reservation import cancel_reservation as rule_of_cancelling
from domain.errors import Conflict, NotFound
from domain.identifiers import Serial, operation_id
from workflows.credits.reservation import ReservationStart, ReservationWorkflow, workflow_id


@dataclass(frozen=True)
class _ReservationAnswer:
    """What the workflow is asked for, what becomes of the reservation, and the rule that may refuse."""

    status: ReservationStatus
    update: Any
    rule: Callable[[Reservation, Account, datetime], object]


_ACCEPT = _ReservationAnswer(
    ReservationStatus.ACCEPTED,
    ReservationWorkflow.accept,
    lambda reservation, account, at: require_acceptable(reservation, holder=account, at=at),
)
_REFUSE = _ReservationAnswer(
    ReservationStatus.REFUSED,
    ReservationWorkflow.refuse,
    lambda reservation, account, at: refuse(reservation, holder=account, at=at),
)
_CANCEL = _ReservationAnswer(
    ReservationStatus.CANCELLED,
    ReservationWorkflow.cancel,
    lambda reservation, account, at: rule_of_cancelling(reservation, actor=account, at=at),
)


async def request_reservation(
    parts: Resources,
    account: Account,
    key: str,
    serial: str,
    *,
    quantity_units: int,
    until: datetime,
    note: str,
) -> ReservationView:
    """
    Ask the holder of an entry for `quantity_units` (of 0.01 t) of it, to be kept until a moment.

    Raises:
        Forbidden: the role holds no credits, or the account acts for no organisation.
        NotFound: there is no such entry.
        Invalid: `until` is over, or too far away.
        WorkflowUpdateFailedError: with the refusal of `domain.credits.reservation` inside.
        OutcomeUnknown, Unavailable, Conflict: as for every workflow.
    """
    account.require(Permission.RESERVE_CREDITS)
    account.require_organisation()
    async with parts.reading() as connection:
        entry = await reads_entries.credit(connection, Serial.parse(serial), account=None)
    if entry is None:
        raise NotFound("There is no such credit entry.")
    reservation_id = operation_id(account.id, "reserve", key)
    known = await _find(parts, account, reservation_id)
    if known is not None:
        return known
    require_time(until, at=parts.clock.now())
    async with store_request(parts, reservation_id, account.id, ReservationPayload(note=note)):
        await WorkflowClient(parts).start_with(
            Operation(reservation_id, reservation_address(reservation_id)),
            WorkflowStart(
                ReservationWorkflow.run,
                ReservationStart(reservation_id=reservation_id, until=until),
                id=workflow_id(reservation_id),
                summary="Reservation, until its units change hands or come back",
                kind="reservation",
                project_id=entry.project_id,
                organisation_id=account.acts_for,
            ),
            ReservationWorkflow.request,
            RequestReservation(
                reservation_id=reservation_id,
                serial=serial,
                quantity_units=quantity_units,
                until=until,
                account_id=account.id,
            ),
        )
    return await visible_reservation(parts, account, reservation_id)


async def accept_reservation(
    parts: Resources, account: Account, key: str, reservation_id: UUID
) -> ReservationView:
    """
    Set aside what was asked for, until the reservation ends.

    Raises:
        NotFound: there is no such reservation, or it is between others.
        Forbidden: the role holds no credits.
        WorkflowUpdateFailedError: with the refusal of `domain.credits.reservation` inside.
        OutcomeUnknown, Unavailable, Conflict: as for every workflow.
    """
    return await _answer(parts, account, key, reservation_id, _ACCEPT)


async def refuse_reservation(
    parts: Resources, account: Account, key: str, reservation_id: UUID
) -> ReservationView:
    """
    Say no to whoever asked.

    Raises:
        As for `accept_reservation`.
    """
    return await _answer(parts, account, key, reservation_id, _REFUSE)


async def cancel_reservation(
    parts: Resources, account: Account, key: str, reservation_id: UUID
) -> ReservationView:
    """
    Take back what one asked for, or give up what was set aside: either side may.

    Raises:
        As for `accept_reservation`.
    """
    return await _answer(parts, account, key, reservation_id, _CANCEL)


async def fulfil_reservation(
    parts: Resources, account: Account, key: str, reservation_id: UUID, *, sent: SentSignature
) -> ReservationView:
    """
    Hand over what was set aside to whoever asked: a transfer of the reserved entry.

    Raises:
        NotFound, Forbidden, Conflict: as for `accept_reservation`; nothing is set aside, or no more.
        Otherwise as `transfer_credits`.
    """
    found = await visible_reservation(parts, account, reservation_id)
    account.require(Permission.HOLD_CREDITS)
    reservation = found.reservation
    if reservation.status is not ReservationStatus.FULFILLED or found.reserved_serial is None:
        require_fulfillable(reservation, holder=account, at=parts.clock.now())
    await transfer_credits(
        parts,
        account,
        key,
        found.reserved_serial or found.serial,
        reservation.quantity_units,
        reservation.requested_by,
        sent=sent,
    )
    return await visible_reservation(parts, account, reservation_id)


async def visible_reservation(
    parts: Resources, account: Account, reservation_id: UUID
) -> ReservationView:
    """
    Raises:
        NotFound: there is no such reservation, or it is between others.
    """
    found = await _find(parts, account, reservation_id)
    if found is None:
        raise NotFound("There is no such reservation.")
    return found


async def _find(parts: Resources, account: Account, reservation_id: UUID) -> ReservationView | None:
    async with parts.reading() as connection:
        return await reads_reservations.reservation(connection, reservation_id, account=account)


async def _answer(
    parts: Resources, account: Account, key: str, reservation_id: UUID, answer: _ReservationAnswer
) -> ReservationView:
    await visible_reservation(parts, account, reservation_id)
    account.require(Permission.HOLD_CREDITS)
    answer_id = operation_id(account.id, f"{answer.status}/{reservation_id}", key)
    try:
        await WorkflowClient(parts).update(
            Operation(answer_id, reservation_address(reservation_id)),
            workflow_id(reservation_id),
            answer.update,
            AnswerReservation(reservation_id=reservation_id, account_id=account.id),
        )
    except (Conflict, NotFound):
        # The workflow of one that is over has ended; the rule says more of it than that.
        over = (await visible_reservation(parts, account, reservation_id)).reservation
        if over.status is not answer.status:
            answer.rule(over, account, parts.clock.now())
            raise
    return await visible_reservation(parts, account, reservation_id)
