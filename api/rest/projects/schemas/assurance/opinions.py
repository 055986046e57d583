"""Validation opinions and technical reviews as JSON."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field

from adapters.postgres.projects.reads.assurance.opinions import PublicValidationView
from api.commands.projects.assurance.technical_review import TechnicalReviewView
from api.commands.projects.assurance.validation import ValidationView
from api.commands.projects.statements import Words
from api.http.schema import Moment, RequestSchema, ResponseSchema
from api.rest.projects.examples.opinions import (
    PUBLIC_VALIDATION,
    REVIEWER_SENT,
    TECHNICAL_REVIEW,
    TECHNICAL_REVIEW_SENT,
    VALIDATION,
    VALIDATION_SENT,
    VALIDATOR_SENT,
)
from domain.projects.assurance.statements import Assurance, Opinion
from domain.projects.assurance.technical_review import ReviewOutcome, ReviewState, TechnicalReview
from domain.projects.assurance.validation import ValidationTerms

Sha256 = Annotated[str, Field(strict=True, pattern="^[0-9a-f]{64}$")]


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
