"""Risk assessments, and the tool that points are given by, as JSON."""

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from adapters.postgres.projects.reads.assurance.risk_assessments import PublicRiskView
from api.commands.projects.assurance.risk_assessment import RiskView
from api.http.fields import Text
from api.http.schema import Moment, RequestSchema, ResponseSchema
from api.rest.projects.examples.opinions import (
    PUBLIC_RISK,
    RISK_ASSESSMENT_SENT,
    RISK_ASSESSMENTS,
    RISK_REFUSAL_SENT,
    RISK_TOOL,
)
from domain.projects.programme.risk_assessment import (
    REASON_LENGTH_MAX,
    RiskAssessment,
    RiskOutcome,
    ScoredFactor,
)
from domain.projects.programme.risk_tool import RiskCategory, RiskFactor, RiskTool

RiskReason = Annotated[str, Text(REASON_LENGTH_MAX, lines=True)]


class ScoredFactorRequest(RequestSchema):
    """Points for one factor, and why."""

    factor: RiskFactor
    score: Annotated[int, Field(strict=True, ge=0, le=1000)]
    reason: RiskReason


class RiskAssessmentRequest(RequestSchema):
    """Every factor of the registry's tool once (`GET /registry/risk-tool`)."""

    model_config = ConfigDict(json_schema_extra={"examples": [RISK_ASSESSMENT_SENT]})

    factors: Annotated[list[ScoredFactorRequest], Field(min_length=1, max_length=100)]

    def scored(self) -> list[ScoredFactor]:
        return [ScoredFactor(one.factor, one.score, one.reason) for one in self.factors]


class RiskRefusalRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [RISK_REFUSAL_SENT]})

    reason: RiskReason


class RiskPoints(ResponseSchema):
    """Points by category; `percent` of each issuance goes into the buffer."""

    number: int = Field(description="Counts the assessments of a project from 1.")
    tool: str
    tool_version: str
    internal: int
    external: int
    natural: int
    total: int
    percent: str = Field(description="Decimal string with two decimals.")


class ScoredFactorResponse(ResponseSchema):
    factor: RiskFactor
    score: int
    reason: str


class RiskAssessmentResponse(RiskPoints):
    """An assessment with its reasons. `outcome` null: it waits for its countersignature."""

    factors: list[ScoredFactorResponse]
    entered_by: UUID
    entered_at: Moment
    outcome: RiskOutcome | None
    outcome_reason: str | None
    decided_at: Moment | None


class RiskAssessmentsResponse(ResponseSchema):
    """All assessments of a project by number; `standing` is the number of the one that counts, if any."""

    model_config = ConfigDict(json_schema_extra={"examples": [RISK_ASSESSMENTS]})

    project_id: UUID
    standing: int | None
    assessments: list[RiskAssessmentResponse]


class RegistryRisk(RiskPoints):
    """The countersigned assessment that a project's buffer share follows from."""

    model_config = ConfigDict(json_schema_extra={"examples": [PUBLIC_RISK]})

    scores: dict[str, int] = Field(description="Points by factor.")
    decided_at: Moment


class RiskCategoryResponse(ResponseSchema):
    category: RiskCategory
    score_max: int = Field(description="Above it the programme takes no project.")


class FactorRuleResponse(ResponseSchema):
    factor: RiskFactor
    category: RiskCategory
    score_max: int
    sentence: str


class ShareBandResponse(ResponseSchema):
    total_max: int = Field(description="Up to so many points, all together.")
    percent: int


class RiskToolResponse(ResponseSchema):
    """By what points are given, and which share of each issuance follows from them; the first share is the floor."""

    model_config = ConfigDict(json_schema_extra={"examples": [RISK_TOOL]})

    name: str
    version: str
    source: str
    categories: list[RiskCategoryResponse]
    factors: list[FactorRuleResponse]
    shares: list[ShareBandResponse]


def risk_response(view: RiskView) -> RiskAssessmentsResponse:
    standing = view.standing
    return RiskAssessmentsResponse(
        project_id=view.project.id,
        standing=standing.number if standing else None,
        assessments=[_assessment_response(one) for one in view.assessments],
    )


def registry_risk(view: PublicRiskView | None) -> RegistryRisk | None:
    if view is None:
        return None
    return RegistryRisk(
        number=view.number,
        tool=view.tool,
        tool_version=view.tool_version,
        internal=view.internal_points,
        external=view.external_points,
        natural=view.natural_points,
        total=view.total,
        percent=f"{view.percent:.2f}",
        scores=dict(view.scores),
        decided_at=view.decided_at,
    )


def risk_tool_response(tool: RiskTool) -> RiskToolResponse:
    return RiskToolResponse(
        name=tool.name,
        version=tool.version,
        source=tool.source,
        categories=[
            RiskCategoryResponse(category=category, score_max=most)
            for category, most in tool.category_max.items()
        ],
        factors=[
            FactorRuleResponse(
                factor=factor,
                category=rule.category,
                score_max=rule.score_max,
                sentence=rule.sentence,
            )
            for factor, rule in tool.factors.items()
        ],
        shares=[
            ShareBandResponse(total_max=band.total_max, percent=band.percent) for band in tool.bands
        ],
    )


def _assessment_response(one: RiskAssessment) -> RiskAssessmentResponse:
    decision = one.decision
    return RiskAssessmentResponse(
        number=one.number,
        tool=one.tool,
        tool_version=one.tool_version,
        internal=one.internal_points,
        external=one.external_points,
        natural=one.natural_points,
        total=one.total,
        percent=f"{one.percent:.2f}",
        factors=[
            ScoredFactorResponse(factor=it.factor, score=it.score, reason=it.reason)
            for it in one.factors
        ],
        entered_by=one.entered_by,
        entered_at=one.entered_at,
        outcome=decision.outcome if decision else None,
        outcome_reason=decision.reason if decision else None,
        decided_at=decision.decided_at if decision else None,
    )
