"""Invoices read by those who pay them, and by staff; fee schedules, by staff."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.payments.fees import schedule_from, schedules_query
from adapters.postgres.queries import PageRequest, read_one, read_page
from adapters.postgres.rows import columns_of, value_of
from adapters.postgres.tables import invoices, organisations, payments
from adapters.postgres.visibility import pays
from domain.accounts.roles import Account
from domain.payments.fees import FeeSchedule
from domain.payments.invoices import Invoice, InvoiceStatus, Payment


@dataclass(frozen=True)
class InvoiceView:
    """An invoice and whose organisation pays it; `payer_name` None: a person who acts for themselves."""

    invoice: Invoice
    payer_name: str | None


@dataclass(frozen=True)
class InvoiceFilter:
    """None leaves it open."""

    status: InvoiceStatus | None = None


async def invoices_page(
    connection: AsyncConnection, chosen: InvoiceFilter, page: PageRequest, *, account: Account
) -> Sequence[InvoiceView]:
    """Seen by: whose organisation pays, and staff."""
    query = _visible(account)
    if chosen.status is not None:
        query = query.where(invoices.c.status == chosen.status.value)
    by = (invoices.c.issued_at, invoices.c.id)
    return [_view(row) for row in await read_page(connection, query, page, by)]


async def invoice(
    connection: AsyncConnection, invoice_id: UUID, *, account: Account
) -> InvoiceView | None:
    """Seen by: whose organisation pays, and staff."""
    row = await read_one(connection, _visible(account).where(invoices.c.id == invoice_id))
    return _view(row) if row else None


async def payments_of(connection: AsyncConnection, invoice_id: UUID) -> Sequence[Payment]:
    """Of one invoice, oldest first. Seen by: who sees the invoice; it was asked for before."""
    rows = await connection.execute(
        select(*columns_of(payments, Payment))
        .where(payments.c.invoice_id == invoice_id)
        .order_by(payments.c.recorded_at, payments.c.id)
    )
    return [value_of(Payment, row) for row in rows.mappings()]


async def payment_invoice(connection: AsyncConnection, payment_id: UUID) -> UUID | None:
    """The invoice that a payment came for. Seen by: who sees the invoice."""
    found = await connection.execute(
        select(payments.c.invoice_id).where(payments.c.id == payment_id)
    )
    return found.scalar_one_or_none()


async def fee_schedules_by_number(connection: AsyncConnection) -> Sequence[FeeSchedule]:
    """Seen by: staff."""
    rows = await connection.execute(schedules_query())
    return [schedule_from(row) for row in rows.mappings()]


def _visible(account: Account) -> Select[Any]:
    return (
        select(*columns_of(invoices, Invoice), organisations.c.legal_name.label("payer_name"))
        .select_from(invoices)
        .outerjoin(organisations, organisations.c.holding_account_id == invoices.c.payer_id)
        .where(pays(account, invoices.c.payer_id))
    )


def _view(row: RowMapping) -> InvoiceView:
    return InvoiceView(value_of(Invoice, row), row["payer_name"])
