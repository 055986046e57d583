"""Keeping labels, authorisations and foreign ranges, for administrators."""

from collections.abc import Sequence
from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.standards.reads import (
    AuthorisationView,
    ForeignRangeView,
    LabelView,
    StandardsView,
)
from api.commands.addresses import project_standards_address
from api.commands.standards import records as commands
from api.http.errors.problem import Code, error_responses
from api.http.idempotency import OperationKey
from api.http.identity.authentication import SignedIn
from api.http.resources import resources
from api.http.responses import json_response
from api.http.routing import IdempotentRoute
from api.http.schema import Data
from api.rest.standards.schemas import (
    AuthorisationRequest,
    AuthorisationResponse,
    AuthorisationStepRequest,
    ForeignRangeRequest,
    ForeignRangeResponse,
    LabelRequest,
    LabelResponse,
    StandardsResponse,
    WithdrawalReasonRequest,
    authorisation_response,
    label_response,
    range_response,
    standards_response,
)
from domain.accounts.roles import Account
from domain.errors import NotFound

router = APIRouter(tags=["Staff"], route_class=IdempotentRoute)
_READ_ERRORS = error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.NOT_FOUND)
_ERRORS = error_responses(
    Code.VALIDATION_ERROR,
    Code.AUTHENTICATION_ERROR,
    Code.AUTHORIZATION_ERROR,
    Code.NOT_FOUND,
    Code.CONFLICT,
    Code.UNAVAILABLE,
)
StepNumber = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get(
    "/projects/{project_id}/standards",
    summary="Read what is recorded of a project",
    response_model=Data[StandardsResponse],
    responses=_READ_ERRORS,
)
async def read_standards(request: Request, account: SignedIn, project_id: UUID) -> Response:
    """For those who work on it, and administrators: with what waits for another administrator to confirm it."""
    view = await commands.project_standards(resources(request), account, project_id)
    return json_response(standards_response(view))


@router.post(
    "/projects/{project_id}/labels",
    status_code=201,
    summary="Record a standard or label",
    response_model=Data[LabelResponse],
    responses=_ERRORS,
)
async def record_label(
    request: Request, account: SignedIn, project_id: UUID, key: OperationKey, body: LabelRequest
) -> Response:
    """For administrators. The public reads it once another one has confirmed it."""
    label_id = await commands.record_label(
        resources(request), account, key, project_id, body.payload()
    )
    return await _label(request, account, project_id, label_id, status=201)


@router.post(
    "/labels/{label_id}/confirm",
    summary="Confirm a label",
    response_model=Data[LabelResponse],
    responses=_ERRORS,
)
async def confirm_label(
    request: Request, account: SignedIn, label_id: UUID, key: OperationKey
) -> Response:
    """For administrators, but not for who recorded it."""
    project_id = await commands.settle_label(resources(request), account, key, label_id, None)
    return await _label(request, account, project_id, label_id)


@router.post(
    "/labels/{label_id}/withdraw",
    summary="Withdraw a label",
    response_model=Data[LabelResponse],
    responses=_ERRORS,
)
async def withdraw_label(
    request: Request,
    account: SignedIn,
    label_id: UUID,
    key: OperationKey,
    body: WithdrawalReasonRequest,
) -> Response:
    """For administrators, at once and for ever. What was confirmed stays in public, with the reason."""
    project_id = await commands.settle_label(
        resources(request), account, key, label_id, body.reason
    )
    return await _label(request, account, project_id, label_id)


@router.post(
    "/projects/{project_id}/authorisations",
    status_code=201,
    summary="Record that a host Party was asked",
    response_model=Data[AuthorisationResponse],
    responses=_ERRORS,
)
async def request_authorisation(
    request: Request,
    account: SignedIn,
    project_id: UUID,
    key: OperationKey,
    body: AuthorisationRequest,
) -> Response:
    """For administrators. The Party is that of the project's country."""
    authorisation_id = await commands.request_authorisation(
        resources(request), account, key, project_id, body.payload()
    )
    return await _authorisation(request, account, project_id, authorisation_id, status=201)


@router.post(
    "/authorisations/{authorisation_id}/steps",
    status_code=201,
    summary="Record a host Party's document",
    response_model=Data[AuthorisationResponse],
    responses=_ERRORS,
)
async def record_step(
    request: Request,
    account: SignedIn,
    authorisation_id: UUID,
    key: OperationKey,
    body: AuthorisationStepRequest,
) -> Response:
    """For administrators. The authorisation moves on once another one has confirmed it."""
    parts = resources(request)
    await commands.record_step(parts, account, key, authorisation_id, body.payload())
    project_id = await commands.project_of_authorisation(parts, account, authorisation_id)
    return await _authorisation(request, account, project_id, authorisation_id, status=201)


