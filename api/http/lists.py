"""Lists: how much of one is asked for, and the answer with where it goes on."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Query
from pydantic import AfterValidator
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.queries import PageRequest, Position
from api.http.cursors import read_cursor, write_cursor
from api.http.fields import WholeNumber, refuse
from api.http.responses import MEDIA_TYPE, PRIVATE
from api.http.schema import ResponseSchema

LIMIT_MAX = 100
LIMIT_DEFAULT = 50
_EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)
_LATEST = datetime(9999, 1, 1, tzinfo=UTC)

Row = TypeVar("Row")


@dataclass(frozen=True)
class ListRequest:
    """Part of a list, and which fields of its items (None: all)."""

    page: PageRequest
    fields: frozenset[str] | None = None


def page_params(shape: type[ResponseSchema], *, sort: str, newest_first: bool = True) -> Any:
    """
    The query parameters of a list of `shape`, as a dependency.

    `sort` is the one moment the list can be ordered by, either way; with it goes the item's id, so
    that rows that are added meanwhile neither repeat nor hide an item.
    """
    down, up = f"-{sort}", sort
    usual = down if newest_first else up

    async def list_request(
        limit: Annotated[int, WholeNumber(1, LIMIT_MAX), Query()] = LIMIT_DEFAULT,
        cursor: Annotated[
            str | None,
            AfterValidator(_check_cursor),
            Query(description="`meta.nextCursor` of the page before; opaque."),
        ] = None,
        sort: Annotated[
            str,
            AfterValidator(_among("Sort", (up, down))),
            Query(json_schema_extra={"enum": [up, down]}),
        ] = usual,
        fields: Annotated[
            str | None,
            AfterValidator(_fields_of(shape)),
            Query(description="Only these fields of each item, as `id,title`."),
        ] = None,
    ) -> ListRequest:
        after = read_cursor(cursor) if cursor is not None else None
        names = _field_names(shape)
        chosen = frozenset(names[name] for name in fields.split(",") if name) if fields else None
        return ListRequest(PageRequest(limit, newest_first=sort == down, after=after), chosen)

    return Depends(list_request)


def list_bytes(
    request: Request,
    list_request: ListRequest,
    rows: Sequence[Row],
    as_response: Callable[[Row], ResponseSchema],
    position: Callable[[Row], Position],
    *,
    leave_out: Sequence[str] = (),
    more_meta: Mapping[str, Any] | None = None,
) -> bytes:
    """
    `rows` are one more than the limit where the list goes on (adapters/postgres/queries.py).

    `leave_out` are query parameters that a cursor stands for, and that the next link has no more.
    `more_meta` stands in `meta` beside the limit and the cursor.
    """
    next_cursor = next_link = None
    last = list_request.page.last_shown(rows)
    if last is not None:
        next_cursor = write_cursor(position(last))
        address = request.url.remove_query_params(leave_out).include_query_params(
            cursor=next_cursor
        )
        next_link = f"{address.path}?{address.query}"
    chosen = set(list_request.fields) if list_request.fields is not None else None
    items = ",".join(
        as_response(row).model_dump_json(by_alias=True, include=chosen)
        for row in list_request.page.shown(rows)
    )
    rest = {
        "meta": {"limit": list_request.page.limit, "nextCursor": next_cursor, **(more_meta or {})},
        "links": {"next": next_link},
    }
    return f'{{"data":[{items}],{json.dumps(rest)[1:]}'.encode()


def list_response(
    request: Request,
    list_request: ListRequest,
    rows: Sequence[Row],
    as_response: Callable[[Row], ResponseSchema],
    position: Callable[[Row], Position],
    *,
    more_meta: Mapping[str, Any] | None = None,
) -> Response:
    """For the one who asked, and nobody's cache."""
    body = list_bytes(request, list_request, rows, as_response, position, more_meta=more_meta)
    return Response(body, headers={"Cache-Control": PRIVATE}, media_type=MEDIA_TYPE)


def whole_list_response(items: Sequence[ResponseSchema], *, limit: int) -> Response:
    """A list that is short by its nature, all of it, for the one who asked."""
    listed = ",".join(item.model_dump_json(by_alias=True) for item in items)
    rest = {"meta": {"limit": limit, "nextCursor": None}, "links": {"next": None}}
    body = f'{{"data":[{listed}],{json.dumps(rest)[1:]}'
    return Response(body, headers={"Cache-Control": PRIVATE}, media_type=MEDIA_TYPE)


def _check_cursor(cursor: str | None) -> str | None:
    if cursor is not None:
        after = read_cursor(cursor)
        if after is None or not _EARLIEST < after[0] < _LATEST:
            raise refuse("Cursor must be the nextCursor of an earlier answer")
    return cursor


def _among(noun: str, allowed: Sequence[str]) -> Callable[[str], str]:
    def check(value: str) -> str:
        if value not in allowed:
            raise refuse(f"{noun} must be one of {', '.join(allowed)}")
        return value

    return check


def _fields_of(shape: type[ResponseSchema]) -> Callable[[str | None], str | None]:
    def check(value: str | None) -> str | None:
        allowed = _field_names(shape)
        unknown = [name for name in (value or "").split(",") if name and name not in allowed]
        if unknown:
            raise refuse(f"Fields must be among {', '.join(allowed)}")
        return value

    return check


def _field_names(shape: type[ResponseSchema]) -> dict[str, str]:
    """Names outside to names inside."""
    return {field.alias or name: name for name, field in shape.model_fields.items()}
