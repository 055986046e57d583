"""An invoice, from when it is written until it is paid or cancelled; whoever waits for it is told."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pydantic
from temporalio import workflow
from temporalio.common import SearchAttributePair, TypedSearchAttributes, VersioningBehavior
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError

with workflow.unsafe.imports_passed_through():
    from activities.payloads import Payload
    from activities.payments.invoices import (
        DecidePayment,
        InvoiceActivities,
        InvoiceDeadline,
        InvoiceStep,
        OpenCheckout,
        SettleInvoice,
        TakePayment,
    )
    from activities.payments.invoicing import InvoiceIssued
    from domain.payments.invoices import AWAITED, InvoiceStatus
    from workflows import policies, signals_and_mail


def workflow_id(invoice_id: UUID) -> str:
    return f"invoice/{invoice_id}"


class InvoiceEnded(Payload):
    """Nothing is awaited of it any more: it was paid, or staff cancelled it."""

    invoice_id: UUID


class InvoiceStart(Payload):
    """`waiting_workflow_id` None: nobody waits for it."""

    invoice_id: UUID
    due_at: datetime
    waiting_workflow_id: str | None = None


class InvoiceState(Payload):
    status: InvoiceStatus


async def start_invoice(issued: InvoiceIssued, *, waits: bool) -> None:
    """From the workflow of what it is for; it outlives that one."""
    attributes: list[SearchAttributePair[Any]] = [
        SearchAttributePair(policies.KIND, "invoice"),
        SearchAttributePair(policies.STATUS, InvoiceStatus.DUE.value),
    ]
    try:
        await workflow.start_child_workflow(
            InvoiceWorkflow.run,
            InvoiceStart(
                invoice_id=issued.invoice_id,
                due_at=issued.due_at,
                waiting_workflow_id=workflow.info().workflow_id if waits else None,
            ),
            id=workflow_id(issued.invoice_id),
            parent_close_policy=workflow.ParentClosePolicy.ABANDON,
            search_attributes=TypedSearchAttributes(attributes),
            static_summary="Invoice, until it is paid",
        )
    except WorkflowAlreadyStartedError:
        workflow.logger.info("The invoice has its workflow already")


@workflow.defn(
    # It waits for weeks, and a deployment moves it on (ADR 0009).
    versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    failure_exception_types=[pydantic.ValidationError],
)
class InvoiceWorkflow:
    """
    One step at a time. It stays for `policies.REFUNDABLE` after the invoice is settled; what comes later than that is
    refused, and its provider's own page shows it.
    """

    @workflow.init
    def __init__(self, start: InvoiceStart) -> None:
        self._start = start
        self._status = InvoiceStatus.DUE
        self._turn = asyncio.Lock()
        self._mailing = signals_and_mail.Mailing()

    @workflow.run
    async def run(self, start: InvoiceStart) -> InvoiceState:
        left = max(start.due_at - workflow.now(), timedelta(0))
        if not await self._within(left, lambda: self._status not in AWAITED):
            await self._step(
                InvoiceActivities.note_invoice_overdue, InvoiceDeadline(invoice_id=start.invoice_id)
            )
        await workflow.wait_condition(lambda: self._status not in AWAITED)
        await self._tell_waiting()
        # What comes late, twice, or goes back must still find somebody.
        await workflow.sleep(policies.REFUNDABLE, summary="For what comes late, or goes back")
        await workflow.wait_condition(workflow.all_handlers_finished)
        await self._mailing.finish()
        return self.state()

    @workflow.update
    async def take_payment(self, request: TakePayment) -> InvoiceStep:
        return await self._step(InvoiceActivities.take_payment, request)

    @workflow.update
    async def decide_payment(self, request: DecidePayment) -> InvoiceStep:
        return await self._step(InvoiceActivities.decide_payment, request)

    @workflow.update
    async def cancel(self, request: SettleInvoice) -> InvoiceStep:
        return await self._step(InvoiceActivities.cancel_invoice, request)

    @workflow.update
    async def refund(self, request: SettleInvoice) -> InvoiceStep:
        return await self._step(InvoiceActivities.refund_invoice, request)

    @workflow.update
    async def open_checkout(self, request: OpenCheckout) -> InvoiceStep:
        return await self._step(InvoiceActivities.open_checkout, request, policies.CHECKOUT)

    @workflow.query
    def state(self) -> InvoiceState:
        return InvoiceState(status=self._status)

    async def _tell_waiting(self) -> None:
        if self._start.waiting_workflow_id is None:
            return
        waiting = workflow.get_external_workflow_handle(self._start.waiting_workflow_id)
        try:
            await waiting.signal("invoice_settled", InvoiceEnded(invoice_id=self._start.invoice_id))
        except ApplicationError as absent:
            workflow.logger.error("Nobody waits for the invoice any more: %s", absent.message)

    async def _step(
        self,
        activity: Callable[[Any, Any], Awaitable[InvoiceStep]],
        request: Payload,
        options: policies.Options = policies.DATABASE,
    ) -> InvoiceStep:
        async with self._turn:
            step = await workflow.execute_activity_method(activity, request, **options)
        self._mailing.start(step.notification_ids)
        if step.status is not self._status:
            self._status = step.status
            workflow.upsert_search_attributes([policies.STATUS.value_set(step.status.value)])
        workflow.set_current_details(
            f"Status: {step.status.value}  \nDue: {self._start.due_at.isoformat()}"
        )
        return step

    @staticmethod
    async def _within(limit: timedelta, done: Callable[[], bool]) -> bool:
        try:
            await workflow.wait_condition(done, timeout=limit)
        except TimeoutError:
            return False
        return True
