"""
Public reads that many ask for at once are computed once, and kept for the blink of an eye.

A quarter of a second is nothing to a reader and far below what the answers' own `max-age` allows,
but under load it is the difference between one query and hundreds. Certificates are left out: they
are single rows, and "sealed" should be seen the moment it is true. So should "frozen"; the open
data is streamed, because it is too large to keep, and so are pages of the ledger's movements.

Pages are shared likewise by those who send no cookie: whoever may be known is answered alone (ADR 0097).
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.middleware.noted_route import note_route, noted_route
from api.http.responses import matches

ENTRIES_MAX, BYTES_MAX = 256, 8_000_000
_OK = 200
_LEFT_OUT = ("/certificate.", "/registry/export/", "/registry/changes", "/registry/state")
_NOT_MODIFIED_KEEPS = {b"etag", b"cache-control", b"vary"}
_KNOWN_BY = {b"cookie", b"authorization"}
"""Headers by which a page may know who asks."""


@dataclass
class _Answer:
    """What the application sent, until the clock says `until`."""

    until: float = 0
    route: str = ""
    messages: list[Message] = field(default_factory=list)

    @property
    def is_ok(self) -> bool:
        return bool(self.messages) and self.messages[0]["status"] == _OK

    @property
    def is_everybodys(self) -> bool:
        """Only what says so itself is given to somebody else."""
        named = dict(self.headers) if self.is_ok else {}
        return named.get(b"cache-control", b"").startswith(b"public") and b"set-cookie" not in named

    @property
    def size_bytes(self) -> int:
        return sum(len(message.get("body", b"")) for message in self.messages)

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        found: list[tuple[bytes, bytes]] = self.messages[0]["headers"]
        return found


class PublicCache:
    """
    ASGI middleware for GETs below `prefix`; who asks plays no part in what they answer.

    Of the addresses that `is_page` knows it shares what strangers are shown.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        prefix: str,
        seconds: float,
        is_page: Callable[[str], bool] = lambda _: False,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.app = app
        self._prefix = prefix
        self._seconds = seconds
        self._is_page = is_page
        self._now = now
        self._bytes = 0
        self._answers: dict[tuple[object, ...], asyncio.Future[_Answer]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._serves(scope):
            await self.app(scope, receive, send)
            return
        answer = await self._answer(scope, receive)
        note_route(scope, answer.route)
        await _send(answer, Headers(scope=scope).get("if-none-match", ""), send)

    def _serves(self, scope: Scope) -> bool:
        return bool(
            self._seconds
            and scope["type"] == "http"
            and scope["method"] == "GET"
            and not any(part in scope["path"] for part in _LEFT_OUT)
            and (scope["path"].startswith(self._prefix) or self._is_strangers_page(scope))
        )

    def _is_strangers_page(self, scope: Scope) -> bool:
        return self._is_page(scope["path"]) and all(
            name not in _KNOWN_BY for name, _ in scope["headers"]
        )

    async def _answer(self, scope: Scope, receive: Receive) -> _Answer:
        """The first to ask computes it; who asks meanwhile waits for the same answer."""
        key = _key(scope)
        under_way = self._answers.get(key)
        if under_way is not None:
            # Shielded, so that one who hangs up does not take the answer away from the others.
            known = await asyncio.shield(under_way)
            if known.is_everybodys and self._now() < known.until:
                return known
        return await self._compute(key, scope, receive)

    async def _compute(self, key: tuple[object, ...], scope: Scope, receive: Receive) -> _Answer:
        if len(self._answers) >= ENTRIES_MAX or self._bytes > BYTES_MAX:
            self._answers.clear()
            self._bytes = 0
        answer = _Answer()
        mine: asyncio.Future[_Answer] = asyncio.get_running_loop().create_future()
        self._answers[key] = mine

        async def keep(message: Message) -> None:
            answer.messages.append(message)

        try:
            await self.app(_without_validator(scope), receive, keep)
            answer.route = noted_route(scope)
            answer.until = self._now() + self._seconds
        finally:
            # An answer without messages, or with an error, is of no use to those who wait.
            mine.set_result(answer)
            if self._answers.get(key) is mine:
                if answer.is_everybodys:
                    self._bytes += answer.size_bytes
                else:
                    del self._answers[key]
        return answer


def _key(scope: Scope) -> tuple[object, ...]:
    # The host stands in no answer; the encoding does.
    takes_gzip = "gzip" in Headers(scope=scope).get("accept-encoding", "")
    return scope["path"], scope["query_string"], takes_gzip


def _without_validator(scope: Scope) -> Scope:
    kept = [(name, value) for name, value in scope["headers"] if name != b"if-none-match"]
    return {**scope, "headers": kept}


async def _send(answer: _Answer, if_none_match: str, send: Send) -> None:
    tag = dict(answer.headers).get(b"etag", b"").decode().removeprefix("W/")
    if answer.is_ok and if_none_match and matches(if_none_match, tag):
        kept = [pair for pair in answer.headers if pair[0] in _NOT_MODIFIED_KEEPS]
        await send({"type": "http.response.start", "status": 304, "headers": kept})
        await send({"type": "http.response.body", "body": b""})
        return
    for message in answer.messages:
        # A copy: what stands outside of this adds headers of its own to what it is given.
        await send(
            {**message, "headers": list(message["headers"])} if "headers" in message else message
        )
