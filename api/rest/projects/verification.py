"""Verifications: their timelines, and the steps by which people move them."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.projects.reads import verifications as reads_verifications
from adapters.postgres.projects.reads.verifications import (
    Overdue,
    VerificationFilter,
    VerificationView,
)
from adapters.postgres.queries import Position
from api.commands.projects import verification as commands
from api.http.errors.problem import Code, error_responses
from api.http.fields import Flag
from api.http.idempotency import OperationKey
from api.http.identity.authentication import SignedIn
from api.http.lists import ListRequest, list_response, page_params
from api.http.resources import reading, resources
from api.http.responses import json_response
from api.http.routing import IdempotentRoute
from api.http.schema import Data, DataList
from api.rest.projects.decision_factor import DecisionFactor
from api.rest.projects.schemas.verification import (
    ApprovalRequest,
    AssignmentRequest,
    CountersignatureRefusalRequest,
    RejectionRequest,
    VerificationEventRequest,
    VerificationEventResponse,
    VerificationResponse,
    event_response,
    verification_response,
)
from domain.projects.verification import VerificationStatus

router = APIRouter(tags=["Verification"], route_class=IdempotentRoute)

_READ_ERRORS = error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.NOT_FOUND)
_STEP_ERRORS = error_responses(
    Code.VALIDATION_ERROR,
    Code.AUTHENTICATION_ERROR,
    Code.AUTHORIZATION_ERROR,
    Code.NOT_FOUND,
    Code.CONFLICT,
)


@router.get(
    "/verifications",
    summary="List verifications",
    response_model=DataList[VerificationResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR),
)
async def list_verifications(
    request: Request,
    account: SignedIn,
    list_request: Annotated[ListRequest, page_params(VerificationResponse, sort="submittedAt")],
    status: VerificationStatus | None = None,
    verifier_id: Annotated[UUID | None, Query(alias="verifierId")] = None,
    project_id: Annotated[UUID | None, Query(alias="projectId")] = None,
    overdue: Annotated[Flag, Query(description="Only those whose deadline has passed.")] = False,
) -> Response:
    """Those of one's own projects, those one is assigned to, or for staff all of them."""
    chosen = VerificationFilter(
        status, verifier_id, project_id, _deadlines(request) if overdue else None
    )
    async with reading(request) as connection:
        rows = await reads_verifications.verifications_page(
            connection, chosen, list_request.page, account=account
        )
    return list_response(request, list_request, rows, verification_response, _position)


@router.get(
    "/verifications/{verification_id}",
    summary="Read a verification",
    response_model=Data[VerificationResponse],
    responses=_READ_ERRORS,
)
async def read_verification(request: Request, account: SignedIn, verification_id: UUID) -> Response:
    """For the project's supplier, the assigned verifier, and staff."""
    return json_response(
        verification_response(
            await commands.visible_verification(resources(request), account, verification_id)
        )
    )


@router.get(
    "/verifications/{verification_id}/events",
    summary="Read a verification's timeline",
    response_model=DataList[VerificationEventResponse],
    responses=_READ_ERRORS,
)
async def list_events(
    request: Request,
    account: SignedIn,
    verification_id: UUID,
    list_request: Annotated[
        ListRequest, page_params(VerificationEventResponse, sort="createdAt", newest_first=False)
    ],
) -> Response:
    """Every step so far, oldest first unless asked otherwise."""
    await commands.visible_verification(resources(request), account, verification_id)
    async with reading(request) as connection:
        rows = await reads_verifications.events_page(connection, verification_id, list_request.page)
    return list_response(
        request, list_request, rows, event_response, lambda e: (e.created_at, e.id)
    )


@router.post(
    "/verifications/{verification_id}/assign",
    summary="Assign a verifier",
    response_model=Data[VerificationResponse],
    responses=_STEP_ERRORS,
)
async def assign_verifier(
    request: Request,
    account: SignedIn,
    verification_id: UUID,
    key: OperationKey,
    body: AssignmentRequest,
) -> Response:
    """
    For administrators. The verification is in review from now on, and its deadline begins.

    Sent again with another verifier while it is in review, that one takes over: both are told, and
    who had it before sees it no more.
    """
    verification = await commands.assign_verifier(
        resources(request), account, key, verification_id, body.verifier_id
    )
    return json_response(verification_response(verification))


@router.post(
    "/verifications/{verification_id}/events",
    status_code=201,
    summary="Add a note to the timeline",
    response_model=Data[VerificationEventResponse],
    responses=_STEP_ERRORS,
)
async def add_event(
    request: Request,
    account: SignedIn,
    verification_id: UUID,
    key: OperationKey,
    body: VerificationEventRequest,
) -> Response:
    """For the assigned verifier and administrators. The public timeline shows that it was made, not its words."""
    event = await commands.add_event(
        resources(request), account, key, verification_id, body.event_type, body.message
    )
    return json_response(event_response(event), status=201)


