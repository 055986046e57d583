"""Verifications and their timelines as JSON."""

from collections.abc import Sequence
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from activities.projects.verification import VintageApproved
from adapters.postgres.projects.reads.verifications import VerificationView
from api.http.fields import Sha256, Text, TonnesInput, TonnesOrZeroInput, refuse
from api.http.schema import Moment, RequestSchema, ResponseSchema, Tonnes
from api.rest.credits.schemas.monitoring_period import (
    MonitoringPeriodResponse,
    monitoring_period_response,
)
from api.rest.projects.examples.verification import (
    APPROVAL_SENT,
    ASSIGNMENT_SENT,
    COUNTERSIGNATURE_REFUSAL_SENT,
    EVENT,
    EVENT_SENT,
    REJECTION_SENT,
    VERIFICATION,
)
from api.rest.projects.schemas.duplicates import (
    LIKELY_DUPLICATES,
    LikelyDuplicateResponse,
    duplicate_responses,
)
from api.rest.projects.schemas.findings import FindingCountsResponse, finding_counts_response
from domain.organisations.accreditation import DeclaredConflict
from domain.projects.verification import (
    VINTAGE_MIN,
    EventType,
    TimelineEvent,
    Verification,
    VerificationStatus,
    VintageQuantity,
)

TEXT_LENGTH_MAX = 5000
PUBLIC_REASON_LENGTH_MAX = 1000
YEAR_MAX = 9999
VINTAGES_MAX = 100
"""As many years as a crediting period has."""

SteadReason = Annotated[
    Annotated[str, Text(TEXT_LENGTH_MAX, lines=True)] | None,
    Field(
        description="Why staff decide instead of the assigned verifier; required of staff, and an approval"
        " then waits for another administrator."
    ),
]


ReviewDigest = Annotated[
    Sha256 | None,
    Field(
        description="The `digest` of the verification's `/review` when you looked: 409 says what changed since."
    ),
]


class AssignmentRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [ASSIGNMENT_SENT]})

    verifier_id: UUID


class VerificationEventRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [EVENT_SENT]})

    event_type: EventType = Field(description="People add `note` and `site_visit`.")
    message: Annotated[str, Text(TEXT_LENGTH_MAX, lines=True)]


class NoConflict(RequestSchema):
    """A conflict that is present is declared by its own call; nobody approves with one."""

    declared: Literal[DeclaredConflict.NONE]


class VintageRequest(RequestSchema):
    """How much was verified of one calendar year."""

    vintage: Annotated[int, Field(strict=True, ge=VINTAGE_MIN, le=YEAR_MAX)]
    quantity: TonnesOrZeroInput


