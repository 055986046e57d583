"""Writing an invoice in the transaction of what it is for."""

from datetime import datetime, timedelta
from uuid import UUID

from activities.audit_and_notify import Message, audit, tell
from activities.payloads import Payload
from activities.ports.database import UnitOfWork
from domain.accounts.notifications import NotificationKind, invoice_place
from domain.identifiers import derived_id
from domain.payments.invoices import Invoice, InvoiceKind, InvoiceStatus
from domain.payments.money import format_money


class InvoiceIssued(Payload):
    """What the workflow that waits for it, or only starts its own, must know of an invoice."""

    invoice_id: UUID
    due_at: datetime
    notification_ids: tuple[UUID, ...] = ()


class Invoicing:
    """`charges` False: nothing is charged, and nothing is asked of the database for it."""

    def __init__(self, *, charges: bool = False) -> None:
        self._charges = charges

    async def invoice(
        self,
        work: UnitOfWork,
        kind: InvoiceKind,
        subject_id: UUID,
        *,
        payer_id: UUID,
        quantity_units: int,
        at: datetime,
    ) -> InvoiceIssued | None:
        """
        Write the invoice for an approval or a retirement; None: the schedule in force charges nothing for it.

        Once for each subject, in its own transaction: there is no approval or retirement without its invoice.
        """
        if not self._charges:
            return None
        schedule = await work.payments.fees.in_force()
        amount = schedule.amount_minor(kind, quantity_units) if schedule else 0
        if schedule is None or not amount:
            return None
        invoice = Invoice(
            id=derived_id(subject_id, f"invoice/{kind}"),
            number=await work.payments.invoices.next_number(),
            kind=kind,
            subject_id=subject_id,
            payer_id=payer_id,
            schedule_id=schedule.id,
            quantity_units=quantity_units,
            amount_minor=amount,
            currency=schedule.currency,
            status=InvoiceStatus.DUE,
            issued_at=at,
            due_at=at + timedelta(days=schedule.days_to_pay),
        )
        await work.payments.invoices.add(invoice)
        audit_invoice(work, None, invoice, None, at)
        waits = " The credits are issued once it is paid." if kind is InvoiceKind.ISSUANCE else ""
        message = Message(
            NotificationKind.INVOICE_ISSUED,
            f"{invoice.name}: {format_money(amount, invoice.currency)} for {_ACTS[kind]}, due"
            f" {invoice.due_at:%Y-%m-%d}.{waits}",
            invoice_place(invoice.id),
        )
        told = await tell(
            work,
            message.to(payer_id, notification_id=derived_id(invoice.id, "issued"), at=at),
        )
        return InvoiceIssued(invoice_id=invoice.id, due_at=invoice.due_at, notification_ids=told)


_ACTS = {
    InvoiceKind.ISSUANCE: "an issuance",
    InvoiceKind.RETIREMENT: "a retirement",
}


def audit_invoice(
    work: UnitOfWork, before: Invoice | None, after: Invoice, actor_id: UUID | None, at: datetime
) -> None:
    audit(
        work,
        f"invoice.{after.status.value if before else 'issued'}",
        ("invoice", after.id),
        actor_id=actor_id,
        before={"status": before.status.value} if before else None,
        after={
            "status": after.status.value,
            "name": after.name,
            "amountMinor": str(after.amount_minor),
            "currency": after.currency,
            "for": after.kind.value,
        },
        at=at,
    )
