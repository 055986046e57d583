"""
Requests that change nothing read from the replica; who has written reads what they wrote (ADR 0105).

What the replica does not know, or fails at, is asked of the primary: such a request is answered anew
before anybody has heard of the first try. So a replica that is killed costs no reader an error.
"""

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.postgres.replication.replica import ReadWish, Replica, wishing
from api.http.middleware.noted_route import noted_route

_POSITION = "read_position"
_CHANGE_NOTHING = frozenset({"GET", "HEAD"})
_NOT_FOUND, _SERVER_ERROR = 404, 500

log = structlog.get_logger(__name__)


def read_at_least(scope: Scope, position: int) -> None:
    """What this request reads has to be as new as that position of PostgreSQL's log."""
    scope.setdefault("state", {})[_POSITION] = position


class ReadRouting:
    """ASGI middleware for an application whose `state.resources` have a replica."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["method"] in _CHANGE_NOTHING:
            await self._read(scope, receive, send)
        else:
            replica: Replica = scope["app"].state.resources.replica
            await self._write(replica, scope, receive, send)

    async def _read(self, scope: Scope, receive: Receive, send: Send) -> None:
        position = scope.get("state", {}).get(_POSITION, 0)
        wish = ReadWish(from_replica=True, position=position)
        begun = False
        refused: int | None = None

        async def send_unless_refused(message: Message) -> None:
            nonlocal begun, refused
            if message["type"] == "http.response.start":
                status = message["status"]
                if wish.was_read and (status == _NOT_FOUND or status >= _SERVER_ERROR):
                    refused = status
                begun = refused is None
            if refused is None:
                await send(message)

        try:
            with wishing(wish):
                await self.app(scope, receive, send_unless_refused)
        except Exception:
            if begun or not wish.was_read:
                raise
            refused = _SERVER_ERROR
        if refused is None:
            return
        if refused >= _SERVER_ERROR:
            log.warning("read_again_from_primary", route=noted_route(scope), status=refused)
        await self.app(scope, receive, send)

    async def _write(self, replica: Replica, scope: Scope, receive: Receive, send: Send) -> None:
        wish = ReadWish(from_replica=False)

        async def send_when_noted(message: Message) -> None:
            # Before the answer, after which the writer may ask at once.
            if message["type"] == "http.response.start":
                await replica.note_written(wish.writers)
            await send(message)

        with wishing(wish):
            await self.app(scope, receive, send_when_noted)
