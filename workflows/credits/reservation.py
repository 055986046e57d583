"""A reservation, from when it is asked for until it is fulfilled, refused, cancelled or its time is up."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pydantic
from temporalio import workflow
from temporalio.common import VersioningBehavior
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.credits.reservation import (
        AnswerReservation,
        EndReservation,
        RequestReservation,
        ReservationActivities,
        ReservationStep,
    )
    from activities.payloads import Payload
    from domain.credits.reservation import OPEN, ReservationStatus
    from workflows import policies, signals_and_mail


def workflow_id(reservation_id: UUID) -> str:
    return f"reservation/{reservation_id}"


async def tell_fulfilled(reservation_id: UUID) -> None:
    """From the transfer of what was set aside. Where the workflow has ended there is nobody left to tell."""
    waiting = workflow.get_external_workflow_handle(workflow_id(reservation_id))
    try:
        await waiting.signal("fulfilled")
    except ApplicationError as absent:
        workflow.logger.warning("The reservation's workflow is not there: %s", absent.message)


class ReservationStart(Payload):
    reservation_id: UUID
    until: datetime


class ReservationState(Payload):
    """`status` None means that it was refused as it was asked for, or has not been yet."""

    status: ReservationStatus | None = None


@workflow.defn(
    # It waits for weeks, and a deployment moves it on (ADR 0009).
    versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    failure_exception_types=[pydantic.ValidationError],
)
class ReservationWorkflow:
    """One step at a time: an answer that comes as the time runs out waits for the end, and is refused by it."""

    @workflow.init
    def __init__(self, start: ReservationStart) -> None:
        self._id = start.reservation_id
        self._until = start.until
        self._status: ReservationStatus | None = None
        self._turn = asyncio.Lock()
        self._mailing = signals_and_mail.Mailing()

    @workflow.run
    async def run(self, start: ReservationStart) -> ReservationState:
        try:
            await workflow.wait_condition(
                lambda: self._status is not None, timeout=policies.NO_ONE_CAME
            )
        except TimeoutError:
            await workflow.wait_condition(workflow.all_handlers_finished)
        if self._status is not None:
            await self._wait(start)
        await workflow.wait_condition(workflow.all_handlers_finished)
        await self._mailing.finish()
        return self.state()

    @workflow.update
    async def request(self, request: RequestReservation) -> ReservationStep:
        return await self._step(ReservationActivities.request_reservation, request)

    @workflow.update
    async def accept(self, request: AnswerReservation) -> ReservationStep:
        return await self._step(ReservationActivities.accept_reservation, request)

    @workflow.update
    async def refuse(self, request: AnswerReservation) -> ReservationStep:
        return await self._step(ReservationActivities.refuse_reservation, request)

    @workflow.update
    async def cancel(self, request: AnswerReservation) -> ReservationStep:
        return await self._step(ReservationActivities.cancel_reservation, request)

    @workflow.signal
    def fulfilled(self) -> None:
        """The transfer of what was set aside tells, whichever way it was asked for."""
        self._take(ReservationStatus.FULFILLED)

    @workflow.query
    def state(self) -> ReservationState:
        return ReservationState(status=self._status)

    async def _wait(self, start: ReservationStart) -> None:
        left = max(start.until - workflow.now(), timedelta(0))
        try:
            await workflow.wait_condition(
                self._is_over, timeout=left, timeout_summary="until the reservation is over"
            )
        except TimeoutError:
            await self._step(
                ReservationActivities.expire_reservation, EndReservation(reservation_id=self._id)
            )

    async def _step(
        self, activity: Callable[[Any, Any], Awaitable[ReservationStep]], request: Payload
    ) -> ReservationStep:
        async with self._turn:
            step = await workflow.execute_activity_method(activity, request, **policies.DATABASE)
        self._mailing.start(step.notification_ids)
        self._take(step.status)
        return step

    def _take(self, status: ReservationStatus) -> None:
        self._status = status
        workflow.set_current_details(f"Status: {status.value}  \nUntil: {self._until.isoformat()}")
        workflow.upsert_search_attributes([policies.STATUS.value_set(status.value)])

    def _is_over(self) -> bool:
        return self._status is not None and self._status not in OPEN
