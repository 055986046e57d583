"""The public registry: projects, credits and retirements as anybody may see them."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.credits import pages
from adapters.postgres.credits import reads as reads_credits
from adapters.postgres.credits import reads_totals as reads_registry
from adapters.postgres.credits.reads import RetirementFilter, RetirementView
from adapters.postgres.credits.reads_totals import CreditLinks
from adapters.postgres.projects import pages_project
from adapters.postgres.projects import reads as reads_projects
from adapters.postgres.projects.pages_project import EvidenceView, PublicProjectView, TimelineStep
from adapters.postgres.projects.reads import ProjectFilter, ProjectView
from api.http.fields import Country, Text
from api.http.lists import ListRequest, list_bytes, page_params
from api.http.problem import Code, error_responses
from api.http.resources import reading
from api.http.responses import answer_public, data_bytes
from api.http.routing import RegistryRoute
from api.http.schema import Data, DataList, Moment, ResponseSchema, Tonnes
from api.rest.credits.credits import SerialInPath, UnitsResponse, units_response
from api.rest.credits.retirement import (
    RetirementResponse,
    retirement_position,
    retirement_response,
    visible_retirement,
)
from api.rest.credits.totals import SumResponse, sum_response
from api.rest.examples.public_registry import (
    REGISTRY_CREDIT,
    REGISTRY_PROJECT,
    REGISTRY_PROJECT_LINE,
)
from api.rest.projects.projects import CoordinatesResponse, coordinates_response, project_position
from domain.credits.ledger import Conservation, CreditEntry, EntryStatus
from domain.errors import NotFound
from domain.identifiers import Serial
from domain.projects.documents import Disclosure, DocumentType
from domain.projects.projects import ProjectStatus, ProjectType
from domain.projects.verification import ADDED_BY_PEOPLE, EventType, VerificationStatus


class RegistryProjectLine(ResponseSchema):
    """The public facts of a project; `developer` is the company behind it."""

    model_config = ConfigDict(json_schema_extra={"examples": [REGISTRY_PROJECT_LINE]})

    id: UUID
    number: int | None
    title: str
    type: ProjectType
    description: str
    location: str
    country: str
    coordinates: CoordinatesResponse
    emissions_target: Tonnes
    start_date: date
    status: ProjectStatus
    developer: str | None
    created_at: Moment
    updated_at: Moment


class RegistryVerification(ResponseSchema):
    """`verifiedBy` is the verifier's company; persons are not named."""

    status: VerificationStatus
    verified_by: str | None
    completed_at: Moment | None
    verified_quantity: Tonnes | None
    vintage: int | None
    sign_off_digest: str | None


class RegistryEvent(ResponseSchema):
    """`message` is null where a person wrote it."""

    event_type: EventType
    message: str | None
    created_at: Moment


class RegistryDocument(ResponseSchema):
    """Type and SHA-256 of every completed document; the rest, and the bytes, only of public ones."""

    id: UUID | None
    document_type: DocumentType
    disclosure: Disclosure
    sha256: str
    name: str | None
    mime_type: str | None
    file_size: int | None
    completed_at: Moment


class RegistryProject(RegistryProjectLine):
    """A project with its verification, timeline, evidence and credits."""

    model_config = ConfigDict(json_schema_extra={"examples": [REGISTRY_PROJECT]})

    verification: RegistryVerification
    timeline: list[RegistryEvent]
    documents: list[RegistryDocument]
    credits: SumResponse


class RegistryCredit(ResponseSchema):
    """A block of units, where it came from and where it went; its holder is not public."""

    model_config = ConfigDict(json_schema_extra={"examples": [REGISTRY_CREDIT]})

    serial: str
    project_id: UUID
    quantity: Tonnes
    vintage: int
    status: EntryStatus
    units: UnitsResponse
    issued_at: Moment
    last_action_at: Moment
    parent_serial: str | None
    child_serials: list[str]
    retirement_id: UUID | None = Field(description="The retirement in which the units ended.")


router = APIRouter(prefix="/registry", tags=["Public registry"], route_class=RegistryRoute)


@router.get(
    "/projects",
    summary="List all projects",
    response_model=DataList[RegistryProjectLine],
    responses=error_responses(Code.VALIDATION_ERROR),
)
async def list_projects(
    request: Request,
    asked: Annotated[ListRequest, page_params(RegistryProjectLine, sort="createdAt")],
    status: ProjectStatus | None = None,
    type: ProjectType | None = None,
    country: Country | None = None,
    q: Annotated[
        str | None, Text(200), Query(description="Words of the title or the location.")
    ] = None,
) -> Response:
    """Every project there is, without an account."""
    chosen = ProjectFilter(status, type, country, None, q)
    async with reading(request) as connection:
        rows = await reads_projects.projects_page(connection, chosen, asked.part, account=None)
    return answer_public(
        request, list_bytes(request, asked, rows, _line_response, project_position)
    )


@router.get(
    "/projects/{project_id}",
    summary="Read a project and its evidence",
    response_model=Data[RegistryProject],
    responses=error_responses(Code.VALIDATION_ERROR, Code.NOT_FOUND),
)
async def read_project(request: Request, project_id: UUID) -> Response:
    """The project, how it was verified, the hashes of its evidence, and where its credits are."""
    async with reading(request) as connection:
        project = await pages_project.project(connection, project_id)
        if project is None:
            raise NotFound("There is no such project.")
        shape = _project_response(
            project,
            await pages_project.timeline(connection, project.verification_id),
            await pages_project.evidence(connection, project_id),
            await pages.project_sums(connection, project_id),
        )
    return answer_public(request, data_bytes(shape))


