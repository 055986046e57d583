"""Each request's identity: an id that is echoed, a trace id, and one line in the access log."""

import re
import secrets
import time
from functools import lru_cache

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from activities.asked_from import ASKED_FROM
from activities.payloads import AskedFrom
from adapters.postgres.identity import act_as
from api.http.errors.error_mapping import error_response
from domain.accounts.session_origins import browser_family, shortened_address

_SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}.*")

log = structlog.get_logger("access")


class RequestContext:
    """
    ASGI middleware, the outermost one.

    Paths are logged without their query strings, and neither bodies nor headers are, because any
    of them may hold a token or a person.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = _request_id(headers)
        trace_id = _trace_id(headers)
        scope.setdefault("state", {}).update(request_id=request_id, trace_id=trace_id)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id, trace_id=trace_id)
        ASKED_FROM.set(_asked_from((scope.get("client") or ("",))[0], headers.get("user-agent")))
        # Nobody's until somebody is known: a server may answer requests in one task after another.
        act_as(None)
        began = time.perf_counter()
        status: int | None = None

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-Id"] = request_id
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        except Exception as error:
            if status is not None:
                raise
            await error_response(Request(scope), error)(scope, receive, send_with_id)
        finally:
            act_as(None)
            log.info(
                "request",
                method=scope["method"],
                path=scope["path"],
                status=status,
                milliseconds=round((time.perf_counter() - began) * 1000, 1),
            )


@lru_cache(maxsize=1024)
def _asked_from(address: str, user_agent: str | None) -> AskedFrom:
    return AskedFrom(network=shortened_address(address), browser=browser_family(user_agent))


def _request_id(headers: Headers) -> str:
    sent = headers.get("x-request-id", "")
    return sent if _SANE_REQUEST_ID.fullmatch(sent) else secrets.token_hex(8)


def _trace_id(headers: Headers) -> str:
    sent = _TRACEPARENT.fullmatch(headers.get("traceparent", ""))
    return sent.group(1) if sent else secrets.token_hex(16)
