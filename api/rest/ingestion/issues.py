"""What people do about the issues of a file, and what a mended file changed (ADR 0103)."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.ingestion import follow_up_reads
from api.commands.ingestion import issues as commands
from api.commands.ingestion.annotated import annotated_pieces
from api.commands.ingestion.announcements import visible_submission
from api.commands.ingestion.issues import IssueActWord
from api.http.errors.problem import Code, error_responses
from api.http.fields import WholeNumber
from api.http.idempotency import OperationKey
from api.http.identity.authentication import SignedIn
from api.http.resources import reading, resources
from api.http.responses import json_response, streamed_file
from api.http.routing import IdempotentRoute
from api.http.schema import Data
from api.rest.ingestion.schemas.issues import (
    ComparisonResponse,
    IssueActRequest,
    IssueGroupResponse,
    IssueGroupsResponse,
    comparison_response,
    issue_group_response,
)

GROUPS_MAX = 100_000

router = APIRouter(prefix="/ingestions", tags=["Ingestion"], route_class=IdempotentRoute)

_READING_ERRORS = error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.NOT_FOUND)
_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file with its issues.",
        "content": {"text/csv": {"schema": {"type": "string"}}},
    }
}


@router.get(
    "/{ingestion_id}/issue-groups",
    summary="Read who must act on what is wrong with a file",
    response_model=Data[IssueGroupsResponse],
    responses=_READING_ERRORS,
)
async def read_issue_groups(request: Request, account: SignedIn, ingestion_id: UUID) -> Response:
    """One group for each rule that a column breaks, errors first."""
    await visible_submission(resources(request), account, ingestion_id)
    async with reading(request) as connection:
        groups = await follow_up_reads.groups(connection, ingestion_id)
    return json_response(
        IssueGroupsResponse(groups=[issue_group_response(group) for group in groups])
    )


@router.post(
    "/{ingestion_id}/issues/{number}/{act}",
    summary="Assign, ask about, answer for or waive a group of issues",
    response_model=Data[IssueGroupResponse],
    responses=error_responses(
        Code.VALIDATION_ERROR,
        Code.AUTHENTICATION_ERROR,
        Code.AUTHORIZATION_ERROR,
        Code.NOT_FOUND,
        Code.CONFLICT,
    ),
)
async def act_on_issues(
    request: Request,
    account: SignedIn,
    key: OperationKey,
    ingestion_id: UUID,
    number: Annotated[int, WholeNumber(1, GROUPS_MAX), Path()],
    act: IssueActWord,
    body: IssueActRequest,
) -> Response:
    """
    `answer` is for whoever sent the file in; all else is for staff, and not for files of their own.

    `separate` makes one `line` a group of its own, which is the answer, to be waived or asked about apart from the others.

    Waiving errors takes two administrators. When all errors of a refused file are waived, its good rows are
    taken.
    """
    group = await commands.act_on_group(
        resources(request),
        account,
        key,
        ingestion_id,
        number,
        act.act,
        text=body.text,
        assignee_id=body.assignee_id,
        line=body.line,
    )
    return json_response(issue_group_response(group))


@router.get(
    "/{ingestion_id}/comparison",
    summary="Read what a mended file changed",
    response_model=Data[ComparisonResponse],
    responses=_READING_ERRORS,
)
async def read_comparison(request: Request, account: SignedIn, ingestion_id: UUID) -> Response:
    """Issues of this file beside those of the file that it was sent in the place of."""
    found = await commands.comparison_with_predecessor(resources(request), account, ingestion_id)
    return json_response(comparison_response(found))


@router.get(
    "/{ingestion_id}/annotated",
    summary="Download a file with its issues in it",
    response_class=Response,
    responses=error_responses(
        Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.NOT_FOUND, Code.CONFLICT
    )
    | _FILE,
)
async def download_annotated(request: Request, account: SignedIn, ingestion_id: UUID) -> Response:
    """
    Text with one column more, a workbook with marked cells and comments. Nothing in it is a formula.

    Tables of text up to 100 MB, workbooks up to 10 MB.
    """
    found = await annotated_pieces(resources(request), account, ingestion_id)
    return streamed_file(found.pieces, media_type=found.media_type, filename=found.file_name)
