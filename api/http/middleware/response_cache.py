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
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

from api.http.middleware.whole_answers import WholeAnswer, answer_key, is_strangers

ENTRIES_MAX, BYTES_MAX = 256, 8_000_000
_LEFT_OUT = ("/certificate.", "/registry/export/", "/registry/changes", "/registry/state")


@dataclass
class _Answer(WholeAnswer):
    """What the application sent, until the clock says `until`."""

    until: float = 0


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
        await answer.send(scope, send)

    def _serves(self, scope: Scope) -> bool:
        return bool(
            self._seconds
            and scope["type"] == "http"
            and scope["method"] == "GET"
            and not any(part in scope["path"] for part in _LEFT_OUT)
            and (scope["path"].startswith(self._prefix) or self._is_strangers_page(scope))
        )

    def _is_strangers_page(self, scope: Scope) -> bool:
        return self._is_page(scope["path"]) and is_strangers(scope)

    async def _answer(self, scope: Scope, receive: Receive) -> _Answer:
        """The first to ask computes it; who asks meanwhile waits for the same answer."""
        key = answer_key(scope)
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

        try:
            await answer.fill(self.app, scope, receive)
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
