"""The audit log for everybody: head, entries without personal data, and anchors on the chain."""

from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Path, Query
from pydantic import AfterValidator
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.audit import reads as reads_audit
from adapters.postgres.audit.reads import SeqPart
from api.http.fields import refuse
from api.http.lists import LIMIT_DEFAULT, LIMIT_MAX
from api.http.problem import Code, error_responses
from api.http.resources import reading
from api.http.responses import answer_public, data_bytes
from api.http.routing import RegistryRoute
from api.http.schema import Data, DataList, ListLinks, ListMeta, ResponseSchema
from api.rest.audit.schemas.log import (
    AnchorResponse,
    AuditEntryResponse,
    AuditHeadResponse,
    anchor_response,
    entry_response,
)
from domain.audit.log import publish
from domain.errors import NotFound

SEQ_MAX = 2**63 - 1

Item = TypeVar("Item", bound=ResponseSchema)
Row = TypeVar("Row")
Seq = Annotated[int, Path(ge=1, le=SEQ_MAX)]


def _seq_cursor(cursor: str | None) -> str | None:
    is_ours = cursor is None or (
        cursor.isascii() and cursor.isdigit() and len(cursor) < len(str(SEQ_MAX))
    )
    if not is_ours:
        raise refuse("Cursor must be the nextCursor of an earlier answer")
    return cursor


def _asked(
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX)] = LIMIT_DEFAULT,
    after: Annotated[
        int, Query(ge=0, le=SEQ_MAX, description="Only what comes after this number.")
    ] = 0,
    cursor: Annotated[
        str | None,
        AfterValidator(_seq_cursor),
        Query(description="`meta.nextCursor` of the part before; goes before `after`."),
    ] = None,
) -> SeqPart:
    return SeqPart(limit, after=int(cursor) if cursor is not None else after)


ListRequest = Annotated[SeqPart, Depends(_asked)]

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
        newest = await reads_audit.anchors(connection, SeqPart(1, newest_first=True))
    shape = AuditHeadResponse(
        seq=head.seq, hash=head.hash, newest_anchor=anchor_response(newest[0]) if newest else None
    )
    return answer_public(request, data_bytes(shape))


@router.get(
    "/anchors",
    summary="List the audit log's anchors",
    response_model=DataList[AnchorResponse],
    responses=error_responses(Code.VALIDATION_ERROR),
)
async def list_anchors(request: Request, part: ListRequest) -> Response:
    """Oldest first. Who trusts nobody finds them at the platform's addresses on the chain instead."""
    async with reading(request) as connection:
        rows = await reads_audit.anchors(connection, part)
    return _list(request, part, rows, anchor_response, lambda anchor: anchor.seq)


@router.get(
    "",
    summary="List the audit log's entries",
    response_model=DataList[AuditEntryResponse],
    responses=error_responses(Code.VALIDATION_ERROR),
)
async def list_entries(request: Request, part: ListRequest) -> Response:
    """Oldest first, without personal data; together they are the whole chain of hashes."""
    async with reading(request) as connection:
        rows = await reads_audit.entries(connection, part)
    return _list(
        request, part, rows, lambda row: entry_response(publish(row)), lambda chained: chained.seq
    )


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
    return answer_public(request, data_bytes(entry_response(publish(found))))


def _list(
    request: Request,
    part: SeqPart,
    rows: Sequence[Row],
    as_response: Callable[[Row], Item],
    seq: Callable[[Row], int],
) -> Response:
    shown = rows[: part.limit]
    cursor = link = None
    if len(rows) > len(shown):
        cursor = str(seq(shown[-1]))
        address = request.url.remove_query_params("after").include_query_params(cursor=cursor)
        link = f"{address.path}?{address.query}"
    body: DataList[Item] = DataList(
        data=[as_response(row) for row in shown],
        meta=ListMeta(limit=part.limit, next_cursor=cursor),
        links=ListLinks(next=link),
    )
    return answer_public(request, body.model_dump_json(by_alias=True).encode())
