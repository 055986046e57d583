"""Invoices after they are written: payments come for them, and staff settle them (domain.payments.invoices)."""

from datetime import datetime
from uuid import UUID

from temporalio import activity

from activities import lookups
from activities.audit_and_notify import Message, audit, by_topic, tell, tell_staff
from activities.payloads import Payload, PersonalRequest, ReasonPayload
from activities.payments.invoicing import audit_invoice
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from activities.ports.payments.provider import CheckoutPages
from activities.run_once import run_once
from domain.accounts.notifications import NotificationKind, invoice_place
from domain.errors import Conflict
from domain.identifiers import derived_id
from domain.payments import invoices as rules
from domain.payments.invoices import (
    Invoice,
    InvoiceStatus,
    Payment,
    PaymentKind,
    PaymentOutcome,
    PaymentProvider,
    PaymentTold,
)
from domain.payments.money import format_money


class TakePayment(PersonalRequest):
    """`actor_id` is the administrator who found it on the bank statement; None: the provider told."""

    invoice_id: UUID
    kind: PaymentKind
    provider: PaymentProvider
    event_id: str
    amount_minor: int
    currency: str
    occurred_at: datetime
    actor_id: UUID | None = None


class DecidePayment(PersonalRequest):
    """The reason is the stored request `operation_id`."""

    operation_id: UUID
    invoice_id: UUID
    payment_id: UUID
    outcome: PaymentOutcome
    actor_id: UUID


class SettleInvoice(PersonalRequest):
    """To cancel or to refund. The reason is the stored request `operation_id`."""

    operation_id: UUID
    invoice_id: UUID
    actor_id: UUID


class InvoiceDeadline(Payload):
    invoice_id: UUID


class OpenCheckout(PersonalRequest):
    invoice_id: UUID
    account_id: UUID


class InvoiceStep(Payload):
    """Where an invoice stands after a step, and the notifications to be mailed."""

    invoice_id: UUID
    status: InvoiceStatus
    notification_ids: tuple[UUID, ...] = ()


