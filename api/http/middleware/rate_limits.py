"""
How many requests a minute one address or one account may make (ADR 0071).

Every answer says how far the limits that it counted against are used up, in the headers of
draft-ietf-httpapi-ratelimit-headers-10; a refusal has `Retry-After` beside them.
"""

import math
from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache

from limits import RateLimitItemPerMinute
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.request_counters import CountedWindow, RequestCounters
from api.http.errors.error_mapping import TooManyRequests, error_response
from api.http.middleware.answer_headers import add_headers
from domain.accounts.session_origins import one_host

WINDOW_SECONDS = 60
_NEVER_LIMITED = ("/healthz", "/readyz", "/static/")


@dataclass(frozen=True)
class UsedLimit:
    """A limit that a request was counted against, and how it stands since."""

    name: str
    per_minute: int
    window: CountedWindow

    @property
    def policy(self) -> str:
        """An item of `RateLimit-Policy`: quota and window (seconds)."""
        return f'"{self.name}";q={self.per_minute};w={WINDOW_SECONDS}'

    @property
    def state(self) -> str:
        """An item of `RateLimit`: what is left, and seconds until all of it is there again."""
        seconds = math.ceil(self.window.resets_seconds)
        return f'"{self.name}";r={self.window.remaining};t={seconds}'


_USED: ContextVar[dict[str, UsedLimit] | None] = ContextVar("used_limits", default=None)
"""Of the request that is being answered, by name."""


class RateLimit:
    """At most `per_minute` requests in the minute that begins with a key's first one; `name` is shown."""

    def __init__(self, name: str, per_minute: int, counters: RequestCounters) -> None:
        self._name = name
        self._per_minute = per_minute
        # Each limit counts for itself: the name goes before the key.
        self._item = RateLimitItemPerMinute(max(per_minute, 0), namespace=name)
        self._counters = counters

    async def count(self, key: str) -> None:
        """
        Raises:
            TooManyRequests: the key has used up its minute.
        """
        window = await self._counters.count(self._item, key)
        used = _USED.get()
        if used is not None:
            used[self._name] = UsedLimit(self._name, self._per_minute, window)
        if not window.is_within:
            raise TooManyRequests(max(1, math.ceil(window.resets_seconds)))


def address_of(scope: Scope) -> str:
    """Where a request comes from; behind proxies of ours `ForwardedClient` has put the client there."""
    return scope["client"][0] if scope.get("client") else "unknown"


class AddressLimit:
    """
    ASGI middleware: counts every request by the address it comes from, but for health checks.

    It also writes the headers of every limit that the request was counted against.
    """

    def __init__(self, app: ASGIApp, *, limit: RateLimit) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(_NEVER_LIMITED):
            await self.app(scope, receive, send)
            return
        used: dict[str, UsedLimit] = {}
        before = _USED.set(used)

        async def send_with_limits(message: Message) -> None:
            if message["type"] == "http.response.start":
                _write_headers(message, used.values())
            await send(message)

        try:
            await self.limit.count(_caller(address_of(scope)))
            await self.app(scope, receive, send_with_limits)
        except TooManyRequests as refused:
            await error_response(Request(scope), refused)(scope, receive, send_with_limits)
        finally:
            _USED.reset(before)


_caller = lru_cache(maxsize=4096)(one_host)


def _write_headers(message: Message, used: Iterable[UsedLimit]) -> None:
    limits = tuple(used)
    add_headers(
        message,
        (
            (b"ratelimit-policy", ", ".join([limit.policy for limit in limits]).encode()),
            (b"ratelimit", ", ".join([limit.state for limit in limits]).encode()),
        ),
    )
