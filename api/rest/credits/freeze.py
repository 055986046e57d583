"""Freezing the registry, for staff; and for everybody whether it is frozen, since when and why."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from activities.credits.freeze import ChangeState, FreezePayload, UnfreezePayload
from adapters.postgres.credits.registry_state import read_registry_state
from api.commands.stored_requests import store_request
from api.commands.workflow_calls import Operation
from api.http.authentication import SignedIn
from api.http.idempotency import OperationKey
from api.http.problem import Code, error_responses
from api.http.resources import reading, resources
from api.http.responses import answer, answer_public, data_bytes
from api.http.routing import IdempotentRoute
from api.http.schema import Data
from api.rest.credits.schemas.freeze import (
    FreezeRequest,
    StateResponse,
    UnfreezeRequest,
    state_response,
)
from domain.accounts.roles import Account, Permission
from domain.identifiers import operation_id

STATE_ADDRESS = "/api/v1/registry/state"


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
    return answer_public(request, data_bytes(state_response(state)))


@router.post(
    "/freeze",
    tags=["Staff"],
    summary="Freeze the registry",
    response_model=Data[StateResponse],
    responses=_CHANGE_ERRORS,
)
async def freeze_registry(
    request: Request, account: SignedIn, key: OperationKey, sent: FreezeRequest
) -> Response:
    """
    For administrators. Writes under way are finished first; every later one answers 503.

    The reason is public at once. Approvals go on, and their credits are issued after the unfreeze.
    """
    async with _changing(
        request, account, "freeze", key, FreezePayload(reason=sent.reason)
    ) as asked:
        await resources(request).workflows.freeze(*asked)
    return await _answer(request)


@router.post(
    "/unfreeze",
    tags=["Staff"],
    summary="Unfreeze the registry",
    response_model=Data[StateResponse],
    responses=_CHANGE_ERRORS,
)
async def unfreeze_registry(
    request: Request, account: SignedIn, key: OperationKey, sent: UnfreezeRequest
) -> Response:
    """For administrators. Ledger writes are taken again, also those that were refused meanwhile."""
    draft = UnfreezePayload(reason=sent.reason)
    async with _changing(request, account, "unfreeze", key, draft) as asked:
        await resources(request).workflows.unfreeze(*asked)
    return await _answer(request)


@asynccontextmanager
async def _changing(
    request: Request,
    account: Account,
    action: Literal["freeze", "unfreeze"],
    key: str,
    draft: FreezePayload | UnfreezePayload,
) -> AsyncIterator[tuple[Operation, ChangeState]]:
    account.require(Permission.FREEZE_REGISTRY)
    change_id: UUID = operation_id(account.id, action, key)
    async with store_request(request, change_id, account.id, draft):
        yield (
            Operation(change_id, STATE_ADDRESS),
            ChangeState(operation_id=change_id, actor_id=account.id),
        )


async def _answer(request: Request) -> Response:
    async with reading(request) as connection:
        return answer(state_response(await read_registry_state(connection)))
