"""
Public answers that PostgreSQL has ready: one statement, one row, and no framework in between (ADR 0116).

| address                          | is made of                                      |
| -------------------------------- | ----------------------------------------------- |
| `/registry/projects`             | a part of the list, without filters and fields  |
| `/registry/retirements`          | likewise                                        |
| `/registry/retirements/{id}`     | one fragment                                    |
| `/registry/credits/{serial}`     | one fragment                                    |

It stands where the router does, inside of all that stands around every answer. Whatever is odd about a request,
or not there, or not to be had, goes on to the route of that address, which computes the same answer or says what
is wrong: nothing is refused here. Tests hold both ways to the same bytes.
"""

import hashlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl
from uuid import UUID

import asyncpg
from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.outages import NoAnswer
from adapters.postgres.publishing.fragment_pool import FragmentPool
from adapters.postgres.publishing.reads.fragments import (
    PUBLIC_URL_MARK,
    Kind,
    credit_fragment,
    fragment,
    fragments_page,
)
from api.http.lists import joined_list_bytes, plain_part
from api.http.responses import MEDIA_TYPE, PUBLIC, matches

_AWAY = (NoAnswer, OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
_ID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"

ReadAnswer = Callable[[FragmentPool, str, str, str], Awaitable[bytes | None]]
"""Of the pool, the path, what its pattern has found in it, and the query; None: the route is to be asked."""


@dataclass(frozen=True, slots=True)
class _Answered:
    """`path` is the route's template, for those who measure."""

    path: str
    read: ReadAnswer


def _list_of(kind: Kind, sort: str) -> ReadAnswer:
    async def read(pool: FragmentPool, path: str, _found: str, query: str) -> bytes | None:
        page = plain_part(parse_qsl(query, keep_blank_values=True), sort=sort)
        if page is None:
            return None
        part = await fragments_page(pool, kind, page)
        return joined_list_bytes(path, query, page.limit, part.items, part.after)

    return read


async def _retirement(pool: FragmentPool, _path: str, found: str, query: str) -> bytes | None:
    return None if query else _data(await fragment(pool, "retirement", UUID(found)))


async def _credit(pool: FragmentPool, _path: str, found: str, query: str) -> bytes | None:
    return None if query else _data(await credit_fragment(pool, found))


def _data(body: bytes | None) -> bytes | None:
    return None if body is None else b'{"data":%s}' % body


ANSWERED = {
    "projects": _Answered("/registry/projects", _list_of("project", "createdAt")),
    "retirements": _Answered("/registry/retirements", _list_of("retirement", "retiredAt")),
    f"retirements/(?P<retirement>{_ID})": _Answered(
        "/registry/retirements/{retirement_id}", _retirement
    ),
    "credits/(?P<credit>[0-9A-Z-]{1,50})": _Answered("/registry/credits/{serial}", _credit),
}
"""By the pattern of what follows `/registry/`; each finds one thing at most."""

_KNOWN = [(re.compile(pattern), answered) for pattern, answered in ANSWERED.items()]


class ReadyAnswers:
    """
    ASGI middleware for GETs below `prefix`, the innermost one.

    `scope["app"].state.fragments` is the pool; without one every request goes on.
    """

    def __init__(self, app: ASGIApp, *, prefix: str, public_url: str) -> None:
        self.app = app
        self._prefix = f"{prefix}/"
        self._public_url = public_url.rstrip("/").encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await self._body(scope)
        if body is None:
            await self.app(scope, receive, send)
            return
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers = [(b"etag", tag.encode()), (b"cache-control", PUBLIC.encode())]
        sent = next((value for name, value in scope["headers"] if name == b"if-none-match"), b"")
        if matches(sent.decode("latin-1"), tag):
            await send({"type": "http.response.start", "status": 304, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
        headers.append((b"content-length", str(len(body)).encode()))
        headers.append((b"content-type", MEDIA_TYPE.encode()))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _body(self, scope: Scope) -> bytes | None:
        if scope["type"] != "http" or scope["method"] != "GET":
            return None
        path: str = scope["path"]
        if not path.startswith(self._prefix):
            return None
        pool: FragmentPool | None = getattr(scope["app"].state, "fragments", None)
        if pool is None:
            return None
        rest = path[len(self._prefix) :]
        for pattern, answered in _KNOWN:
            if found := pattern.fullmatch(rest):
                try:
                    query = scope["query_string"].decode("ascii")
                    body = await answered.read(pool, path, found[found.lastindex or 0], query)
                except (*_AWAY, UnicodeDecodeError):
                    return None
                if body is not None:
                    scope["route"] = answered
                    return body.replace(PUBLIC_URL_MARK, self._public_url)
        return None
