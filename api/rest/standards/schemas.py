"""Labels, authorisations and foreign ranges as JSON."""

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import ConfigDict

from adapters.postgres.standards.reads import (
    AuthorisationStepView,
    AuthorisationView,
    ForeignRangeView,
    LabelView,
    StandardRecordView,
    StandardsView,
)
from api.http.bodies.standards import (
    AuthorisationFields,
    AuthorisationStepFields,
    ForeignRangeFields,
    LabelFields,
    WithdrawalReasonFields,
)
from api.http.schema import Moment, ResponseSchema, Tonnes
from api.rest.standards.examples import (
    AUTHORISATION,
    AUTHORISATION_SENT,
    FOREIGN_RANGE,
    LABEL,
    LABEL_SENT,
    RANGE_SENT,
    REASON_SENT,
    STANDARDS,
    STEP,
    STEP_SENT,
)
from domain.standards.article6 import (
    AuthorisationStatus,
    AuthorisedUse,
    Claim,
    FirstTransfer,
    StepKind,
)
from domain.standards.foreign_serials import ForeignRegistry
from domain.standards.labels import CorsiaPhase, Scheme
from domain.standards.records import StandardRecordStatus
from domain.standards.scheme_names import SCHEME_NAMES


class LabelRequest(LabelFields):
    """A standard or label; `programme`, `phase` and vintages are CORSIA's, `goals` the goals' alone."""

    model_config = ConfigDict(json_schema_extra={"examples": [LABEL_SENT]})


class AuthorisationRequest(AuthorisationFields):
    """For which vintages the host Party was asked (none: for all), and where that is written."""

    model_config = ConfigDict(json_schema_extra={"examples": [AUTHORISATION_SENT]})


class AuthorisationStepRequest(AuthorisationStepFields):
    """One document of the Party's; an authorisation and its change have terms, nothing else has."""

    model_config = ConfigDict(json_schema_extra={"examples": [STEP_SENT]})


class ForeignRangeRequest(ForeignRangeFields):
    """Which units of another registry a vintage's issuance stands on, and that they were cancelled there."""

    model_config = ConfigDict(json_schema_extra={"examples": [RANGE_SENT]})


class WithdrawalReasonRequest(WithdrawalReasonFields):
    """Why it is withdrawn; public."""

    model_config = ConfigDict(json_schema_extra={"examples": [REASON_SENT]})


class StandardSourceResponse(ResponseSchema):
    """`documentId` is null of a document that is not public."""

    document_id: UUID | None
    url: str | None
    dated: date


class StandardRecordResponse(ResponseSchema):
    """Where it is written, and since when it counts; what is withdrawn stays, with the reason."""

    source: StandardSourceResponse
    status: StandardRecordStatus
    recorded_at: Moment
    confirmed_at: Moment | None
    withdrawn_at: Moment | None
    withdrawn_reason: str | None


class LabelResponse(StandardRecordResponse):
    """A standard that a project follows, or a label that credits of its vintages bear."""

    model_config = ConfigDict(json_schema_extra={"examples": [LABEL]})

    id: UUID
    project_id: UUID
    scheme: Scheme
    name: str
    identifier: str | None
    programme: str | None
    phase: CorsiaPhase | None
    goals: list[int]
    vintage_from: int | None
    vintage_to: int | None
    valid_from: date
    valid_until: date | None


class AuthorisationTermsResponse(ResponseSchema):
    uses: list[AuthorisedUse]
    first_transfer: FirstTransfer
    quantity: Tonnes | None
    changeable_after_transfer: bool


class AuthorisationStepResponse(StandardRecordResponse):
    """One document of the Party's."""

    model_config = ConfigDict(json_schema_extra={"examples": [STEP]})

    number: int
    kind: StepKind
    terms: AuthorisationTermsResponse | None


