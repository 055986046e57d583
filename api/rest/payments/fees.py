"""Fee schedules: proposed, countersigned, refused."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from api.commands.payments import fees as commands
from api.http.errors.problem import Code, error_responses
from api.http.idempotency import OperationKey
from api.http.identity.authentication import SignedIn
from api.http.resources import resources
from api.http.responses import json_response
from api.http.routing import IdempotentRoute
from api.http.schema import Data
from api.rest.payments.schemas.fees import (
    FeeSchedulesResponse,
    FeesRefusalRequest,
    FeesRequest,
    fees_response,
)
from domain.payments.fees import FeeOutcome

router = APIRouter(tags=["Payments"], route_class=IdempotentRoute)

_READ = (
    Code.VALIDATION_ERROR,
    Code.AUTHENTICATION_ERROR,
    Code.AUTHORIZATION_ERROR,
    Code.NOT_FOUND,
)
ScheduleNumber = Annotated[int, Path(ge=1, le=10_000, description="Of the fee schedule.")]


@router.get(
    "/fee-schedules",
    summary="List fee schedules",
    response_model=Data[FeeSchedulesResponse],
    responses=error_responses(Code.AUTHENTICATION_ERROR, Code.AUTHORIZATION_ERROR),
)
async def list_fees(request: Request, account: SignedIn) -> Response:
    """For administrators: all of them by number; one at most is in force."""
    return json_response(fees_response(await commands.fee_schedules(resources(request), account)))


@router.post(
    "/fee-schedules",
    status_code=201,
    summary="Propose a fee schedule",
    response_model=Data[FeeSchedulesResponse],
    responses=error_responses(
        Code.VALIDATION_ERROR,
        Code.AUTHENTICATION_ERROR,
        Code.AUTHORIZATION_ERROR,
        Code.CONFLICT,
    ),
)
async def propose_fees(
    request: Request, account: SignedIn, key: OperationKey, body: FeesRequest
) -> Response:
    """
    For administrators. It is in force once another one countersigns; one waits at a time (409).

    Invoices are written where `FEES_CHARGED` is set. Those that were written before keep their amounts.
    """
    found = await commands.propose_fees(resources(request), account, key, body.terms())
    return json_response(fees_response(found), status=201)


@router.post(
    "/fee-schedules/{number}/countersign",
    summary="Countersign a fee schedule",
    response_model=Data[FeeSchedulesResponse],
    responses=error_responses(*_READ, Code.CONFLICT),
)
async def countersign_fees(
    request: Request,
    account: SignedIn,
    number: ScheduleNumber,
    key: OperationKey,  # noqa: ARG001 -- the answer is kept under it
) -> Response:
    """For an administrator who has not proposed it."""
    found = await commands.decide_fees(
        resources(request), account, number, FeeOutcome.COUNTERSIGNED, None
    )
    return json_response(fees_response(found))


@router.post(
    "/fee-schedules/{number}/refuse",
    summary="Refuse a fee schedule",
    response_model=Data[FeeSchedulesResponse],
    responses=error_responses(*_READ, Code.CONFLICT),
)
async def refuse_fees(
    request: Request,
    account: SignedIn,
    number: ScheduleNumber,
    key: OperationKey,  # noqa: ARG001 -- the answer is kept under it
    body: FeesRefusalRequest,
) -> Response:
    """For an administrator who has not proposed it, with a reason. It stays, and counts for nothing."""
    found = await commands.decide_fees(
        resources(request), account, number, FeeOutcome.REFUSED, body.reason
    )
    return json_response(fees_response(found))
