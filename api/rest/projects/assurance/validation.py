"""The validation opinion on a project's design, and the technical review of a round's verification statement."""

from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.commands.projects.assurance import technical_review as reviews
from api.commands.projects.assurance import validation as validations
from api.http.errors.problem import Code, error_responses
from api.http.idempotency import OperationKey
from api.http.identity.authentication import SignedIn
from api.http.resources import resources
from api.http.responses import json_response
from api.http.routing import IdempotentRoute
from api.http.schema import Data
from api.rest.projects.schemas.assurance.opinions import (
    ReviewerRequest,
    TechnicalReviewRequest,
    TechnicalReviewResponse,
    ValidationRequest,
    ValidationResponse,
    ValidatorRequest,
    technical_review_response,
    validation_response,
)

router = APIRouter(tags=["Verification"], route_class=IdempotentRoute)

_READ = (
    Code.VALIDATION_ERROR,
    Code.AUTHENTICATION_ERROR,
    Code.AUTHORIZATION_ERROR,
    Code.NOT_FOUND,
)


@router.put(
    "/verifications/{verification_id}/validator",
    summary="Name who validates a project",
    response_model=Data[ValidationResponse],
    responses=error_responses(*_READ, Code.CONFLICT),
)
async def name_validator(
    request: Request, account: SignedIn, verification_id: UUID, body: ValidatorRequest
) -> Response:
    """
    For administrators, in a project's first round: a verifier of another body, or of the same.

    Where nobody is named, the round's verifier validates. Who is named sees the round like its verifier, and is told.
    """
    view = await validations.name_validator(
        resources(request), account, verification_id, body.verifier_id
    )
    return json_response(validation_response(view))


@router.get(
    "/verifications/{verification_id}/validation",
    summary="Read the validation of a project",
    response_model=Data[ValidationResponse],
    responses=error_responses(*_READ),
)
async def read_validation(request: Request, account: SignedIn, verification_id: UUID) -> Response:
    """For the supplier, staff and whoever works on the round: who validates, and the newest opinion."""
    view = await validations.visible_validation(resources(request), account, verification_id)
    return json_response(validation_response(view))


@router.put(
    "/verifications/{verification_id}/validation",
    summary="Write the validation opinion",
    response_model=Data[ValidationResponse],
    responses=error_responses(*_READ, Code.CONFLICT),
)
async def write_validation(
    request: Request, account: SignedIn, verification_id: UUID, body: ValidationRequest
) -> Response:
    """
    For whoever validates the project, until its first round is decided; each writing is a version, which stays.

    It is about the design (boundary, baseline, additionality, monitoring plan) and about no tonne. On an adverse or
    disclaimed opinion nothing is approved; with `VALIDATION_REQUIRED` nothing without one.
    """
    view = await validations.write_validation(
        resources(request), account, verification_id, body.terms(), body.independence
    )
    return json_response(validation_response(view))


@router.put(
    "/verifications/{verification_id}/technical-reviewer",
    summary="Ask for the technical review",
    response_model=Data[TechnicalReviewResponse],
    responses=error_responses(*_READ, Code.CONFLICT),
)
async def name_reviewer(
    request: Request, account: SignedIn, verification_id: UUID, body: ReviewerRequest
) -> Response:
    """
    For the assigned verifier: another verifier of the same body, who had no hand in the verification.

    They see the round from now on, and are told; whoever was asked before sees it no more.
    """
    view = await reviews.name_reviewer(
        resources(request), account, verification_id, body.reviewer_id
    )
    return json_response(technical_review_response(view))


@router.get(
    "/verifications/{verification_id}/technical-review",
    summary="Read the technical review",
    response_model=Data[TechnicalReviewResponse],
    responses=error_responses(*_READ),
)
async def read_technical_review(
    request: Request, account: SignedIn, verification_id: UUID
) -> Response:
    """For the supplier, staff and whoever works on the round: who must review, and what was said."""
    view = await reviews.visible_technical_review(resources(request), account, verification_id)
    return json_response(technical_review_response(view))


@router.post(
    "/verifications/{verification_id}/technical-review",
    status_code=201,
    summary="Confirm or return a verification statement",
    response_model=Data[TechnicalReviewResponse],
    responses=error_responses(*_READ, Code.CONFLICT),
)
async def review_statement(
    request: Request,
    account: SignedIn,
    verification_id: UUID,
    key: OperationKey,  # noqa: ARG001 -- the answer is kept under it
    body: TechnicalReviewRequest,
) -> Response:
    """
    For the technical reviewer, once for each version of the statement (409 when it was changed since).

    A statement that was returned carries no approval; one that is written anew is reviewed again. With
    `TECHNICAL_REVIEW_REQUIRED` nothing is approved before the statement is confirmed.
    """
    view = await reviews.review_statement(
        resources(request),
        account,
        verification_id,
        outcome=body.outcome,
        statement_sha256=body.statement_sha256,
        words=body.words,
        independence=body.independence,
    )
    return json_response(technical_review_response(view), status=201)
