"""Documents: announced here, uploaded straight to storage, counted once their bytes were checked."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy.exc import IntegrityError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from activities.projects.documents import CompleteDocument, permanent_key, upload_key
from adapters.postgres.projects import reads as reads_projects
from adapters.postgres.projects.reads import DocumentView, VerificationView
from api.commands.workflow_calls import Operation
from api.http.authentication import MaybeSignedIn, SignedIn
from api.http.idempotency import OperationKey
from api.http.lists import ListRequest, answer_list, page_params
from api.http.problem import Code, error_responses
from api.http.resources import reading, resources
from api.http.responses import PRIVATE, answer
from api.http.routing import IdempotentRoute
from api.http.schema import Data, DataList
from api.rest.projects.projects import visible_project
from api.rest.projects.schemas.documents import (
    DocumentRequest,
    DocumentResponse,
    UploadResponse,
    document_response,
)
from api.rest.projects.verification import visible_verification
from domain.accounts.roles import Account, Permission
from domain.errors import AlreadyDecided, Conflict, Forbidden, NotFound
from domain.identifiers import operation_id
from domain.projects.documents import (
    Document,
    DocumentStatus,
    may_read,
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
    request: Request, account: SignedIn, project_id: UUID, key: OperationKey, sent: DocumentRequest
) -> Response:
    """
    For the owner, the assigned verifier and administrators.

    Upload the file to the address in `upload`, then complete the document; until then it is not
    public and does not count.
    """
    project = await visible_project(request, project_id, account)
    seen = await visible_verification(request, project.verification_id, account)
    return await _announce(request, account, seen, key, sent)


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
    sent: DocumentRequest,
) -> Response:
    """For the assigned verifier; otherwise as for a project."""
    seen = await visible_verification(request, verification_id, account)
    if account.id != seen.verification.verifier_id:
        raise Forbidden("Only the assigned verifier adds documents to a verification.")
    return await _announce(request, account, seen, key, sent)


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
    asked: Annotated[
        ListRequest, page_params(DocumentResponse, sort="createdAt", newest_first=False)
    ],
) -> Response:
    """All of them, also those whose upload is awaited."""
    await visible_project(request, project_id, account)
    async with reading(request) as connection:
        rows = await reads_projects.documents_page(connection, project_id, asked.part)

    def as_response(seen: DocumentView) -> DocumentResponse:
        return document_response(seen.document, readable=_readable(seen, account))

    return answer_list(
        request, asked, rows, as_response, lambda seen: (seen.document.created_at, seen.document.id)
    )


@router.get(
    "/documents/{document_id}",
    summary="Read a document's record",
    response_model=Data[DocumentResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.NOT_FOUND),
)
async def read_document(request: Request, account: SignedIn, document_id: UUID) -> Response:
    """What is known of it; its bytes are at `/content`."""
    seen = await _visible_document(request, document_id, account)
    return answer(document_response(seen.document, readable=_readable(seen, account)))


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
    seen = await _visible_document(request, document_id, account)
    if seen.document.uploaded_by != account.id:
        raise Forbidden("Only its uploader completes a document.")
    if seen.document.status is not DocumentStatus.COMPLETED:
        await resources(request).workflows.complete_document(
            Operation(
                operation_id(account.id, "complete-document", key),
                f"/api/v1/documents/{document_id}",
            ),
            seen.document.verification_id,
            CompleteDocument(document_id=document_id, account_id=account.id),
        )
        seen = await _visible_document(request, document_id, account)
    return answer(document_response(seen.document, readable=True))


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
    async with reading(request) as connection:
        seen = await reads_projects.document(connection, document_id, account=account)
    if seen is None or not (seen.visible or _readable(seen, account)):
        raise NotFound("There is no such document.")
    if not _readable(seen, account):
        raise Forbidden(f"This document is {seen.document.disclosure}: it is not for you to read.")
    document = seen.document
    if document.status is not DocumentStatus.COMPLETED:
        raise Conflict("This document has not been completed yet.")
    url = resources(request).object_store.presigned_get(
        permanent_key(document.sha256), filename=document.name, content_type=document.mime_type
    )
    return RedirectResponse(url, status_code=302, headers={"Cache-Control": PRIVATE})


async def _announce(
    request: Request, account: Account, seen: VerificationView, key: str, sent: DocumentRequest
) -> Response:
    account.require(Permission.UPLOAD_EVIDENCE)
    verification = seen.verification
    if verification.is_decided:
        raise AlreadyDecided(f"This verification is already {verification.status}.")
    parts = resources(request)
    document = Document(
        id=operation_id(account.id, "announce-document", key),
        project_id=verification.project_id,
        verification_id=verification.id,
        name=sent.name,
        description=sent.description,
        document_type=sent.document_type,
        disclosure=sent.disclosure,
        mime_type=sent.mime_type,
        file_size=sent.file_size,
        sha256=sent.sha256,
        status=DocumentStatus.AWAITING_UPLOAD,
        uploaded_by=account.id,
        created_at=parts.clock.now(),
    )
    document = await _save_once(request, document)
    upload = parts.object_store.presigned_put(
        upload_key(document.id),
        content_type=document.mime_type,
        sha256_hex=document.sha256,
        size=document.file_size,
    )
    shape = document_response(document, readable=True)
    address = UploadResponse(method=upload.method, url=upload.url, headers=upload.headers)
    return answer(shape.model_copy(update={"upload": address}), status=201)


async def _save_once(request: Request, document: Document) -> Document:
    """A repeated request meets the row that the first one saved."""
    database = resources(request).database
    try:
        async with database.transaction() as work:
            await work.projects.documents.add(document)
    except IntegrityError:
        async with database.transaction() as work:
            saved = await work.projects.documents.lock(document.id)
        if saved is None:
            raise
        return saved
    return document


async def _visible_document(request: Request, document_id: UUID, account: Account) -> DocumentView:
    async with reading(request) as connection:
        seen = await reads_projects.document(connection, document_id, account=account)
    if seen is None or not seen.visible:
        raise NotFound("There is no such document.")
    return seen


def _readable(seen: DocumentView, account: Account | None) -> bool:
    return may_read(
        account, seen.document, developer_id=seen.developer_id, verifier_id=seen.verifier_id
    )
