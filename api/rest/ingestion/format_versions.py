"""Versions of formats that people made: read, tried on files, and reviewed."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.ingestion import format_reads
from api.commands.ingestion import drafts as commands
from api.commands.ingestion import formats as format_commands
from api.http.errors.problem import Code, error_responses
from api.http.fields import WholeNumber
from api.http.idempotency import OperationKey
from api.http.identity.authentication import SignedIn
from api.http.resources import reading, resources
from api.http.responses import json_response
from api.http.routing import IdempotentRoute
from api.http.schema import Data
from api.rest.ingestion.schemas.drafts import FormatDryRunResponse, dry_run_response
from api.rest.ingestion.schemas.format_versions import (
    FileTriedRequest,
    FormatReviewRequest,
    FormatVersionResponse,
    FormatVersionsResponse,
    version_response,
)
from domain.errors import Fault, Invalid, NotFound

VERSIONS_MAX = 999_999

router = APIRouter(tags=["Ingestion"], route_class=IdempotentRoute)

_READ = error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.NOT_FOUND)
_WRITE = error_responses(
    Code.VALIDATION_ERROR,
    Code.AUTHENTICATION_ERROR,
    Code.AUTHORIZATION_ERROR,
    Code.NOT_FOUND,
    Code.CONFLICT,
    Code.PAYLOAD_TOO_LARGE,
)
_REVIEW = error_responses(
    Code.VALIDATION_ERROR,
    Code.AUTHENTICATION_ERROR,
    Code.AUTHORIZATION_ERROR,
    Code.NOT_FOUND,
    Code.CONFLICT,
)
Version = Annotated[int, WholeNumber(1, VERSIONS_MAX), Path()]


@router.get(
    "/ingestion-formats/{format_id}/versions",
    summary="List the versions of a format that people made",
    response_model=Data[FormatVersionsResponse],
    responses=_READ,
)
async def list_versions(request: Request, account: SignedIn, format_id: str) -> Response:
    """Reviewed ones are everybody's with an account; others are for whoever saved them, verifiers and staff."""
    async with reading(request) as connection:
        found = await format_reads.versions(connection, account=account, format_id=format_id)
    if not found:
        raise NotFound("There is no such format that people made.")
    return json_response(
        FormatVersionsResponse(versions=[version_response(one.stored) for one in found])
    )


@router.get(
    "/ingestion-formats/{format_id}/versions/{version}",
    summary="Read a version of a format",
    response_model=Data[FormatVersionResponse],
    responses=_READ,
)
async def read_version(
    request: Request, account: SignedIn, format_id: str, version: Version
) -> Response:
    """As the list of versions."""
    found = await format_commands.visible_version(resources(request), account, format_id, version)
    return json_response(version_response(found.stored))


@router.post(
    "/ingestion-formats/{format_id}/versions/{version}/dry-run",
    summary="Read what a version of a format makes of a file",
    response_model=Data[FormatDryRunResponse],
    responses=_WRITE,
)
async def try_version(
    request: Request,
    account: SignedIn,
    key: OperationKey,  # noqa: ARG001 -- nothing is stored
    format_id: str,
    version: Version,
    body: FileTriedRequest,
) -> Response:
    """For whoever may see it: records and issues, and what differs from the version before. Nothing is stored."""
    parts = resources(request)
    if not 0 < len(body.content) <= commands.DRAFT_BYTES_MAX:
        detail = f"From 1 to {commands.DRAFT_BYTES_MAX:,} bytes."
        raise Invalid("The file cannot be tried.", Fault("/content", detail))
    after = (await format_commands.visible_version(parts, account, format_id, version)).stored
    if version == 1:
        outcome = await format_commands.outcome_by(after.format, body.content)
        return json_response(dry_run_response(commands.Tried([], outcome)))
    before = await format_commands.visible_version(parts, account, format_id, version - 1)
    compared = await format_commands.compare_versions(
        before.stored.format, after.format, body.content
    )
    return json_response(
        dry_run_response(
            commands.Tried([], compared.after), compared, compared_with=before.stored.version
        )
    )


@router.post(
    "/ingestion-formats/{format_id}/versions/{version}/review",
    summary="Accept or refuse a version of a format",
    response_model=Data[FormatVersionResponse],
    responses=_REVIEW,
)
async def review_version(
    request: Request,
    account: SignedIn,
    key: OperationKey,  # noqa: ARG001 -- a version is reviewed once
    format_id: str,
    version: Version,
    body: FormatReviewRequest,
) -> Response:
    """For verifiers and administrators, never of a version of their own; whoever saved it is told."""
    stored = await format_commands.review_version(
        resources(request),
        account,
        format_id,
        version,
        is_accepted=body.accepted,
        note=body.note,
    )
    return json_response(version_response(stored))
