"""Calculations and quantifications as JSON."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field

from adapters.postgres.monitoring.reads.quantifications import PublicQuantificationView
from api.commands.monitoring.quantifications import QuantificationTerms
from api.http.fields import Day, NaturalNumber, Number, Text
from api.http.schema import Moment, RequestSchema, ResponseSchema
from api.rest.credits.schemas.monitoring_period import (
    MonitoringPeriodResponse,
    monitoring_period_response,
)
from api.rest.monitoring.examples.monitoring import (
    CALCULATION,
    CALCULATIONS,
    QUANTIFICATION,
    QUANTIFICATION_SENT,
)
from domain.monitoring.calculations import Calculation
from domain.monitoring.quantifications import Quantification, decimal_text
from domain.monitoring.tonnes import ParameterValue
from domain.projects.projects import ProjectType
from domain.projects.verification import MonitoringPeriod

PARAMETERS_MAX = 100


class QuantifiedPeriodRequest(RequestSchema):
    """Calendar days (UTC), both included."""

    first_day: Day = Field(alias="from")
    last_day: Day = Field(alias="to")


class SentParameter(RequestSchema):
    """A number that the calculation asks for; `source` says where it is from."""

    name: Annotated[str, Text(40)]
    value: Number
    uncertainty: NaturalNumber | None = Field(default=None, description="Standard uncertainty.")
    source: Annotated[str, Text(500)]


class QuantificationRequest(RequestSchema):
    """
    What is to be worked out: by which calculation, with which parameters.

    `monitoringPeriod` is for a first verification, which has none of its own. `sources` name, for a series of the
    calculation, the only device or series that it is taken of; else all that measure its quantity are.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [QUANTIFICATION_SENT]})

    calculation: Annotated[str, Text(60)]
    monitoring_period: QuantifiedPeriodRequest | None = None
    parameters: Annotated[list[SentParameter], Field(max_length=PARAMETERS_MAX)] = Field(
        default_factory=list
    )
    sources: Annotated[dict[str, Annotated[str, Text(100)]], Field(max_length=PARAMETERS_MAX)] = (
        Field(default_factory=dict)
    )

    def terms(self) -> QuantificationTerms:
        period = self.monitoring_period
        return QuantificationTerms(
            self.calculation,
            None if period is None else MonitoringPeriod(period.first_day, period.last_day),
            [
                ParameterValue(one.name, one.value, one.uncertainty, one.source)
                for one in self.parameters
            ],
            self.sources,
        )


class CalculationSeriesResponse(ResponseSchema):
    name: str
    quantity: str
    unit: str
    description: str
    independent: bool = Field(description="Whether each value's uncertainty is its own.")


class CalculationParameterResponse(ResponseSchema):
    name: str
    unit: str
    description: str
    default: str | None


class CalculationStepResponse(ResponseSchema):
    name: str
    formula: str
    unit: str
    description: str


class CalculationResponse(ResponseSchema):
    """How tonnes are worked out: what is taken, and each step; the last one is the result."""

    model_config = ConfigDict(json_schema_extra={"examples": [CALCULATION]})

    id: str
    version: int
    title: str
    description: str
    source: str
    project_types: list[ProjectType]
    gap_hours: str = Field(description="Across longer silences nothing is integrated.")
    series: list[CalculationSeriesResponse]
    parameters: list[CalculationParameterResponse]
    steps: list[CalculationStepResponse]


class CalculationsResponse(ResponseSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [CALCULATIONS]})

    calculations: list[CalculationResponse]


class QuantifiedStepResponse(ResponseSchema):
    name: str
    unit: str
    value: str
    uncertainty: str


class QuantifiedVintageResponse(ResponseSchema):
    """
    Of one calendar year: `tonnes` and their standard `uncertainty` as worked out.

    `quantity` is what may be issued of it: rounded down, and none where nothing was reduced or removed.
    """

    vintage: int
    tonnes: str
    uncertainty: str
    quantity: str
    rows: int = Field(description="Values that it was worked out of.")
    steps: list[QuantifiedStepResponse]


class QuantificationResponse(ResponseSchema):
    """
    The tonnes that follow from monitoring data. `sha256` is of the result, which names its inputs by theirs.

    Inputs and result are canonical JSON (RFC 8785); `python -m tools.requantify` works them out again.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [QUANTIFICATION]})

    verification_id: UUID
    number: int = Field(description="Counts those of a round from 1; the newest counts.")
    calculation: str
    calculation_version: int
    monitoring_period: MonitoringPeriodResponse
    inputs_sha256: str
    inputs_url: str
    sha256: str
    computed_at: Moment
    vintages: list[QuantifiedVintageResponse]


def calculation_response(calculation: Calculation) -> CalculationResponse:
    return CalculationResponse(
        id=calculation.id,
        version=calculation.version,
        title=calculation.title,
        description=calculation.description,
        source=calculation.source,
        project_types=list(calculation.project_types),
        gap_hours=decimal_text(calculation.gap_hours),
        series=[CalculationSeriesResponse(**vars(one)) for one in calculation.series],
        parameters=[
            CalculationParameterResponse(
                **(
                    vars(one)
                    | {"default": None if one.default is None else decimal_text(one.default)}
                )
            )
            for one in calculation.parameters
        ],
        steps=[CalculationStepResponse(**vars(one)) for one in calculation.steps],
    )


def quantification_response(made: Quantification) -> QuantificationResponse:
    return QuantificationResponse(
        verification_id=made.verification_id,
        number=made.number,
        calculation=made.calculation,
        calculation_version=made.calculation_version,
        monitoring_period=_period(made.period),
        inputs_sha256=made.inputs_sha256,
        inputs_url=f"/api/v1/verifications/{made.verification_id}/quantification/inputs.json",
        sha256=made.sha256,
        computed_at=made.computed_at,
        vintages=_vintages(made.result),
    )


def public_quantification_response(view: PublicQuantificationView) -> QuantificationResponse:
    return QuantificationResponse(
        verification_id=view.verification_id,
        number=view.number,
        calculation=view.calculation,
        calculation_version=view.calculation_version,
        monitoring_period=_period(MonitoringPeriod(view.period_from, view.period_to)),
        inputs_sha256=view.inputs_sha256,
        inputs_url=f"/api/v1/registry/verifications/{view.verification_id}/quantification/inputs.json",
        sha256=view.quantification_sha256,
        computed_at=view.computed_at,
        vintages=_vintages(view.result),
    )


def _period(period: MonitoringPeriod) -> MonitoringPeriodResponse:
    shape = monitoring_period_response(period)
    if shape is None:
        raise AssertionError("a period is never None here")
    return shape


def _vintages(result: Mapping[str, Any]) -> list[QuantifiedVintageResponse]:
    return [QuantifiedVintageResponse.model_validate(one) for one in result["vintages"]]
