"""Fee schedules as JSON. Amounts are whole numbers of minor units (cents)."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from api.http.fields import NaturalNumber, Text
from api.http.schema import Moment, RequestSchema, ResponseSchema
from api.rest.payments.examples.payments import (
    FEE_SCHEDULE,
    FEE_SCHEDULES,
    FEES_REFUSED,
    FEES_SENT,
)
from domain.payments.fees import (
    REASON_LENGTH_MAX,
    FeeOutcome,
    FeeSchedule,
    FeeTerms,
    schedule_in_force,
)

Reason = Annotated[str, Text(REASON_LENGTH_MAX, lines=True)]


class FeesRequest(RequestSchema):
    """Rates are in minor units a tonne; 0 charges nothing for that act."""

    model_config = ConfigDict(json_schema_extra={"examples": [FEES_SENT]})

    currency: Annotated[str, Text(3)]
    issuance_rate: NaturalNumber
    retirement_rate: NaturalNumber
    minimum_minor: Annotated[int, Field(strict=True)]
    days_to_pay: Annotated[int, Field(strict=True)]
    reason: Reason

    def terms(self) -> FeeTerms:
        return FeeTerms(
            self.currency,
            self.issuance_rate,
            self.retirement_rate,
            self.minimum_minor,
            self.days_to_pay,
            self.reason,
        )


class FeesRefusalRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [FEES_REFUSED]})

    reason: Reason


class FeeScheduleResponse(ResponseSchema):
    """A schedule; `outcome` null: it waits for its countersignature."""

    model_config = ConfigDict(json_schema_extra={"examples": [FEE_SCHEDULE]})

    number: int
    in_force: bool
    currency: str
    issuance_rate: str = Field(description="Minor units a tonne, a decimal string.")
    retirement_rate: str = Field(description="Likewise.")
    minimum_minor: int
    days_to_pay: int
    reason: str
    proposed_by: UUID
    proposed_at: Moment
    outcome: FeeOutcome | None
    refusal: str | None
    decided_by: UUID | None
    decided_at: Moment | None


class FeeSchedulesResponse(ResponseSchema):
    """All schedules by number."""

    model_config = ConfigDict(json_schema_extra={"examples": [FEE_SCHEDULES]})

    schedules: list[FeeScheduleResponse]


def fees_response(schedules: Sequence[FeeSchedule]) -> FeeSchedulesResponse:
    standing = schedule_in_force(schedules)
    return FeeSchedulesResponse(
        schedules=[
            FeeScheduleResponse(
                number=one.number,
                in_force=one == standing,
                currency=one.currency,
                issuance_rate=_rate(one.issuance_rate),
                retirement_rate=_rate(one.retirement_rate),
                minimum_minor=one.minimum_minor,
                days_to_pay=one.days_to_pay,
                reason=one.reason,
                proposed_by=one.proposed_by,
                proposed_at=one.proposed_at,
                outcome=one.decision.outcome if one.decision else None,
                refusal=one.decision.reason if one.decision else None,
                decided_by=one.decision.decided_by if one.decision else None,
                decided_at=one.decision.decided_at if one.decision else None,
            )
            for one in schedules
        ]
    )


def _rate(rate: Decimal) -> str:
    text = f"{rate:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
