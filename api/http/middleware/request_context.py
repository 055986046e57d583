"""Each request's identity: an id that is echoed, a trace id, and one line in the access log."""

import random
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from functools import lru_cache
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from activities.asked_from import ASKED_FROM
from activities.payloads import AskedFrom
from adapters.access_log import ACCESS_LOG
from adapters.logging import REQUEST_IDS
from adapters.postgres.identity import act_as
from api.http.errors.error_mapping import error_response
from api.http.middleware.answer_headers import add_headers
from api.http.middleware.noted_route import noted_route
from domain.accounts.session_origins import browser_family, shortened_address

if TYPE_CHECKING:
    from adapters.telemetry.api_metrics import ApiMetrics, MeasuredRequest
    from adapters.telemetry.traces import RequestSpan, Tracing

_SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}.*")

_READ = frozenset({b"x-request-id", b"traceparent", b"user-agent"})


class RequestContext:
    """
    ASGI middleware, the outermost one.

    Paths are logged without their query strings, and neither bodies nor headers are, because any
    of them may hold a token or a person. With `tracing` each request is a span, whose trace is the
    one that logs and errors name; with `metrics` it is measured.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        tracing: "Tracing | None" = None,
        metrics: "ApiMetrics | None" = None,
    ) -> None:
        self.app = app
        self._tracing = tracing
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        sent = _sent(scope["headers"])
        request_id, trace_id = _ids(sent)
        address = scope["client"][0] if scope.get("client") else ""
        ASKED_FROM.set(_asked_from(address, sent.get(b"user-agent")))
        if self._metrics is None and self._tracing is None:
            await self._answer(scope, receive, send, request_id, trace_id)
            return
        with ExitStack() as watching:
            watched: list[MeasuredRequest | RequestSpan] = []
            if self._metrics is not None:
                watched.append(watching.enter_context(self._metrics.request(scope["method"])))
            if self._tracing is not None:
                traceparent = sent.get(b"traceparent", b"").decode("latin-1") or None
                span = watching.enter_context(self._tracing.request(scope["method"], traceparent))
                watched.append(span)
                trace_id = span.trace_id
            await self._answer(scope, receive, send, request_id, trace_id, watched)

    async def _answer(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        request_id: str,
        trace_id: str,
        watched: "Sequence[MeasuredRequest | RequestSpan]" = (),
    ) -> None:
        state = scope.setdefault("state", {})
        state["request_id"], state["trace_id"] = request_id, trace_id
        REQUEST_IDS.set((request_id, trace_id))
        # Nobody's until somebody is known: a server may answer requests in one task after another.
        act_as(None)
        began = time.perf_counter()
        status: int | None = None

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                add_headers(message, ((b"x-request-id", request_id.encode()),))
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        except Exception as error:
            if status is not None:
                raise
            await error_response(Request(scope), error)(scope, receive, send_with_id)
        finally:
            act_as(None)
            if status is not None:
                for one in watched:
                    one.answered(noted_route(scope), status)
            ACCESS_LOG.write(
                method=scope["method"],
                path=scope["path"],
                status=status,
                milliseconds=(time.perf_counter() - began) * 1000,
                request_id=request_id,
                trace_id=trace_id,
            )


@lru_cache(maxsize=1024)
def _asked_from(address: str, user_agent: bytes | None) -> AskedFrom:
    browser = browser_family(None if user_agent is None else user_agent.decode("latin-1"))
    return AskedFrom(network=shortened_address(address), browser=browser)


def _sent(headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Of each header that is read here, the first one."""
    found: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in _READ and name not in found:
            found[name] = value
    return found


def _ids(sent: Mapping[bytes, bytes]) -> tuple[str, str]:
    """A request's and its trace's: what the caller calls them, else by chance."""
    # They only tell requests apart; the system's own random bytes cost as much as the rest of this.
    by_chance = f"{random.getrandbits(192):048x}"  # nosec B311 -- as above: nobody guards anything with it
    request_id = _SANE_REQUEST_ID.fullmatch(sent.get(b"x-request-id", b"").decode("latin-1"))
    trace = _TRACEPARENT.fullmatch(sent.get(b"traceparent", b"").decode("latin-1"))
    return (
        request_id[0] if request_id else by_chance[:16],
        trace[1] if trace else by_chance[16:],
    )
