"""Other people's pages may read what is public, and nothing else (CORS: the Fetch standard, 3.3)."""

from collections.abc import Mapping, Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_READS = ("GET", "HEAD")
_ANSWER = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": (
        "Content-Disposition, ETag, Link, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id"
    ),
}
_PREFLIGHT = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD",
    "Access-Control-Allow-Headers": (
        "Accept, Content-Type, If-None-Match, Traceparent, X-Request-Id"
    ),
    "Access-Control-Max-Age": "86400",
}
_POST_PREFLIGHT = {
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, X-Namespace",
    "Access-Control-Max-Age": "600",
}


class CrossOrigin:
    """
    ASGI middleware, the outermost one, so that refusals and failures can be read as well.

    The answers to reads below `prefixes` depend on no cookie and no token, so that all of them may be
    read from anywhere, whoever asks; browsers send neither with them. All other answers say nothing,
    and browsers keep them from other origins' pages.
    """

    def __init__(
        self, app: ASGIApp, *, prefixes: Sequence[str], pages: Mapping[str, str] | None = None
    ) -> None:
        """`pages` are addresses that one origin's page alone may post to, each with that origin."""
        self.app = app
        self._prefixes = tuple(prefixes)
        self._pages = pages or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        added = self._headers(scope)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(added)
            await send(message)

        await self.app(scope, receive, send_with_headers if added else send)

    def _headers(self, scope: Scope) -> dict[str, str]:
        if scope["type"] == "http" and (origin := self._pages.get(scope["path"])):
            return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"} | (
                _POST_PREFLIGHT if scope["method"] == "OPTIONS" else {}
            )
        if scope["type"] != "http" or not scope["path"].startswith(self._prefixes):
            return {}
        if scope["method"] in _READS:
            return _ANSWER
        asked_for = Headers(scope=scope).get("access-control-request-method")
        return _PREFLIGHT if scope["method"] == "OPTIONS" and asked_for in _READS else {}
