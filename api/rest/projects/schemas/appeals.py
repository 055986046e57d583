"""Appeals and grievances as JSON."""

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from adapters.postgres.projects.reads.appeals import AppealView, FiledAppealView
from api.http.fields import Text
from api.http.schema import Moment, RequestSchema, ResponseSchema
from api.rest.projects.examples.appeals import (
    ACKNOWLEDGEMENT_SENT,
    APPEAL,
    APPEAL_SENT,
    DECISION_SENT,
    FILED_APPEAL,
    GRIEVANCE_SENT,
)
from domain.projects.programme.appeals import WORDS_LENGTH_MAX, AppealKind, AppealStatus, Outcome

Words = Annotated[str, Text(WORDS_LENGTH_MAX, lines=True)]


class AppealRequest(RequestSchema):
    """Why the decision was wrong: for everybody, and what is for staff alone."""

    model_config = ConfigDict(json_schema_extra={"examples": [APPEAL_SENT]})

    public_text: Words = Field(
        description="Everybody reads it once it is acknowledged; leave out whom it names."
    )
    confidential_text: Words | None = Field(default=None, description="For administrators alone.")


class GrievanceRequest(RequestSchema):
    """What is wrong with a project, or (without `projectId`) with the registry."""

    model_config = ConfigDict(json_schema_extra={"examples": [GRIEVANCE_SENT]})

    project_id: UUID | None = None
    public_text: Words = Field(
        description="Everybody reads it once it is acknowledged; leave out whom it names."
    )
    confidential_text: Words | None = Field(default=None, description="For administrators alone.")


class AcknowledgementRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [ACKNOWLEDGEMENT_SENT]})

    withheld_reason: Words | None = Field(
        default=None,
        description="Where its public text names people, or says what is not for everybody: the public reads "
        "this in its place.",
    )


class AppealDecisionRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [DECISION_SENT]})

    outcome: Outcome
    public_reason: Words = Field(description="Everybody reads it.")


class AppealResponse(ResponseSchema):
    """
    An appeal against a decision, or a grievance, as everybody reads it; who filed and who decided is not told.

    `publicText` is null until it is acknowledged, and where `withheldReason` says why it is not shown.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [APPEAL]})

    id: UUID
    kind: AppealKind
    project_id: UUID | None = Field(description="Null: it is about the registry.")
    project_title: str | None
    verification_id: UUID | None = Field(description="The round appealed against.")
    round: int | None = Field(description="Its number.")
    status: AppealStatus
    filed_at: Moment
    acknowledge_by: Moment
    answer_by: Moment
    acknowledged_at: Moment | None
    public_text: str | None
    withheld_reason: str | None
    decided_at: Moment | None
    public_reason: str | None


class FiledAppealResponse(AppealResponse):
    """The same for who filed it and for administrators: `publicText` at once, and what was said in confidence."""

    model_config = ConfigDict(json_schema_extra={"examples": [FILED_APPEAL]})

    confidential_text: str | None


def appeal_response(view: AppealView) -> AppealResponse:
    return AppealResponse(
        id=view.id,
        kind=AppealKind(view.kind),
        project_id=view.project_id,
        project_title=view.project_title,
        verification_id=view.verification_id,
        round=view.round_number,
        status=AppealStatus(view.status),
        filed_at=view.filed_at,
        acknowledge_by=view.acknowledge_by,
        answer_by=view.answer_by,
        acknowledged_at=view.acknowledged_at,
        public_text=view.public_text,
        withheld_reason=view.withheld_reason,
        decided_at=view.decided_at,
        public_reason=view.public_reason,
    )


def filed_appeal_response(view: FiledAppealView) -> FiledAppealResponse:
    appeal = view.appeal
    return FiledAppealResponse(
        id=appeal.id,
        kind=appeal.kind,
        project_id=appeal.project_id,
        project_title=view.project_title,
        verification_id=appeal.verification_id,
        round=view.round_number,
        status=appeal.status,
        filed_at=appeal.filed_at,
        acknowledge_by=appeal.acknowledge_by,
        answer_by=appeal.answer_by,
        acknowledged_at=appeal.acknowledged_at,
        public_text=appeal.public_text,
        withheld_reason=appeal.withheld_reason,
        decided_at=appeal.decided_at,
        public_reason=appeal.public_reason,
        confidential_text=appeal.confidential_text,
    )
