"""Invoices: read, paid on the provider's page, settled by staff; and what the provider tells (ADR 0122)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from activities.payloads import Payload, ReasonPayload
from activities.payments.invoices import (
    DecidePayment,
    OpenCheckout,
    SettleInvoice,
    TakePayment,
)
from adapters.payments.checkout import read_event, require_genuine
from adapters.postgres.payments import reads
from adapters.postgres.payments.reads import InvoiceView
from api.commands.addresses import invoice_address
from api.commands.stored_requests import store_request
from api.commands.workflow_client import Operation, WorkflowClient
from api.http.resources import Resources
from domain.accounts.roles import Account, Permission
from domain.errors import Fault, Invalid, NotFound
from domain.identifiers import derived_id, operation_id
from domain.payments.invoices import (
    Invoice,
    Payment,
    PaymentKind,
    PaymentOutcome,
    PaymentProvider,
)
from workflows.payments.invoices import InvoiceWorkflow, workflow_id


@dataclass(frozen=True)
class InvoiceDetails:
    """An invoice with everything that came for it. `bank_details` is to whom a transfer goes; empty: nothing is said."""

    view: InvoiceView
    payments: Sequence[Payment]
    bank_details: str
    takes_checkout: bool

    @property
    def invoice(self) -> Invoice:
        return self.view.invoice


async def visible_invoice(parts: Resources, account: Account, invoice_id: UUID) -> InvoiceDetails:
    """
    Raises:
        NotFound: there is no such invoice, or another organisation pays it.
    """
    async with parts.reading() as connection:
        view = await reads.invoice(connection, invoice_id, account=account)
        if view is None:
            raise NotFound("There is no such invoice.")
        came = await reads.payments_of(connection, invoice_id)
    settings = parts.settings.payments
    return InvoiceDetails(
        view,
        came,
        settings.bank_transfer_details,
        takes_checkout=settings.payment_provider_url is not None,
    )


async def open_checkout(
    parts: Resources, account: Account, key: str, invoice_id: UUID
) -> InvoiceDetails:
    """
    Have the provider open a page on which exactly this invoice is paid; its address stands in the answer.

    Raises:
        NotFound: as `visible_invoice`.
        Forbidden: the role pays no invoices.
        WorkflowUpdateFailedError: with InvoiceSettled or Conflict inside.
        OutcomeUnknown, Unavailable, Conflict: as for every workflow.
    """
    details = await visible_invoice(parts, account, invoice_id)
    account.require(Permission.PAY_INVOICE)
    operation = operation_id(account.id, "checkout", key)
    request = OpenCheckout(invoice_id=details.invoice.id, account_id=account.id)
    await _ask(parts, operation, invoice_id, InvoiceWorkflow.open_checkout, request)
    return await visible_invoice(parts, account, invoice_id)


async def record_transfer(
    parts: Resources,
    account: Account,
    invoice_id: UUID,
    *,
    bank_reference: str,
    amount_minor: int,
    currency: str,
    occurred_at: datetime,
) -> InvoiceDetails:
    """
    Write down a transfer from the bank statement; under the bank's reference it counts once.

    Raises:
        NotFound: as `visible_invoice`.
        Forbidden: the account is not staff.
        Invalid: it is said to come in the future.
        WorkflowUpdateFailedError: with Conflict inside: it was recorded for another invoice.
        OutcomeUnknown, Unavailable, Conflict: as for every workflow.
    """
    await visible_invoice(parts, account, invoice_id)
    account.require(Permission.SETTLE_INVOICE)
    if occurred_at > parts.clock.now():
        sentence = "A transfer that is recorded has come already."
        raise Invalid(sentence, Fault("/occurredAt", sentence))
    request = TakePayment(
        invoice_id=invoice_id,
        kind=PaymentKind.PAYMENT,
        provider=PaymentProvider.BANK_TRANSFER,
        event_id=bank_reference,
        amount_minor=amount_minor,
        currency=currency,
        occurred_at=occurred_at,
        actor_id=account.id,
    )
    operation = derived_id(invoice_id, f"transfer/{bank_reference}")
    await _ask(parts, operation, invoice_id, InvoiceWorkflow.take_payment, request)
    return await visible_invoice(parts, account, invoice_id)


async def decide_payment(
    parts: Resources,
    account: Account,
    key: str,
    payment_id: UUID,
    *,
    outcome: PaymentOutcome,
    reason: str,
) -> InvoiceDetails:
    """
    Accept a held payment as the whole, or say that it was sent back.

    Raises:
        NotFound: there is no such payment.
        Forbidden: the account is not staff.
        WorkflowUpdateFailedError: with PaymentDecided or InvoiceSettled inside.
        OutcomeUnknown, Unavailable, Conflict: as for every workflow.
    """
    async with parts.reading() as connection:
        invoice_id = await reads.payment_invoice(connection, payment_id)
    if invoice_id is None:
        raise NotFound("There is no such payment.")
    await visible_invoice(parts, account, invoice_id)
    account.require(Permission.SETTLE_INVOICE)
    operation = operation_id(account.id, "decide-payment", key)
    async with store_request(parts, operation, account.id, ReasonPayload(reason=reason)):
        request = DecidePayment(
            operation_id=operation,
            invoice_id=invoice_id,
            payment_id=payment_id,
            outcome=outcome,
            actor_id=account.id,
        )
        await _ask(parts, operation, invoice_id, InvoiceWorkflow.decide_payment, request)
    return await visible_invoice(parts, account, invoice_id)


async def cancel_invoice(
    parts: Resources, account: Account, key: str, invoice_id: UUID, *, reason: str
) -> InvoiceDetails:
    """
    Charge nothing after all; credits that waited for it are issued.

    Raises:
        NotFound: as `visible_invoice`.
        Forbidden: the account is not staff.
        WorkflowUpdateFailedError: with InvoiceSettled inside.
        OutcomeUnknown, Unavailable, Conflict: as for every workflow.
    """
    return await _settle(parts, account, key, invoice_id, InvoiceWorkflow.cancel, "cancel", reason)


async def refund_invoice(
    parts: Resources, account: Account, key: str, invoice_id: UUID, *, reason: str
) -> InvoiceDetails:
    """
    Write down that all of a paid invoice was given back. What it was for stands.

    Raises:
        As `cancel_invoice`.
    """
    return await _settle(parts, account, key, invoice_id, InvoiceWorkflow.refund, "refund", reason)


async def provider_told(parts: Resources, body: bytes, signature: str | None) -> None:
    """
    Take an event of the payment provider; what is about no invoice is let pass.

    Raises:
        NotFound: no secret is set, so that none is expected; or there is no such invoice.
        PaymentCallRefused: the signature does not fit, or is not fresh.
        Invalid: it is not of its shape.
        OutcomeUnknown, Unavailable, Conflict: as for every workflow; the provider sends it again.
    """
    secret = parts.settings.payments.payment_webhook_secret
    if secret is None:
        raise NotFound("Webhooks of a payment provider are not set up here.")
    require_genuine(body, signature, secret.get_secret_value(), now=parts.clock.now())
    try:
        told = read_event(body)
    except (ValueError, RecursionError) as wrong:
        sentence = f"The event cannot be read: {wrong}."
        raise Invalid(sentence, Fault("", sentence)) from None
    if told is None:
        return
    request = TakePayment(
        invoice_id=told.invoice_id,
        kind=told.kind,
        provider=PaymentProvider.CHECKOUT,
        event_id=told.event_id,
        amount_minor=told.amount_minor,
        currency=told.currency,
        occurred_at=told.occurred_at,
    )
    operation = derived_id(told.invoice_id, f"event/{told.event_id}")
    await _ask(parts, operation, told.invoice_id, InvoiceWorkflow.take_payment, request)


async def _settle(
    parts: Resources,
    account: Account,
    key: str,
    invoice_id: UUID,
    update: Any,
    act: str,
    reason: str,
) -> InvoiceDetails:
    await visible_invoice(parts, account, invoice_id)
    account.require(Permission.SETTLE_INVOICE)
    operation = operation_id(account.id, f"{act}-invoice", key)
    async with store_request(parts, operation, account.id, ReasonPayload(reason=reason)):
        request = SettleInvoice(operation_id=operation, invoice_id=invoice_id, actor_id=account.id)
        await _ask(parts, operation, invoice_id, update, request)
    return await visible_invoice(parts, account, invoice_id)


async def _ask(
    parts: Resources, operation: UUID, invoice_id: UUID, update: Any, request: Payload
) -> None:
    await WorkflowClient(parts).update(
        Operation(operation, invoice_address(invoice_id)), workflow_id(invoice_id), update, request
    )
