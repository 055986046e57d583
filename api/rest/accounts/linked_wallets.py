"""One's wallet: linking it, signing in with it, unlinking it."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.commands.accounts import linked_wallets as commands
from api.commands.accounts import sign_in
from api.commands.accounts.linked_wallets import Asker
from api.http.errors.problem import Code, error_responses
from api.http.idempotency import OperationKey
from api.http.identity.authentication import SessionId, SignedIn
from api.http.identity.sessions import session_origin
from api.http.resources import resources
from api.http.responses import MEDIA_TYPE, PRIVATE, SecretResponse, data_bytes, json_response
from api.http.routing import IdempotentRoute, RegistryRoute
from api.http.schema import Data
from api.rest.accounts.schemas.accounts import TokensResponse
from api.rest.accounts.schemas.linked_wallets import (
    AddressRequest,
    AskedSignatureResponse,
    LinkedWalletResponse,
    WalletProofRequest,
    asked_signature_response,
    linked_wallet_response,
    wallet_proof,
)
from api.rest.accounts.signed_in import signed_in_response

router = APIRouter(tags=["Accounts"], route_class=IdempotentRoute)
sign_in_router = APIRouter(tags=["Accounts"], route_class=RegistryRoute)
_ERRORS = (Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.AUTHORIZATION_ERROR)


@sign_in_router.post(
    "/auth/wallet",
    summary="Finish signing in with the wallet",
    response_model=Data[TokensResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR),
)
async def finish_log_in(request: Request, body: WalletProofRequest) -> Response:
    """
    The second step where a wallet is linked: the signature of what POST /auth/login gave to sign.

    A challenge is good for one try, right or wrong; after a wrong one the password is asked for again.
    """
    tokens = await sign_in.log_in_with_wallet(
        resources(request), wallet_proof(body), session_origin(request)
    )
    return signed_in_response(request, tokens)


@router.post(
    "/me/wallet/challenge",
    summary="Ask what a wallet is to sign",
    response_model=Data[AskedSignatureResponse],
    responses=error_responses(*_ERRORS, Code.CONFLICT),
)
async def ask_to_link(
    request: Request,
    account: SignedIn,
    session_id: SessionId,
    key: OperationKey,  # noqa: ARG001 -- documents the header
    body: AddressRequest,
) -> Response:
    """
    Gives a message for the wallet with this address to sign; PUT /me/wallet takes the signature.

    It is good once, for five minutes, in this session. Asked again, also with the same
    Idempotency-Key, it is another message. Base, enterprise and stake addresses of keys are taken.
    """
    asked = await commands.ask_to_link(resources(request), Asker(account, session_id), body.address)
    return SecretResponse(
        data_bytes(asked_signature_response(asked)),
        headers={"Cache-Control": PRIVATE},
        media_type=MEDIA_TYPE,
    )


@router.put(
    "/me/wallet",
    summary="Link my wallet",
    response_model=Data[LinkedWalletResponse],
    responses=error_responses(*_ERRORS, Code.CONFLICT),
)
async def link_wallet(
    request: Request, account: SignedIn, session_id: SessionId, body: WalletProofRequest
) -> Response:
    """
    From then on signing in asks for its signature too, and large movements may.

    A wallet is linked to one account, and an account has one wallet. For the one that is linked
    already it proves once more that it is there. Its owner is told by mail.
    """
    linked = await commands.link_wallet(
        resources(request), Asker(account, session_id), wallet_proof(body)
    )
    return json_response(linked_wallet_response(linked))


@router.delete(
    "/me/wallet",
    status_code=204,
    summary="Unlink my wallet",
    response_class=Response,
    responses=error_responses(
        Code.AUTHENTICATION_ERROR, Code.AUTHORIZATION_ERROR, Code.NOT_FOUND, Code.CONFLICT
    ),
)
async def unlink_wallet(request: Request, account: SignedIn) -> Response:
    """Signing in asks for the password alone again. Its owner is told by mail."""
    await commands.unlink_wallet(resources(request), account)
    return Response(status_code=204, headers={"Cache-Control": PRIVATE})
