"""Freezing one of the platform's wallets, for staff: it signs nothing new until it is resumed."""

from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from activities.chain.wallets import ChangeWallet, WalletFreezePayload
from adapters.postgres.chain.wallets import read_wallets
from api.commands.stored_requests import store_request
from api.commands.workflow_calls import Operation
from api.http.authentication import SignedIn
from api.http.idempotency import OperationKey
from api.http.problem import Code, error_responses
from api.http.resources import reading, resources
from api.http.responses import answer
from api.http.routing import IdempotentRoute
from api.http.schema import Data
from api.rest.chain.schemas.wallet import (
    WalletFreezeRequest,
    WalletResumeRequest,
    WalletStateResponse,
)
from domain.accounts.roles import Account, Permission
from domain.errors import NotFound
from domain.identifiers import operation_id

WALLET_ADDRESS = "/api/v1/chain/wallet"


router = APIRouter(prefix="/chain/wallet", route_class=IdempotentRoute, tags=["Staff"])

_ERRORS = error_responses(
    Code.VALIDATION_ERROR,
    Code.AUTHENTICATION_ERROR,
    Code.AUTHORIZATION_ERROR,
    Code.NOT_FOUND,
    Code.CONFLICT,
)


@router.post(
    "/freeze",
    summary="Freeze a wallet",
    response_model=Data[WalletStateResponse],
    responses=_ERRORS,
)
async def freeze_wallet(
    request: Request, account: SignedIn, key: OperationKey, sent: WalletFreezeRequest
) -> Response:
    """
    For administrators. A signature under way is finished first; then the wallet signs nothing new.

    Records wait in the queue, or go by another wallet. What was signed before is still sent and
    followed, because it may be on its way already.
    """
    asked = _change(account, "freeze-wallet", key, sent.wallet)
    draft = WalletFreezePayload(reason=sent.reason)
    async with store_request(request, asked.operation_id, account.id, draft):
        await resources(request).workflows.freeze_wallet(_operation(asked), asked)
    return await _answer(request, sent.wallet)


@router.post(
    "/resume",
    summary="Let a frozen wallet sign again",
    response_model=Data[WalletStateResponse],
    responses=_ERRORS,
)
async def resume_wallet(
    request: Request, account: SignedIn, key: OperationKey, sent: WalletResumeRequest
) -> Response:
    """For administrators. What waits is signed and sent at once."""
    asked = _change(account, "resume-wallet", key, sent.wallet)
    await resources(request).workflows.resume_wallet(_operation(asked), asked)
    return await _answer(request, sent.wallet)


def _change(account: Account, action: str, key: str, wallet: str) -> ChangeWallet:
    account.require(Permission.FREEZE_REGISTRY)
    change_id: UUID = operation_id(account.id, action, key)
    return ChangeWallet(operation_id=change_id, actor_id=account.id, wallet=wallet)


def _operation(asked: ChangeWallet) -> Operation:
    return Operation(asked.operation_id, WALLET_ADDRESS)


async def _answer(request: Request, name: str) -> Response:
    network = resources(request).settings.chain.cardano_network.value
    async with reading(request) as connection:
        states = await read_wallets(connection)
    for state in states:
        if (state.network, state.name) == (network, name):
            return answer(
                WalletStateResponse(
                    wallet=state.name,
                    network=state.network,
                    address=state.address,
                    frozen=state.is_frozen,
                    reason=state.frozen_reason,
                    since=state.frozen_at,
                )
            )
    raise NotFound("There is no such wallet.")
