"""One's keys for programs."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.accounts.api_keys import all_keys_page, keys_page
from api.commands.accounts import api_keys as commands
from api.commands.addresses import BASE_PATH
from api.http.errors.problem import Code, error_responses
from api.http.idempotency import OperationKey
from api.http.identity.authentication import PERMITTED, SignedIn
from api.http.lists import ListRequest, list_response, page_params
from api.http.resources import reading, resources
from api.http.responses import MEDIA_TYPE, PRIVATE, SecretResponse, data_bytes
from api.http.routing import IdempotentRoute
from api.http.schema import Data, DataList
from api.rest.accounts.schemas.api_keys import (
    ApiKeyMadeResponse,
    ApiKeyRequest,
    ApiKeyResponse,
    HeldApiKeyResponse,
    api_key_made_response,
    api_key_response,
    held_api_key_response,
)

router = APIRouter(route_class=IdempotentRoute)
_OWN = "Accounts"
_ERRORS = (Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.AUTHORIZATION_ERROR)


@router.post(
    "/me/api-keys",
    status_code=201,
    summary="Make an API key",
    tags=[_OWN],
    response_model=Data[ApiKeyMadeResponse],
    responses=error_responses(*_ERRORS, Code.CONFLICT),
)
async def make_api_key(
    request: Request, account: SignedIn, key: OperationKey, body: ApiKeyRequest
) -> Response:
    """
    For a program that acts for this account: sent as a bearer token, it may what its scopes say.

    The answer holds the key, and nothing ever shows it again; the same Idempotency-Key is answered
    with 409. A key never may more than its owner, manages no account and decides no verification. One that is bound to
    a project or to a folder calls nothing but what stands below that address.
    """
    made = await commands.make_api_key(
        resources(request),
        account,
        key,
        body.name,
        body.scopes,
        body.expires_at,
        project_id=body.project_id,
        folder_id=body.folder_id,
    )
    return SecretResponse(
        data_bytes(api_key_made_response(made)),
        status_code=201,
        headers={"Cache-Control": PRIVATE, "Location": f"{BASE_PATH}/me/api-keys"},
        media_type=MEDIA_TYPE,
    )


@router.get(
    "/me/api-keys",
    summary="List my API keys",
    tags=[_OWN],
    response_model=DataList[ApiKeyResponse],
    responses=error_responses(*_ERRORS),
)
async def list_api_keys(
    request: Request,
    account: SignedIn,
    list_request: Annotated[ListRequest, page_params(ApiKeyResponse, sort="createdAt")],
) -> Response:
    """With when each was last used; revoked and expired ones too. The keys themselves are not there."""
    async with reading(request) as connection:
        rows = await keys_page(connection, account.id, list_request.page)
    return list_response(
        request, list_request, rows, api_key_response, lambda k: (k.created_at, k.id)
    )


@router.delete(
    "/me/api-keys/{key_id}",
    status_code=204,
    summary="Revoke an API key",
    tags=[_OWN],
    response_class=Response,
    responses=error_responses(*_ERRORS, Code.NOT_FOUND),
)
async def revoke_api_key(request: Request, account: SignedIn, key_id: UUID) -> Response:
    """It is refused from this moment on, for ever."""
    await commands.revoke_api_key(resources(request), account, key_id)
    return Response(status_code=204, headers={"Cache-Control": PRIVATE})


@router.get(
    "/api-keys",
    summary="List everybody's API keys",
    tags=["Staff"],
    response_model=DataList[HeldApiKeyResponse],
    responses=error_responses(*_ERRORS),
    dependencies=[PERMITTED],
)
async def list_everybodys_api_keys(
    request: Request,
    list_request: Annotated[ListRequest, page_params(HeldApiKeyResponse, sort="createdAt")],
) -> Response:
    """Which programs act for whom, with when each key was last used. The keys themselves are not there."""
    async with reading(request) as connection:
        rows = await all_keys_page(connection, list_request.page)
    return list_response(
        request,
        list_request,
        rows,
        held_api_key_response,
        lambda held: (held.key.created_at, held.key.id),
    )
