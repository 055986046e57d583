"""Credits: what one holds, and how it came to be there."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.credits.reads import entries as reads_entries
from adapters.postgres.credits.reads import transactions as reads_transactions
from adapters.postgres.credits.reads.entries import CreditFilter
from api.commands.credits import credits as commands
from api.http.errors.problem import Code, error_responses
from api.http.fields import WholeNumber
from api.http.identity.authentication import SignedIn
from api.http.lists import ListRequest, list_response, page_params
from api.http.resources import reading, resources
from api.http.responses import json_response
from api.http.routing import RegistryRoute
from api.http.schema import Data, DataList
from api.rest.credits.schemas.credits import (
    CreditResponse,
    SerialInPath,
    TransactionResponse,
    credit_response,
    transaction_response,
)
from domain.credits.ledger import EntryStatus

router = APIRouter(tags=["Credits"], route_class=RegistryRoute)

_READ_ERRORS = error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.NOT_FOUND)


@router.get(
    "/credits",
    summary="List credits",
    response_model=DataList[CreditResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR),
)
async def list_credits(
    request: Request,
    account: SignedIn,
    list_request: Annotated[ListRequest, page_params(CreditResponse, sort="issuedAt")],
    status: EntryStatus | None = None,
    vintage: Annotated[Annotated[int, WholeNumber(1, 9999)] | None, Query()] = None,
    project_id: Annotated[UUID | None, Query(alias="projectId")] = None,
) -> Response:
    """The entries one holds, or held until they were moved or retired; for staff all of them."""
    chosen = CreditFilter(status, vintage, project_id)
    async with reading(request) as connection:
        rows = await reads_entries.credits_page(
            connection, chosen, list_request.page, account=account
        )
    return list_response(
        request, list_request, rows, credit_response, lambda e: (e.issued_at, e.id)
    )


@router.get(
    "/credits/{serial}",
    summary="Read a credit entry",
    response_model=Data[CreditResponse],
    responses=_READ_ERRORS,
)
async def read_credit(request: Request, account: SignedIn, serial: SerialInPath) -> Response:
    """For its holder and staff."""
    return json_response(
        credit_response(await commands.visible_credit(resources(request), account, serial))
    )


@router.get(
    "/credits/{serial}/transactions",
    summary="List a credit entry's transactions",
    response_model=DataList[TransactionResponse],
    responses=_READ_ERRORS,
)
async def list_transactions(
    request: Request,
    account: SignedIn,
    serial: SerialInPath,
    list_request: Annotated[
        ListRequest, page_params(TransactionResponse, sort="createdAt", newest_first=False)
    ],
) -> Response:
    """The credit transactions the entry came from or took part in, oldest first."""
    entry = await commands.visible_credit(resources(request), account, serial)
    async with reading(request) as connection:
        rows = await reads_transactions.transactions_page(connection, entry.id, list_request.page)
    return list_response(
        request,
        list_request,
        rows,
        transaction_response,
        lambda view: (view.transaction.created_at, view.transaction.id),
    )


@router.get(
    "/transactions/{transaction_id}",
    summary="Read a transaction",
    response_model=Data[TransactionResponse],
    responses=_READ_ERRORS,
)
async def read_transaction(request: Request, account: SignedIn, transaction_id: UUID) -> Response:
    """For both parties and staff."""
    return json_response(
        transaction_response(
            await commands.visible_transaction(resources(request), account, transaction_id)
        )
    )
