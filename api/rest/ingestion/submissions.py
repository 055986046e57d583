"""Files that come in: announced or sent here, read by a workflow, told with every fault."""

import json
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.ingestion import reads
from api.commands.addresses import ingestion_address
from api.commands.ingestion import submissions as commands
from api.commands.ingestion.announcements import FileAnnouncement, visible_submission
from api.commands.ingestion.withdrawals import withdraw
from api.http.downloads.csv_lines import csv_lines
from api.http.errors.problem import Code, error_responses
from api.http.fields import WholeNumber
from api.http.idempotency import OperationKey
from api.http.identity.authentication import SignedIn
from api.http.lists import ListRequest, list_response, page_params
from api.http.resources import reading, resources
from api.http.responses import MEDIA_TYPE, PRIVATE, json_response
from api.http.routing import IdempotentRoute
from api.http.schema import Data, DataList
from api.rest.ingestion.examples.submissions import ISSUE
from api.rest.ingestion.schemas.submissions import (
    IngestionRequest,
    IngestionResponse,
    IssuesResponse,
    MendedFileRequest,
    ingestion_response,
    issue_response,
    rule_count_response,
)
from api.rest.ingestion.schemas.withdrawals import WithdrawalRequest
from domain.accounts.roles import Account
from domain.errors import Fault, Invalid
from domain.ingestion.issues import Issue
from domain.ingestion.submissions import INLINE_BYTES_MAX, SubmittedFile

ISSUES_MAX = 1000

router = APIRouter(prefix="/ingestions", tags=["Ingestion"], route_class=IdempotentRoute)

_READING_ERRORS = error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.NOT_FOUND)
_CSV: dict[int | str, dict[str, Any]] = {
    200: {"description": "The issues.", "content": {"text/csv": {"schema": {"type": "string"}}}}
}
_JSON: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The issues.",
        "content": {MEDIA_TYPE: {"schema": {"type": "array"}, "example": [ISSUE]}},
    }
}


@router.post(
    "",
    status_code=201,
    summary="Send a file in",
    response_model=Data[IngestionResponse],
    responses=error_responses(
        Code.VALIDATION_ERROR,
        Code.AUTHENTICATION_ERROR,
        Code.AUTHORIZATION_ERROR,
        Code.CONFLICT,
        Code.PAYLOAD_TOO_LARGE,
    ),
)
async def submit_file(
    request: Request, account: SignedIn, key: OperationKey, body: IngestionRequest
) -> Response:
    """
    For suppliers, verifiers and administrators. What comes in is reference data and enters no ledger.

    With `content` the outcome is in the answer, or 202 tells where it will be. Otherwise upload the file
    to the address in `upload`, then complete it. The same bytes again are the same submission.
    """
    return await _submit(
        request, account, key, body, format=body.format, project_id=body.project_id
    )


@router.post(
    "/{ingestion_id}/resubmit",
    status_code=201,
    summary="Send a mended file in the place of another",
    response_model=Data[IngestionResponse],
    responses=error_responses(
        Code.VALIDATION_ERROR,
        Code.AUTHENTICATION_ERROR,
        Code.AUTHORIZATION_ERROR,
        Code.NOT_FOUND,
        Code.CONFLICT,
        Code.PAYLOAD_TOO_LARGE,
    ),
)
async def resubmit_file(
    request: Request,
    account: SignedIn,
    key: OperationKey,
    ingestion_id: UUID,
    body: MendedFileRequest,
) -> Response:
    """
    For whoever sent the former in, once. What waited for people there is settled when this has its outcome.

    `/comparison` of the new file says what it mended, what it left, and what is new.
    """
    before = await visible_submission(resources(request), account, ingestion_id)
    return await _submit(
        request,
        account,
        key,
        body,
        format=body.format or before.format,
        predecessor_id=ingestion_id,
        project_id=before.project_id,
    )


