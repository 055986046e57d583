"""Invoices on a desk: those one's organisation pays, and for staff all; each with how to pay it, or settle it."""

from collections.abc import Mapping
from datetime import UTC, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.payments import reads
from adapters.postgres.payments.reads import InvoiceFilter
from adapters.postgres.queries import PageRequest
from api.commands.payments import invoices as commands
from api.commands.payments.printing import printed_invoice
from api.http.cursors import read_cursor, write_cursor
from api.http.fields import Day, Text
from api.http.resources import reading, resources
from api.http.schema import RequestSchema
from api.pages.desks.actions import (
    Refused,
    StaffAction,
    SubmittedAction,
    after_action,
    desk_page_of_one,
    somebody,
)
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import PageMissing, page_router, plain
from domain.accounts.roles import Account, Permission
from domain.errors import Fault, Invalid, NotFound
from domain.payments.fees import CURRENCIES, REASON_LENGTH_MAX
from domain.payments.invoices import REFERENCE_LENGTH_MAX, Invoice, InvoiceStatus, PaymentOutcome
from domain.payments.money import format_money

PATH = "/invoices"
SHOWN = 50
router = page_router()


class InvoiceReasonForm(RequestSchema):
    reason: Annotated[str, Text(REASON_LENGTH_MAX, lines=True)]


class BankTransferForm(RequestSchema):
    """`amount` is in the currency's own units, as `200.00`; `day` is the bank's."""

    bank_reference: Annotated[str, Text(REFERENCE_LENGTH_MAX)]
    amount: Annotated[str, Text(30)]
    currency: Annotated[str, Text(3)]
    day: Day


async def _pay(request: Request, account: Account, action: SubmittedAction) -> None:
    await commands.open_checkout(resources(request), account, action.key, action.id("invoice"))


async def _record(request: Request, account: Account, action: SubmittedAction) -> None:
    typed = action.typed
    form = BankTransferForm.model_validate(
        {
            "bankReference": typed.get("bank_reference", ""),
            "amount": typed.get("amount", ""),
            "currency": typed.get("currency", ""),
            "day": typed.get("day", ""),
        }
    )
    await commands.record_transfer(
        resources(request),
        account,
        action.id("invoice"),
        bank_reference=form.bank_reference,
        amount_minor=_minor(form.amount, form.currency),
        currency=form.currency,
        occurred_at=datetime.combine(form.day, time(), tzinfo=UTC),
    )


async def _decide(
    request: Request, account: Account, action: SubmittedAction, outcome: PaymentOutcome
) -> None:
    form = InvoiceReasonForm(reason=action.typed.get("reason", ""))
    await commands.decide_payment(
        resources(request),
        account,
        action.key,
        action.id("payment"),
        outcome=outcome,
        reason=form.reason,
    )


async def _accept(request: Request, account: Account, action: SubmittedAction) -> None:
    await _decide(request, account, action, PaymentOutcome.ACCEPTED)


async def _return(request: Request, account: Account, action: SubmittedAction) -> None:
    await _decide(request, account, action, PaymentOutcome.RETURNED)


async def _cancel(request: Request, account: Account, action: SubmittedAction) -> None:
    form = InvoiceReasonForm(reason=action.typed.get("reason", ""))
    await commands.cancel_invoice(
        resources(request), account, action.key, action.id("invoice"), reason=form.reason
    )


async def _refund(request: Request, account: Account, action: SubmittedAction) -> None:
    form = InvoiceReasonForm(reason=action.typed.get("reason", ""))
    await commands.refund_invoice(
        resources(request), account, action.key, action.id("invoice"), reason=form.reason
    )


INVOICE_ACTIONS: Mapping[str, StaffAction] = {
    "pay": StaffAction(_pay, "The payment provider's page is open: follow the link to it."),
    "record": StaffAction(_record, "It is written down; what it brought about stands below."),
    "accept": StaffAction(_accept, "It is accepted as the whole, and the invoice is settled."),
    "return": StaffAction(_return, "It is written down that it was sent back."),
    "cancel": StaffAction(_cancel, "The invoice is cancelled: nothing is charged."),
    "refund": StaffAction(_refund, "It is written down that all of it was given back."),
}


