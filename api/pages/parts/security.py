"""Headers that keep browsers from doing what these pages never ask for."""

from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.middleware.answer_headers import RawHeader, add_missing_headers

PAGE_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""Nothing inline, nothing from elsewhere: the pages are made so that this is no hardship."""


def policy_uploading(origin: str) -> str:
    """That of a page whose script sends files to the storage at `origin`, and to nobody else."""
    return f"{PAGE_POLICY}; connect-src 'self' {origin}"


def policy_showing(origin: str) -> str:
    """That of a page which shows a document or a picture in its place, from the storage at `origin` alone."""
    shown = PAGE_POLICY.replace("img-src 'self'", f"img-src 'self' {origin}")
    return f"{shown}; frame-src {origin}"


_EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_STRICT_TRANSPORT = "max-age=31536000; includeSubDomains"


class SecurityHeaders:
    """
    ASGI middleware; a header that a response already has is left as it is.

    The content policy is for pages and static files. Below /api there is no HTML but the API's
    documentation, which has a policy of its own. `over_https` is whether the public address is https.
    """

    def __init__(self, app: ASGIApp, *, over_https: bool = False) -> None:
        self.app = app
        everywhere = dict(_EVERYWHERE)
        if over_https:
            everywhere["Strict-Transport-Security"] = _STRICT_TRANSPORT
        self._everywhere = _raw(everywhere)
        self._of_pages = _raw(everywhere | {"Content-Security-Policy": PAGE_POLICY})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        added = self._everywhere if scope["path"].startswith("/api/") else self._of_pages

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                add_missing_headers(message, added)
            await send(message)

        await self.app(scope, receive, send_with_headers)


def _raw(headers: Mapping[str, str]) -> tuple[RawHeader, ...]:
    return tuple((name.lower().encode(), value.encode()) for name, value in headers.items())
