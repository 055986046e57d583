"""Documents: announced here, uploaded straight to storage, counted once their bytes were checked."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from adapters.postgres.projects.reads import documents as reads_documents
from adapters.postgres.projects.reads.documents import DocumentView
from api.commands.projects import documents as commands
from api.commands.projects.projects import visible_project
from api.http.errors.problem import Code, error_responses
from api.http.idempotency import OperationKey
from api.http.identity.authentication import MaybeSignedIn, SignedIn
from api.http.lists import ListRequest, list_response, page_params
from api.http.resources import reading, resources
from api.http.responses import PRIVATE, json_response
from api.http.routing import IdempotentRoute
from api.http.schema import Data, DataList
from api.rest.projects.schemas.documents import (
    DocumentRequest,
    DocumentResponse,
    announced_response,
    document_announcement,
    document_response,
)

router = APIRouter(tags=["Documents"], route_class=IdempotentRoute)

_ANNOUNCING_ERRORS = error_responses(
    Code.VALIDATION_ERROR,
    Code.AUTHENTICATION_ERROR,
    Code.AUTHORIZATION_ERROR,
    Code.NOT_FOUND,
    Code.CONFLICT,
    Code.PAYLOAD_TOO_LARGE,
)


@router.post(
    "/projects/{project_id}/documents",
    status_code=201,
    summary="Announce a document of a project",
    response_model=Data[DocumentResponse],
    responses=_ANNOUNCING_ERRORS,
)
async def announce_for_project(
    request: Request, account: SignedIn, project_id: UUID, key: OperationKey, body: DocumentRequest
) -> Response:
    """
    For the project's supplier, the assigned verifier and administrators: evidence of the round that is
    open.

    Upload the file to the address in `upload`, then complete the document; until then it is not
    public and does not count.
    """
    announced = await commands.announce_for_project(
        resources(request), account, key, project_id, document_announcement(body)
    )
    return json_response(announced_response(announced), status=201)


@router.post(
    "/verifications/{verification_id}/documents",
    status_code=201,
    summary="Announce a document of a verification",
    response_model=Data[DocumentResponse],
    responses=_ANNOUNCING_ERRORS,
)
async def announce_for_verification(
    request: Request,
    account: SignedIn,
    verification_id: UUID,
    key: OperationKey,
    body: DocumentRequest,
) -> Response:
    """For the assigned verifier and the supplier: evidence of that very round; otherwise as for a project."""
    announced = await commands.announce_for_verification(
        resources(request), account, key, verification_id, document_announcement(body)
    )
    return json_response(announced_response(announced), status=201)


@router.get(
    "/projects/{project_id}/documents",
    summary="List a project's documents",
    response_model=DataList[DocumentResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.NOT_FOUND),
)
async def list_documents(
    request: Request,
    account: SignedIn,
    project_id: UUID,
    list_request: Annotated[
        ListRequest, page_params(DocumentResponse, sort="createdAt", newest_first=False)
    ],
) -> Response:
    """All of them, also those whose upload is awaited."""
    await visible_project(resources(request), account, project_id)
    async with reading(request) as connection:
        rows = await reads_documents.documents_page(connection, project_id, list_request.page)

    def as_response(view: DocumentView) -> DocumentResponse:
        return document_response(view.document, readable=commands.is_readable(view, account))

    return list_response(
        request,
        list_request,
        rows,
        as_response,
        lambda view: (view.document.created_at, view.document.id),
    )


@router.get(
    "/documents/{document_id}",
    summary="Read a document's record",
    response_model=Data[DocumentResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.NOT_FOUND),
)
async def read_document(request: Request, account: SignedIn, document_id: UUID) -> Response:
    """What is known of it; its bytes are at `/content`."""
    view = await commands.visible_document(resources(request), account, document_id)
    return json_response(
        document_response(view.document, readable=commands.is_readable(view, account))
    )


@router.get(
    "/documents/{document_id}/upload",
    summary="Ask how to upload what is missing",
    response_model=Data[DocumentResponse],
    responses=error_responses(
        Code.VALIDATION_ERROR,
        Code.AUTHENTICATION_ERROR,
        Code.AUTHORIZATION_ERROR,
        Code.NOT_FOUND,
        Code.CONFLICT,
    ),
)
async def read_upload(request: Request, account: SignedIn, document_id: UUID) -> Response:
    """
    For its uploader, as long as the document is not completed: fresh addresses in `upload`.

    Of a file in parts, those of the next parts that are missing; so an upload that broke off goes on.
    """
    awaited = await commands.awaited_upload(resources(request), account, document_id)
    return json_response(announced_response(awaited))


@router.delete(
    "/documents/{document_id}/upload",
    status_code=204,
    summary="Give an upload up",
    response_class=Response,
    responses=error_responses(
        Code.VALIDATION_ERROR,
        Code.AUTHENTICATION_ERROR,
        Code.AUTHORIZATION_ERROR,
        Code.NOT_FOUND,
        Code.CONFLICT,
    ),
)
async def give_up_upload(request: Request, account: SignedIn, document_id: UUID) -> Response:
    """For its uploader, as long as the document is not completed: it and its bytes are forgotten."""
    await commands.give_up_upload(resources(request), account, document_id)
    return Response(status_code=204, headers={"Cache-Control": PRIVATE})


@router.post(
    "/documents/{document_id}/complete",
    summary="Complete a document",
    response_model=Data[DocumentResponse],
    responses=error_responses(
        Code.VALIDATION_ERROR,
        Code.AUTHENTICATION_ERROR,
        Code.AUTHORIZATION_ERROR,
        Code.NOT_FOUND,
        Code.CONFLICT,
    ),
)
async def complete_document(
    request: Request, account: SignedIn, document_id: UUID, key: OperationKey
) -> Response:
    """For its uploader, after the upload: the registry reads the bytes, and counts those announced."""
    document = await commands.complete_document(resources(request), account, key, document_id)
    return json_response(document_response(document, readable=True))


@router.get(
    "/documents/{document_id}/content",
    status_code=302,
    summary="Download a document",
    response_class=RedirectResponse,
    responses=error_responses(
        Code.VALIDATION_ERROR,
        Code.AUTHENTICATION_ERROR,
        Code.AUTHORIZATION_ERROR,
        Code.NOT_FOUND,
        Code.CONFLICT,
    ),
)
async def read_content(request: Request, account: MaybeSignedIn, document_id: UUID) -> Response:
    """Leads to an address in storage that is good for a minute. Public documents need no account."""
    url = await commands.document_content(resources(request), account, document_id)
    return RedirectResponse(url, status_code=302, headers={"Cache-Control": PRIVATE})