class ApprovalRequest(RequestSchema):
    """
    What is approved: `vintages`, or `verifiedQuantity` of one `vintage`.

    Of a first verification, without quantity it is the project's target, without vintage this year. A
    year of the monitoring period that `vintages` leave out has nothing, as if zero were said.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [APPROVAL_SENT]})

    notes: Annotated[str, Text(TEXT_LENGTH_MAX, lines=True)]
    verified_quantity: TonnesInput | None = None
    vintage: Annotated[int, Field(strict=True, ge=VINTAGE_MIN, le=YEAR_MAX)] | None = None
    vintages: (
        Annotated[list[VintageRequest], Field(min_length=1, max_length=VINTAGES_MAX)] | None
    ) = Field(
        default=None,
        description="How much of each year; `vintage` is left out then, and `verifiedQuantity`, if given, is"
        " their sum.",
    )
    duplicate_note: Annotated[str, Text(TEXT_LENGTH_MAX, lines=True)] | None = Field(
        default=None,
        description="Why this is none of the verification's `likelyDuplicates`; required when it has any.",
    )
    conflict_of_interest: NoConflict | None = Field(
        default=None,
        description="Declared with the approval. Left out, the approval itself declares that there is none.",
    )
    stead_reason: SteadReason = None
    review_digest: ReviewDigest = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.vintages is not None and self.vintage is not None:
            raise refuse("Vintage is left out where vintages are given")
        total_units = sum(one.quantity for one in self.vintages or ())
        if self.vintages is not None and self.verified_quantity not in {None, total_units}:
            raise refuse("Verified quantity is not the sum of the vintages")
        return self

    def approved_vintages(self) -> tuple[VintageApproved, ...] | None:
        if self.vintages is None:
            return None
        return tuple(
            VintageApproved(vintage=one.vintage, quantity_units=one.quantity)
            for one in self.vintages
        )


class RejectionRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [REJECTION_SENT]})

    reason: Annotated[str, Text(TEXT_LENGTH_MAX, lines=True)] = Field(
        description="For those who work on the project."
    )
    public_reason: Annotated[str, Text(PUBLIC_REASON_LENGTH_MAX, lines=True)] | None = Field(
        default=None,
        description="What everybody reads of why it was rejected, for as long as the registry stands. Name no"
        " persons.",
    )
    stead_reason: SteadReason = None
    review_digest: ReviewDigest = None


class CountersignatureRefusalRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [COUNTERSIGNATURE_REFUSAL_SENT]})

    reason: Annotated[str, Text(TEXT_LENGTH_MAX, lines=True)]


class CountersignatureRefusal(ResponseSchema):
    """Why the last approval was given back to the verifier."""

    reason: str
    refused_at: Moment


class VintageResponse(ResponseSchema):
    """How much was approved of one calendar year; zero says that nothing was."""

    vintage: int
    quantity: Tonnes


class VerificationResponse(ResponseSchema):
    """A round of a project, its first verification or a monitoring period, as those see it who work on it."""

    model_config = ConfigDict(json_schema_extra={"examples": [VERIFICATION]})

    id: UUID
    project_id: UUID
    developer_id: UUID
    verifier_id: UUID | None
    round: int = Field(description="Counts the rounds of the project; 1 is its first verification.")
    monitoring_period: MonitoringPeriodResponse | None = Field(
        description="Null for a first verification."
    )
    resubmits: UUID | None = Field(
        description="The rejected or withdrawn verification that this one takes up."
    )
    what_changed: str | None = Field(
        description="What is other than in that one, as the supplier says."
    )
    status: VerificationStatus
    progress: int = Field(
        description="From 0 to 100, by the steps that are done: verifier, evidence, decision."
    )
    submitted_at: Moment
    assigned_at: Moment | None
    completed_at: Moment | None
    notes: str | None = Field(
        description="The approval's notes, the rejection's reason or the withdrawal's note."
    )
    public_reason: str | None = Field(description="What everybody reads of why it was rejected.")
    verified_quantity: Tonnes | None
    vintage: int | None = Field(
        description="The only year with a quantity; null when there are several."
    )
    vintages: list[VintageResponse] | None = Field(description="Null until it is approved.")
    sign_off_digest: str | None = Field(description="SHA-256 of exactly what was approved.")
    verification_body: str | None = Field(
        description="Who signed off, as it was called then; staff say in whose stead."
    )
    accreditation: str | None = Field(
        description="What that body was accredited by on the day of the approval."
    )
    methodology_version_id: UUID | None = Field(
        description="What the round is verified by; null: no methodology."
    )
    statement_sha256: str | None = Field(
        alias="statementSha256",
        description="The verification statement that the approval is bound to; null: none.",
    )
    stead_reason: str | None = Field(description="Why staff decided in the verifier's stead.")
    needs_countersignature: bool
    countersigned_at: Moment | None
    countersignature_refusal: CountersignatureRefusal | None = Field(
        description="The last refusal, which stays to be read after the next approval."
    )
    findings: FindingCountsResponse
    likely_duplicates: list[LikelyDuplicateResponse] | None = LIKELY_DUPLICATES
    updated_at: Moment


class VerificationEventResponse(ResponseSchema):
    """A step on the timeline; `userId` is null when the registry itself acted."""

    model_config = ConfigDict(json_schema_extra={"examples": [EVENT]})

    id: UUID
    verification_id: UUID
    event_type: EventType
    message: str
    user_id: UUID | None
    created_at: Moment


def verification_response(view: VerificationView) -> VerificationResponse:
    verification = view.verification
    return VerificationResponse(
        id=verification.id,
        project_id=verification.project_id,
        developer_id=verification.developer_id,
        verifier_id=verification.verifier_id,
        round=verification.number,
        monitoring_period=monitoring_period_response(verification.monitoring_period),
        resubmits=verification.resubmits,
        what_changed=verification.what_changed,
        status=verification.status,
        progress=view.progress,
        submitted_at=verification.submitted_at,
        assigned_at=verification.assigned_at,
        completed_at=verification.completed_at,
        notes=verification.notes,
        public_reason=verification.public_reason,
        verified_quantity=verification.verified_quantity_units,
        vintage=verification.vintage,
        vintages=vintage_responses(verification.approved_vintages) or None,
        sign_off_digest=verification.sign_off_digest,
        verification_body=verification.verification_body,
        accreditation=verification.accreditation,
        methodology_version_id=verification.methodology_version_id,
        statement_sha256=verification.statement_sha256,
        stead_reason=verification.stead_reason,
        needs_countersignature=verification.needs_countersignature,
        countersigned_at=verification.countersigned_at,
        countersignature_refusal=_refusal(verification),
        findings=finding_counts_response(view.findings),
        likely_duplicates=duplicate_responses(view.duplicates),
        updated_at=verification.updated_at,
    )


def vintage_responses(vintages: Sequence[VintageQuantity]) -> list[VintageResponse]:
    return [VintageResponse(vintage=one.vintage, quantity=one.quantity_units) for one in vintages]


def _refusal(verification: Verification) -> CountersignatureRefusal | None:
    reason, refused_at = (
        verification.countersignature_refusal,
        verification.countersignature_refused_at,
    )
    if reason is None or refused_at is None:
        return None
    return CountersignatureRefusal(reason=reason, refused_at=refused_at)


def event_response(event: TimelineEvent) -> VerificationEventResponse:
    return VerificationEventResponse(
        id=event.id,
        verification_id=event.verification_id,
        event_type=event.event_type,
        message=event.message,
        user_id=event.user_id,
        created_at=event.created_at,
    )