@router.get(
    "/credits/{serial}",
    summary="Look up a serial",
    response_model=Data[RegistryCredit],
    responses=error_responses(Code.VALIDATION_ERROR, Code.NOT_FOUND),
)
async def read_credit(request: Request, serial: SerialInPath) -> Response:
    """What became of the units under a serial, and the serials before and after it."""
    async with reading(request) as connection:
        entry = await reads_credits.credit(connection, Serial.parse(serial), account=None)
        if entry is None:
            raise NotFound("There is no such credit entry.")
        links = await reads_registry.credit_links(connection, entry.id)
    return answer_public(request, data_bytes(_credit_response(entry, links)))


@router.get(
    "/retirements",
    summary="List all retirements",
    response_model=DataList[RetirementResponse],
    responses=error_responses(Code.VALIDATION_ERROR),
)
async def list_retirements(
    request: Request,
    asked: Annotated[ListRequest, page_params(RetirementResponse, sort="retiredAt")],
    project_id: Annotated[UUID | None, Query(alias="projectId")] = None,
    vintage: Annotated[int | None, Query(ge=1, le=9999)] = None,
) -> Response:
    """Every retirement there is, newest first unless asked otherwise."""
    chosen = RetirementFilter(project_id, vintage)
    async with reading(request) as connection:
        rows = await reads_credits.retirements_page(connection, chosen, asked.part, account=None)

    def as_response(seen: RetirementView) -> RetirementResponse:
        return retirement_response(request, seen)

    return answer_public(
        request, list_bytes(request, asked, rows, as_response, retirement_position)
    )


@router.get(
    "/retirements/{retirement_id}",
    summary="Read a retirement",
    response_model=Data[RetirementResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.NOT_FOUND),
)
async def read_retirement(request: Request, retirement_id: UUID) -> Response:
    """On whose behalf, why, and how far its chain record has come."""
    seen = await visible_retirement(request, retirement_id, account=None)
    return answer_public(request, data_bytes(retirement_response(request, seen)))


def _line_response(seen: ProjectView) -> RegistryProjectLine:
    project = seen.project
    return RegistryProjectLine(
        id=project.id,
        number=project.number,
        title=project.title,
        type=project.type,
        description=project.description,
        location=project.location,
        country=project.country,
        coordinates=coordinates_response(
            project.coordinates.latitude, project.coordinates.longitude
        ),
        emissions_target=project.emissions_target_units,
        start_date=project.start_date,
        status=project.status,
        developer=seen.company,
        created_at=project.created_at,
        updated_at=project.updated_at,
    )


def _project_response(
    project: PublicProjectView,
    timeline: Sequence[TimelineStep],
    evidence: Sequence[EvidenceView],
    sums: pages.Sums,
) -> RegistryProject:
    return RegistryProject(
        id=project.id,
        number=project.number,
        title=project.title,
        type=ProjectType(project.type),
        description=project.description,
        location=project.location,
        country=project.country,
        coordinates=coordinates_response(project.latitude, project.longitude),
        emissions_target=project.emissions_target_units,
        start_date=project.start_date,
        status=ProjectStatus(project.status),
        developer=project.developer_company,
        created_at=project.created_at,
        updated_at=project.updated_at,
        verification=_verification_response(project),
        timeline=[_event_response(step) for step in timeline],
        documents=[_document_response(line) for line in evidence],
        credits=sum_response(
            Conservation(
                sums.issued_units,
                sums.active_units,
                sums.retired_units,
                sums.cancelled_units,
                sums.buffer_units,
            )
        ),
    )


def _verification_response(project: PublicProjectView) -> RegistryVerification:
    return RegistryVerification(
        status=VerificationStatus(project.verification_status),
        verified_by=project.verifier_company,
        completed_at=project.completed_at,
        verified_quantity=project.verified_quantity_units,
        vintage=project.vintage,
        sign_off_digest=project.sign_off_digest,
    )


def _event_response(step: TimelineStep) -> RegistryEvent:
    event_type = EventType(step.event_type)
    written_by_us = event_type not in ADDED_BY_PEOPLE
    return RegistryEvent(
        event_type=event_type,
        message=step.message if written_by_us else None,
        created_at=step.created_at,
    )


def _document_response(line: EvidenceView) -> RegistryDocument:
    is_public = line.disclosure == Disclosure.PUBLIC
    return RegistryDocument(
        id=line.id if is_public else None,
        document_type=line.document_type,
        disclosure=Disclosure(line.disclosure),
        sha256=line.sha256,
        name=line.name,
        mime_type=line.mime_type,
        file_size=line.file_size,
        completed_at=line.completed_at,
    )


def _credit_response(entry: CreditEntry, links: CreditLinks) -> RegistryCredit:
    return RegistryCredit(
        serial=str(entry.serial),
        project_id=entry.project_id,
        quantity=entry.units.quantity_units,
        vintage=entry.vintage,
        status=entry.status,
        units=units_response(entry.units),
        issued_at=entry.issued_at,
        last_action_at=entry.last_action_at,
        parent_serial=links.parent_serial,
        child_serials=list(links.child_serials),
        retirement_id=links.retirement_id,
    )
