"""Findings of a round with their threads, and what changed in it since one looked."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.projects.reads import findings as reads_findings
from api.commands.projects import findings as commands
from api.commands.projects.verification import visible_verification
from api.http.errors.problem import Code, error_responses
from api.http.idempotency import OperationKey
from api.http.identity.authentication import SignedIn
from api.http.lists import ListRequest, list_response, page_params
from api.http.resources import reading, resources
from api.http.responses import json_response
from api.http.routing import IdempotentRoute
from api.http.schema import Data, DataList
from api.rest.projects.schemas.findings import (
    FindingClosingRequest,
    FindingReopeningRequest,
    FindingReplyRequest,
    FindingRequest,
    FindingResponse,
    RoundChangesResponse,
    RoundLookRequest,
    finding_response,
    round_changes_response,
)

router = APIRouter(tags=["Verification"], route_class=IdempotentRoute)

_READ_ERRORS = error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.NOT_FOUND)
_STEP_ERRORS = error_responses(
    Code.VALIDATION_ERROR,
    Code.AUTHENTICATION_ERROR,
    Code.AUTHORIZATION_ERROR,
    Code.NOT_FOUND,
    Code.CONFLICT,
)


@router.post(
    "/verifications/{verification_id}/findings",
    status_code=201,
    summary="Raise a finding",
    response_model=Data[FindingResponse],
    responses=_STEP_ERRORS,
)
async def raise_finding(
    request: Request,
    account: SignedIn,
    verification_id: UUID,
    key: OperationKey,
    body: FindingRequest,
) -> Response:
    """
    For the assigned verifier, while the round is in review. The supplier is told, and has a deadline.

    Corrective actions and clarifications are closed before an approval (409 with their numbers). What of
    the forward actions is still open when the next round is opened is a finding of that one too. The
    public sees how many findings there are, not what they say.
    """
    view = await commands.raise_finding(
        resources(request), account, key, verification_id, body.payload()
    )
    return json_response(finding_response(view), status=201)


@router.get(
    "/verifications/{verification_id}/findings",
    summary="List a round's findings",
    response_model=DataList[FindingResponse],
    responses=_READ_ERRORS,
)
async def list_findings(
    request: Request,
    account: SignedIn,
    verification_id: UUID,
    list_request: Annotated[
        ListRequest, page_params(FindingResponse, sort="raisedAt", newest_first=False)
    ],
) -> Response:
    """With their threads, for the project's supplier, the assigned verifier, and staff."""
    await visible_verification(resources(request), account, verification_id)
    async with reading(request) as connection:
        rows = await reads_findings.findings_page(connection, verification_id, list_request.page)
    return list_response(
        request,
        list_request,
        rows,
        finding_response,
        lambda view: (view.finding.raised_at, view.finding.id),
    )


@router.get(
    "/findings/{finding_id}",
    summary="Read a finding",
    response_model=Data[FindingResponse],
    responses=_READ_ERRORS,
)
async def read_finding(request: Request, account: SignedIn, finding_id: UUID) -> Response:
    """With its thread, for the project's supplier, the assigned verifier, and staff."""
    return json_response(
        finding_response(await commands.visible_finding(resources(request), account, finding_id))
    )


@router.post(
    "/findings/{finding_id}/replies",
    status_code=201,
    summary="Reply to a finding",
    response_model=Data[FindingResponse],
    responses=_STEP_ERRORS,
)
async def reply_to_finding(
    request: Request,
    account: SignedIn,
    finding_id: UUID,
    key: OperationKey,
    body: FindingReplyRequest,
) -> Response:
    """
    For whoever acts for the project's supplier, and for the assigned verifier; the other side is told.

    A supplier's reply answers the finding, a verifier's opens it again. Files are uploaded as documents of
    the round first. A closed finding takes no reply (409).
    """
    view = await commands.reply_to_finding(
        resources(request),
        account,
        key,
        finding_id,
        text=body.text,
        attachments=tuple(body.attachments),
    )
    return json_response(finding_response(view), status=201)


@router.post(
    "/findings/{finding_id}/close",
    summary="Close a finding",
    response_model=Data[FindingResponse],
    responses=_STEP_ERRORS,
)
async def close_finding(
    request: Request,
    account: SignedIn,
    finding_id: UUID,
    key: OperationKey,
    body: FindingClosingRequest,
) -> Response:
    """For the assigned verifier, with a note that says why it is settled. The supplier is told."""
    view = await commands.close_finding(
        resources(request), account, key, finding_id, note=body.note
    )
    return json_response(finding_response(view))


@router.post(
    "/findings/{finding_id}/reopen",
    summary="Reopen a finding",
    response_model=Data[FindingResponse],
    responses=_STEP_ERRORS,
)
async def reopen_finding(
    request: Request,
    account: SignedIn,
    finding_id: UUID,
    key: OperationKey,
    body: FindingReopeningRequest,
) -> Response:
    """For the assigned verifier, as long as the round is not decided. The supplier is told."""
    view = await commands.reopen_finding(
        resources(request), account, key, finding_id, text=body.text
    )
    return json_response(finding_response(view))


@router.get(
    "/verifications/{verification_id}/changes",
    summary="See what changed since I looked",
    response_model=Data[RoundChangesResponse],
    responses=_READ_ERRORS,
)
async def list_changes(request: Request, account: SignedIn, verification_id: UUID) -> Response:
    """
    What others did to the project, the round, its documents and its findings since one's own mark.

    As the audit log has it: the steps with the fields that changed, without what people wrote.
    """
    found = await commands.changes_since_last_look(resources(request), account, verification_id)
    return json_response(round_changes_response(found))


@router.post(
    "/verifications/{verification_id}/looked",
    summary="Mark a round as looked at",
    response_model=Data[RoundChangesResponse],
    responses=_STEP_ERRORS,
)
async def mark_looked(
    request: Request,
    account: SignedIn,
    verification_id: UUID,
    key: OperationKey,  # noqa: ARG001 -- the answer is kept under it
    body: RoundLookRequest,
) -> Response:
    """One's own mark, which never goes back; the answer is what is still new."""
    found = await commands.mark_looked(
        resources(request), account, verification_id, up_to=body.up_to
    )
    return json_response(round_changes_response(found))