@router.post(
    "/authorisations/{authorisation_id}/steps/{number}/confirm",
    summary="Confirm a host Party's document",
    response_model=Data[AuthorisationResponse],
    responses=_ERRORS,
)
async def confirm_step(
    request: Request,
    account: SignedIn,
    authorisation_id: UUID,
    number: StepNumber,
    key: OperationKey,
) -> Response:
    """For administrators, but not for who recorded it."""
    project_id = await commands.settle_step(
        resources(request), account, key, authorisation_id, number, None
    )
    return await _authorisation(request, account, project_id, authorisation_id)


@router.post(
    "/authorisations/{authorisation_id}/steps/{number}/withdraw",
    summary="Take back what was not confirmed",
    response_model=Data[AuthorisationResponse],
    responses=_ERRORS,
)
async def withdraw_step(
    request: Request,
    account: SignedIn,
    authorisation_id: UUID,
    number: StepNumber,
    key: OperationKey,
    body: WithdrawalReasonRequest,
) -> Response:
    """For administrators. What was confirmed stands; the Party's next document changes or revokes it."""
    project_id = await commands.settle_step(
        resources(request), account, key, authorisation_id, number, body.reason
    )
    return await _authorisation(request, account, project_id, authorisation_id)


@router.post(
    "/verifications/{verification_id}/foreign-ranges",
    status_code=201,
    summary="Record which units of another registry an issuance stands on",
    response_model=Data[ForeignRangeResponse],
    responses=_ERRORS,
)
async def record_range(
    request: Request,
    account: SignedIn,
    verification_id: UUID,
    key: OperationKey,
    body: ForeignRangeRequest,
) -> Response:
    """For administrators. Each number of another registry comes once in the whole registry, however it is spelt."""
    project_id, range_id = await commands.record_range(
        resources(request),
        account,
        key,
        verification_id,
        vintage=body.vintage,
        quantity_units=body.quantity,
        payload=body.payload(),
    )
    return await _range(request, account, project_id, range_id, status=201)


@router.post(
    "/foreign-ranges/{range_id}/confirm",
    summary="Confirm a range of another registry",
    response_model=Data[ForeignRangeResponse],
    responses=_ERRORS,
)
async def confirm_range(
    request: Request, account: SignedIn, range_id: UUID, key: OperationKey
) -> Response:
    """For administrators, but not for who recorded it."""
    project_id = await commands.settle_range(resources(request), account, key, range_id, None)
    return await _range(request, account, project_id, range_id)


@router.post(
    "/foreign-ranges/{range_id}/withdraw",
    summary="Withdraw a range of another registry",
    response_model=Data[ForeignRangeResponse],
    responses=_ERRORS,
)
async def withdraw_range(
    request: Request,
    account: SignedIn,
    range_id: UUID,
    key: OperationKey,
    body: WithdrawalReasonRequest,
) -> Response:
    """For administrators, at once. Its numbers may then be recorded again."""
    project_id = await commands.settle_range(
        resources(request), account, key, range_id, body.reason
    )
    return await _range(request, account, project_id, range_id)


async def _label(
    request: Request, account: Account, project_id: UUID, label_id: UUID, *, status: int = 200
) -> Response:
    view = await _standards(request, account, project_id)
    body = label_response(_of_id(view.labels, label_id))
    return _answer(body, project_id, status)


async def _authorisation(
    request: Request,
    account: Account,
    project_id: UUID,
    authorisation_id: UUID,
    *,
    status: int = 200,
) -> Response:
    view = await _standards(request, account, project_id)
    body = authorisation_response(_of_id(view.authorisations, authorisation_id))
    return _answer(body, project_id, status)


async def _range(
    request: Request, account: Account, project_id: UUID, range_id: UUID, *, status: int = 200
) -> Response:
    view = await _standards(request, account, project_id)
    body = range_response(_of_id(view.foreign_ranges, range_id))
    return _answer(body, project_id, status)


async def _standards(request: Request, account: Account, project_id: UUID) -> StandardsView:
    return await commands.project_standards(resources(request), account, project_id)


def _answer(
    body: LabelResponse | AuthorisationResponse | ForeignRangeResponse,
    project_id: UUID,
    status: int,
) -> Response:
    location = project_standards_address(project_id) if status == 201 else None  # noqa: PLR2004 -- created
    return json_response(body, status=status, location=location)


View = TypeVar("View", LabelView, AuthorisationView, ForeignRangeView)


def _of_id(views: Sequence[View], wanted: UUID) -> View:
    for one in views:
        if one.id == wanted:
            return one
    raise NotFound("There is no such record.")
