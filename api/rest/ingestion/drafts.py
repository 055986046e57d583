"""Formats that people make by calls: a sample is sent, its columns are chosen, tried, and saved as a version."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.commands.addresses import BASE_PATH, format_version_address
from api.commands.ingestion import drafts as commands
from api.commands.ingestion import formats as format_commands
from api.http.errors.problem import Code, error_responses
from api.http.idempotency import OperationKey
from api.http.identity.authentication import SignedIn
from api.http.resources import resources
from api.http.responses import json_response
from api.http.routing import IdempotentRoute
from api.http.schema import Data
from api.rest.ingestion.schemas.drafts import (
    FormatDraftResponse,
    FormatDryRunResponse,
    SaveFormatRequest,
    draft_response,
    dry_run_response,
)
from api.rest.ingestion.schemas.format_choices import FormatChoicesRequest, FormatDraftRequest
from api.rest.ingestion.schemas.format_versions import FormatVersionResponse, version_response
from domain.accounts.roles import Account
from domain.ingestion.formats import read_format
from domain.ingestion.mapping.choices import choices_from, declaration

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
FormatId = Annotated[str, Query(alias="formatId", max_length=40)]


@router.post(
    "/ingestion-format-drafts",
    status_code=201,
    summary="Begin a format with a sample",
    response_model=Data[FormatDraftResponse],
    responses=error_responses(
        Code.VALIDATION_ERROR,
        Code.AUTHENTICATION_ERROR,
        Code.AUTHORIZATION_ERROR,
        Code.CONFLICT,
        Code.PAYLOAD_TOO_LARGE,
    ),
)
async def begin_draft(
    request: Request, account: SignedIn, key: OperationKey, body: FormatDraftRequest
) -> Response:
    """
    For whoever may send files in. Says what each column could be; nothing is decided by it.

    Ten drafts of an account are kept, each for a week.
    """
    parts = resources(request)
    draft_id = await commands.begin_draft(
        parts, account, key, kind=body.kind, file_name=body.file_name, content=body.content
    )
    shape = await _draft(request, account, draft_id)
    return json_response(
        shape, status=201, location=f"{BASE_PATH}/ingestion-format-drafts/{draft_id}"
    )


@router.get(
    "/ingestion-format-drafts/{draft_id}",
    summary="Read a draft of a format",
    response_model=Data[FormatDraftResponse],
    responses=_READ,
)
async def read_draft(request: Request, account: SignedIn, draft_id: UUID) -> Response:
    """For whoever works on it: what is chosen so far, beside what was proposed."""
    return json_response(await _draft(request, account, draft_id))


@router.put(
    "/ingestion-format-drafts/{draft_id}",
    summary="Choose what the columns of a draft are",
    response_model=Data[FormatDraftResponse],
    responses=_WRITE,
)
async def choose_columns(
    request: Request, account: SignedIn, draft_id: UUID, body: FormatChoicesRequest
) -> Response:
    """For whoever works on it; in the place of what was chosen before. The dry run says what comes of it."""
    parts = resources(request)
    draft = await commands.visible_draft(parts, account, draft_id)
    await commands.keep_choices(parts, account, draft_id, body.choices(draft))
    return json_response(await _draft(request, account, draft_id))


@router.get(
    "/ingestion-format-drafts/{draft_id}/dry-run",
    summary="Read what a draft makes of its sample",
    response_model=Data[FormatDryRunResponse],
    responses=_READ,
)
async def try_draft(
    request: Request, account: SignedIn, draft_id: UUID, format_id: FormatId = ""
) -> Response:
    """Records and issues of the sample; with `formatId` also what would change beside its newest version."""
    parts = resources(request)
    draft = await commands.visible_draft(parts, account, draft_id)
    choices = choices_from(draft.choices)
    tried = await commands.try_choices(choices, draft)
    newest = None
    if format_id:
        newest = await format_commands.newest_version(parts, account, format_id)
    if newest is None or tried.outcome is None:
        return json_response(dry_run_response(tried))
    after = read_format({**declaration(choices), "id": newest.id, "version": 1})
    compared = await format_commands.compare_versions(newest.format, after, draft.content)
    return json_response(dry_run_response(tried, compared, compared_with=newest.version))


@router.post(
    "/ingestion-format-drafts/{draft_id}/save",
    status_code=201,
    summary="Save a draft as a version of a format",
    response_model=Data[FormatVersionResponse],
    responses=_WRITE,
)
async def save_draft(
    request: Request,
    account: SignedIn,
    key: OperationKey,  # noqa: ARG001 -- the draft is forgotten by it, so it happens once
    draft_id: UUID,
    body: SaveFormatRequest,
) -> Response:
    """
    For whoever works on it. The next version of a format of their own, or the first of a new one; the draft is forgotten.

    It serves its author at once, and others once a verifier or administrator accepted it.
    """
    parts = resources(request)
    draft = await commands.visible_draft(parts, account, draft_id)
    stored = await commands.save_version(
        parts,
        account,
        draft_id,
        format_id=body.format_id,
        choices=choices_from(draft.choices),
        published_rows=body.published_rows,
    )
    return json_response(
        version_response(stored),
        status=201,
        location=format_version_address(stored.id, stored.version),
    )


async def _draft(request: Request, account: Account, draft_id: UUID) -> FormatDraftResponse:
    draft = await commands.visible_draft(resources(request), account, draft_id)
    sample = await commands.sample_of(draft.content)
    proposals = commands.proposals_for(choices_from(draft.choices).kind, sample)
    return draft_response(draft, sample, proposals)
