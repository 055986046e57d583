"""The rounds of a project as JSON, for everybody, and what opens one."""

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from adapters.postgres.projects.reads.rounds import RoundView
from api.http.fields import Day, Text
from api.http.schema import Moment, RequestSchema, ResponseSchema, Tonnes
from api.rest.credits.schemas.monitoring_period import (
    MonitoringPeriodResponse,
    monitoring_period_response,
)
from api.rest.projects.examples.monitoring_periods import (
    MONITORING_PERIOD_SENT,
    RESUBMISSION_SENT,
    ROUND,
)
from api.rest.projects.schemas.findings import RoundFindingsResponse, round_findings_response
from api.rest.projects.schemas.methodologies import (
    RoundMethodologyResponse,
    round_methodology_response,
)
from api.rest.projects.schemas.statements import StatementSummaryResponse, statement_summary
from api.rest.projects.schemas.verification import VintageResponse, vintage_responses
from domain.projects.monitoring_periods import WHAT_CHANGED_LENGTH_MAX
from domain.projects.verification import VerificationStatus

METHODOLOGY_CHOSEN = Field(
    default=None,
    description="The version of a methodology that the round is verified by; left out, that of the round before,"
    " unless it was withdrawn (409).",
)
WhatChanged = Annotated[str, Text(WHAT_CHANGED_LENGTH_MAX, lines=True)]


class MonitoringPeriodRequest(RequestSchema):
    """The days that were monitored, both included; they lie in the project's crediting period."""

    model_config = ConfigDict(json_schema_extra={"examples": [MONITORING_PERIOD_SENT]})

    first_day: Day = Field(alias="from")
    last_day: Day = Field(alias="to")
    what_changed: WhatChanged | None = Field(
        default=None,
        description="What is other than in a round that was rejected for some of these days; required then.",
    )
    methodology_version_id: UUID | None = METHODOLOGY_CHOSEN


class ResubmissionRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [RESUBMISSION_SENT]})

    what_changed: WhatChanged = Field(
        description="What is other than in the round that was rejected or withdrawn."
    )
    methodology_version_id: UUID | None = METHODOLOGY_CHOSEN


class RoundResponse(ResponseSchema):
    """
    A round of a project: its first verification, or that of a monitoring period. Persons are not named.

    `gapDays` are days before the monitoring period, back to the end of the one before it, which no round
    covers.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [ROUND]})

    verification_id: UUID
    round: int = Field(description="Counts the rounds of the project; 1 is its first verification.")
    status: VerificationStatus
    monitoring_period: MonitoringPeriodResponse | None = Field(
        description="Null for a first verification."
    )
    gap_days: int
    resubmits: UUID | None = Field(
        description="The rejected or withdrawn verification that this one takes up."
    )
    submitted_at: Moment
    completed_at: Moment | None
    verified_by: str | None
    verified_quantity: Tonnes | None
    vintages: list[VintageResponse] | None = Field(description="Null until it is approved.")
    sign_off_digest: str | None
    needs_countersignature: bool
    countersigned_at: Moment | None
    findings: list[RoundFindingsResponse] = Field(
        description="Counted, those kinds that there are."
    )
    accreditation: str | None = Field(
        description="What `verifiedBy` was accredited by on the day of the approval."
    )
    methodology: RoundMethodologyResponse | None
    statement: StatementSummaryResponse | None = Field(
        description="Of the verification statement, once the approval is for good."
    )
    public_reason: str | None = Field(description="Why it was rejected, where that was said.")
    progress: int = Field(
        description="From 0 to 100, by the steps that are done: verifier, evidence, decision."
    )


def round_response(view: RoundView) -> RoundResponse:
    return RoundResponse(
        verification_id=view.id,
        round=view.number,
        status=view.status,
        monitoring_period=monitoring_period_response(view.monitoring_period),
        gap_days=view.gap_days,
        resubmits=view.resubmits,
        submitted_at=view.submitted_at,
        completed_at=view.completed_at,
        verified_by=view.verification_body,
        verified_quantity=view.verified_quantity_units,
        vintages=vintage_responses(view.approved_vintages) or None,
        sign_off_digest=view.sign_off_digest,
        needs_countersignature=view.needs_countersignature,
        countersigned_at=view.countersigned_at,
        findings=[round_findings_response(one) for one in view.findings],
        accreditation=view.accreditation,
        methodology=round_methodology_response(view.methodology),
        statement=statement_summary(view.statement),
        public_reason=view.public_reason,
        progress=view.progress,
    )
