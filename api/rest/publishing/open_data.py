"""Open data: the registry's projects, credits and retirements as files, for everybody."""

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from activities.publishing.open_data import object_key
from adapters.postgres.publishing.open_data import PostgresOpenData
from adapters.postgres.publishing.reads.open_data import latest_manifest
from api.commands.publishing import open_data as commands
from api.http.downloads.slow_clients import SlowClientGuard
from api.http.errors.problem import Code, error_responses
from api.http.idempotency import OperationKey
from api.http.identity.authentication import SignedIn
from api.http.middleware.methods import headers_only
from api.http.middleware.rate_limits import address_of
from api.http.resources import reading, resources
from api.http.responses import MEDIA_TYPE, json_response, public_response
from api.http.routing import IdempotentRoute
from api.http.schema import Data
from api.rest.publishing.examples.open_data import MANIFEST
from api.rest.publishing.schemas.open_data import ExportResponse, export_response
from domain.accounts.session_origins import one_host
from domain.errors import NotFound
from domain.publishing.open_data import LINE_FORMATS, MEDIA_TYPES, Dataset, FileFormat, file_name

FOR_EVER = "public, max-age=31536000, immutable"


router = APIRouter(prefix="/registry/export", route_class=IdempotentRoute)

_PUBLIC = "Public registry"
_LINES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file, in chunks.",
        "content": {
            MEDIA_TYPES[format].partition(";")[0]: {"schema": {"type": "string"}}
            for format in LINE_FORMATS
        },
    }
}
_MANIFEST: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The manifest.",
        "content": {MEDIA_TYPE: {"schema": {"type": "object"}, "example": MANIFEST}},
    },
}


@router.post(
    "",
    status_code=201,
    tags=["Staff"],
    summary="Publish the open data now",
    response_model=Data[ExportResponse],
    responses=error_responses(
        Code.VALIDATION_ERROR,
        Code.AUTHENTICATION_ERROR,
        Code.AUTHORIZATION_ERROR,
        Code.CONFLICT,
    ),
)
async def publish_export(request: Request, account: SignedIn, key: OperationKey) -> Response:
    """
    For administrators; it also happens each day by itself.

    A large registry takes minutes: the answer is 202 then, with where the manifest will be.
    """
    stored = await commands.publish_export(resources(request), account, key)
    shape = export_response(stored)
    return json_response(shape, status=201, location=shape.manifest_url)


@router.get(
    "/manifest.json",
    tags=[_PUBLIC],
    summary="Read the latest manifest",
    responses=error_responses(Code.NOT_FOUND) | _MANIFEST,
)
async def read_latest_manifest(request: Request) -> Response:
    """The files that were published last, with their SHA-256, and the sum they must add up to."""
    async with reading(request) as connection:
        stored = await latest_manifest(connection)
    if stored is None:
        raise NotFound("Nothing was published yet; the files of this moment can be read.")
    return public_response(request, stored.manifest)


@router.get(
    "/archive/{export_id}/manifest.json",
    tags=[_PUBLIC],
    summary="Read a manifest",
    responses=error_responses(Code.VALIDATION_ERROR, Code.NOT_FOUND) | _MANIFEST,
)
async def read_manifest(request: Request, export_id: UUID) -> Response:
    """Byte for byte as it was published; its SHA-256 is in the audit log."""
    stored = await commands.manifest(resources(request), export_id)
    return public_response(request, stored.manifest, cache_control=FOR_EVER)


@router.get(
    "/archive/{export_id}/{dataset}.{format}",
    tags=[_PUBLIC],
    status_code=302,
    summary="Fetch a published file",
    response_class=RedirectResponse,
    responses=error_responses(Code.VALIDATION_ERROR, Code.NOT_FOUND),
)
async def read_archived_file(
    request: Request, export_id: UUID, dataset: Dataset, format: FileFormat
) -> Response:
    """Leads to the very bytes whose SHA-256 the manifest states."""
    stored = await commands.manifest(resources(request), export_id)
    name = file_name(dataset, format)
    files = {file["name"]: file for file in json.loads(stored.manifest)["files"]}
    if name not in files:
        raise NotFound("That publication has no such file.")
    url = resources(request).object_store.presigned_get(
        object_key(files[name]["sha256"]),
        filename=_dated(stored.generated_at, name),
        content_type=MEDIA_TYPES[format],
    )
    return RedirectResponse(url, status_code=302, headers={"Cache-Control": "no-store"})


@router.get(
    "/{dataset}.{format}",
    tags=[_PUBLIC],
    summary="Export projects, credits or retirements",
    response_class=StreamingResponse,
    responses=error_responses(Code.VALIDATION_ERROR, Code.NOT_FOUND) | _LINES,
)
async def export_file(request: Request, dataset: Dataset, format: FileFormat) -> Response:
    """
    All rows as they are at this moment; the columns are explained on /open-data.

    CSV follows RFC 4180, in UTF-8, and text that a spreadsheet would take for a formula begins with
    a quote. JSONL has one object a line, named as elsewhere in this API. Parquet is published once a day.

    Few can read at once, each address one file; the next is answered 503. Who takes less than
    100 kB a second, or reads for ten minutes, is cut off; the published files wait for everybody.
    """
    if format not in LINE_FORMATS:
        raise NotFound("Parquet is among the published files, of which the manifest tells.")
    content = _nothing() if headers_only(request) else _content(request, dataset, format)
    # What goes wrong before the first bytes is answered as an error.
    first = await anext(content)
    name = _dated(datetime.now(UTC), file_name(dataset, format))
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="{name}"',
    }
    return SlowClientGuard(_after(first, content), headers=headers, media_type=MEDIA_TYPES[format])


async def _content(
    request: Request, dataset: Dataset, format: FileFormat
) -> AsyncGenerator[bytes, None]:
    parts = resources(request)
    with parts.export_places.take(one_host(address_of(request.scope))):
        async with PostgresOpenData(parts.engine).snapshot() as snapshot:
            async for chunk in snapshot.chunks(dataset, format):
                yield chunk.content
        # A JSONL file without rows has no other content.
        yield b""


async def _nothing() -> AsyncGenerator[bytes, None]:
    """For who asks for the headers alone: no rows are read, and nobody's place is taken."""
    yield b"\n"


async def _after(first: bytes, rest: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    async with aclosing(rest):
        yield first
        async for content in rest:
            yield content


def _dated(at: datetime, name: str) -> str:
    return f"{at:%Y-%m-%d}-{name}"
