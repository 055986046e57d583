"""Freezing one of the platform's wallets, for staff: it signs nothing new until it is resumed."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.commands.chain import wallet as commands
from api.http.errors.problem import Code, error_responses
from api.http.idempotency import OperationKey
from api.http.identity.authentication import SignedIn
from api.http.resources import resources
from api.http.responses import json_response
from api.http.routing import IdempotentRoute
from api.http.schema import Data
from api.rest.chain.schemas.wallet import (
    WalletFreezeRequest,
    WalletResumeRequest,
    WalletStateResponse,
    wallet_state_response,
)

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
    request: Request, account: SignedIn, key: OperationKey, body: WalletFreezeRequest
) -> Response:
    """
    For administrators. A signature under way is finished first; then the wallet signs nothing new.

    Records wait in the queue, or go by another wallet. What was signed before is still sent and
    followed, because it may be on its way already.
    """
    wallet = await commands.freeze_wallet(
        resources(request), account, key, body.wallet, body.reason
    )
    return json_response(wallet_state_response(wallet))


@router.post(
    "/resume",
    summary="Let a frozen wallet sign again",
    response_model=Data[WalletStateResponse],
    responses=_ERRORS,
)
async def resume_wallet(
    request: Request, account: SignedIn, key: OperationKey, body: WalletResumeRequest
) -> Response:
    """For administrators. What waits is signed and sent at once."""
    wallet = await commands.resume_wallet(resources(request), account, key, body.wallet)
    return json_response(wallet_state_response(wallet))
