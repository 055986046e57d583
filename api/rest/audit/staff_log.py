"""The audit log for staff and auditors: by who, what, when and from where; as a list and as a file (ADR 0070)."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BeforeValidator, ValidationInfo, WithJsonSchema
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from adapters.postgres.audit.reads import AuditFilter
from adapters.postgres.queries import PageRequest
from api.commands.audit.log import LOG_MEDIA_TYPES, LogFormat, search_log, take_log
from api.http.errors.problem import Code, error_responses
from api.http.fields import Text, WholeNumber, read_moment
from api.http.identity.authentication import PERMITTED, SignedIn
from api.http.lists import LIMIT_DEFAULT, LIMIT_MAX, ListRequest, list_response
from api.http.resources import resources
from api.http.responses import streamed_file
from api.http.routing import RegistryRoute
from api.http.schema import DataList
from api.rest.audit.log import SeqCursor
from api.rest.audit.schemas.staff import AuditLogEntryResponse, audit_log_entry

router = APIRouter(
    tags=["Staff"],
    route_class=RegistryRoute,
    dependencies=[PERMITTED],
)
_ERRORS = error_responses(
    Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.AUTHORIZATION_ERROR
)


def _moment(value: Any, info: ValidationInfo) -> datetime:
    return read_moment(value, name=str(info.field_name or "It").capitalize())


_Moment = Annotated[
    datetime, BeforeValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"})
]


def _wanted(
    user: Annotated[UUID | None, Query(description="Who acted.")] = None,
    resource_type: Annotated[
        str | None, Text(100), Query(alias="resourceType", description="As `project`.")
    ] = None,
    resource_id: Annotated[
        UUID | None, Query(alias="resource", description="Which one, by its id.")
    ] = None,
    event_type: Annotated[
        str | None,
        Text(100),
        Query(alias="eventType", description="As `session.begun`, or `session` for all of those."),
    ] = None,
    network: Annotated[
        str | None, Text(100), Query(description="Where it was asked from, as `203.0.113.0/24`.")
    ] = None,
    browser: Annotated[str | None, Text(100), Query(description="As `Firefox`.")] = None,
    api_key: Annotated[
        UUID | None, Query(alias="apiKeyId", description="The API key that asked.")
    ] = None,
    since: Annotated[
        _Moment | None, Query(alias="from", description="RFC 3339; this moment counts in.")
    ] = None,
    until: Annotated[
        _Moment | None, Query(alias="to", description="RFC 3339; this moment does not.")
    ] = None,
) -> AuditFilter:
    return AuditFilter(
        user_id=user,
        resource_type=resource_type,
        resource_id=resource_id,
        event_type=event_type,
        network=network,
        browser=browser,
        api_key_id=api_key,
        since=since,
        until=until,
    )


Wanted = Annotated[AuditFilter, Depends(_wanted)]


def _page(
    limit: Annotated[int, WholeNumber(1, LIMIT_MAX), Query()] = LIMIT_DEFAULT,
    cursor: SeqCursor = None,
) -> ListRequest:
    after = (int(cursor),) if cursor is not None else None
    return ListRequest(PageRequest(limit, after=after))


@router.get(
    "/audit-logs",
    summary="Search the audit log",
    response_model=DataList[AuditLogEntryResponse],
    responses=_ERRORS,
)
async def search_audit_log(
    request: Request,
    account: SignedIn,
    wanted: Wanted,
    list_request: Annotated[ListRequest, Depends(_page)],
) -> Response:
    """
    For administrators, and auditors' API keys. The newest first; filters are joined by "and".

    The search itself leaves an entry. Reads and refusals appear within seconds.
    """
    rows = await search_log(resources(request), account, wanted, list_request.page)
    return list_response(request, list_request, rows, audit_log_entry, lambda row: (row.seq,))


@router.get(
    "/audit-logs/download",
    summary="Download the audit log",
    response_class=StreamingResponse,
    responses={
        **_ERRORS,
        200: {
            "description": "The newest 100,000 entries at the most.",
            "content": {
                "text/csv": {"schema": {"type": "string"}},
                "application/jsonl": {"schema": {"type": "string"}},
            },
        },
    },
)
async def download_audit_log(
    request: Request, account: SignedIn, wanted: Wanted, format: LogFormat = LogFormat.CSV
) -> Response:
    """For administrators, and auditors' API keys: what the search finds, as CSV or as JSON Lines."""
    pieces = await take_log(resources(request), account, wanted, format)
    return streamed_file(
        pieces, media_type=LOG_MEDIA_TYPES[format], filename=f"audit-log.{format.value}"
    )
