"""Invoices and payments, written."""

from uuid import UUID

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import columns_of, row_of, value_of
from adapters.postgres.tables import invoices, payments
from domain.payments.invoices import Invoice, InvoiceKind, Payment, PaymentProvider

_CHANGES = ("status", "settled_at", "reason", "checkout_url", "checkout_until")
_DECIDED = ("outcome", "decided_by", "decided_at", "reason")


class PostgresInvoices:
    """`activities.ports.payments.repositories.Invoices`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def next_number(self) -> int:
        await self._connection.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended('invoice_numbers', 0))")
        )
        highest = await self._connection.execute(select(func.max(invoices.c.number)))
        return (highest.scalar() or 0) + 1

    async def add(self, invoice: Invoice) -> None:
        await self._connection.execute(insert(invoices).values(row_of(invoice)))

    async def lock(self, invoice_id: UUID) -> Invoice | None:
        query = select(*columns_of(invoices, Invoice)).where(invoices.c.id == invoice_id)
        row = (await self._connection.execute(query.with_for_update())).mappings().one_or_none()
        return value_of(Invoice, row) if row else None

    async def of_subject(self, kind: InvoiceKind, subject_id: UUID) -> Invoice | None:
        query = select(*columns_of(invoices, Invoice)).where(
            invoices.c.kind == kind.value, invoices.c.subject_id == subject_id
        )
        row = (await self._connection.execute(query)).mappings().one_or_none()
        return value_of(Invoice, row) if row else None

    async def save(self, invoice: Invoice) -> None:
        row = row_of(invoice)
        await self._connection.execute(
            update(invoices)
            .where(invoices.c.id == invoice.id)
            .values({name: row[name] for name in _CHANGES})
        )


class PostgresPayments:
    """`activities.ports.payments.repositories.Payments`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of_event(self, provider: PaymentProvider, event_id: str) -> Payment | None:
        query = select(*columns_of(payments, Payment)).where(
            payments.c.provider == provider.value, payments.c.event_id == event_id
        )
        row = (await self._connection.execute(query)).mappings().one_or_none()
        return value_of(Payment, row) if row else None

    async def lock(self, payment_id: UUID) -> Payment | None:
        query = select(*columns_of(payments, Payment)).where(payments.c.id == payment_id)
        row = (await self._connection.execute(query.with_for_update())).mappings().one_or_none()
        return value_of(Payment, row) if row else None

    async def add(self, payment: Payment) -> None:
        await self._connection.execute(insert(payments).values(row_of(payment)))

    async def decide(self, payment: Payment) -> None:
        row = row_of(payment)
        await self._connection.execute(
            update(payments)
            .where(payments.c.id == payment.id)
            .values({name: row[name] for name in _DECIDED})
        )
