"""The audit log for everybody: head, entries without personal data, and anchors on the chain."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Path, Query
from pydantic import AfterValidator, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.audit import reads as reads_audit
from adapters.postgres.audit.reads import AnchorView, SeqPart
from api.http.fields import refuse
from api.http.lists import LIMIT_DEFAULT, LIMIT_MAX
from api.http.problem import Code, error_responses
from api.http.resources import reading
from api.http.responses import answer_public, data_bytes
from api.http.routing import RegistryRoute
from api.http.schema import Data, DataList, ListLinks, ListMeta, Moment, ResponseSchema
from api.rest.audit.examples.log import AUDIT_ANCHOR, AUDIT_ENTRY, AUDIT_HEAD
from domain.audit.log import PublicEntry, publish
from domain.chain.records import RecordStatus
from domain.errors import NotFound

SEQ_MAX = 2**63 - 1

Item = TypeVar("Item", bound=ResponseSchema)
Row = TypeVar("Row")
Seq = Annotated[int, Path(ge=1, le=SEQ_MAX)]


class AnchorResponse(ResponseSchema):
    """A chain record that names the entry `seq` and its hash."""

    model_config = ConfigDict(json_schema_extra={"examples": [AUDIT_ANCHOR]})

    seq: int
    hash: str
    status: RecordStatus
    tx_hash: str | None
    block_height: int | None
    confirmations: int = Field(description="Blocks on top of the one that holds it.")
    queued_at: Moment


class AuditHeadResponse(ResponseSchema):
    """The newest entry, and the newest anchor on the chain or on its way."""

    model_config = ConfigDict(json_schema_extra={"examples": [AUDIT_HEAD]})

    seq: int = Field(description="0 while the log is empty.")
    hash: str
    newest_anchor: AnchorResponse | None


class DisclosureResponse(ResponseSchema):
    """SHA-256 over the canonical JSON (RFC 8785) of [salt, value] is the commitment."""

    salt: str
    value: Any


class AuditEntryResponse(ResponseSchema):
    """
    An entry without personal data.

    `hash` is SHA-256 over the canonical JSON (RFC 8785) of an object with exactly `hashVersion`,
    `seq`, `previousHash`, `eventType`, `action`, `resourceType`, `at` and `commitments`. Entries of
    hash version 1 have no commitments, and only their place in the chain can be checked.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [AUDIT_ENTRY]})

    seq: int
    previous_hash: str
    hash: str
    hash_version: int
    event_type: str
    action: str
    resource_type: str
    at: str = Field(
        description="RFC 3339 in UTC, exactly as it was hashed.",
        json_schema_extra={"format": "date-time"},
    )
    commitments: dict[str, str] | None
    disclosed: dict[str, DisclosureResponse] = Field(
        description="What was committed to, where that is public anyway."
    )


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


def anchor_response(anchor: AnchorView) -> AnchorResponse:
    return AnchorResponse(
        seq=anchor.seq,
        hash=anchor.hash,
        status=RecordStatus(anchor.status),
        tx_hash=anchor.tx_hash,
        block_height=anchor.block_height,
        confirmations=anchor.confirmations or 0,
        queued_at=anchor.queued_at,
    )


def entry_response(entry: PublicEntry) -> AuditEntryResponse:
    return AuditEntryResponse(
        seq=entry.seq,
        previous_hash=entry.previous_hash,
        hash=entry.hash,
        hash_version=entry.hash_version,
        event_type=entry.event_type,
        action=entry.action,
        resource_type=entry.resource_type,
        at=entry.at,
        commitments=dict(entry.commitments) if entry.commitments is not None else None,
        disclosed={
            name: DisclosureResponse(salt=shown.salt, value=shown.value)
            for name, shown in entry.disclosed.items()
        },
    )


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
