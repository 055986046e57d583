"""The way to the chain, for staff: its records, its wallet, and sending a parked record on."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.chain import reads as reads_chain
from adapters.postgres.chain.reads import RecordView
from adapters.postgres.chain.watch import read_chain_rows, read_provider_state
from api.commands.chain import records as commands
from api.commands.chain.wallet import WalletName
from api.http.errors.problem import Code, error_responses
from api.http.idempotency import OperationKey
from api.http.identity.authentication import PERMITTED, SignedIn
from api.http.lists import ListRequest, list_response, page_params
from api.http.resources import reading, resources
from api.http.responses import json_response
from api.http.routing import IdempotentRoute
from api.http.schema import Data, DataList
from api.rest.chain.schemas.alerts import alert_response
from api.rest.chain.schemas.records import (
    ProviderResponse,
    ResumptionRequest,
    StaffRecordResponse,
    WalletResponse,
    staff_record_response,
)
from domain.chain.records import RecordKind, RecordStatus
from domain.chain.wallets import DEFAULT_WALLET
from domain.chain.watch import FAILURE_WINDOW, fees_left, mean_fee_lovelace

router = APIRouter(
    prefix="/chain",
    tags=["Staff"],
    route_class=IdempotentRoute,
    dependencies=[PERMITTED],
)
_ERRORS = (Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.AUTHORIZATION_ERROR)


@router.get(
    "/records",
    summary="List chain records",
    response_model=DataList[StaffRecordResponse],
    responses=error_responses(*_ERRORS),
)
async def list_records(
    request: Request,
    list_request: Annotated[ListRequest, page_params(StaffRecordResponse, sort="queuedAt")],
    status: RecordStatus | None = None,
    kind: RecordKind | None = None,
) -> Response:
    """For administrators: what was, is or is to be written to Cardano, newest first unless asked otherwise."""
    async with reading(request) as connection:
        rows = await reads_chain.records_page(
            connection, list_request.page, status=status, kind=kind
        )

    def as_response(view: RecordView) -> StaffRecordResponse:
        return staff_record_response(view, _explorer(request))

    return list_response(request, list_request, rows, as_response, lambda r: (r.queued_at, r.id))


@router.get(
    "/records/{record_id}",
    summary="Read a chain record",
    response_model=Data[StaffRecordResponse],
    responses=error_responses(*_ERRORS, Code.NOT_FOUND),
)
async def read_record(request: Request, record_id: UUID) -> Response:
    """For administrators: the record, its transaction, its block, and why it waits if it does."""
    record = await commands.chain_record(resources(request), record_id)
    return json_response(staff_record_response(record, _explorer(request)))


@router.post(
    "/records/{record_id}/resume",
    summary="Resume a parked chain record",
    response_model=Data[StaffRecordResponse],
    responses=error_responses(*_ERRORS, Code.NOT_FOUND, Code.CONFLICT, Code.UNAVAILABLE),
)
async def resume_record(
    request: Request, account: SignedIn, record_id: UUID, key: OperationKey, body: ResumptionRequest
) -> Response:
    """
    For administrators. The record goes back into the queue, at its old place, and the wallet is woken.

    It is the same record as before: what made it unfit must have been mended first.
    """
    record = await commands.resume_record(resources(request), account, key, record_id, body.reason)
    return json_response(staff_record_response(record, _explorer(request)))


@router.get(
    "/wallet",
    summary="Read the wallet's state",
    response_model=Data[WalletResponse],
    responses=error_responses(*_ERRORS),
)
async def read_wallet(
    request: Request,
    wallet: Annotated[WalletName, Query(description="Of PLATFORM_WALLETS.")] = DEFAULT_WALLET,
) -> Response:
    """For administrators: what a wallet holds, how far that goes, what waits, and what is wrong."""
    parts = resources(request)
    settings = parts.settings
    async with reading(request) as connection:
        address = await reads_chain.wallet_address(
            connection, settings.chain.cardano_network.value, wallet
        )
        if address is None and wallet == DEFAULT_WALLET:
            address = settings.published.platform_address
        rows = await read_chain_rows(
            connection, [address] if address else [], parts.clock.now() - FAILURE_WINDOW
        )
        provider = await read_provider_state(connection)
        alerts = await reads_chain.open_alerts(connection)
    funds = rows.wallets[0] if rows.wallets else None
    balance = funds.lovelace if funds else None
    mean_fee = mean_fee_lovelace(rows)
    return json_response(
        WalletResponse(
            wallet=wallet,
            address=address,
            network=settings.chain.cardano_network.value,
            balance_lovelace=str(balance) if balance is not None else None,
            mean_fee_lovelace=str(mean_fee),
            fees_left=fees_left(funds, mean_fee) if funds else None,
            unspent_outputs=funds.outputs if funds else 0,
            queued=rows.queued,
            in_flight=rows.in_flight,
            frozen=funds.frozen if funds else False,
            provider=ProviderResponse(
                answers=provider.answers,
                asked_at=provider.asked_at,
                answered_at=provider.answered_at,
                tip_height=provider.tip_height,
                tip_seen_at=provider.tip_seen_at,
            ),
            open_alerts=[alert_response(alert) for alert in alerts],
        )
    )


def _explorer(request: Request) -> str | None:
    return resources(request).settings.chain.explorer_transaction_url
