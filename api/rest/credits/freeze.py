"""Freezing the registry, for staff; and for everybody whether it is frozen, since when and why."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.credits.registry_state import read_registry_state
from api.commands.credits import freeze as commands
from api.http.errors.problem import Code, error_responses
from api.http.idempotency import OperationKey
from api.http.identity.authentication import SignedIn
from api.http.resources import reading, resources
from api.http.responses import data_bytes, json_response, public_response
from api.http.routing import IdempotentRoute
from api.http.schema import Data
from api.rest.credits.schemas.freeze import (
    FreezeRequest,
    StateResponse,
    UnfreezeRequest,
    state_response,
)

router = APIRouter(prefix="/registry", route_class=IdempotentRoute)

_CHANGE_ERRORS = error_responses(
    Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.AUTHORIZATION_ERROR, Code.CONFLICT
)


@router.get(
    "/state",
    tags=["Public registry"],
    summary="Read whether the registry is frozen",
    response_model=Data[StateResponse],
    responses=error_responses(),
)
async def read_state(request: Request) -> Response:
    """Whether ledger writes are taken at present, since when, and what staff said of it."""
    async with reading(request) as connection:
        state = await read_registry_state(connection)
    return public_response(request, data_bytes(state_response(state)))


@router.post(
    "/freeze",
    tags=["Staff"],
    summary="Freeze the registry",
    response_model=Data[StateResponse],
    responses=_CHANGE_ERRORS,
)
async def freeze_registry(
    request: Request, account: SignedIn, key: OperationKey, body: FreezeRequest
) -> Response:
    """
    For administrators. Writes under way are finished first; every later one answers 503.

    The reason is public at once. Approvals go on, and their credits are issued after the unfreeze.
    """
    state = await commands.freeze_registry(resources(request), account, key, body.reason)
    return json_response(state_response(state))


@router.post(
    "/unfreeze",
    tags=["Staff"],
    summary="Unfreeze the registry",
    response_model=Data[StateResponse],
    responses=_CHANGE_ERRORS,
)
async def unfreeze_registry(
    request: Request, account: SignedIn, key: OperationKey, body: UnfreezeRequest
) -> Response:
    """For administrators. Ledger writes are taken again, also those that were refused meanwhile."""
    state = await commands.unfreeze_registry(resources(request), account, key, body.reason)
    return json_response(state_response(state))
