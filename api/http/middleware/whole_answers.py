"""Answers as a whole: what the application sent, to be sent to others who ask for the same."""

from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.middleware.noted_route import note_route, noted_route
from api.http.responses import matches

_OK = 200
_NOT_MODIFIED_KEEPS = {b"etag", b"cache-control", b"vary"}
_KNOWN_BY = {b"cookie", b"authorization"}
"""Headers by which a page may know who asks."""


@dataclass
class WholeAnswer:
    """`route` is the template of the route that gave it, for those who measure."""

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

    async def fill(self, app: ASGIApp, scope: Scope, receive: Receive) -> None:
        """By asking the application, as somebody who has no answer yet."""

        async def keep(message: Message) -> None:
            self.messages.append(message)

        await app(_without_validator(scope), receive, keep)
        self.route = noted_route(scope)

    async def send(self, scope: Scope, send: Send) -> None:
        """To who asks in `scope`; who has these very bytes already is answered with 304 and none."""
        note_route(scope, self.route)
        if_none_match = _header(scope, b"if-none-match")
        if if_none_match and self.is_ok:
            tag = dict(self.headers).get(b"etag", b"").decode().removeprefix("W/")
            if matches(if_none_match.decode("latin-1"), tag):
                kept = [pair for pair in self.headers if pair[0] in _NOT_MODIFIED_KEEPS]
                await send({"type": "http.response.start", "status": 304, "headers": kept})
                await send({"type": "http.response.body", "body": b""})
                return
        for message in self.messages:
            # A copy: what stands outside of this adds headers of its own to what it is given.
            await send(
                {**message, "headers": list(message["headers"])}
                if "headers" in message
                else message
            )


def answer_key(scope: Scope) -> tuple[object, ...]:
    """Requests with one key are answered alike. The host stands in no answer; the encoding does."""
    takes_gzip = b"gzip" in _header(scope, b"accept-encoding")
    return scope["path"], scope["query_string"], takes_gzip


def is_strangers(scope: Scope) -> bool:
    """Whether it says nothing of who asks."""
    return all(name not in _KNOWN_BY for name, _ in scope["headers"])


def _header(scope: Scope, wanted: bytes) -> bytes:
    return next((value for name, value in scope["headers"] if name == wanted), b"")


def _without_validator(scope: Scope) -> Scope:
    kept = [(name, value) for name, value in scope["headers"] if name != b"if-none-match"]
    return {**scope, "headers": kept}