class AuthorisationResponse(ResponseSchema):
    """What a host Party authorised under Article 6, how far its adjustment has come, and what may be claimed."""

    model_config = ConfigDict(json_schema_extra={"examples": [AUTHORISATION]})

    id: UUID
    project_id: UUID
    host_party: str
    vintage_from: int | None
    vintage_to: int | None
    status: AuthorisationStatus
    terms: AuthorisationTermsResponse | None
    claim: Claim
    recorded_at: Moment
    steps: list[AuthorisationStepResponse]


class ForeignRangeResponse(StandardRecordResponse):
    """Units of another registry; each of its numbers is a tonne, counted within `block`."""

    model_config = ConfigDict(json_schema_extra={"examples": [FOREIGN_RANGE]})

    id: UUID
    project_id: UUID
    verification_id: UUID
    vintage: int
    registry: ForeignRegistry
    serial: str
    block: str
    first_number: int
    last_number: int
    quantity: Tonnes


class StandardsResponse(ResponseSchema):
    """What others say of a project or credit; `claim` is what whoever retires may say."""

    model_config = ConfigDict(json_schema_extra={"examples": [STANDARDS]})

    labels: list[LabelResponse]
    authorisations: list[AuthorisationResponse]
    foreign_ranges: list[ForeignRangeResponse]
    claim: Claim


def standards_response(view: StandardsView) -> StandardsResponse:
    return StandardsResponse(
        labels=[label_response(one) for one in view.labels],
        authorisations=[authorisation_response(one) for one in view.authorisations],
        foreign_ranges=[range_response(one) for one in view.foreign_ranges],
        claim=view.claim,
    )


def label_response(view: LabelView) -> LabelResponse:
    scheme = Scheme(view.scheme)
    return LabelResponse(
        id=view.id,
        project_id=view.project_id,
        scheme=scheme,
        name=SCHEME_NAMES[scheme].name,
        identifier=view.identifier,
        programme=view.programme,
        phase=CorsiaPhase(view.phase) if view.phase else None,
        goals=list(view.goals),
        vintage_from=view.vintage_from,
        vintage_to=view.vintage_to,
        valid_from=view.valid_from,
        valid_until=view.valid_until,
        **_record(view),
    )


def authorisation_response(view: AuthorisationView) -> AuthorisationResponse:
    return AuthorisationResponse(
        id=view.id,
        project_id=view.project_id,
        host_party=view.host_party,
        vintage_from=view.vintage_from,
        vintage_to=view.vintage_to,
        status=AuthorisationStatus(view.status),
        terms=_terms(view),
        claim=view.claim,
        recorded_at=view.recorded_at,
        steps=[
            AuthorisationStepResponse(
                number=one.number, kind=StepKind(one.kind), terms=_terms(one), **_record(one)
            )
            for one in view.steps
        ],
    )


def range_response(view: ForeignRangeView) -> ForeignRangeResponse:
    return ForeignRangeResponse(
        id=view.id,
        project_id=view.project_id,
        verification_id=view.verification_id,
        vintage=view.vintage,
        registry=ForeignRegistry(view.registry),
        serial=view.serial,
        block=view.block,
        first_number=view.first_number,
        last_number=view.last_number,
        quantity=view.quantity_units,
        **_record(view),
    )


def _record(view: StandardRecordView) -> dict[str, Any]:
    return {
        "source": StandardSourceResponse(
            document_id=view.source_document_id, url=view.source_url, dated=view.source_dated
        ),
        "status": StandardRecordStatus(view.status),
        "recorded_at": view.recorded_at,
        "confirmed_at": view.confirmed_at,
        "withdrawn_at": view.withdrawn_at,
        "withdrawn_reason": view.withdrawn_reason,
    }


def _terms(
    view: AuthorisationView | AuthorisationStepView,
) -> AuthorisationTermsResponse | None:
    if view.first_transfer is None:
        return None
    return AuthorisationTermsResponse(
        uses=[AuthorisedUse(one) for one in view.uses or ()],
        first_transfer=FirstTransfer(view.first_transfer),
        quantity=view.quantity_units,
        changeable_after_transfer=bool(view.changeable_after_transfer),
    )
