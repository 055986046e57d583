"""Methodologies: for everybody to read, for administrators to keep."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.projects.reads.methodologies import MethodologyView, methodologies_page
from adapters.postgres.queries import Position
from api.commands.addresses import methodology_address
from api.commands.projects import methodologies as commands
from api.http.errors.problem import Code, error_responses
from api.http.idempotency import OperationKey
from api.http.identity.authentication import PERMITTED, SignedIn
from api.http.lists import ListRequest, list_bytes, page_params
from api.http.resources import reading, resources
from api.http.responses import data_bytes, json_response, public_response
from api.http.routing import IdempotentRoute, RegistryRoute
from api.http.schema import Data, DataList
from api.rest.projects.schemas.methodologies import (
    MethodologyChangeRequest,
    MethodologyRequest,
    MethodologyResponse,
    methodology_response,
)
from domain.projects.projects import ProjectType

public_router = APIRouter(tags=["Public registry"], route_class=RegistryRoute)
router = APIRouter(tags=["Staff"], route_class=IdempotentRoute, dependencies=[PERMITTED])
_ERRORS = (
    Code.VALIDATION_ERROR,
    Code.AUTHENTICATION_ERROR,
    Code.AUTHORIZATION_ERROR,
    Code.CONFLICT,
)


@public_router.get(
    "/methodologies",
    summary="List methodologies",
    response_model=DataList[MethodologyResponse],
    responses=error_responses(Code.VALIDATION_ERROR),
)
async def list_methodologies(
    request: Request,
    list_request: Annotated[ListRequest, page_params(MethodologyResponse, sort="createdAt")],
    project_type: Annotated[
        ProjectType | None,
        Query(alias="projectType", description="Those of which some version is for such projects."),
    ] = None,
) -> Response:
    """By which tonnes are quantified here, with all their versions; without an account."""
    async with reading(request) as connection:
        rows = await methodologies_page(connection, list_request.page, project_type=project_type)
    return public_response(
        request, list_bytes(request, list_request, rows, methodology_response, _position)
    )


@public_router.get(
    "/methodologies/{methodology_id}",
    summary="Read a methodology",
    response_model=Data[MethodologyResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.NOT_FOUND),
)
async def read_methodology(request: Request, methodology_id: UUID) -> Response:
    """With all its versions, also those that are withdrawn."""
    view = await commands.found_methodology(resources(request), methodology_id)
    return public_response(request, data_bytes(methodology_response(view)))


@router.post(
    "/methodologies",
    status_code=201,
    summary="Record a methodology",
    response_model=Data[MethodologyResponse],
    responses=error_responses(*_ERRORS),
)
async def add_methodology(
    request: Request, account: SignedIn, key: OperationKey, body: MethodologyRequest
) -> Response:
    """For administrators: a methodology with its first version."""
    view = await commands.add_methodology(
        resources(request),
        account,
        key,
        name=body.name,
        standard=body.standard,
        sector=body.sector,
        terms=body.terms(),
    )
    location = methodology_address(view.methodology.id)
    return json_response(methodology_response(view), status=201, location=location)


@router.patch(
    "/methodologies/{methodology_id}",
    summary="Add a version to a methodology, or withdraw one",
    response_model=Data[MethodologyResponse],
    responses=error_responses(*_ERRORS, Code.NOT_FOUND),
)
async def change_methodology(
    request: Request, account: SignedIn, methodology_id: UUID, body: MethodologyChangeRequest
) -> Response:
    """
    For administrators. A version never changes: another one is added, and the former withdrawn.

    Rounds that are verified by what is withdrawn finish on it; no later round chooses it.
    """
    view = await commands.change_methodology(
        resources(request),
        account,
        methodology_id,
        new_version=body.new_version.terms() if body.new_version else None,
        withdraws=body.withdraw.version_id if body.withdraw else None,
        withdrawal_reason=body.withdraw.reason if body.withdraw else "",
    )
    return json_response(methodology_response(view))


def _position(view: MethodologyView) -> Position:
    return view.created_at, view.methodology.id
