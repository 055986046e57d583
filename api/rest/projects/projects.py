"""Projects: registering one, and reading those one works on."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.projects.reads import projects as reads_projects
from adapters.postgres.projects.reads.projects import ProjectFilter, ProjectView
from adapters.postgres.queries import Position
from api.commands.addresses import project_address
from api.commands.projects import projects as commands
from api.http.errors.problem import Code, error_responses
from api.http.fields import Country, Text
from api.http.idempotency import OperationKey
from api.http.identity.authentication import PERMITTED, SignedIn
from api.http.lists import ListRequest, list_response, page_params
from api.http.resources import reading, resources
from api.http.responses import json_response
from api.http.routing import IdempotentRoute
from api.http.schema import Data, DataList
from api.rest.projects.schemas.projects import (
    ProjectRequest,
    ProjectResponse,
    project_payload,
    project_response,
)
from domain.projects.projects import ProjectStatus, ProjectType

Q = (
    "Words that all fit: each is in the title, the location or the supplier's company, in any case, with or "
    "without accents, or names the country (a name, alpha-2, alpha-3) or the type. Three characters of a "
    "word are enough."
)

router = APIRouter(tags=["Projects"], route_class=IdempotentRoute)


@router.post(
    "/projects",
    status_code=201,
    summary="Register a project",
    response_model=Data[ProjectResponse],
    responses=error_responses(
        Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.AUTHORIZATION_ERROR, Code.CONFLICT
    ),
    dependencies=[PERMITTED],
)
async def register_project(
    request: Request, account: SignedIn, key: OperationKey, body: ProjectRequest
) -> Response:
    """
    Registers a project and opens its verification, in one step.

    For developers. Staff are told that the verification waits for a verifier.
    """
    project = await commands.register_project(
        resources(request), account, key, project_payload(body)
    )
    location = project_address(project.project.id)
    return json_response(project_response(project), status=201, location=location)


@router.get(
    "/projects",
    summary="List projects",
    response_model=DataList[ProjectResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR),
)
async def list_projects(
    request: Request,
    account: SignedIn,
    list_request: Annotated[ListRequest, page_params(ProjectResponse, sort="createdAt")],
    status: ProjectStatus | None = None,
    type: ProjectType | None = None,
    country: Country | None = None,
    developer_id: Annotated[UUID | None, Query(alias="developerId")] = None,
    q: Annotated[str | None, Text(200), Query(description=Q)] = None,
) -> Response:
    """The projects one works on: one's own, those one verifies, or for staff all of them."""
    chosen = ProjectFilter(status, type, country, developer_id, q)
    async with reading(request) as connection:
        rows = await reads_projects.projects_page(
            connection, chosen, list_request.page, account=account
        )
    return list_response(request, list_request, rows, project_response, project_position)


@router.get(
    "/projects/{project_id}",
    summary="Read a project",
    response_model=Data[ProjectResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.NOT_FOUND),
)
async def read_project(request: Request, account: SignedIn, project_id: UUID) -> Response:
    """For its supplier, the verifier it is assigned to, and staff."""
    return json_response(
        project_response(await commands.visible_project(resources(request), account, project_id))
    )


def project_position(view: ProjectView) -> Position:
    return view.project.created_at, view.project.id