@router.post(
    "/{ingestion_id}/withdraw",
    summary="Withdraw a file",
    response_model=Data[IngestionResponse],
    responses=error_responses(
        Code.VALIDATION_ERROR,
        Code.AUTHENTICATION_ERROR,
        Code.AUTHORIZATION_ERROR,
        Code.NOT_FOUND,
        Code.CONFLICT,
    ),
)
async def withdraw_file(
    request: Request,
    account: SignedIn,
    ingestion_id: UUID,
    key: OperationKey,  # noqa: ARG001 -- the file's own id makes it happen once
    body: WithdrawalRequest,
) -> Response:
    """
    For whoever sent it in. Its rows count no longer; the file, its issues and the reason stay to be seen.

    A 409 where the tonnes of a round were worked out of its rows: what somebody relies on keeps what it follows from.
    The same bytes may be sent in anew. What a file that it had mended says counts again.
    """
    withdrawn = await withdraw(resources(request), account, ingestion_id, body.reason)
    return json_response(ingestion_response(withdrawn))


@router.get(
    "/{ingestion_id}/upload",
    summary="Ask how to upload what is missing of a file",
    response_model=Data[IngestionResponse],
    responses=error_responses(
        Code.VALIDATION_ERROR,
        Code.AUTHENTICATION_ERROR,
        Code.AUTHORIZATION_ERROR,
        Code.NOT_FOUND,
        Code.CONFLICT,
    ),
)
async def read_upload(request: Request, account: SignedIn, ingestion_id: UUID) -> Response:
    """For whoever announced it, as long as it is awaited: fresh addresses, of parts those missing."""
    awaited = await commands.awaited_upload(resources(request), account, ingestion_id)
    return json_response(ingestion_response(awaited.submission, upload=awaited.upload))


@router.post(
    "/{ingestion_id}/complete",
    summary="Have an uploaded file read",
    response_model=Data[IngestionResponse],
    responses=error_responses(
        Code.VALIDATION_ERROR,
        Code.AUTHENTICATION_ERROR,
        Code.AUTHORIZATION_ERROR,
        Code.NOT_FOUND,
        Code.CONFLICT,
    ),
)
async def complete_file(
    request: Request,
    account: SignedIn,
    ingestion_id: UUID,
    key: OperationKey,  # noqa: ARG001 -- the file's own id makes it happen once
) -> Response:
    """For whoever announced it. A large file takes longer than an answer may: that is 202, and goes on."""
    submission = await commands.complete_upload(resources(request), account, ingestion_id)
    return json_response(ingestion_response(submission))


@router.get(
    "",
    summary="List files that came in",
    response_model=DataList[IngestionResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR),
)
async def list_ingestions(
    request: Request,
    account: SignedIn,
    list_request: Annotated[ListRequest, page_params(IngestionResponse, sort="createdAt")],
) -> Response:
    """One's own; administrators see all."""
    async with reading(request) as connection:
        rows = await reads.submissions_page(connection, list_request.page, account=account)

    def as_response(submission: SubmittedFile) -> IngestionResponse:
        return ingestion_response(submission)

    return list_response(
        request, list_request, rows, as_response, lambda one: (one.created_at, one.id)
    )


@router.get(
    "/{ingestion_id}",
    summary="Read what became of a file",
    response_model=Data[IngestionResponse],
    responses=_READING_ERRORS,
)
async def read_ingestion(request: Request, account: SignedIn, ingestion_id: UUID) -> Response:
    """For whoever sent it in, and administrators."""
    found = await visible_submission(resources(request), account, ingestion_id)
    return json_response(ingestion_response(found))


