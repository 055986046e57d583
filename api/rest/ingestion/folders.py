"""Folders of object storage that pipelines drop files into."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.ingestion import folder_reads
from api.commands.addresses import folder_address
from api.commands.ingestion import folders as commands
from api.commands.ingestion.storage_events import StorageCallRefused, storage_told
from api.http.errors.problem import Code, Problem, error_responses, render_problems
from api.http.idempotency import OperationKey
from api.http.identity.authentication import SignedIn
from api.http.lists import ListRequest, list_response, page_params
from api.http.resources import reading, resources
from api.http.responses import json_response
from api.http.routing import IdempotentRoute, RegistryRoute
from api.http.schema import Data, DataList
from api.http.uploads import upload_response
from api.rest.ingestion.examples.folders import STORAGE_EVENT
from api.rest.ingestion.schemas.folders import (
    DropResponse,
    FolderFileRequest,
    FolderRequest,
    FolderResponse,
    FolderUploadResponse,
    drop_response,
    folder_response,
)
from domain.ingestion.folders import Folder

router = APIRouter(prefix="/ingestion-folders", tags=["Ingestion"], route_class=IdempotentRoute)
plain_router = APIRouter(prefix="/ingestion-folders", tags=["Ingestion"], route_class=RegistryRoute)

_READ = error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.NOT_FOUND)
_WRITE = error_responses(
    Code.VALIDATION_ERROR,
    Code.AUTHENTICATION_ERROR,
    Code.AUTHORIZATION_ERROR,
    Code.NOT_FOUND,
    Code.CONFLICT,
)


@router.post(
    "",
    status_code=201,
    summary="Open a folder for a pipeline",
    response_model=Data[FolderResponse],
    responses=error_responses(
        Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.AUTHORIZATION_ERROR, Code.CONFLICT
    ),
)
async def open_folder(
    request: Request, account: SignedIn, key: OperationKey, body: FolderRequest
) -> Response:
    """
    For suppliers, verifiers and administrators, signed in. What is written below `prefix` is sent in for them.

    A pipeline writes there with a key of the storage for this prefix, or asks for an address of each file with an API
    key that is bound to the folder.
    """
    folder = await commands.open_folder(
        resources(request),
        account,
        key,
        name=body.name,
        format=body.format,
        accept_partly=body.accept_partly,
        project_id=body.project_id,
    )
    return json_response(_shape(request, folder), status=201, location=folder_address(folder.id))


@router.get(
    "",
    summary="List folders",
    response_model=DataList[FolderResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR),
)
async def list_folders(
    request: Request,
    account: SignedIn,
    list_request: Annotated[ListRequest, page_params(FolderResponse, sort="openedAt")],
) -> Response:
    """One's own, closed ones too; administrators see all."""
    async with reading(request) as connection:
        rows = await folder_reads.folders_page(connection, list_request.page, account=account)

    def as_response(folder: Folder) -> FolderResponse:
        return _shape(request, folder)

    return list_response(
        request, list_request, rows, as_response, lambda one: (one.opened_at, one.id)
    )


@router.get(
    "/{folder_id}",
    summary="Read a folder",
    response_model=Data[FolderResponse],
    responses=_READ,
)
async def read_folder(request: Request, account: SignedIn, folder_id: UUID) -> Response:
    """For whoever opened it, a key that is bound to it, and administrators."""
    found = await commands.visible_folder(resources(request), account, folder_id)
    return json_response(_shape(request, found))


@router.get(
    "/{folder_id}/drops",
    summary="List what was dropped into a folder",
    response_model=DataList[DropResponse],
    responses=_READ,
)
async def list_drops(
    request: Request,
    account: SignedIn,
    folder_id: UUID,
    list_request: Annotated[ListRequest, page_params(DropResponse, sort="takenAt")],
) -> Response:
    """Each file that was taken or refused, with what has become of it."""
    await commands.visible_folder(resources(request), account, folder_id)
    async with reading(request) as connection:
        rows = await folder_reads.drops_page(connection, folder_id, list_request.page)
    return list_response(
        request,
        list_request,
        rows,
        drop_response,
        lambda one: (one.drop.taken_at, one.drop.id),
    )


@router.post(
    "/{folder_id}/close",
    summary="Close a folder",
    response_model=Data[FolderResponse],
    responses=_WRITE,
)
async def close_folder(
    request: Request,
    account: SignedIn,
    folder_id: UUID,
    key: OperationKey,  # noqa: ARG001 -- the folder's own id makes it happen once
) -> Response:
    """For whoever opened it. Nothing more is taken; what came in by it stays, and so does what still lies in it."""
    closed = await commands.close_folder(resources(request), account, folder_id)
    return json_response(_shape(request, closed))


@plain_router.post(
    "/{folder_id}/uploads",
    summary="Ask where a file of a folder is written",
    response_model=Data[FolderUploadResponse],
    responses=_WRITE,
)
async def upload_into_folder(
    request: Request,
    account: SignedIn,
    folder_id: UUID,
    body: FolderFileRequest,
) -> Response:
    """For whoever opened it: an address for these bytes alone, good for 15 minutes."""
    upload = await commands.upload_into(
        resources(request),
        account,
        folder_id,
        file_name=body.file_name,
        size_bytes=body.file_size,
        sha256=body.sha256,
    )
    return json_response(FolderUploadResponse(upload=upload_response(upload)))


@plain_router.post(
    "/events",
    status_code=204,
    summary="Take an event of the object storage",
    responses=error_responses(
        Code.VALIDATION_ERROR,
        Code.AUTHENTICATION_ERROR,
        Code.NOT_FOUND,
        Code.PAYLOAD_TOO_LARGE,
        Code.UNAVAILABLE,
    ),
    openapi_extra={
        "parameters": [
            {
                "name": "Authorization",
                "in": "header",
                "required": True,
                "description": "`Bearer` and the secret of `S3_EVENTS_SECRET`, or it as the password of `Basic`.",
                "schema": {"type": "string"},
            }
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "description": "S3's event, or EventBridge's; only whether it is of a folder is read.",
                    },
                    "example": STORAGE_EVENT,
                }
            },
        },
    },
)
async def take_storage_event(request: Request) -> Response:
    """
    For the storage itself (bucket notifications of S3, MinIO, Ceph and others); 404 where no secret is set.

    Folders are then looked at at once, and only what the storage shows is believed. Events of other objects are
    answered alike.
    """
    authorization = request.headers.get("authorization")
    try:
        await storage_told(resources(request), await request.body(), authorization)
    except StorageCallRefused as refused:
        return render_problems(request, [Problem(Code.AUTHENTICATION_ERROR, str(refused))])
    return Response(status_code=204)


def _shape(request: Request, folder: Folder) -> FolderResponse:
    return folder_response(folder, bucket=resources(request).settings.storage.s3_bucket)
