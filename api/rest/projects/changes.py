"""A supplier's changes: facts of a project, versions of a document, withdrawal and resubmission, and what a verifier sees of them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.projects.reads import changes as reads_changes
from api.commands.projects import changes as commands
from api.commands.projects import documents as documents_commands
from api.commands.projects.projects import visible_project
from api.http.errors.problem import Code, error_responses
from api.http.fields import Sha256
from api.http.idempotency import OperationKey
from api.http.identity.authentication import SignedIn
from api.http.lists import ListRequest, list_response, page_params
from api.http.resources import reading, resources
from api.http.responses import json_response
from api.http.routing import IdempotentRoute
from api.http.schema import Data, DataList
from api.rest.projects.schemas.changes import (
    ChangeProjectRequest,
    NoteRequest,
    ProjectChangeResponse,
    ReviewResponse,
    project_change_response,
    review_response,
)
from api.rest.projects.schemas.documents import (
    DocumentRequest,
    DocumentResponse,
    announced_response,
    document_announcement,
)
from api.rest.projects.schemas.projects import ProjectResponse, project_response
from api.rest.projects.schemas.verification import VerificationResponse, verification_response

router = APIRouter(route_class=IdempotentRoute)

_READ_ERRORS = error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.NOT_FOUND)
_CHANGE_CODES = (
    Code.VALIDATION_ERROR,
    Code.AUTHENTICATION_ERROR,
    Code.AUTHORIZATION_ERROR,
    Code.NOT_FOUND,
    Code.CONFLICT,
)


@router.patch(
    "/projects/{project_id}",
    tags=["Projects"],
    summary="Change a project",
    response_model=Data[ProjectResponse],
    responses=error_responses(*_CHANGE_CODES),
)
async def change_project(
    request: Request, account: SignedIn, project_id: UUID, body: ChangeProjectRequest
) -> Response:
    """
    For its supplier. What it was before stays in the list of changes, and its verifier is told.

    Everything while its first verification is pending; all but the type while that is in review. From the
    approval on every fact is a verified one: what has changed is said in the statement of the next round
    (409).
    """
    view = await commands.change_project(resources(request), account, project_id, body.changes())
    return json_response(project_response(view))


@router.get(
    "/projects/{project_id}/changes",
    tags=["Projects"],
    summary="List what was changed of a project",
    response_model=DataList[ProjectChangeResponse],
    responses=_READ_ERRORS,
)
async def list_changes(
    request: Request,
    account: SignedIn,
    project_id: UUID,
    list_request: Annotated[
        ListRequest, page_params(ProjectChangeResponse, sort="changedAt", newest_first=False)
    ],
) -> Response:
    """For whoever works on the project: each change since it was registered, with what was before and after."""
    await visible_project(resources(request), account, project_id)
    async with reading(request) as connection:
        rows = await reads_changes.changes_page(connection, project_id, list_request.page)
    return list_response(
        request,
        list_request,
        rows,
        project_change_response,
        lambda change: (change.changed_at, change.id),
    )


@router.post(
    "/projects/{project_id}/withdraw",
    tags=["Verification"],
    summary="Withdraw the open round",
    response_model=Data[VerificationResponse],
    responses=error_responses(*_CHANGE_CODES),
)
async def withdraw(
    request: Request, account: SignedIn, project_id: UUID, key: OperationKey, body: NoteRequest
) -> Response:
    """
    For the project's supplier, while the round is pending or in review. Verifier and staff are told.

    Nothing is decided of it any more; of a withdrawal and a decision at the same moment one happens, and the
    other is answered 409. An approval that waits for a countersignature is given back by staff first (409).
    What was withdrawn stays public, and may be resubmitted.
    """
    view = await commands.withdraw_round(
        resources(request), account, key, project_id, note=body.note
    )
    return json_response(verification_response(view))


@router.post(
    "/projects/{project_id}/resubmit",
    tags=["Verification"],
    summary="Resubmit the newest round that was rejected or withdrawn",
    response_model=Data[VerificationResponse],
    responses=error_responses(*_CHANGE_CODES),
)
async def resubmit(
    request: Request, account: SignedIn, project_id: UUID, key: OperationKey, body: NoteRequest
) -> Response:
    """
    For the project's supplier: a new round, whose note says what changed since. The former end stays, and public.

    A certain round is resubmitted by its own address, `/verifications/{verification_id}/resubmit`.
    """
    view = await commands.resubmit_project(
        resources(request), account, key, project_id, what_changed=body.note
    )
    return json_response(verification_response(view))


@router.post(
    "/documents/{document_id}/versions",
    status_code=201,
    tags=["Documents"],
    summary="Announce a newer version of a document",
    response_model=Data[DocumentResponse],
    responses=error_responses(*_CHANGE_CODES, Code.PAYLOAD_TOO_LARGE),
)
async def announce_version(
    request: Request, account: SignedIn, document_id: UUID, key: OperationKey, body: DocumentRequest
) -> Response:
    """
    For its uploader, and of a supplier's document for whoever acts for that supplier.

    Uploaded and completed like any document. From its completion on it counts, and the former is superseded:
    it stays to be read, and is no evidence any more. Verifier and supplier are told of what the other replaced.
    """
    announced = await documents_commands.announce_version(
        resources(request), account, key, document_id, document_announcement(body)
    )
    return json_response(announced_response(announced), status=201)


@router.get(
    "/verifications/{verification_id}/review",
    tags=["Verification"],
    summary="Read what there is to review, and what changed since",
    response_model=Data[ReviewResponse],
    responses=_READ_ERRORS,
)
async def read_review(
    request: Request,
    account: SignedIn,
    verification_id: UUID,
    since: Annotated[
        Sha256 | None, Query(description="A digest that was read here before.")
    ] = None,
) -> Response:
    """
    For the project's supplier, the assigned verifier, and staff.

    The digest is of the project's facts and of the documents that count. Whoever sends it with their decision
    decides on that and nothing else.
    """
    view = await commands.review(resources(request), account, verification_id, since=since)
    return json_response(review_response(view))
