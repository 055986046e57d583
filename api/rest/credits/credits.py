"""Credits: what one holds, and how it came to be there."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from activities.credits.ledger_writes import require_not_superseded
from adapters.postgres.credits import reads as reads_credits
from adapters.postgres.credits.reads import CreditFilter, TransactionView
from api.http.authentication import SignedIn
from api.http.lists import ListRequest, answer_list, page_params
from api.http.problem import Code, error_responses
from api.http.resources import reading, resources
from api.http.responses import answer
from api.http.routing import RegistryRoute
from api.http.schema import Data, DataList
from api.rest.credits.schemas.credits import (
    CreditResponse,
    SerialInPath,
    TransactionResponse,
    credit_response,
    transaction_response,
)
from domain.accounts.roles import Account, Permission
from domain.credits.ledger import (
    SUPERSEDED,
    CreditEntry,
    EntryStatus,
)
from domain.errors import NotFound
from domain.identifiers import Serial

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
    asked: Annotated[ListRequest, page_params(CreditResponse, sort="issuedAt")],
    status: EntryStatus | None = None,
    vintage: Annotated[int | None, Query(ge=1, le=9999)] = None,
    project_id: Annotated[UUID | None, Query(alias="projectId")] = None,
) -> Response:
    """The entries one holds, or held until they were moved or retired; for staff all of them."""
    chosen = CreditFilter(status, vintage, project_id)
    async with reading(request) as connection:
        rows = await reads_credits.credits_page(connection, chosen, asked.part, account=account)
    return answer_list(request, asked, rows, credit_response, lambda e: (e.issued_at, e.id))


@router.get(
    "/credits/{serial}",
    summary="Read a credit entry",
    response_model=Data[CreditResponse],
    responses=_READ_ERRORS,
)
async def read_credit(request: Request, account: SignedIn, serial: SerialInPath) -> Response:
    """For its holder and staff."""
    return answer(credit_response(await visible_credit(request, serial, account)))


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
    asked: Annotated[
        ListRequest, page_params(TransactionResponse, sort="createdAt", newest_first=False)
    ],
) -> Response:
    """The movements the entry came from or took part in, oldest first."""
    entry = await visible_credit(request, serial, account)
    async with reading(request) as connection:
        rows = await reads_credits.transactions_page(connection, entry.id, asked.part)
    return answer_list(
        request,
        asked,
        rows,
        transaction_response,
        lambda seen: (seen.transaction.created_at, seen.transaction.id),
    )


@router.get(
    "/transactions/{transaction_id}",
    summary="Read a transaction",
    response_model=Data[TransactionResponse],
    responses=_READ_ERRORS,
)
async def read_transaction(request: Request, account: SignedIn, transaction_id: UUID) -> Response:
    """For both parties and staff."""
    return answer(transaction_response(await visible_transaction(request, transaction_id, account)))


async def visible_credit(request: Request, serial: str, account: Account) -> CreditEntry:
    """
    Raises:
        NotFound: there is no such entry, or this account may not see it.
    """
    async with reading(request) as connection:
        entry = await reads_credits.credit(connection, Serial.parse(serial), account=account)
    if entry is None:
        raise NotFound("There is no such credit entry.")
    return entry


async def movable_credit(
    request: Request, serial: str, account: Account, transaction_id: UUID
) -> None:
    """
    Refuse at once what no workflow could do any more: to be superseded is for ever.

    Unless this very operation superseded the entry; then its answer is still to be given. The
    entry is read first, so that an operation that ends meanwhile is seen. Without a refusal, the
    state of the registry is left to the activity, which looks at it in any case.

    Raises:
        RegistryFrozen: it would be refused, but a refusal is kept for ever and this is no time for one.
        NotFound: there is no such entry, or this account may not see it.
        Forbidden: this account's role holds no credits.
        NotActive: the entry's units live on under other serials, which the sentence names.
    """
    entry = await visible_credit(request, serial, account)
    account.require(Permission.HOLD_CREDITS)
    if entry.status not in SUPERSEDED:
        return
    async with resources(request).database.transaction() as work:
        if await work.credits.entries.transaction(transaction_id) is None:
            await work.credits.registry_state.require_open()
            await require_not_superseded(work, entry)


async def visible_transaction(
    request: Request, transaction_id: UUID, account: Account
) -> TransactionView:
    """
    Raises:
        NotFound: there is no such transaction, or this account may not see it.
    """
    async with reading(request) as connection:
        seen = await reads_credits.transaction(connection, transaction_id, account=account)
    if seen is None:
        raise NotFound("There is no such transaction.")
    return seen
