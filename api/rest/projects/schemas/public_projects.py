"""Projects as JSON, for everybody."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from pydantic import ConfigDict, Field

from adapters.postgres.credits.reads.obligations import ObligationView
from adapters.postgres.credits.reads.totals import CreditSumsView
from adapters.postgres.projects.reads.assurance.opinions import PublicValidationView
from adapters.postgres.projects.reads.assurance.risk_assessments import PublicRiskView
from adapters.postgres.projects.reads.documents import EvidenceView
from adapters.postgres.projects.reads.projects import (
    ProjectView,
    PublicProjectView,
)
from adapters.postgres.projects.reads.rounds import RoundView
from adapters.postgres.projects.reads.verifications import PublicEventView
from api.http.schema import Moment, ResponseSchema, Tonnes
from api.rest.credits.schemas.obligations import ObligationResponse, obligation_response
from api.rest.credits.schemas.totals import SumResponse, sum_response
from api.rest.projects.examples.public_projects import (
    PUBLIC_PREVIEW,
    REGISTRY_PROJECT,
    REGISTRY_PROJECT_LINE,
)
from api.rest.projects.schemas.assurance.opinions import RegistryValidation, registry_validation
from api.rest.projects.schemas.assurance.risk_assessment import RegistryRisk, registry_risk
from api.rest.projects.schemas.buffer_share import BufferShareResponse, buffer_share_response
from api.rest.projects.schemas.monitoring_periods import RoundResponse, round_response
from api.rest.projects.schemas.projects import CoordinatesResponse, coordinates_response
from domain.projects.buffer_share import BufferShare
from domain.projects.documents import Disclosure, DocumentType
from domain.projects.projects import ProjectStatus, ProjectType
from domain.projects.verification import WORDED_BY_PEOPLE, EventType, VerificationStatus
from domain.publishing.disclosed_fields import FIELDS
from domain.publishing.disclosure import PublicMoment, disclosed
from domain.standards.labels import Scheme


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
    crediting_period_end: date
    methodology_version_id: UUID | None = Field(
        description="What its newest round is verified by; null: no methodology."
    )
    labels: list[Scheme] = Field(
        description="Whose standard or label stands for it today (`GET /registry/labels`)."
    )
    status: ProjectStatus
    developer: str | None
    created_at: Moment
    updated_at: Moment


class RegistryVerification(ResponseSchema):
    """
    `verifiedBy` is the body that signed off, as it was called then; persons are not named.

    Where staff decided in the assigned verifier's stead, it says so. Null until it is approved.
    """

    status: VerificationStatus
    verified_by: str | None
    completed_at: Moment | None
    verified_quantity: Tonnes | None
    vintage: int | None
    sign_off_digest: str | None
    needs_countersignature: bool
    countersigned_at: Moment | None
    public_reason: str | None = Field(description="Why it was rejected, where that was said.")


class RegistryEvent(ResponseSchema):
    """`message` is null where a person wrote it."""

    event_type: EventType
    message: str | None
    created_at: Moment


class RegistryDocument(ResponseSchema):
    """
    A document of a round: type and SHA-256 of every completed one; the rest, and the bytes, only of public ones.

    From `supersededAt` on it is no evidence: a newer version came in its place.
    """

    id: UUID | None
    round: int
    document_type: DocumentType
    disclosure: Disclosure
    sha256: str
    name: str | None
    mime_type: str | None
    file_size: int | None
    completed_at: Moment
    version: int
    superseded_at: Moment | None


class PublicLaterResponse(ResponseSchema):
    """Something that is not public yet, and from when on it is."""

    field: str
    rule: str


class RegistryProject(RegistryProjectLine):
    """A project with its verification, timeline, evidence and credits."""

    model_config = ConfigDict(json_schema_extra={"examples": [REGISTRY_PROJECT]})

    progress: int = Field(
        description="Of the round with the highest number, from 0 to 100, by the steps that are done."
    )
    verification: RegistryVerification = Field(description="The first verification.")
    rounds: list[RoundResponse] = Field(
        description="The first verification and each monitoring period since, by number; rejected ones too."
    )
    timeline: list[RegistryEvent]
    documents: list[RegistryDocument]
    credits: SumResponse
    buffer_share: BufferShareResponse
    risk_assessment: RegistryRisk | None = Field(
        description="What the buffer share follows from; null where staff or the registry's table decided."
    )
    validation: RegistryValidation | None = Field(
        description="The opinion on the project's design, once it is approved; null where nobody validated it."
    )
    obligations: list[ObligationResponse] = Field(
        description="What is still owed for losses, the oldest first; settled ones are in the list."
    )


class PublicPreviewResponse(ResponseSchema):
    """What everybody sees of a project now, and what they will see later."""

    model_config = ConfigDict(json_schema_extra={"examples": [PUBLIC_PREVIEW]})

    public: RegistryProject
    later: list[PublicLaterResponse]


def public_preview_response(public: RegistryProject, *, decided: bool) -> PublicPreviewResponse:
    """`later` is empty once the verification is decided: then everything that will be is public."""
    waiting = () if decided else FIELDS["RegistryVerification"].items()
    return PublicPreviewResponse(
        public=public,
        later=[
            PublicLaterResponse(field=f"verification.{name}", rule=rule.sentence)
            for name, rule in waiting
            if rule.moment is PublicMoment.DECISION
        ],
    )


def registry_line_response(view: ProjectView) -> RegistryProjectLine:
    project = view.project
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
        crediting_period_end=project.crediting_period_end,
        methodology_version_id=view.methodology_version_id,
        labels=[Scheme(one) for one in view.labels],
        status=project.status,
        developer=view.company,
        created_at=project.created_at,
        updated_at=project.updated_at,
    )


def registry_project_response(
    project: PublicProjectView,
    rounds: Sequence[RoundView],
    timeline: Sequence[PublicEventView],
    evidence: Sequence[EvidenceView],
    sums: CreditSumsView,
    share: BufferShare,
    owed: Sequence[ObligationView],
    *,
    validation: PublicValidationView | None,
    risk: PublicRiskView | None,
    at: datetime,
) -> RegistryProject:
    return RegistryProject(
        **dict(registry_line_response(project)),
        progress=rounds[-1].progress,
        verification=_verification_response(project, at),
        rounds=[round_response(one) for one in rounds],
        timeline=[_event_response(step) for step in timeline],
        documents=[_document_response(line) for line in evidence],
        credits=sum_response(sums),
        buffer_share=buffer_share_response(share),
        risk_assessment=registry_risk(risk),
        validation=registry_validation(validation),
        obligations=[obligation_response(one) for one in owed],
    )


def _verification_response(project: PublicProjectView, at: datetime) -> RegistryVerification:
    """What is public of it at this moment; the rest is null until it is."""
    view = project.verification
    values = {
        "status": view.status,
        "verifiedBy": view.verification_body,
        "completedAt": view.completed_at,
        "verifiedQuantity": view.verified_quantity_units,
        "vintage": view.vintage,
        "signOffDigest": view.sign_off_digest,
        "needsCountersignature": view.needs_countersignature,
        "countersignedAt": view.countersigned_at,
        "publicReason": view.public_reason,
    }
    return RegistryVerification.model_validate(
        disclosed(
            FIELDS["RegistryVerification"],
            values,
            submitted_at=project.project.created_at,
            decided_at=view.completed_at,
            at=at,
        )
    )


def _event_response(step: PublicEventView) -> RegistryEvent:
    event_type = EventType(step.event_type)
    written_by_us = event_type not in WORDED_BY_PEOPLE
    return RegistryEvent(
        event_type=event_type,
        message=step.message if written_by_us else None,
        created_at=step.created_at,
    )


def _document_response(line: EvidenceView) -> RegistryDocument:
    is_public = line.disclosure == Disclosure.PUBLIC
    return RegistryDocument(
        id=line.id if is_public else None,
        round=line.round,
        document_type=line.document_type,
        disclosure=Disclosure(line.disclosure),
        sha256=line.sha256,
        name=line.name,
        mime_type=line.mime_type,
        file_size=line.file_size,
        completed_at=line.completed_at,
        version=line.version,
        superseded_at=line.superseded_at,
    )
