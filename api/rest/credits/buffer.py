"""The buffer, for staff: what is in it, and releasing it to the projects it came from."""

from typing import Annotated

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.credits.reads import entries as reads_entries
from adapters.postgres.credits.reads.entries import CreditFilter
from api.commands.addresses import transaction_address
from api.commands.credits import buffer as commands
from api.http.errors.problem import Code, error_responses
from api.http.idempotency import OperationKey
from api.http.identity.authentication import SignedIn
from api.http.lists import ListRequest, list_response, page_params
from api.http.resources import reading, resources
from api.http.responses import json_response
from api.http.routing import IdempotentRoute
from api.http.schema import Data, DataList
from api.rest.credits.schemas.buffer import ReleaseRequest
from api.rest.credits.schemas.credits import (
    CreditResponse,
    SerialInPath,
    TransactionResponse,
    credit_response,
    transaction_response,
)
from domain.accounts.roles import Permission
from domain.credits.ledger import EntryStatus

router = APIRouter(prefix="/buffer", tags=["Staff"], route_class=IdempotentRoute)


@router.get(
    "",
    summary="List the buffer",
    response_model=DataList[CreditResponse],
    responses=error_responses(
        Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.AUTHORIZATION_ERROR
    ),
)
async def list_buffer(
    request: Request,
    account: SignedIn,
    list_request: Annotated[
        ListRequest, page_params(CreditResponse, sort="issuedAt", newest_first=False)
    ],
) -> Response:
    """For administrators: the entries that stand ready for reversals, oldest first."""
    account.require(Permission.CANCEL_CREDITS)
    chosen = CreditFilter(status=EntryStatus.BUFFER.value)
    async with reading(request) as connection:
        rows = await reads_entries.credits_page(
            connection, chosen, list_request.page, account=account
        )
    return list_response(
        request, list_request, rows, credit_response, lambda e: (e.issued_at, e.id)
    )


@router.post(
    "/{serial}/release",
    status_code=201,
    summary="Release buffer credits",
    response_model=Data[TransactionResponse],
    responses=error_responses(
        Code.VALIDATION_ERROR,
        Code.AUTHENTICATION_ERROR,
        Code.AUTHORIZATION_ERROR,
        Code.NOT_FOUND,
        Code.CONFLICT,
        Code.UNAVAILABLE,
    ),
)
async def release_buffer(
    request: Request,
    account: SignedIn,
    serial: SerialInPath,
    key: OperationKey,
    body: ReleaseRequest,
) -> Response:
    """
    For administrators: the units become active and the project's developer's, under a new serial.

    A part splits the entry; the remainder stays in the buffer.
    """
    transaction = await commands.release_buffer(
        resources(request), account, key, serial, body.quantity, body.reason
    )
    location = transaction_address(transaction.transaction.id)
    return json_response(transaction_response(transaction), status=201, location=location)
