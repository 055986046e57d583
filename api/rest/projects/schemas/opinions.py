"""Validation opinions, technical reviews and risk assessments as JSON."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field

from adapters.postgres.projects.reads.assurance.opinions import PublicValidationView
from adapters.postgres.projects.reads.assurance.risk_assessments import PublicRiskView
from api.commands.projects.assurance.risk_assessment import RiskView
from api.commands.projects.assurance.technical_review import TechnicalReviewView
from api.commands.projects.assurance.validation import ValidationView
from api.commands.projects.statements import Words
from api.http.fields import Text
from api.http.schema import Moment, RequestSchema, ResponseSchema
from api.rest.projects.examples.opinions import (
    PUBLIC_RISK,
    PUBLIC_VALIDATION,
    REVIEWER_SENT,
    RISK_ASSESSMENT_SENT,
    RISK_ASSESSMENTS,
    RISK_REFUSAL_SENT,
    RISK_TOOL,
    TECHNICAL_REVIEW,
    TECHNICAL_REVIEW_SENT,
    VALIDATION,
    VALIDATION_SENT,
    VALIDATOR_SENT,
)
from domain.projects.assurance.statements import Assurance, Opinion
from domain.projects.assurance.technical_review import ReviewOutcome, ReviewState, TechnicalReview
from domain.projects.assurance.validation import ValidationTerms
from domain.projects.programme.risk_assessment import (
    REASON_LENGTH_MAX,
    RiskAssessment,
    RiskOutcome,
    ScoredFactor,
)
from domain.projects.programme.risk_tool import RiskCategory, RiskFactor, RiskTool

Sha256 = Annotated[str, Field(strict=True, pattern="^[0-9a-f]{64}$")]
RiskReason = Annotated[str, Text(REASON_LENGTH_MAX, lines=True)]


class ValidatorRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [VALIDATOR_SENT]})

    verifier_id: UUID


class ValidationRequest(RequestSchema):
    """
    What a body concludes of each part of a project's design; see ISO 14064-3, validation.

    `opinionBasis` says what an opinion rests on that is not positive. `independence` is the writer's statement of
    independence, kept with the declarations of interests.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [VALIDATION_SENT]})

    boundary: Words
    baseline: Words
    additionality: Words
    monitoring_plan: Words
    assurance: Assurance = Field(description="The level of assurance.")
    opinion: Opinion
    opinion_basis: Words | None = None
    independence: Words

    def terms(self) -> ValidationTerms:
        return ValidationTerms(
            boundary=self.boundary,
            baseline=self.baseline,
            additionality=self.additionality,
            monitoring_plan=self.monitoring_plan,
            assurance=self.assurance,
            opinion=self.opinion,
            opinion_basis=self.opinion_basis,
        )


class ValidatedTerms(ResponseSchema):
    boundary: str
    baseline: str
    additionality: str
    monitoring_plan: str
    assurance: Assurance
    opinion: Opinion
    opinion_basis: str | None
    body: str | None = Field(description="As it was called on that day.")
    accreditation: str | None = Field(description="What it was accredited by on that day.")
    sha256: str


class ValidationOpinionResponse(ValidatedTerms):
    """The newest version; `stands`: nobody else was named since to give another."""

    version: int
    stands: bool
    written_by: UUID
    written_at: Moment


class ValidationResponse(ResponseSchema):
    """
    The validation of a project as those see it who work on its first round.

    `validatorId` is whoever gives the opinion: whom staff `named`, or else the round's verifier.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [VALIDATION]})

    verification_id: UUID
    validator_id: UUID | None
    named: bool
    opinion: ValidationOpinionResponse | None


class RegistryValidation(ValidatedTerms):
    """The validation opinion on an approved project, apart from the verification of its tonnes."""

    model_config = ConfigDict(json_schema_extra={"examples": [PUBLIC_VALIDATION]})

    written_at: Moment


class ReviewerRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [REVIEWER_SENT]})

    reviewer_id: UUID = Field(description="Another verifier of the same verification body.")


class TechnicalReviewRequest(RequestSchema):
    """
    `statementSha256` is of the statement that was looked at. Who returns it says why in `words`.

    `independence` is the reviewer's statement of independence, kept with the declarations of interests.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [TECHNICAL_REVIEW_SENT]})

    outcome: ReviewOutcome
    statement_sha256: Sha256
    words: Words | None = None
    independence: Words


class StatementReviewResponse(ResponseSchema):
    outcome: ReviewOutcome
    statement_version: int
    statement_sha256: str
    words: str | None
    body: str | None
    reviewer_id: UUID
    reviewed_at: Moment


class TechnicalReviewResponse(ResponseSchema):
    """
    Where the technical review of a round stands; `reviews` are all that were given, the oldest first.

    `void`: a version was confirmed, and the statement was changed since. `statementVersion` and `statementSha256` are
    of the newest statement.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [TECHNICAL_REVIEW]})

    verification_id: UUID
    state: ReviewState
    reviewer_id: UUID | None = Field(description="Who must review; null: nobody was asked.")
    statement_version: int | None
    statement_sha256: str | None
    reviews: list[StatementReviewResponse]


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


def validation_response(view: ValidationView) -> ValidationResponse:
    opinion = view.opinion
    return ValidationResponse(
        verification_id=view.round.verification.id,
        validator_id=view.validator_id,
        named=view.named is not None,
        opinion=opinion
        and ValidationOpinionResponse(
            **_validated(opinion.terms),
            body=opinion.body,
            accreditation=opinion.accreditation,
            sha256=opinion.sha256,
            version=opinion.version,
            stands=view.stands,
            written_by=opinion.written_by,
            written_at=opinion.written_at,
        ),
    )


def registry_validation(view: PublicValidationView | None) -> RegistryValidation | None:
    if view is None:
        return None
    return RegistryValidation(
        **_validated(view.terms),
        body=view.body,
        accreditation=view.accreditation,
        sha256=view.sha256,
        written_at=view.written_at,
    )


def technical_review_response(view: TechnicalReviewView) -> TechnicalReviewResponse:
    statement = view.statement
    return TechnicalReviewResponse(
        verification_id=view.round.verification.id,
        state=view.state,
        reviewer_id=view.named.user_id if view.named else None,
        statement_version=statement.version if statement else None,
        statement_sha256=statement.sha256 if statement else None,
        reviews=[_review_response(one) for one in view.reviews],
    )


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


def _validated(terms: ValidationTerms) -> dict[str, Any]:
    return dict(vars(terms))


def _review_response(review: TechnicalReview) -> StatementReviewResponse:
    return StatementReviewResponse(
        outcome=review.outcome,
        statement_version=review.statement_version,
        statement_sha256=review.statement_sha256,
        words=review.words,
        body=review.body,
        reviewer_id=review.reviewer_id,
        reviewed_at=review.reviewed_at,
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
