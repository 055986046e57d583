"""HEAD wherever GET is, OPTIONS everywhere, and an `Allow` that leaves nothing out (RFC 9110, 9.3 and 10.2.1)."""

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_METHOD_NOT_ALLOWED = 405
_KNOWN = ("GET", "POST", "PUT", "PATCH", "DELETE")
_HEADERS_ONLY = "headers_only"


def headers_only(request: Request) -> bool:
    """Whether nobody will read the body: what is costly to make may be left out, where no header tells of it."""
    return bool(request.scope.get("state", {}).get(_HEADERS_ONLY))


def allowed_methods(scope: Scope) -> list[str]:
    """What some route knows at this address, sorted; none where no route is."""
    found = {
        method
        for method in _KNOWN
        if any(
            route.matches({**scope, "method": method})[0] is Match.FULL
            for route in scope["app"].router.routes
        )
    }
    if "GET" in found:
        found.add("HEAD")
    return sorted(found | {"OPTIONS"}) if found else []


class Methods:
    """
    ASGI middleware inside of what counts and logs requests.

    A HEAD goes on as a GET, and its body is dropped here: all headers are those of the GET.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["method"] == "OPTIONS" and (allowed := allowed_methods(scope)):
            await Response(status_code=204, headers={"Allow": ", ".join(allowed)})(
                scope, receive, send
            )
            return
        head = scope["method"] == "HEAD"
        inner = scope
        if head:
            inner = {**scope, "method": "GET"}
            inner.setdefault("state", {})[_HEADERS_ONLY] = True

        async def send_allowed(message: Message) -> None:
            if message["type"] == "http.response.start":
                if message["status"] == _METHOD_NOT_ALLOWED:
                    MutableHeaders(scope=message)["Allow"] = ", ".join(allowed_methods(scope))
            elif head and message["type"] == "http.response.body":
                if message.get("more_body", False):
                    return
                message = {**message, "body": b""}
            await send(message)

        await self.app(inner, receive, send_allowed)
