"""How many requests a minute one address or one account may make, counted in this process."""

import math
import time
from collections.abc import Callable

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.http.errors.error_mapping import TooManyRequests, error_response
from domain.accounts.session_origins import one_host

WINDOW_SECONDS = 60
_KEYS_BEFORE_CLEANING = 10_000
_NEVER_LIMITED = ("/healthz", "/readyz", "/static/")


class RateLimit:
    """At most `per_minute` requests in the minute that begins with a key's first one."""

    def __init__(self, per_minute: int, *, now: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._now = now
        self._windows: dict[str, tuple[float, int]] = {}

    @property
    def keys_remembered(self) -> int:
        """How many keys memory holds; of those whose minute is over at most 10,000."""
        return len(self._windows)

    def count(self, key: str) -> None:
        """
        Raises:
            TooManyRequests: the key has used up its minute.
        """
        now = self._now()
        began, used = self._windows.get(key, (now, 0))
        if now - began >= WINDOW_SECONDS:
            began, used = now, 0
        if used >= self._per_minute:
            raise TooManyRequests(math.ceil(began + WINDOW_SECONDS - now))
        self._windows[key] = (began, used + 1)
        if len(self._windows) > _KEYS_BEFORE_CLEANING:
            self._forget_finished(now)

    def _forget_finished(self, now: float) -> None:
        self._windows = {
            key: window for key, window in self._windows.items() if now - window[0] < WINDOW_SECONDS
        }


def address_of(scope: Scope) -> str:
    """Where a request comes from; behind proxies of ours `ForwardedClient` has put the client there."""
    return scope["client"][0] if scope.get("client") else "unknown"


class AddressLimit:
    """ASGI middleware: counts every request by the address it comes from, but for health checks."""

    def __init__(self, app: ASGIApp, *, limit: RateLimit) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith(_NEVER_LIMITED):
            try:
                self.limit.count(one_host(address_of(scope)))
            except TooManyRequests as refused:
                await error_response(Request(scope), refused)(scope, receive, send)
                return
        await self.app(scope, receive, send)
