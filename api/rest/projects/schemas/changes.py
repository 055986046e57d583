"""A supplier's changes of a project as JSON, and what there is to review."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field

from activities.projects.changes import ProjectChangesPayload
from api.commands.projects.changes import ReviewView
from api.http.fields import (
    COUNTRY_DESCRIPTION,
    Country,
    Day,
    StartDay,
    Text,
    TonnesInput,
)
from api.http.schema import Moment, RequestSchema, ResponseSchema
from api.rest.projects.examples.changes import (
    NOTE_SENT,
    PROJECT_CHANGE,
    PROJECT_CHANGED_SENT,
    REVIEW,
)
from api.rest.projects.schemas.projects import CoordinatesRequest
from domain.projects.changes.project_changes import ProjectChange
from domain.projects.changes.withdrawal import NOTE_LENGTH_MAX
from domain.projects.projects import (
    DESCRIPTION_LENGTH_MAX,
    LOCATION_LENGTH_MAX,
    START_DATE_MIN,
    TITLE_LENGTH_MAX,
    ProjectType,
)


def _nowhere() -> CoordinatesRequest:
    return CoordinatesRequest.model_construct(latitude="0", longitude="0")


class ChangeProjectRequest(RequestSchema):
    """Only what is sent changes; null takes the end of the crediting period, or the methodology, away."""

    model_config = ConfigDict(json_schema_extra={"examples": [PROJECT_CHANGED_SENT]})

    # These defaults are never read: what was not sent is not in `model_fields_set`. They are made by functions,
    # so that the API's document tells no generated client to send them.
    title: Annotated[str, Text(TITLE_LENGTH_MAX)] = Field(default_factory=str)
    type: ProjectType = Field(default_factory=lambda: ProjectType.OTHER)
    description: Annotated[str, Text(DESCRIPTION_LENGTH_MAX, lines=True)] = Field(
        default_factory=str
    )
    location: Annotated[str, Text(LOCATION_LENGTH_MAX)] = Field(default_factory=str)
    country: Country = Field(default_factory=str, description=COUNTRY_DESCRIPTION)
    coordinates: CoordinatesRequest = Field(default_factory=_nowhere)
    emissions_target: TonnesInput = Field(default_factory=int)
    start_date: StartDay = Field(default_factory=lambda: START_DATE_MIN)
    crediting_period_end: Day | None = None
    methodology_version_id: UUID | None = Field(
        default=None,
        description="What the round that waits for a verifier is verified by; null: by no methodology. A version "
        "that was withdrawn is not chosen anew (409).",
    )

    def changes(self) -> ProjectChangesPayload:
        named: dict[str, Any] = {
            name: getattr(self, name)
            for name in self.model_fields_set
            if name
            not in {
                "coordinates",
                "emissions_target",
                "crediting_period_end",
                "methodology_version_id",
            }
        }
        if "coordinates" in self.model_fields_set:
            named["latitude"] = self.coordinates.latitude
            named["longitude"] = self.coordinates.longitude
        if "emissions_target" in self.model_fields_set:
            named["emissions_target_units"] = self.emissions_target
        if "crediting_period_end" in self.model_fields_set:
            named["crediting_period_ends"] = self.crediting_period_end
            named["without_crediting_period_end"] = self.crediting_period_end is None
        if "methodology_version_id" in self.model_fields_set:
            named["methodology_version_id"] = self.methodology_version_id
            named["without_methodology"] = self.methodology_version_id is None
        return ProjectChangesPayload(**named)


class NoteRequest(RequestSchema):
    """What a supplier says to whoever works on the project."""

    model_config = ConfigDict(json_schema_extra={"examples": [NOTE_SENT]})

    note: Annotated[str, Text(NOTE_LENGTH_MAX, lines=True)]


class FactChangeResponse(ResponseSchema):
    """One fact by its name in the project's answer, with what it was and what it is."""

    fact: str
    before: Any = Field(description="In the shape of the project's answer.")
    after: Any = Field(description="In the shape of the project's answer.")


class ProjectChangeResponse(ResponseSchema):
    """A version of a project after the one that was registered."""

    model_config = ConfigDict(json_schema_extra={"examples": [PROJECT_CHANGE]})

    id: UUID
    project_id: UUID
    verification_id: UUID = Field(description="The round that was open.")
    number: int = Field(description="Counts the changes of a project, from 1.")
    changed_by: UUID
    changed_at: Moment
    changes: list[FactChangeResponse]


class ReviewResponse(ResponseSchema):
    """
    What there is to review: the project's facts and the documents that count, by their SHA-256.

    `changed` says what became other since the digest that was asked for, the oldest first; empty: nothing.
    It is null when none was asked for, and when the round never had it; `known` is false then.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [REVIEW]})

    verification_id: UUID
    digest: str = Field(description="Sent with an approval or rejection as `reviewDigest`.")
    changed: list[str] | None
    known: bool


def project_change_response(change: ProjectChange) -> ProjectChangeResponse:
    return ProjectChangeResponse(
        id=change.id,
        project_id=change.project_id,
        verification_id=change.verification_id,
        number=change.number,
        changed_by=change.changed_by,
        changed_at=change.changed_at,
        changes=[
            FactChangeResponse(fact=name, before=fact.before, after=fact.after)
            for name, fact in sorted(change.changes.items())
        ],
    )


def review_response(view: ReviewView) -> ReviewResponse:
    return ReviewResponse(
        verification_id=view.verification_id,
        digest=view.digest,
        changed=None if view.changed is None else list(view.changed),
        known=view.known,
    )
