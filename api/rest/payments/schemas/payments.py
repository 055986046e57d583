"""Fee schedules, invoices and payments as JSON. Amounts are whole numbers of minor units (cents)."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from adapters.postgres.payments.reads import InvoiceView
from api.commands.payments.invoices import InvoiceDetails
from api.http.fields import NaturalNumber, SentMoment, Text
from api.http.schema import Moment, RequestSchema, ResponseSchema, Tonnes
from api.rest.payments.examples.payments import (
    DECISION_SENT,
    FEE_SCHEDULE,
    FEE_SCHEDULES,
    FEES_REFUSED,
    FEES_SENT,
    INVOICE,
    INVOICE_DETAILS,
    PAYMENT,
    REASON_SENT,
    TRANSFER_SENT,
)
from domain.payments.fees import (
    REASON_LENGTH_MAX,
    FeeOutcome,
    FeeSchedule,
    FeeTerms,
    schedule_in_force,
)
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


class FeesRequest(RequestSchema):
    """Rates are in minor units a tonne; 0 charges nothing for that act."""

    model_config = ConfigDict(json_schema_extra={"examples": [FEES_SENT]})

    currency: Annotated[str, Text(3)]
    issuance_rate: NaturalNumber
    retirement_rate: NaturalNumber
    minimum_minor: Annotated[int, Field(strict=True)]
    days_to_pay: Annotated[int, Field(strict=True)]
    reason: Reason

    def terms(self) -> FeeTerms:
        return FeeTerms(
            self.currency,
            self.issuance_rate,
            self.retirement_rate,
            self.minimum_minor,
            self.days_to_pay,
            self.reason,
        )


class FeesRefusalRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [FEES_REFUSED]})

    reason: Reason


class FeeScheduleResponse(ResponseSchema):
    """A schedule; `outcome` null: it waits for its countersignature."""

    model_config = ConfigDict(json_schema_extra={"examples": [FEE_SCHEDULE]})

    number: int
    in_force: bool
    currency: str
    issuance_rate: str = Field(description="Minor units a tonne, a decimal string.")
    retirement_rate: str = Field(description="Likewise.")
    minimum_minor: int
    days_to_pay: int
    reason: str
    proposed_by: UUID
    proposed_at: Moment
    outcome: FeeOutcome | None
    refusal: str | None
    decided_by: UUID | None
    decided_at: Moment | None


class FeeSchedulesResponse(ResponseSchema):
    """All schedules by number."""

    model_config = ConfigDict(json_schema_extra={"examples": [FEE_SCHEDULES]})

    schedules: list[FeeScheduleResponse]


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


def fees_response(schedules: Sequence[FeeSchedule]) -> FeeSchedulesResponse:
    standing = schedule_in_force(schedules)
    return FeeSchedulesResponse(
        schedules=[
            FeeScheduleResponse(
                number=one.number,
                in_force=one == standing,
                currency=one.currency,
                issuance_rate=_rate(one.issuance_rate),
                retirement_rate=_rate(one.retirement_rate),
                minimum_minor=one.minimum_minor,
                days_to_pay=one.days_to_pay,
                reason=one.reason,
                proposed_by=one.proposed_by,
                proposed_at=one.proposed_at,
                outcome=one.decision.outcome if one.decision else None,
                refusal=one.decision.reason if one.decision else None,
                decided_by=one.decision.decided_by if one.decision else None,
                decided_at=one.decision.decided_at if one.decision else None,
            )
            for one in schedules
        ]
    )


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


def _rate(rate: Decimal) -> str:
    text = f"{rate:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
