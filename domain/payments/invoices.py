"""
An invoice over a fee, and the payments that came for it.

    due ─┬─ paid ── refunded     all of it came, and was given back
         ├─ overdue ── …         its day passed; it may still be paid
         └─ cancelled            staff charge nothing after all, and say why

A payment counts when it is of exactly the amount and the currency that are owed. Any other is kept as it came and
held for a person, who accepts it as the whole or has it sent back. Each event of a provider counts once.

Source: issue 19, "Payments"; cases/travel.md, 9; ADR 0122.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.accounts.roles import Account, Permission
from domain.errors import Fault, Invalid, InvoiceSettled, PaymentDecided

REASON_LENGTH_MAX = 1000
REFERENCE_LENGTH_MAX = 200


class InvoiceKind(StrEnum):
    """
    issuance    for what an approval verified; the credits are issued once it is settled
    retirement  for what was retired; the retirement stands whether or not it is paid
    """

    ISSUANCE = "issuance"
    RETIREMENT = "retirement"


class InvoiceStatus(StrEnum):
    DUE = "due"
    PAID = "paid"
    OVERDUE = "overdue"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"


AWAITED = frozenset({InvoiceStatus.DUE, InvoiceStatus.OVERDUE})
"""Of these something is still to come."""


class PaymentProvider(StrEnum):
    """By which way it came: a page of a payment provider, or a transfer that staff found on the bank statement."""

    CHECKOUT = "checkout"
    BANK_TRANSFER = "bank_transfer"


class PaymentKind(StrEnum):
    PAYMENT = "payment"
    REFUND = "refund"


class PaymentOutcome(StrEnum):
    """
    counted   it settled the invoice
    held      it is not what is owed, and waits for a person
    accepted  a person took it as the whole
    returned  a person had it sent back
    """

    COUNTED = "counted"
    HELD = "held"
    ACCEPTED = "accepted"
    RETURNED = "returned"


class HeldBecause(StrEnum):
    OTHER_AMOUNT = "other_amount"
    OTHER_CURRENCY = "other_currency"
    NOT_AWAITED = "not_awaited"


@dataclass(frozen=True)
class Invoice:
    """
    `subject_id` is the verification or the retirement that it is for, of `quantity_units` (0.01 t).

    `amount_minor` is in minor units of `currency`. `payer_id` is the account that an organisation holds under.
    `reason` says why staff cancelled or refunded it. `checkout_url` is the provider's page, until `checkout_until`.
    """

    id: UUID
    number: int
    kind: InvoiceKind
    subject_id: UUID
    payer_id: UUID
    schedule_id: UUID
    quantity_units: int
    amount_minor: int
    currency: str
    status: InvoiceStatus
    issued_at: datetime
    due_at: datetime
    settled_at: datetime | None = None
    reason: str | None = None
    checkout_url: str | None = None
    checkout_until: datetime | None = None

    @property
    def name(self) -> str:
        return f"INV-{self.issued_at.year}-{self.number:06}"

    @property
    def is_awaited(self) -> bool:
        return self.status in AWAITED

    @property
    def reference(self) -> str:
        return creditor_reference(self.number)


@dataclass(frozen=True)
class Payment:
    """
    Something that came for an invoice, or went back. `event_id` is its provider's own name for it.

    `recorded_by` is the administrator who found it on the bank statement; None: the provider told.
    """

    id: UUID
    invoice_id: UUID
    kind: PaymentKind
    provider: PaymentProvider
    event_id: str
    amount_minor: int
    currency: str
    occurred_at: datetime
    recorded_at: datetime
    outcome: PaymentOutcome
    held_because: HeldBecause | None = None
    recorded_by: UUID | None = None
    decided_by: UUID | None = None
    decided_at: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True)
class PaymentTold:
    """What a provider or staff say came."""

    kind: PaymentKind
    provider: PaymentProvider
    event_id: str
    amount_minor: int
    currency: str
    occurred_at: datetime


def creditor_reference(number: int) -> str:
    """
    The reference that a transfer is to name: ISO 11649, whose two check digits catch what is typed wrongly.

    Raises:
        ValueError: the number is longer than 21 digits.
    """
    body = f"{number:010}"
    if len(body) > 21:  # noqa: PLR2004 -- what the standard allows
        raise ValueError("a creditor reference has 21 characters at most")
    # R is 27 and F is 15 there (ISO 7064, MOD 97-10).
    check = 98 - int(f"{body}271500") % 97
    return f"RF{check:02}{body}"


def take_payment(
    invoice: Invoice,
    told: PaymentTold,
    *,
    payment_id: UUID,
    recorded_by: UUID | None,
    at: datetime,
) -> tuple[Invoice, Payment]:
    """
    Count what came when it is what is owed, late too; keep it for a person when it is not.

    A refund settles a paid invoice when it is of all of it.
    """
    because = _held_because(invoice, told)
    payment = Payment(
        id=payment_id,
        invoice_id=invoice.id,
        kind=told.kind,
        provider=told.provider,
        event_id=told.event_id,
        amount_minor=told.amount_minor,
        currency=told.currency,
        occurred_at=told.occurred_at,
        recorded_at=at,
        outcome=PaymentOutcome.COUNTED if because is None else PaymentOutcome.HELD,
        held_because=because,
        recorded_by=recorded_by,
    )
    if because is not None:
        return invoice, payment
    became = {
        PaymentKind.PAYMENT: InvoiceStatus.PAID,
        PaymentKind.REFUND: InvoiceStatus.REFUNDED,
    }[told.kind]
    return _settled(invoice, became, at), payment


def decide_payment(
    invoice: Invoice,
    payment: Payment,
    outcome: PaymentOutcome,
    reason: str,
    *,
    actor: Account,
    at: datetime,
) -> tuple[Invoice, Payment]:
    """
    Take a held payment as the whole of what is owed, or say that it was sent back.

    Raises:
        Forbidden: the actor is not staff.
        PaymentDecided: it does not wait for a person.
        InvoiceSettled: it is to be accepted, and nothing is owed any more.
        Invalid: there is no reason.
    """
    actor.require(Permission.SETTLE_INVOICE)
    if payment.outcome is not PaymentOutcome.HELD:
        raise PaymentDecided("This payment does not wait for anybody.")
    _require_reason(reason)
    decided = replace(payment, outcome=outcome, decided_by=actor.id, decided_at=at, reason=reason)
    if outcome is PaymentOutcome.RETURNED:
        return invoice, decided
    if payment.kind is PaymentKind.REFUND:
        if invoice.status is not InvoiceStatus.PAID:
            raise InvoiceSettled(f"{invoice.name} is {invoice.status}: nothing of it can go back.")
        return _settled(invoice, InvoiceStatus.REFUNDED, at), decided
    _require_awaited(invoice)
    return _settled(invoice, InvoiceStatus.PAID, at), decided


def cancel_invoice(invoice: Invoice, reason: str, *, actor: Account, at: datetime) -> Invoice:
    """
    Charge nothing after all; what waited for it goes on.

    Raises:
        Forbidden: the actor is not staff.
        InvoiceSettled: nothing is awaited any more.
        Invalid: there is no reason.
    """
    actor.require(Permission.SETTLE_INVOICE)
    _require_awaited(invoice)
    _require_reason(reason)
    return replace(_settled(invoice, InvoiceStatus.CANCELLED, at), reason=reason)


def refund_invoice(invoice: Invoice, reason: str, *, actor: Account, at: datetime) -> Invoice:
    """
    Write down that all of it was given back, outside the registry. What it was for stands.

    Raises:
        Forbidden: the actor is not staff.
        InvoiceSettled: it is not paid, or was given back before.
        Invalid: there is no reason.
    """
    actor.require(Permission.SETTLE_INVOICE)
    if invoice.status is not InvoiceStatus.PAID:
        raise InvoiceSettled(f"{invoice.name} is {invoice.status}: only what is paid is refunded.")
    _require_reason(reason)
    return replace(_settled(invoice, InvoiceStatus.REFUNDED, at), reason=reason)


def fall_overdue(invoice: Invoice, *, at: datetime) -> Invoice:
    """What is settled stays as it is: it was paid in the very moment."""
    if invoice.status is not InvoiceStatus.DUE or at < invoice.due_at:
        return invoice
    return replace(invoice, status=InvoiceStatus.OVERDUE)


def with_checkout(invoice: Invoice, url: str, until: datetime) -> Invoice:
    """With the provider's page on which it is paid."""
    return replace(invoice, checkout_url=url, checkout_until=until)


def require_payable(invoice: Invoice) -> None:
    """
    Raises:
        InvoiceSettled: nothing is awaited any more.
    """
    _require_awaited(invoice)


def _held_because(invoice: Invoice, told: PaymentTold) -> HeldBecause | None:
    awaited = (
        invoice.is_awaited
        if told.kind is PaymentKind.PAYMENT
        else invoice.status is InvoiceStatus.PAID
    )
    if not awaited:
        return HeldBecause.NOT_AWAITED
    if told.currency != invoice.currency:
        return HeldBecause.OTHER_CURRENCY
    if told.amount_minor != invoice.amount_minor:
        return HeldBecause.OTHER_AMOUNT
    return None


def _require_awaited(invoice: Invoice) -> None:
    if not invoice.is_awaited:
        raise InvoiceSettled(f"{invoice.name} is {invoice.status}: nothing is awaited any more.")


def _require_reason(reason: str) -> None:
    if not reason.strip():
        sentence = "Say why; it stands beside the invoice."
        raise Invalid(sentence, Fault("/reason", sentence))


def _settled(invoice: Invoice, status: InvoiceStatus, at: datetime) -> Invoice:
    return replace(invoice, status=status, settled_at=at, checkout_url=None, checkout_until=None)
