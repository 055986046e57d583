"""Invoices, and what is paid of them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.payments import reads
from adapters.postgres.payments.reads import InvoiceFilter
from api.commands.payments import invoices as commands
from api.commands.payments.printing import printed_invoice
from api.http.errors.problem import Code, error_responses
from api.http.idempotency import OperationKey
from api.http.identity.authentication import SignedIn
from api.http.lists import ListRequest, list_response, page_params
from api.http.resources import reading, resources
from api.http.responses import PRIVATE, json_response
from api.http.routing import IdempotentRoute
from api.http.schema import Data, DataList
from api.rest.payments.schemas.payments import (
    BankTransferRequest,
    InvoiceDetailsResponse,
    InvoiceReasonRequest,
    InvoiceResponse,
    PaymentDecisionRequest,
    details_response,
    invoice_response,
)
from domain.payments.invoices import InvoiceStatus

router = APIRouter(tags=["Payments"], route_class=IdempotentRoute)

_READ = (
    Code.VALIDATION_ERROR,
    Code.AUTHENTICATION_ERROR,
    Code.AUTHORIZATION_ERROR,
    Code.NOT_FOUND,
)
_WRITE = (*_READ, Code.CONFLICT, Code.UNAVAILABLE)


@router.get(
    "/invoices",
    summary="List invoices",
    response_model=DataList[InvoiceResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR),
)
async def list_invoices(
    request: Request,
    account: SignedIn,
    list_request: Annotated[ListRequest, page_params(InvoiceResponse, sort="issuedAt")],
    status: InvoiceStatus | None = None,
) -> Response:
    """One's organisation's own; for staff all. Newest first unless asked otherwise."""
    async with reading(request) as connection:
        rows = await reads.invoices_page(
            connection, InvoiceFilter(status), list_request.page, account=account
        )
    return list_response(
        request,
        list_request,
        rows,
        invoice_response,
        lambda view: (view.invoice.issued_at, view.invoice.id),
    )


@router.get(
    "/invoices/{invoice_id}",
    summary="Read an invoice",
    response_model=Data[InvoiceDetailsResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.NOT_FOUND),
)
async def read_invoice(request: Request, account: SignedIn, invoice_id: UUID) -> Response:
    """For whose organisation pays it, and staff: with all that came for it, and how it can be paid."""
    found = await commands.visible_invoice(resources(request), account, invoice_id)
    return json_response(details_response(found))


@router.get(
    "/invoices/{invoice_id}/invoice.pdf",
    summary="Print an invoice",
    response_class=Response,
    responses={
        200: {
            "description": "The invoice as a page.",
            "content": {
                "application/pdf": {
                    "schema": {"type": "string", "format": "binary"},
                    "example": "%PDF-1.7 ...",
                }
            },
        },
        **error_responses(
            Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.NOT_FOUND, Code.UNAVAILABLE
        ),
    },
)
async def print_invoice(request: Request, account: SignedIn, invoice_id: UUID) -> Response:
    """PDF/A-3, as certificates are. Its page says what was paid since."""
    found = await commands.visible_invoice(resources(request), account, invoice_id)
    printed = await printed_invoice(resources(request), found)
    headers = {
        "Content-Disposition": f'inline; filename="{found.invoice.name}.pdf"',
        "Cache-Control": PRIVATE,
    }
    return Response(printed, media_type="application/pdf", headers=headers)


@router.post(
    "/invoices/{invoice_id}/checkout",
    summary="Open the page on which an invoice is paid",
    response_model=Data[InvoiceDetailsResponse],
    responses=error_responses(*_WRITE),
)
async def open_checkout(
    request: Request, account: SignedIn, invoice_id: UUID, key: OperationKey
) -> Response:
    """
    For whose organisation pays it. `checkoutUrl` is a page of the payment provider, which alone sees cards.

    The invoice is paid once the provider says so by webhook, and not by coming back from that page.
    """
    found = await commands.open_checkout(resources(request), account, key, invoice_id)
    return json_response(details_response(found))


@router.post(
    "/invoices/{invoice_id}/transfers",
    summary="Record a bank transfer",
    response_model=Data[InvoiceDetailsResponse],
    responses=error_responses(*_WRITE),
)
async def record_transfer(
    request: Request,
    account: SignedIn,
    invoice_id: UUID,
    key: OperationKey,  # noqa: ARG001 -- the answer is kept under it
    body: BankTransferRequest,
) -> Response:
    """
    For administrators. Of exactly what is owed it settles the invoice; any other is kept as `held`.

    The same `bankReference` counts once, whoever sends it; for another invoice it is refused (409).
    """
    found = await commands.record_transfer(
        resources(request),
        account,
        invoice_id,
        bank_reference=body.bank_reference,
        amount_minor=body.amount_minor,
        currency=body.currency,
        occurred_at=body.occurred_at,
    )
    return json_response(details_response(found))


@router.post(
    "/payments/{payment_id}/decide",
    summary="Decide on a held payment",
    response_model=Data[InvoiceDetailsResponse],
    responses=error_responses(*_WRITE),
)
async def decide_payment(
    request: Request,
    account: SignedIn,
    payment_id: UUID,
    key: OperationKey,
    body: PaymentDecisionRequest,
) -> Response:
    """For administrators, once: it is accepted as the whole, or was sent back."""
    found = await commands.decide_payment(
        resources(request),
        account,
        key,
        payment_id,
        outcome=body.decided(),
        reason=body.reason,
    )
    return json_response(details_response(found))


@router.post(
    "/invoices/{invoice_id}/cancel",
    summary="Cancel an invoice",
    response_model=Data[InvoiceDetailsResponse],
    responses=error_responses(*_WRITE),
)
async def cancel_invoice(
    request: Request,
    account: SignedIn,
    invoice_id: UUID,
    key: OperationKey,
    body: InvoiceReasonRequest,
) -> Response:
    """For administrators, with a reason: nothing is charged after all, and what waited for it goes on."""
    found = await commands.cancel_invoice(
        resources(request), account, key, invoice_id, reason=body.reason
    )
    return json_response(details_response(found))


@router.post(
    "/invoices/{invoice_id}/refund",
    summary="Note a refund",
    response_model=Data[InvoiceDetailsResponse],
    responses=error_responses(*_WRITE),
)
async def refund_invoice(
    request: Request,
    account: SignedIn,
    invoice_id: UUID,
    key: OperationKey,
    body: InvoiceReasonRequest,
) -> Response:
    """For administrators: all of a paid invoice was given back, outside the registry. What it was for stands."""
    found = await commands.refund_invoice(
        resources(request), account, key, invoice_id, reason=body.reason
    )
    return json_response(details_response(found))
