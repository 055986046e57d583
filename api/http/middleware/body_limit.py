"""No request's body is read further than the contract allows."""

import re
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_BYTES_MAX = 1_000_000
FILE_BYTES_MAX = 20 * 1024**2
"""Of a file in a form, for whoever has no scripts; it goes through here to storage, piece by piece."""

_FORM_WITH_FILE = re.compile(
    r"/desk/((projects|reviews)/[0-9a-f-]{36}/documents|documents/[0-9a-f-]{36}/version"
    r"|findings/[0-9a-f-]{36}/reply)"
)
_BESIDE_THE_FILE = 100_000
_DIGITS_MAX = 12
"""Of a Content-Length that is worth reading as a number."""


class BodyLimit:
    """
    ASGI middleware. A body that says it is too large is not read at all, one that does not say so
    only up to the limit. `refuse` makes the answer out of an HTTPException 413.
    """

    def __init__(
        self, app: ASGIApp, *, refuse: Callable[[Request, HTTPException], Response]
    ) -> None:
        self.app = app
        self.refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        most = bytes_max(scope["path"])
        announced = Headers(scope=scope).get("content-length", "0")
        if _is_too_large(announced, most):
            refusal = self.refuse(Request(scope), HTTPException(413))
            await refusal(scope, receive, send)
            return
        received = 0

        async def receive_within_limit() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > most:
                raise HTTPException(413)
            return message

        await self.app(scope, receive_within_limit, send)


def bytes_max(path: str) -> int:
    """Of a body that is sent there."""
    if _FORM_WITH_FILE.fullmatch(path):
        return FILE_BYTES_MAX + _BESIDE_THE_FILE
    return BODY_BYTES_MAX


def _is_too_large(content_length: str, most: int) -> bool:
    if not content_length.isdecimal():
        return False
    return len(content_length) > _DIGITS_MAX or int(content_length) > most
