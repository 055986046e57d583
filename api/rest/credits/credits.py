"""Credits: what one holds, and how it came to be there."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from activities.credits.ledger_writes import require_not_superseded
from adapters.postgres.credits import reads as reads_credits
from adapters.postgres.credits.reads import CreditFilter, TransactionView
from adapters.postgres.engines import ChainState
from api.http.authentication import SignedIn
from api.http.fields import SerialText
from api.http.lists import ListRequest, answer_list, page_params
from api.http.problem import Code, error_responses
from api.http.resources import reading, resources
from api.http.responses import answer
from api.http.routing import RegistryRoute
from api.http.schema import Data, DataList, Moment, ResponseSchema, Tonnes
from api.rest.credits.examples.credits import CREDIT, TRANSACTION
from domain.accounts.roles import Account, Permission
from domain.chain.records import RecordStatus
from domain.credits.ledger import (
    SUPERSEDED,
    CreditEntry,
    CreditTransactionStatus,
    CreditTransactionType,
    EntryStatus,
)
from domain.errors import NotFound
from domain.identifiers import Serial
from domain.quantities import UnitRange

SerialInPath = Annotated[SerialText, Path(description="As KRB-2024-001-000001.")]


class UnitsResponse(ResponseSchema):
    """Unit numbers, unique in the whole registry; both ends belong to the block."""

    first: int
    last: int


class ChainRecordResponse(ResponseSchema):
    """How far the record has come on Cardano; `confirmations` counts blocks on top of its block."""

    status: RecordStatus
    tx_hash: str | None
    block_height: int | None
    confirmations: int
    checked_at: Moment | None
    taken_back_at: Moment | None = Field(
        default=None,
        description="When the chain last took back the block in which it was confirmed.",
    )


class CreditResponse(ResponseSchema):
    """A block of units under one serial."""

    model_config = ConfigDict(json_schema_extra={"examples": [CREDIT]})

    serial: str
    project_id: UUID
    owner_id: UUID
    quantity: Tonnes
    vintage: int
    status: EntryStatus
    units: UnitsResponse
    issued_at: Moment
    last_action_at: Moment


class TransactionResponse(ResponseSchema):
    """A movement of units; `resultSerial` is the entry that holds them now."""

    model_config = ConfigDict(json_schema_extra={"examples": [TRANSACTION]})

    id: UUID
    type: CreditTransactionType
    serial: str
    result_serial: str
    sender_id: UUID | None
    recipient_id: UUID | None
    quantity: Tonnes
    status: CreditTransactionStatus
    created_at: Moment
    completed_at: Moment | None
    retirement_id: UUID | None
    reason: str | None = Field(description="What staff said of a cancellation or a release.")
    chain_record: ChainRecordResponse | None = Field(description="Null until it is queued.")


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


def credit_response(entry: CreditEntry) -> CreditResponse:
    return CreditResponse(
        serial=str(entry.serial),
        project_id=entry.project_id,
        owner_id=entry.owner_id,
        quantity=entry.units.quantity_units,
        vintage=entry.vintage,
        status=entry.status,
        units=units_response(entry.units),
        issued_at=entry.issued_at,
        last_action_at=entry.last_action_at,
    )


def units_response(units: UnitRange) -> UnitsResponse:
    return UnitsResponse(first=units.first, last=units.last)


def transaction_response(seen: TransactionView) -> TransactionResponse:
    transaction = seen.transaction
    return TransactionResponse(
        id=transaction.id,
        type=transaction.type,
        serial=seen.serial,
        result_serial=seen.result_serial,
        sender_id=transaction.sender_id,
        recipient_id=transaction.recipient_id,
        quantity=transaction.units.quantity_units,
        status=transaction.status,
        created_at=transaction.created_at,
        completed_at=transaction.completed_at,
        retirement_id=transaction.retirement_id,
        reason=transaction.reason,
        chain_record=chain_record_response(seen.chain),
    )


def chain_record_response(chain: ChainState | None) -> ChainRecordResponse | None:
    if chain is None:
        return None
    return ChainRecordResponse(
        status=RecordStatus(chain.status),
        tx_hash=chain.tx_hash,
        block_height=chain.block_height,
        confirmations=chain.confirmations,
        checked_at=chain.checked_at,
        taken_back_at=chain.taken_back_at,
    )