class InvoiceActivities:
    """`pages` None: no provider is set up, and invoices are paid by bank transfer alone."""

    def __init__(
        self, database: Database, clock: Clock, pages: CheckoutPages | None, *, public_url: str
    ) -> None:
        self._database = database
        self._clock = clock
        self._pages = pages
        self._public_url = public_url

    @activity.defn
    async def take_payment(self, request: TakePayment) -> InvoiceStep:
        """Count or hold what came (domain.payments.invoices.take_payment); each event of a provider once."""

        async def take() -> InvoiceStep:
            before = await self._locked(work, request.invoice_id)
            known = await work.payments.payments.of_event(request.provider, request.event_id)
            if known is not None and known.invoice_id != before.id:
                raise Conflict("This payment was recorded for another invoice.")
            if known is not None:
                return _step(before)
            now = self._clock.now()
            told = PaymentTold(
                request.kind,
                request.provider,
                request.event_id,
                request.amount_minor,
                request.currency,
                request.occurred_at,
            )
            after, payment = rules.take_payment(
                before,
                told,
                payment_id=derived_id(before.id, f"{request.provider}/{request.event_id}"),
                recorded_by=request.actor_id,
                at=now,
            )
            await work.payments.payments.add(payment)
            _audit_payment(work, payment, request.actor_id, now)
            if payment.outcome is PaymentOutcome.HELD:
                return _step(before, await self._tell_of_held(work, before, payment, now))
            return await self._save(work, before, after, request.actor_id)

        async with self._database.transaction() as work:
            key = f"take-payment/{request.invoice_id}/{request.provider}/{request.event_id}"
            return await run_once(work, key, InvoiceStep, take)

    @activity.defn
    async def decide_payment(self, request: DecidePayment) -> InvoiceStep:
        """Accept a held payment as the whole, or say that it was sent back."""

        async def decide() -> InvoiceStep:
            before = await self._locked(work, request.invoice_id)
            found = await work.payments.payments.lock(request.payment_id)
            if found is not None and found.invoice_id != before.id:
                found = None
            actor = await lookups.account(work, request.actor_id)
            now = self._clock.now()
            after, payment = rules.decide_payment(
                before,
                lookups.found(found, "payment"),
                request.outcome,
                await _reason(work, request.operation_id),
                actor=actor,
                at=now,
            )
            await work.payments.payments.decide(payment)
            _audit_payment(work, payment, actor.id, now)
            if after.status is before.status:
                return _step(before)
            return await self._save(work, before, after, actor.id)

        async with self._database.transaction() as work:
            key = f"decide-payment/{request.operation_id}"
            return await run_once(work, key, InvoiceStep, decide)

    @activity.defn
    async def cancel_invoice(self, request: SettleInvoice) -> InvoiceStep:
        """Charge nothing after all; what waited for it goes on."""
        return await self._settle_by_staff("cancel", request)

    @activity.defn
    async def refund_invoice(self, request: SettleInvoice) -> InvoiceStep:
        """Write down that all of it was given back."""
        return await self._settle_by_staff("refund", request)

    @activity.defn
    async def note_invoice_overdue(self, request: InvoiceDeadline) -> InvoiceStep:
        """Its day has passed: whoever pays and all staff are told. What is settled stays as it is."""

        async def note() -> InvoiceStep:
            now = self._clock.now()
            before = await self._locked(work, request.invoice_id)
            after = rules.fall_overdue(before, at=now)
            if after.status is before.status:
                return _step(before)
            await work.payments.invoices.save(after)
            audit_invoice(work, before, after, None, now)
            message = Message(
                NotificationKind.INVOICE_OVERDUE,
                f"{after.name}, {format_money(after.amount_minor, after.currency)}, was due"
                f" {after.due_at:%Y-%m-%d} and is not paid.",
                invoice_place(after.id),
            )
            told = await tell(
                work,
                message.to(after.payer_id, notification_id=derived_id(after.id, "overdue"), at=now),
            )
            told += await tell_staff(
                work, message, notification_id=by_topic(after.id, "overdue"), at=now
            )
            return _step(after, told)

        async with self._database.transaction() as work:
            key = f"note-invoice-overdue/{request.invoice_id}"
            return await run_once(work, key, InvoiceStep, note)

    @activity.defn
    async def open_checkout(self, request: OpenCheckout) -> InvoiceStep:
        """
        Have the provider open its page for an invoice; the one that is open stays.

        Raises:
            CheckoutUnavailable: the provider does not answer.
        """
        if self._pages is None:
            raise Conflict("Invoices are paid by bank transfer alone.")
        async with self._database.transaction() as work:
            invoice = await self._locked(work, request.invoice_id)
        rules.require_payable(invoice)
        now = self._clock.now()
        if invoice.checkout_until is not None and now < invoice.checkout_until:
            return _step(invoice)
        page = await self._pages.open(
            invoice,
            back_to=f"{self._public_url}{invoice_place(invoice.id)}",
            again=invoice.checkout_until,
        )
        async with self._database.transaction() as work:
            before = await self._locked(work, request.invoice_id)
            rules.require_payable(before)
            after = rules.with_checkout(before, page.url, page.until)
            await work.payments.invoices.save(after)
        return _step(after)

    async def _settle_by_staff(self, act: str, request: SettleInvoice) -> InvoiceStep:
        rule = {"cancel": rules.cancel_invoice, "refund": rules.refund_invoice}[act]

        async def settle() -> InvoiceStep:
            before = await self._locked(work, request.invoice_id)
            actor = await lookups.account(work, request.actor_id)
            reason = await _reason(work, request.operation_id)
            after = rule(before, reason, actor=actor, at=self._clock.now())
            return await self._save(work, before, after, actor.id)

        async with self._database.transaction() as work:
            key = f"{act}-invoice/{request.operation_id}"
            return await run_once(work, key, InvoiceStep, settle)

    async def _save(
        self, work: UnitOfWork, before: Invoice, after: Invoice, actor_id: UUID | None
    ) -> InvoiceStep:
        now = self._clock.now()
        await work.payments.invoices.save(after)
        audit_invoice(work, before, after, actor_id, now)
        message = Message(
            NotificationKind.INVOICE_SETTLED,
            f"{after.name}, {format_money(after.amount_minor, after.currency)}, was {after.status}.",
            invoice_place(after.id),
        )
        told = await tell(
            work,
            message.to(
                after.payer_id, notification_id=derived_id(after.id, after.status.value), at=now
            ),
        )
        return _step(after, told)

    @staticmethod
    async def _tell_of_held(
        work: UnitOfWork, invoice: Invoice, payment: Payment, at: datetime
    ) -> tuple[UUID, ...]:
        message = Message(
            NotificationKind.PAYMENT_HELD,
            f"For {invoice.name} {format_money(payment.amount_minor, payment.currency)} came,"
            f" and {format_money(invoice.amount_minor, invoice.currency)} were invoiced"
            f" ({invoice.status}): accept it, or have it sent back.",
            invoice_place(invoice.id),
        )
        return await tell_staff(work, message, notification_id=by_topic(payment.id, "held"), at=at)

    @staticmethod
    async def _locked(work: UnitOfWork, invoice_id: UUID) -> Invoice:
        return lookups.found(await work.payments.invoices.lock(invoice_id), "invoice")


async def _reason(work: UnitOfWork, operation_id: UUID) -> str:
    return ReasonPayload.model_validate(await lookups.stored_request(work, operation_id)).reason


def _step(invoice: Invoice, told: tuple[UUID, ...] = ()) -> InvoiceStep:
    return InvoiceStep(invoice_id=invoice.id, status=invoice.status, notification_ids=told)


def _audit_payment(work: UnitOfWork, payment: Payment, actor_id: UUID | None, at: datetime) -> None:
    audit(
        work,
        f"payment.{payment.outcome.value}",
        ("invoice", payment.invoice_id),
        actor_id=actor_id,
        before=None,
        after={
            "payment": str(payment.id),
            "kind": payment.kind.value,
            "provider": payment.provider.value,
            "amountMinor": str(payment.amount_minor),
            "currency": payment.currency,
        },
        at=at,
    )
