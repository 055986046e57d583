"""Invoices and payments as JSON. Amounts are whole numbers of minor units (cents)."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from adapters.postgres.payments.reads import InvoiceView
from api.commands.payments.invoices import InvoiceDetails
from api.http.fields import SentMoment, Text
from api.http.schema import Moment, RequestSchema, ResponseSchema, Tonnes
from api.rest.payments.examples.payments import (
    DECISION_SENT,
    INVOICE,
    INVOICE_DETAILS,
    PAYMENT,
    REASON_SENT,
    TRANSFER_SENT,
)
from domain.payments.fees import REASON_LENGTH_MAX
from domain.payments.invoices import (
    REFERENCE_LENGTH_MAX,
    HeldBecause,
    Invoice,
    InvoiceKind,
    InvoiceStatus,
    Payment,
    PaymentKind,
    PaymentOutcome,
    PaymentProvider,
)
from domain.payments.money import format_money

Reason = Annotated[str, Text(REASON_LENGTH_MAX, lines=True)]
Minor = Annotated[int, Field(strict=True, ge=1, le=10**14)]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", description="ISO 4217.")]


class InvoiceResponse(ResponseSchema):
    """An invoice over a fee. `subjectId` is the verification or the retirement that it is for."""

    model_config = ConfigDict(json_schema_extra={"examples": [INVOICE]})

    id: UUID
    name: str
    kind: InvoiceKind
    subject_id: UUID
    status: InvoiceStatus
    quantity: Tonnes
    amount_minor: int = Field(description="In minor units of the currency.")
    amount: str = Field(description="The same, as people read it.")
    currency: str
    reference: str = Field(description="What a transfer must name (ISO 11649).")
    payer_name: str | None
    issued_at: Moment
    due_at: Moment
    settled_at: Moment | None
    reason: str | None = Field(description="Why staff cancelled or refunded it.")


class PaymentResponse(ResponseSchema):
    """What came for an invoice, or went back. `held` waits for staff; `heldBecause` says why."""

    model_config = ConfigDict(json_schema_extra={"examples": [PAYMENT]})

    id: UUID
    kind: PaymentKind
    provider: PaymentProvider
    event_id: str
    amount_minor: int
    currency: str
    occurred_at: Moment
    recorded_at: Moment
    outcome: PaymentOutcome
    held_because: HeldBecause | None
    decided_at: Moment | None
    reason: str | None


class InvoiceDetailsResponse(InvoiceResponse):
    """An invoice with all that came for it, and how it can be paid."""

    model_config = ConfigDict(json_schema_extra={"examples": [INVOICE_DETAILS]})

    bank_details: str = Field(description="To whom a transfer goes; empty: nothing is said.")
    takes_checkout: bool = Field(description="Whether a payment provider has a page for it.")
    checkout_url: str | None = Field(description="That page, as long as it is open.")
    checkout_until: Moment | None
    payments: list[PaymentResponse]


class BankTransferRequest(RequestSchema):
    """A transfer as it stands on the bank statement; under `bankReference` it counts once."""

    model_config = ConfigDict(json_schema_extra={"examples": [TRANSFER_SENT]})

    bank_reference: Annotated[str, Text(REFERENCE_LENGTH_MAX)]
    amount_minor: Minor
    currency: Currency
    occurred_at: SentMoment


class PaymentDecisionRequest(RequestSchema):
    """`accepted`: it is taken as the whole; `returned`: it was sent back, outside the registry."""

    model_config = ConfigDict(json_schema_extra={"examples": [DECISION_SENT]})

    outcome: Literal["accepted", "returned"]
    reason: Reason

    def decided(self) -> PaymentOutcome:
        return PaymentOutcome(self.outcome)


class InvoiceReasonRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [REASON_SENT]})

    reason: Reason


def invoice_response(view: InvoiceView) -> InvoiceResponse:
    return InvoiceResponse(**_facts(view.invoice, view.payer_name))


def details_response(details: InvoiceDetails) -> InvoiceDetailsResponse:
    invoice = details.invoice
    return InvoiceDetailsResponse(
        **_facts(invoice, details.view.payer_name),
        bank_details=details.bank_details,
        takes_checkout=details.takes_checkout,
        checkout_url=invoice.checkout_url,
        checkout_until=invoice.checkout_until,
        payments=[_payment(one) for one in details.payments],
    )


def _facts(invoice: Invoice, payer_name: str | None) -> dict[str, Any]:
    return {
        "id": invoice.id,
        "name": invoice.name,
        "kind": invoice.kind,
        "subject_id": invoice.subject_id,
        "status": invoice.status,
        "quantity": invoice.quantity_units,
        "amount_minor": invoice.amount_minor,
        "amount": format_money(invoice.amount_minor, invoice.currency),
        "currency": invoice.currency,
        "reference": invoice.reference,
        "payer_name": payer_name,
        "issued_at": invoice.issued_at,
        "due_at": invoice.due_at,
        "settled_at": invoice.settled_at,
        "reason": invoice.reason,
    }


def _payment(payment: Payment) -> PaymentResponse:
    return PaymentResponse(
        id=payment.id,
        kind=payment.kind,
        provider=payment.provider,
        event_id=payment.event_id,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        occurred_at=payment.occurred_at,
        recorded_at=payment.recorded_at,
        outcome=payment.outcome,
        held_because=payment.held_because,
        decided_at=payment.decided_at,
        reason=payment.reason,
    )