@router.get(PATH)
async def list_invoices(request: Request) -> Response:
    account = somebody(request).account
    account.require(Permission.SEE_INVOICES)
    typed = plain(request.query_params.get("status", ""))[:20]
    status = InvoiceStatus(typed) if typed in list(InvoiceStatus) else None
    page = PageRequest(SHOWN, after=read_cursor(request.query_params.get("cursor", "")))
    async with reading(request) as connection:
        rows = await reads.invoices_page(connection, InvoiceFilter(status), page, account=account)
    last = page.last_shown(rows)
    cursor = write_cursor((last.invoice.issued_at, last.invoice.id)) if last else None
    return render_response(
        request,
        "desks/payments/invoices.html",
        lines=[(view, _amount(view.invoice)) for view in page.shown(rows)],
        statuses=list(InvoiceStatus),
        asked_status=status.value if status else "",
        is_staff=account.may(Permission.SETTLE_INVOICE),
        next_link=f"{PATH}?{urlencode({'status': typed, 'cursor': cursor})}" if cursor else None,
        first_link=f"{PATH}?{urlencode({'status': typed})}" if page.after else None,
    )


@router.get(f"{PATH}/{{invoice_id}}/invoice.pdf")
async def print_invoice(request: Request, invoice_id: UUID) -> Response:
    account = somebody(request).account
    try:
        details = await commands.visible_invoice(resources(request), account, invoice_id)
    except NotFound:
        raise PageMissing("invoice") from None
    page = await printed_invoice(resources(request), details)
    name = f'inline; filename="{details.invoice.name}.pdf"'
    return Response(
        page,
        media_type="application/pdf",
        headers={"Content-Disposition": name, "Cache-Control": "no-store"},
    )


async def _invoice_page(
    request: Request, invoice_id: UUID, refused: Refused | None = None
) -> Response:
    account = somebody(request).account
    try:
        details = await commands.visible_invoice(resources(request), account, invoice_id)
    except NotFound:
        raise PageMissing("invoice") from None
    invoice, now = details.invoice, resources(request).clock.now()
    mine = invoice.payer_id == account.acts_for and account.may(Permission.PAY_INVOICE)
    is_open = invoice.checkout_until is not None and now < invoice.checkout_until
    settles = account.may(Permission.SETTLE_INVOICE)
    return render_response(
        request,
        "desks/payments/invoice.html",
        **after_action(request, INVOICE_ACTIONS, refused),
        invoice=invoice,
        payer_name=details.view.payer_name,
        amount=_amount(invoice),
        payments=[(one, format_money(one.amount_minor, one.currency)) for one in details.payments],
        bank_details=details.bank_details,
        checkout_url=invoice.checkout_url if is_open and mine else None,
        can_open=details.takes_checkout and mine and invoice.is_awaited and not is_open,
        can_record=settles and invoice.status is not InvoiceStatus.REFUNDED,
        can_cancel=settles and invoice.is_awaited,
        can_refund=settles and invoice.status is InvoiceStatus.PAID,
        can_decide=settles,
        is_staff=settles,
        today=now.date().isoformat(),
    )


def _amount(invoice: Invoice) -> str:
    return format_money(invoice.amount_minor, invoice.currency)


def _minor(amount: str, currency: str) -> int:
    """
    Raises:
        Invalid: it is no amount of that currency.
    """
    decimals = CURRENCIES.get(currency)
    if decimals is None:
        sentence = f"Currency must be one of {', '.join(CURRENCIES)}."
        raise Invalid(sentence, Fault("/currency", sentence))
    try:
        minor = Decimal(amount.replace(",", "")).scaleb(decimals)
    except InvalidOperation:
        minor = Decimal("NaN")
    if not minor.is_finite() or minor <= 0 or minor != int(minor) or minor > 10**14:
        sentence = f"Amount must be a positive number with {decimals} decimals at most."
        raise Invalid(sentence, Fault("/amount", sentence))
    return int(minor)


desk_page_of_one(router, PATH, Permission.SEE_INVOICES, INVOICE_ACTIONS, _invoice_page)