@router.get(
    "/{ingestion_id}/issues",
    summary="Read what is wrong with a file",
    response_model=Data[IssuesResponse],
    responses=_READING_ERRORS,
)
async def read_issues(
    request: Request,
    account: SignedIn,
    ingestion_id: UUID,
    limit: Annotated[int, WholeNumber(1, ISSUES_MAX), Query()] = 100,
) -> Response:
    """The first of them, and how often each rule is broken; `/issues.csv` and `/issues.json` have all."""
    await visible_submission(resources(request), account, ingestion_id)
    async with reading(request) as connection:
        counts = await reads.rule_counts(connection, ingestion_id)
        found = await reads.issues(connection, ingestion_id, limit=limit)
    return json_response(
        IssuesResponse(
            counts=[rule_count_response(counted) for counted in counts],
            issues=[issue_response(issue) for issue in found],
        )
    )


@router.get(
    "/{ingestion_id}/issues.csv",
    summary="Download what is wrong with a file as CSV",
    response_class=Response,
    responses=_READING_ERRORS | _CSV,
)
async def download_issues_csv(request: Request, account: SignedIn, ingestion_id: UUID) -> Response:
    """All of them, up to 100,000 lines, one row each."""
    found = await _all_issues(request, account, ingestion_id)
    return _file(
        csv_lines(commands.issue_table(found)),
        f"issues-{ingestion_id}.csv",
        "text/csv; charset=utf-8",
    )


@router.get(
    "/{ingestion_id}/issues.json",
    summary="Download what is wrong with a file as JSON",
    response_class=Response,
    responses=_READING_ERRORS | _JSON,
)
async def download_issues_json(request: Request, account: SignedIn, ingestion_id: UUID) -> Response:
    """All of them, up to 100,000, as a list."""
    found = await _all_issues(request, account, ingestion_id)
    shapes = [issue_response(one).model_dump(mode="json", by_alias=True) for one in found]
    return _file(json.dumps(shapes), f"issues-{ingestion_id}.json", "application/json")


async def _submit(
    request: Request,
    account: Account,
    key: str,
    body: IngestionRequest | MendedFileRequest,
    *,
    format: str,
    predecessor_id: UUID | None = None,
    project_id: UUID | None = None,
) -> Response:
    if body.content is None:
        if body.file_size is None or body.sha256 is None:
            raise Invalid(
                "Send the file's content, or announce its size and SHA-256.",
                Fault("/content", "Send the content in base64, or else fileSize and sha256."),
            )
        announced = await commands.announce_file(
            resources(request),
            account,
            key,
            FileAnnouncement(
                format,
                body.file_name,
                body.accept_partly,
                body.file_size,
                body.sha256,
                predecessor_id,
                project_id,
            ),
        )
    else:
        announced = await commands.submit_content(
            resources(request),
            account,
            key,
            format=format,
            file_name=body.file_name,
            accept_partly=body.accept_partly,
            content=_content(body, body.content),
            predecessor_id=predecessor_id,
            project_id=project_id,
        )
    shape = ingestion_response(
        announced.submission, is_known=announced.is_known, upload=announced.upload
    )
    return json_response(shape, status=201, location=ingestion_address(shape.id))


async def _all_issues(request: Request, account: SignedIn, ingestion_id: UUID) -> list[Issue]:
    await visible_submission(resources(request), account, ingestion_id)
    async with reading(request) as connection:
        return list(await reads.issues(connection, ingestion_id))


def _file(body: str, name: str, media_type: str) -> Response:
    headers = {
        "Cache-Control": PRIVATE,
        "Content-Disposition": f'attachment; filename="{name}"',
    }
    return Response(body, headers=headers, media_type=media_type)


def _content(body: IngestionRequest | MendedFileRequest, content: bytes) -> bytes:
    if not 0 < len(content) <= INLINE_BYTES_MAX:
        raise Invalid(
            "The content cannot be taken.",
            Fault("/content", f"From 1 to {INLINE_BYTES_MAX:,} bytes; announce a larger file."),
        )
    if body.file_size is not None or body.sha256 is not None:
        raise Invalid(
            "The content is here: its size and SHA-256 are not announced too.",
            Fault("/content", "Send the content, or announce its size and SHA-256, not both."),
        )
    return content
