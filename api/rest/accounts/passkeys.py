"""One's passkeys: adding, naming and removing them, and signing in with one (ADR 0069)."""

from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.accounts.second_factors.passkeys import passkeys_of
from api.commands.accounts import passkeys as commands
from api.commands.accounts import sign_in
from api.commands.accounts.linked_wallets import Asker
from api.commands.addresses import BASE_PATH
from api.http.errors.problem import Code, error_responses
from api.http.idempotency import OperationKey
from api.http.identity.authentication import SessionId, SignedIn
from api.http.identity.sessions import session_origin
from api.http.resources import reading, resources
from api.http.responses import MEDIA_TYPE, PRIVATE, SecretResponse, data_bytes, json_response
from api.http.routing import IdempotentRoute, RegistryRoute
from api.http.schema import Data, DataList
from api.rest.accounts.schemas.accounts import TokensResponse
from api.rest.accounts.schemas.passkeys import (
    AskedNewPasskeyResponse,
    NewPasskeyRequest,
    PasskeyAnswerRequest,
    PasskeyNameRequest,
    PasskeyResponse,
    asked_new_passkey_response,
    passkey_proof,
    passkey_response,
)
from api.rest.accounts.signed_in import signed_in_response
from domain.accounts.passkeys import PASSKEYS_MAX

router = APIRouter(tags=["Accounts"], route_class=IdempotentRoute)
sign_in_router = APIRouter(tags=["Accounts"], route_class=RegistryRoute)
_ERRORS = (Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.AUTHORIZATION_ERROR)


@sign_in_router.post(
    "/auth/passkey",
    summary="Finish signing in with a passkey",
    response_model=Data[TokensResponse],
    responses=error_responses(*_ERRORS),
)
async def finish_log_in(request: Request, body: PasskeyAnswerRequest) -> Response:
    """
    The second step where the account has a passkey: its answer to what POST /auth/login gave to ask.

    A challenge is good for one try, right or wrong; after a wrong one the password is asked for again.
    """
    tokens = await sign_in.log_in_with_passkey(
        resources(request),
        passkey_proof(body.challenge_id, body.credential),
        session_origin(request),
    )
    return signed_in_response(request, tokens)


@sign_in_router.post(
    "/auth/passkey/new",
    summary="Finish signing in by adding a passkey",
    response_model=Data[TokensResponse],
    responses=error_responses(*_ERRORS),
)
async def finish_log_in_with_new(request: Request, body: NewPasskeyRequest) -> Response:
    """
    The second step where the account's role demands a second factor and it has none yet: what an
    authenticator made, asked by POST /auth/login. Its owner is told by mail.
    """
    tokens = await sign_in.log_in_with_new_passkey(
        resources(request),
        body.name,
        passkey_proof(body.challenge_id, body.credential),
        session_origin(request),
    )
    return signed_in_response(request, tokens)


@router.post(
    "/me/passkeys/challenge",
    summary="Ask what an authenticator is to make",
    response_model=Data[AskedNewPasskeyResponse],
    responses=error_responses(*_ERRORS, Code.CONFLICT),
)
async def ask_to_add(
    request: Request,
    account: SignedIn,
    session_id: SessionId,
    key: OperationKey,  # noqa: ARG001 -- documents the header
) -> Response:
    """
    Gives options for `navigator.credentials.create`; POST /me/passkeys takes what comes of them.

    They are good once, for five minutes, in this session. Asked again, also with the same
    Idempotency-Key, they are others.
    """
    asked = await commands.ask_to_add(resources(request), Asker(account, session_id))
    return SecretResponse(
        data_bytes(asked_new_passkey_response(asked)),
        headers={"Cache-Control": PRIVATE},
        media_type=MEDIA_TYPE,
    )


@router.post(
    "/me/passkeys",
    status_code=201,
    summary="Add a passkey",
    response_model=Data[PasskeyResponse],
    responses=error_responses(*_ERRORS, Code.CONFLICT),
)
async def add_passkey(
    request: Request,
    account: SignedIn,
    session_id: SessionId,
    key: OperationKey,
    body: NewPasskeyRequest,
) -> Response:
    """
    From then on signing in asks for one of the account's passkeys too, or for its wallet, and so does
    deciding a verification. Its owner is told by mail.
    """
    added = await commands.add_passkey(
        resources(request),
        Asker(account, session_id),
        key,
        body.name,
        passkey_proof(body.challenge_id, body.credential),
    )
    return json_response(
        passkey_response(added), status=201, location=f"{BASE_PATH}/me/passkeys/{added.id}"
    )


@router.get(
    "/me/passkeys",
    summary="List my passkeys",
    response_model=DataList[PasskeyResponse],
    responses=error_responses(*_ERRORS),
)
async def list_passkeys(request: Request, account: SignedIn) -> Response:
    """All of them, oldest first, with when each was last used."""
    async with reading(request) as connection:
        found = await passkeys_of(connection, account.id)
    listed = DataList[PasskeyResponse].model_validate(
        {
            "data": [passkey_response(one) for one in found],
            "meta": {"limit": PASSKEYS_MAX, "next_cursor": None},
            "links": {"next": None},
        }
    )
    return Response(
        listed.model_dump_json(by_alias=True),
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": PRIVATE},
    )


@router.patch(
    "/me/passkeys/{passkey_id}",
    summary="Name a passkey",
    response_model=Data[PasskeyResponse],
    responses=error_responses(*_ERRORS, Code.NOT_FOUND),
)
async def rename_passkey(
    request: Request, account: SignedIn, passkey_id: UUID, body: PasskeyNameRequest
) -> Response:
    """The name is for its owner alone, to tell one passkey from another."""
    renamed = await commands.rename_passkey(resources(request), account, passkey_id, body.name)
    return json_response(passkey_response(renamed))


@router.delete(
    "/me/passkeys/{passkey_id}",
    status_code=204,
    summary="Remove a passkey",
    response_class=Response,
    responses=error_responses(*_ERRORS, Code.NOT_FOUND, Code.CONFLICT),
)
async def remove_passkey(request: Request, account: SignedIn, passkey_id: UUID) -> Response:
    """It signs nobody in from this moment on. Its owner is told by mail."""
    await commands.remove_passkey(resources(request), account, passkey_id)
    return Response(status_code=204, headers={"Cache-Control": PRIVATE})
