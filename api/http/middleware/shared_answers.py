"""
Public answers about projects and methodologies are kept until the registry has changed (ADR 0105).

Only answers that follow from what leaves an entry in the audit log are kept: not those that tell of the
chain, of a freeze or of the time.
"""

import asyncio
import json
import re
import time
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.redis.shared_answers import RegistryVersion, SharedAnswers
from api.http.middleware.read_routing import read_at_least
from api.http.middleware.whole_answers import WholeAnswer, answer_key
from api.http.resources import Reading

_KEPT = re.compile(r"/api/v1/(?:registry/projects|methodologies(?:/[0-9a-f-]{36})?)")
_OK = 200


class AnswersOfAllProcesses:
    """ASGI middleware; the version of the registry is looked up once in `seconds`."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        answers: SharedAnswers,
        seconds: float,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.app = app
        self._answers = answers
        self._seconds = seconds
        self._now = now
        self._known: tuple[float, RegistryVersion] | None = None
        self._looking: asyncio.Task[RegistryVersion | None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        version = await self._version(scope) if _is_kept(scope) else None
        if version is None:
            await self.app(scope, receive, send)
            return
        key = self._answers.key(version, repr(answer_key(scope)))
        kept = await self._answers.get(key) or await self._answers.claim(key)
        if kept is not None:
            await _unpacked(kept).send(scope, send)
            return
        read_at_least(scope, version.position)
        answer = WholeAnswer()
        await answer.fill(self.app, scope, receive)
        await answer.send(scope, send)
        if answer.is_ok:
            await self._answers.put(key, _packed(answer))

    async def _version(self, scope: Scope) -> RegistryVersion | None:
        """None: it cannot be found out, and nothing is kept."""
        if self._known is not None and self._now() < self._known[0]:
            return self._known[1]
        if self._looking is None or self._looking.done():
            reading: Reading = scope["app"].state.resources
            self._looking = asyncio.create_task(self._look(reading))
        return await asyncio.shield(self._looking)

    async def _look(self, reading: Reading) -> RegistryVersion | None:
        try:
            _, version = await asyncio.gather(self._answers.look_for_clearing(), reading.version())
        except (SQLAlchemyError, OSError):
            return None
        self._known = self._now() + self._seconds, version
        return version


def _is_kept(scope: Scope) -> bool:
    return bool(
        scope["type"] == "http"
        and scope["method"] == "GET"
        and _KEPT.fullmatch(scope["path"])
        and not any(name == b"if-none-match" for name, _ in scope["headers"])
    )


def _packed(answer: WholeAnswer) -> bytes:
    headers = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in answer.headers]
    body = b"".join(message.get("body", b"") for message in answer.messages[1:])
    return json.dumps({"route": answer.route, "headers": headers}).encode() + b"\n" + body


def _unpacked(kept: bytes) -> WholeAnswer:
    head, _, body = kept.partition(b"\n")
    told = json.loads(head)
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in told["headers"]]
    begins = {"type": "http.response.start", "status": _OK, "headers": headers}
    return WholeAnswer(told["route"], [begins, {"type": "http.response.body", "body": body}])
