"""The audit log for everybody: head, entries without personal data, and anchors on the chain."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import AfterValidator
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.audit import reads as reads_audit
from adapters.postgres.audit.reads import AnchorView
from adapters.postgres.queries import PageRequest, Position
from api.http.errors.problem import Code, error_responses
from api.http.fields import WholeNumber, refuse
from api.http.lists import LIMIT_DEFAULT, LIMIT_MAX, ListRequest, list_bytes
from api.http.resources import reading
from api.http.responses import data_bytes, public_response
from api.http.routing import RegistryRoute
from api.http.schema import Data, DataList
from api.rest.audit.schemas.log import (
    AnchorResponse,
    AuditArchivesResponse,
    AuditEntryResponse,
    AuditHeadResponse,
    anchor_response,
    archive_response,
    entry_response,
)
from domain.audit.log import ChainedEntry, publish
from domain.errors import NotFound

SEQ_MAX = 2**63 - 1

Seq = Annotated[int, WholeNumber(1, SEQ_MAX), Path()]


def _seq_cursor(cursor: str | None) -> str | None:
    is_ours = cursor is None or (
        cursor.isascii() and cursor.isdigit() and len(cursor) < len(str(SEQ_MAX))
    )
    if not is_ours:
        raise refuse("Cursor must be the nextCursor of an earlier answer")
    return cursor


SeqCursor = Annotated[
    str | None,
    AfterValidator(_seq_cursor),
    Query(description="`meta.nextCursor` of the page before; goes before `after`."),
]


def _asked(
    limit: Annotated[int, WholeNumber(1, LIMIT_MAX), Query()] = LIMIT_DEFAULT,
    after: Annotated[
        int, WholeNumber(0, SEQ_MAX), Query(description="Only what comes after this number.")
    ] = 0,
    cursor: SeqCursor = None,
) -> ListRequest:
    last = int(cursor) if cursor is not None else after
    return ListRequest(PageRequest(limit, newest_first=False, after=(last,)))


AskedPage = Annotated[ListRequest, Depends(_asked)]

router = APIRouter(prefix="/registry/audit", tags=["Public registry"], route_class=RegistryRoute)


@router.get(
    "/head",
    summary="Read the audit log's head",
    response_model=Data[AuditHeadResponse],
    responses=error_responses(),
)
async def read_head(request: Request) -> Response:
    """Number and hash of the newest entry, and the newest anchor on the chain."""
    async with reading(request) as connection:
        head = await reads_audit.head(connection)
        newest = await reads_audit.anchors(connection, PageRequest(1))
    shape = AuditHeadResponse(
        seq=head.seq, hash=head.hash, newest_anchor=anchor_response(newest[0]) if newest else None
    )
    return public_response(request, data_bytes(shape))


@router.get(
    "/anchors",
    summary="List the audit log's anchors",
    response_model=DataList[AnchorResponse],
    responses=error_responses(Code.VALIDATION_ERROR),
)
async def list_anchors(request: Request, list_request: AskedPage) -> Response:
    """Oldest first. Who trusts nobody finds them at the platform's addresses on the chain instead."""
    async with reading(request) as connection:
        rows = await reads_audit.anchors(connection, list_request.page)
    body = list_bytes(request, list_request, rows, anchor_response, _position, leave_out=("after",))
    return public_response(request, body)


@router.get(
    "",
    summary="List the audit log's entries",
    response_model=DataList[AuditEntryResponse],
    responses=error_responses(Code.VALIDATION_ERROR),
)
async def list_entries(request: Request, list_request: AskedPage) -> Response:
    """Oldest first, without personal data; together they are the whole chain of hashes."""
    async with reading(request) as connection:
        rows = await reads_audit.entries(connection, list_request.page)
    body = list_bytes(
        request,
        list_request,
        rows,
        lambda row: entry_response(publish(row)),
        _position,
        leave_out=("after",),
    )
    return public_response(request, body)


@router.get(
    "/archives",
    summary="List the audit log's archived months",
    response_model=Data[AuditArchivesResponse],
    responses=error_responses(),
)
async def list_archives(request: Request) -> Response:
    """
    Months that are older than the registry keeps them here, the oldest first.

    The chain goes on over each: its first entry follows `previousHash`, and what comes after it follows
    `lastHash`.
    """
    async with reading(request) as connection:
        found = await reads_audit.archives(connection)
    shape = AuditArchivesResponse(months=[archive_response(one) for one in found])
    return public_response(request, data_bytes(shape))


@router.get(
    "/{seq}",
    summary="Read an entry of the audit log",
    response_model=Data[AuditEntryResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.NOT_FOUND),
)
async def read_entry(request: Request, seq: Seq) -> Response:
    """One entry, without personal data."""
    async with reading(request) as connection:
        found = await reads_audit.entry(connection, seq)
    if found is None:
        raise NotFound("There is no such audit entry.")
    return public_response(request, data_bytes(entry_response(publish(found))))


def _position(row: AnchorView | ChainedEntry) -> Position:
    return (row.seq,)
