"""An approval that is charged issues nothing before its invoice is settled; its day passes first with a reminder."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from activities.payloads import Payload
from activities.payments.invoices import SettleInvoice, TakePayment
from activities.payments.invoicing import InvoiceIssued
from activities.projects.verification import Decision
from domain.payments.invoices import PaymentKind, PaymentProvider
from tests.workflows.conftest import Stage, keep_history
from tests.workflows.forever import until_it_is
from workflows.payments.invoices import InvoiceWorkflow, workflow_id
from workflows.projects.verification import VerificationStage as Step
from workflows.projects.verification import VerificationWorkflow


def payment(invoice_id: UUID) -> Payload:
    return TakePayment(
        invoice_id=invoice_id,
        kind=PaymentKind.PAYMENT,
        provider=PaymentProvider.CHECKOUT,
        event_id="evt_1",
        amount_minor=20_000,
        currency="EUR",
        occurred_at=datetime.now(UTC),
    )


def cancellation(invoice_id: UUID) -> Payload:
    return SettleInvoice(operation_id=uuid4(), invoice_id=invoice_id, actor_id=uuid4())


@pytest.mark.parametrize(
    ("update", "request_of", "is_late", "kept_as"),
    [
        (InvoiceWorkflow.take_payment, payment, True, "verification-paid-late"),
        (InvoiceWorkflow.cancel, cancellation, False, None),
    ],
    ids=["paid late", "cancelled"],
)
async def test_credits_wait_for_their_invoice(
    stage: Stage, update: Any, request_of: Any, is_late: bool, kept_as: str | None
) -> None:
    due_at = datetime.now(UTC) + timedelta(days=30)
    stage.registry.invoice = InvoiceIssued(invoice_id=uuid4(), due_at=due_at)
    handle = await stage.register()
    await stage.assign(handle)
    await stage.decide(handle, Decision.APPROVE)
    invoice = stage.env.client.get_workflow_handle(workflow_id(stage.registry.invoice.invoice_id))
    await until_it_is(lambda: _is_at(handle, Step.WAITING_FOR_PAYMENT))
    if is_late:
        await stage.env.fast_forward(invoice, timedelta(days=31))
        await until_it_is(lambda: _is_called(stage, "note_invoice_overdue"))
    before = stage.registry.calls["issue_credits"]

    await invoice.execute_update(update, request_of(stage.registry.invoice.invoice_id))
    await until_it_is(lambda: _is_at(handle, Step.WAITING_FOR_CHAIN))

    assert (before, stage.registry.calls["issue_credits"]) == (0, 1)
    assert stage.registry.calls["note_invoice_overdue"] == is_late
    await stage.confirm_record(handle)
    await handle.result()
    if kept_as is not None:
        await keep_history(handle, kept_as)


async def _is_at(handle: Any, step: Step) -> bool:
    state = await handle.query(VerificationWorkflow.state)
    return bool(state.stage is step)


async def _is_called(stage: Stage, activity: str) -> bool:
    return stage.registry.calls[activity] > 0