@router.post(
    "/verifications/{verification_id}/approve",
    summary="Approve a verification",
    response_model=Data[VerificationResponse],
    responses=_STEP_ERRORS,
)
async def approve(
    request: Request,
    account: SignedIn,
    verification_id: UUID,
    key: OperationKey,
    body: ApprovalRequest,
    factor: DecisionFactor,
) -> Response:
    """
    For the assigned verifier. Needs a project description, a methodology or monitoring plan, a monitoring
    report and the verifier's own verification report, each a file of its own; and for a project with
    likely duplicates a note that says why it is none of them (409 with their identifiers).

    Administrators decide in the verifier's stead only: they say why, have uploaded the report themselves
    where the verifier has not, and another administrator countersigns. So is a quantity above the
    announced target, and the public timeline says that it is.

    Who approves or rejects as the verifier declares to have no conflict of interest in it, and does so
    within the accreditation of their verification body (409, with a sentence).

    With `reviewDigest` the approval is of what was looked at: whatever changed since is named (409).

    A monitoring period that crosses years is approved by vintage: the credits of each year follow.

    The approval is bound to exactly the project data and documents that were there. The credits
    follow, after a countersignature where one is required. Whoever has a passkey or a linked wallet
    confirms each decision with it: 401 says what is to be signed.
    """
    verification = await commands.approve_verification(
        resources(request),
        account,
        key,
        verification_id,
        notes=body.notes,
        quantity_units=body.verified_quantity,
        vintage=body.vintage,
        vintages=body.approved_vintages(),
        duplicate_note=body.duplicate_note,
        factor=factor,
        conflict_of_interest=body.conflict_of_interest.declared
        if body.conflict_of_interest
        else None,
        stead_reason=body.stead_reason,
        review_digest=body.review_digest,
    )
    return json_response(verification_response(verification))


@router.post(
    "/verifications/{verification_id}/reject",
    summary="Reject a verification",
    response_model=Data[VerificationResponse],
    responses=_STEP_ERRORS,
)
async def reject(
    request: Request,
    account: SignedIn,
    verification_id: UUID,
    key: OperationKey,
    body: RejectionRequest,
    factor: DecisionFactor,
) -> Response:
    """
    For the assigned verifier; administrators say beside it why they decide.

    The reason is shown to the supplier, the public reason to everybody.
    """
    verification = await commands.reject_verification(
        resources(request),
        account,
        key,
        verification_id,
        reason=body.reason,
        factor=factor,
        stead_reason=body.stead_reason,
        public_reason=body.public_reason,
        review_digest=body.review_digest,
    )
    return json_response(verification_response(verification))


@router.post(
    "/verifications/{verification_id}/countersign",
    summary="Countersign an approval",
    response_model=Data[VerificationResponse],
    responses=_STEP_ERRORS,
)
async def countersign(
    request: Request,
    account: SignedIn,
    verification_id: UUID,
    key: OperationKey,
    factor: DecisionFactor,
) -> Response:
    """
    For an administrator other than the one who approved, where a second approval is required.

    The project is verified from now on, and its credits follow.
    """
    verification = await commands.countersign(
        resources(request), account, key, verification_id, factor=factor
    )
    return json_response(verification_response(verification))


@router.post(
    "/verifications/{verification_id}/countersign/refuse",
    summary="Refuse to countersign",
    response_model=Data[VerificationResponse],
    responses=_STEP_ERRORS,
)
async def refuse_countersignature(
    request: Request,
    account: SignedIn,
    verification_id: UUID,
    key: OperationKey,
    body: CountersignatureRefusalRequest,
    factor: DecisionFactor,
) -> Response:
    """
    For an administrator other than the one who approved.

    Nothing is approved then: the verification is in review again. Verifier and supplier are told, and
    read the reason.
    """
    verification = await commands.refuse_countersignature(
        resources(request), account, key, verification_id, reason=body.reason, factor=factor
    )
    return json_response(verification_response(verification))


def _deadlines(request: Request) -> Overdue:
    parts = resources(request)
    now = parts.clock.now()
    return Overdue(
        submitted_before=now - timedelta(hours=parts.settings.rules.assignment_deadline_hours),
        assigned_before=now - timedelta(hours=parts.settings.rules.review_deadline_hours),
        approved_before=now - timedelta(hours=parts.settings.rules.countersignature_deadline_hours),
    )


def _position(view: VerificationView) -> Position:
    return view.verification.submitted_at, view.verification.id
