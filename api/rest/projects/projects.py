"""Projects: registering one, and reading those one works on."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from activities.projects.projects import RegisterProject
from adapters.postgres.projects import reads as reads_projects
from adapters.postgres.projects.reads import ProjectFilter, ProjectView
from api.commands.stored_requests import store_request
from api.commands.workflow_calls import Operation
from api.http.authentication import SignedIn, requires
from api.http.fields import Country, Text
from api.http.idempotency import OperationKey
from api.http.lists import After, ListRequest, answer_list, page_params
from api.http.problem import Code, error_responses
from api.http.resources import reading, resources
from api.http.responses import answer
from api.http.routing import IdempotentRoute
from api.http.schema import Data, DataList
from api.rest.projects.schemas.projects import (
    ProjectRequest,
    ProjectResponse,
    project_payload,
    project_response,
)
from domain.accounts.roles import Account, Permission
from domain.errors import NotFound
from domain.identifiers import derived_id, operation_id
from domain.projects.projects import (
    ProjectStatus,
    ProjectType,
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
    dependencies=[requires(Permission.REGISTER_PROJECT)],
)
async def register_project(
    request: Request, account: SignedIn, key: OperationKey, sent: ProjectRequest
) -> Response:
    """
    Registers a project and opens its verification, in one step.

    For developers. Staff are told that the verification waits for a verifier.
    """
    project_id = operation_id(account.id, "register-project", key)
    async with store_request(request, project_id, account.id, project_payload(sent)):
        await resources(request).workflows.register_project(
            Operation(project_id, f"/api/v1/projects/{project_id}"),
            RegisterProject(
                project_id=project_id,
                verification_id=derived_id(project_id, "verification"),
                developer_id=account.id,
            ),
        )
    seen = await visible_project(request, project_id, account)
    return answer(project_response(seen), status=201, location=f"/api/v1/projects/{project_id}")


@router.get(
    "/projects",
    summary="List projects",
    response_model=DataList[ProjectResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR),
)
async def list_projects(
    request: Request,
    account: SignedIn,
    asked: Annotated[ListRequest, page_params(ProjectResponse, sort="createdAt")],
    status: ProjectStatus | None = None,
    type: ProjectType | None = None,
    country: Country | None = None,
    developer_id: Annotated[UUID | None, Query(alias="developerId")] = None,
    q: Annotated[
        str | None, Text(200), Query(description="Words of the title or the location.")
    ] = None,
) -> Response:
    """The projects one works on: one's own, those one verifies, or for staff all of them."""
    chosen = ProjectFilter(status, type, country, developer_id, q)
    async with reading(request) as connection:
        rows = await reads_projects.projects_page(connection, chosen, asked.part, account=account)
    return answer_list(request, asked, rows, project_response, project_position)


@router.get(
    "/projects/{project_id}",
    summary="Read a project",
    response_model=Data[ProjectResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.NOT_FOUND),
)
async def read_project(request: Request, account: SignedIn, project_id: UUID) -> Response:
    """For its owner, the verifier it is assigned to, and staff."""
    return answer(project_response(await visible_project(request, project_id, account)))


async def visible_project(request: Request, project_id: UUID, account: Account) -> ProjectView:
    """
    Raises:
        NotFound: there is no such project, or this account may not see it.
    """
    async with reading(request) as connection:
        seen = await reads_projects.project(connection, project_id, account=account)
    if seen is None:
        raise NotFound("There is no such project.")
    return seen


def project_position(seen: ProjectView) -> After:
    return seen.project.created_at, seen.project.id
