"""Projects as JSON, for those who work on them."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from activities.projects.projects import ProjectPayload
from adapters.postgres.projects.reads.projects import ProjectView
from api.http.fields import (
    COUNTRY_DESCRIPTION,
    Country,
    Day,
    Latitude,
    Longitude,
    StartDay,
    Text,
    TonnesInput,
    refuse,
)
from api.http.schema import Moment, RequestSchema, ResponseSchema, Tonnes
from api.rest.projects.examples.projects import PROJECT, PROJECT_SENT
from api.rest.projects.schemas.duplicates import (
    LIKELY_DUPLICATES,
    LikelyDuplicateResponse,
    duplicate_responses,
)
from domain.errors import Invalid
from domain.projects.projects import (
    DESCRIPTION_LENGTH_MAX,
    LOCATION_LENGTH_MAX,
    TITLE_LENGTH_MAX,
    ProjectStatus,
    ProjectType,
    require_crediting_period,
)


class CoordinatesRequest(RequestSchema):
    """WGS 84 degrees with at most six decimals."""

    latitude: Latitude
    longitude: Longitude


class ProjectRequest(RequestSchema):
    """A project as its supplier registers it."""

    model_config = ConfigDict(json_schema_extra={"examples": [PROJECT_SENT]})

    title: Annotated[str, Text(TITLE_LENGTH_MAX)]
    type: ProjectType
    description: Annotated[str, Text(DESCRIPTION_LENGTH_MAX, lines=True)]
    location: Annotated[str, Text(LOCATION_LENGTH_MAX)]
    country: Country = Field(description=COUNTRY_DESCRIPTION)
    coordinates: CoordinatesRequest
    emissions_target: TonnesInput
    start_date: StartDay = Field(
        description="From 1990-01-01 to ten years from now; no vintage is earlier than its year."
    )

    crediting_period_end: Day | None = Field(
        default=None,
        description="The last day for which credits may be issued; at most 100 years after the start, which it"
        " is when left out, or as many years as the methodology has it.",
    )
    methodology_version_id: UUID | None = Field(
        default=None,
        description="The version of a methodology (`GET /methodologies`) that the first verification is by.",
    )

    @model_validator(mode="after")
    def _crediting_period(self) -> Self:
        try:
            require_crediting_period(self.start_date, self.crediting_period_end)
        except Invalid as invalid:
            raise refuse(invalid.detail) from None
        return self


class CoordinatesResponse(ResponseSchema):
    latitude: float
    longitude: float


class ProjectResponse(ResponseSchema):
    """A project as those see it who work on it."""

    model_config = ConfigDict(json_schema_extra={"examples": [PROJECT]})

    id: UUID
    number: int | None = Field(description="The project number inside serials.")
    verification_id: UUID
    developer_id: UUID
    title: str
    type: ProjectType
    description: str
    location: str
    country: str
    coordinates: CoordinatesResponse
    emissions_target: Tonnes
    start_date: date
    crediting_period_end: date
    methodology_version_id: UUID | None = Field(
        description="What its newest round is verified by; null: no methodology."
    )
    status: ProjectStatus
    likely_duplicates: list[LikelyDuplicateResponse] | None = LIKELY_DUPLICATES
    created_at: Moment
    updated_at: Moment


def project_response(view: ProjectView) -> ProjectResponse:
    project = view.project
    return ProjectResponse(
        id=project.id,
        number=project.number,
        verification_id=view.verification_id,
        developer_id=project.developer_id,
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
        crediting_period_end=project.crediting_period_end,
        methodology_version_id=view.methodology_version_id,
        status=project.status,
        likely_duplicates=duplicate_responses(view.duplicates),
        created_at=project.created_at,
        updated_at=project.updated_at,
    )


def coordinates_response(latitude: str, longitude: str) -> CoordinatesResponse:
    """Six decimals fit into a float as they are, so the number that was sent comes back."""
    return CoordinatesResponse(latitude=float(latitude), longitude=float(longitude))


def project_payload(body: ProjectRequest) -> ProjectPayload:
    return ProjectPayload(
        title=body.title,
        type=body.type,
        description=body.description,
        location=body.location,
        country=body.country,
        latitude=body.coordinates.latitude,
        longitude=body.coordinates.longitude,
        emissions_target_units=body.emissions_target,
        start_date=body.start_date,
        crediting_period_ends=body.crediting_period_end,
        methodology_version_id=body.methodology_version_id,
    )
