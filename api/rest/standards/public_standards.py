"""What others say of projects and credits, for everybody."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.credits.reads import entries as reads_entries
from adapters.postgres.projects.reads import projects as reads_projects
from adapters.postgres.standards import reads
from api.http.errors.problem import Code, error_responses
from api.http.fields import Text
from api.http.lists import ListRequest, list_bytes, page_params
from api.http.resources import reading
from api.http.responses import data_bytes, public_response
from api.http.routing import RegistryRoute
from api.http.schema import Data, DataList
from api.rest.credits.schemas.credits import SerialInPath
from api.rest.standards.names import StandardNamesResponse, names_response
from api.rest.standards.schemas import (
    ForeignRangeResponse,
    LabelResponse,
    StandardsResponse,
    label_response,
    range_response,
    standards_response,
)
from domain.errors import Fault, Invalid, NotFound
from domain.identifiers import Serial
from domain.standards.foreign_serials import SERIAL_LENGTH_MAX, read_serial
from domain.standards.labels import Scheme

router = APIRouter(prefix="/registry", tags=["Public registry"], route_class=RegistryRoute)
ProjectId = Annotated[UUID | None, Query(alias="projectId")]


@router.get(
    "/standards",
    summary="Read the schemes' and registries' own names",
    response_model=Data[StandardNamesResponse],
    responses=error_responses(Code.VALIDATION_ERROR),
)
async def read_names(request: Request) -> Response:
    """Which standards and labels there are, what they call what, and how other registries write their serials."""
    return public_response(request, data_bytes(names_response()))


@router.get(
    "/labels",
    summary="List all labels",
    response_model=DataList[LabelResponse],
    responses=error_responses(Code.VALIDATION_ERROR),
)
async def list_labels(
    request: Request,
    list_request: Annotated[ListRequest, page_params(LabelResponse, sort="recordedAt")],
    scheme: Scheme | None = None,
    project_id: ProjectId = None,
) -> Response:
    """Standards and labels of all projects, withdrawn ones too; newest first unless asked otherwise."""
    async with reading(request) as connection:
        rows = await reads.labels_page(
            connection, list_request.page, scheme=scheme, project_id=project_id
        )
    body = list_bytes(
        request, list_request, rows, label_response, lambda view: (view.recorded_at, view.id)
    )
    return public_response(request, body)


@router.get(
    "/foreign-ranges",
    summary="Find units of other registries",
    response_model=DataList[ForeignRangeResponse],
    responses=error_responses(Code.VALIDATION_ERROR),
)
async def list_ranges(
    request: Request,
    list_request: Annotated[ListRequest, page_params(ForeignRangeResponse, sort="recordedAt")],
    serial: Annotated[
        str | None,
        Text(SERIAL_LENGTH_MAX),
        Query(description="As another registry writes it: what shares a number with it."),
    ] = None,
    project_id: ProjectId = None,
) -> Response:
    """Which units that other registries cancelled were issued here; each number comes once."""
    numbers = None
    if serial is not None:
        try:
            numbers = read_serial(serial)
        except Invalid as unread:
            raise Invalid(unread.detail, Fault("/serial", unread.detail)) from None
    async with reading(request) as connection:
        rows = await reads.foreign_ranges_page(
            connection, list_request.page, numbers=numbers, project_id=project_id
        )
    body = list_bytes(
        request, list_request, rows, range_response, lambda view: (view.recorded_at, view.id)
    )
    return public_response(request, body)


@router.get(
    "/projects/{project_id}/standards",
    summary="Read what others say of a project",
    response_model=Data[StandardsResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.NOT_FOUND),
)
async def read_project_standards(request: Request, project_id: UUID) -> Response:
    """Standards, labels, authorisations under Article 6 and units of other registries, withdrawn ones too."""
    async with reading(request) as connection:
        if not await reads_projects.project_names(connection, [project_id]):
            raise NotFound("There is no such project.")
        view = await reads.public_standards(connection, project_id)
    return public_response(request, data_bytes(standards_response(view)))


@router.get(
    "/credits/{serial}/standards",
    summary="Read what others say of a credit",
    response_model=Data[StandardsResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.NOT_FOUND),
)
async def read_credit_standards(request: Request, serial: SerialInPath) -> Response:
    """What of its project's is about its vintage, and which units of other registries its issuance stands on."""
    async with reading(request) as connection:
        entry = await reads_entries.credit(connection, Serial.parse(serial), account=None)
        if entry is None:
            raise NotFound("There is no such credit entry.")
        links = await reads_entries.credit_links(connection, entry.id)
        view = await reads.credit_standards(
            connection, entry.project_id, entry.vintage, links.verification_id
        )
    return public_response(request, data_bytes(standards_response(view)))
