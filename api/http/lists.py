"""Lists: how much of one is asked for, and the answer with where it goes on."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qsl, urlencode

from fastapi import Depends, Query
from pydantic import AfterValidator
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.queries import PageRequest, Position
from api.http.cursors import read_cursor, write_cursor
from api.http.fields import WholeNumber, refuse
from api.http.kept_lines import KeptLine
from api.http.responses import MEDIA_TYPE, PRIVATE
from api.http.schema import ResponseSchema

LIMIT_MAX = 100
LIMIT_DEFAULT = 50
_EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)
_LATEST = datetime(9999, 1, 1, tzinfo=UTC)

_PART = {"limit", "cursor", "sort"}
_PLAIN_LIMIT = re.compile(rf"[1-9][0-9]?|{LIMIT_MAX}")

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


def plain_page(request: Request, *, sort: str, newest_first: bool = True) -> PageRequest | None:
    """
    What `page_params` would make of a request that asks for a part of a list and nothing else.

    None: it asks for more, or something is wrong with it; FastAPI then says what.
    """
    return plain_part(request.query_params.multi_items(), sort=sort, newest_first=newest_first)


def plain_part(
    asked: Sequence[tuple[str, str]], *, sort: str, newest_first: bool = True
) -> PageRequest | None:
    """Likewise, of query parameters as they were sent."""
    given = dict(asked)
    if len(given) != len(asked) or not given.keys() <= _PART:
        return None
    limit, order = given.get("limit", str(LIMIT_DEFAULT)), given.get("sort")
    if not _PLAIN_LIMIT.fullmatch(limit) or order not in {None, sort, f"-{sort}"}:
        return None
    after = read_cursor(given["cursor"]) if "cursor" in given else None
    if "cursor" in given and (after is None or not _EARLIEST < after[0] < _LATEST):
        return None
    falls = newest_first if order is None else order != sort
    return PageRequest(int(limit), newest_first=falls, after=after)


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
    chosen = set(list_request.fields) if list_request.fields is not None else None
    items = [
        as_response(row).model_dump_json(by_alias=True, include=chosen)
        for row in list_request.page.shown(rows)
    ]
    last = list_request.page.last_shown(rows)
    after = None if last is None else position(last)
    return _list_of(
        _Asked.of(request),
        list_request.page.limit,
        items,
        after,
        leave_out=leave_out,
        more_meta=more_meta,
    )


def kept_list_bytes(request: Request, page: PageRequest, lines: Sequence[KeptLine]) -> bytes:
    """Likewise, of lines that are JSON already."""
    last = page.last_shown(lines)
    items = [line.text for line in page.shown(lines)]
    after = None if last is None else last.position
    return _list_of(_Asked.of(request), page.limit, items, after)


def joined_list_bytes(
    path: str, query: str, limit: int, items: bytes, after: Position | None
) -> bytes:
    """Likewise, of items that are joined by commas already; `path` and `query` are what was asked for."""
    return b'{"data":[%s],%s' % (items, _rest(_Asked(path, query), limit, after).encode())


@dataclass(frozen=True, slots=True)
class _Asked:
    """The address of the list, without host, as it was asked for."""

    path: str
    query: str

    @classmethod
    def of(cls, request: Request) -> "_Asked":
        return cls(request.url.path, request.url.query)


def _list_of(
    asked: _Asked,
    limit: int,
    items: Iterable[str],
    after: Position | None,
    *,
    leave_out: Sequence[str] = (),
    more_meta: Mapping[str, Any] | None = None,
) -> bytes:
    rest = _rest(asked, limit, after, leave_out=leave_out, more_meta=more_meta)
    return f'{{"data":[{",".join(items)}],{rest}'.encode()


def _rest(
    asked: _Asked,
    limit: int,
    after: Position | None,
    *,
    leave_out: Sequence[str] = (),
    more_meta: Mapping[str, Any] | None = None,
) -> str:
    """What follows the items: where the list goes on."""
    next_cursor = next_link = None
    if after is not None:
        next_cursor = write_cursor(after)
        kept = {
            name: value
            for name, value in parse_qsl(asked.query, keep_blank_values=True)
            if name not in leave_out and name != "cursor"
        }
        next_link = f"{asked.path}?{urlencode(kept | {'cursor': next_cursor})}"
    rest = {
        "meta": {"limit": limit, "nextCursor": next_cursor, **(more_meta or {})},
        "links": {"next": next_link},
    }
    return json.dumps(rest)[1:]


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
