"""Projects as anybody may see them, with their evidence."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.credits.reads import obligations as reads_obligations
from adapters.postgres.credits.reads import totals as reads_totals
from adapters.postgres.projects.reads import buffer_shares as reads_buffer_shares
from adapters.postgres.projects.reads import documents as reads_documents
from adapters.postgres.projects.reads import projects as reads_projects
from adapters.postgres.projects.reads import rounds as reads_rounds
from adapters.postgres.projects.reads import verifications as reads_verifications
from adapters.postgres.projects.reads.assurance import opinions as reads_opinions
from adapters.postgres.projects.reads.assurance import risk_assessments as reads_risks
from adapters.postgres.projects.reads.projects import ProjectFilter
from api.commands.projects.projects import visible_project
from api.http.errors.problem import Code, error_responses
from api.http.fields import Country, Text
from api.http.identity.authentication import SignedIn
from api.http.kept_lines import KeptLines
from api.http.lists import ListRequest, kept_list_bytes, list_bytes, page_params, plain_page
from api.http.resources import reading, resources
from api.http.responses import data_bytes, json_response, public_response
from api.http.routing import RegistryRoute, answered_plainly
from api.http.schema import Data, DataList
from api.rest.projects.projects import Q, project_position
from api.rest.projects.schemas.public_projects import (
    PublicPreviewResponse,
    RegistryProject,
    RegistryProjectLine,
    public_preview_response,
    registry_line_response,
    registry_project_response,
)
from domain.errors import NotFound
from domain.projects.projects import ProjectStatus, ProjectType
from domain.standards.labels import Scheme

router = APIRouter(prefix="/registry", tags=["Public registry"], route_class=RegistryRoute)
preview_router = APIRouter(tags=["Projects"], route_class=RegistryRoute)

_LINES = KeptLines(
    reads_projects.EVERY_PROJECT,
    reads_projects.project_view,
    registry_line_response,
    project_position,
)


async def _list_plainly(request: Request) -> Response | None:
    """Every project there is, a part at a time, without filters: of lines that are kept."""
    page = plain_page(request, sort="createdAt")
    if page is None:
        return None
    async with reading(request) as connection:
        lines = await _LINES.page(connection, page)
    return public_response(request, kept_list_bytes(request, page, lines))


@router.get(
    "/projects",
    summary="List all projects",
    response_model=DataList[RegistryProjectLine],
    responses=error_responses(Code.VALIDATION_ERROR),
)
@answered_plainly(_list_plainly)
async def list_projects(
    request: Request,
    list_request: Annotated[ListRequest, page_params(RegistryProjectLine, sort="createdAt")],
    status: ProjectStatus | None = None,
    type: ProjectType | None = None,
    country: Country | None = None,
    q: Annotated[str | None, Text(200), Query(description=Q)] = None,
    methodology_id: Annotated[
        UUID | None,
        Query(alias="methodologyId", description="Some round is verified by some version of it."),
    ] = None,
    label: Annotated[
        Scheme | None, Query(description="A standard or label of that scheme stands for it today.")
    ] = None,
) -> Response:
    """Every project there is, without an account."""
    chosen = ProjectFilter(status, type, country, None, q, methodology_id, label)
    async with reading(request) as connection:
        rows = await reads_projects.projects_page(
            connection, chosen, list_request.page, account=None
        )
    return public_response(
        request, list_bytes(request, list_request, rows, registry_line_response, project_position)
    )


@router.get(
    "/projects/{project_id}",
    summary="Read a project and its evidence",
    response_model=Data[RegistryProject],
    responses=error_responses(Code.VALIDATION_ERROR, Code.NOT_FOUND),
)
async def read_project(request: Request, project_id: UUID) -> Response:
    """The project, how it was verified, the hashes of its evidence, and where its credits are."""
    return public_response(request, data_bytes(await _public_project(request, project_id)))


@preview_router.get(
    "/projects/{project_id}/public-preview",
    summary="See what the public will see",
    response_model=Data[PublicPreviewResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.NOT_FOUND),
)
async def preview_project(request: Request, account: SignedIn, project_id: UUID) -> Response:
    """
    For its supplier, the verifier it is assigned to, and staff.

    What everybody reads of the project now, and which fields follow when (`/about/disclosure`).
    """
    await visible_project(resources(request), account, project_id)
    public = await _public_project(request, project_id)
    decided = public.verification.completed_at is not None
    return json_response(public_preview_response(public, decided=decided))


async def _public_project(request: Request, project_id: UUID) -> RegistryProject:
    async with reading(request) as connection:
        project = await reads_projects.public_project(connection, project_id)
        if project is None:
            raise NotFound("There is no such project.")
        return registry_project_response(
            project,
            await reads_rounds.rounds(connection, project_id),
            await reads_verifications.public_timeline(connection, project.verification_id),
            await reads_documents.evidence(connection, project_id),
            await reads_totals.project_sums(connection, project_id),
            await reads_buffer_shares.buffer_share(connection, project.project),
            await reads_obligations.unsettled_obligations(connection, project_id),
            validation=await reads_opinions.public_validation(connection, project_id),
            risk=await reads_risks.public_risk(connection, project_id),
            at=resources(request).clock.now(),
        )
