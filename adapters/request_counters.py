"""
How often something was asked within a minute: counted by `limits`, in this process or for all of them.

Several processes share their counts through Redis or Valkey (`REDIS_URL`). When it gives no answer the
process counts by itself, as without: nobody is refused, or waits, because a counter is away (ADR 0071).
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import structlog
from limits import RateLimitItem
from limits.aio.storage import RedisStorage, Storage
from limits.aio.strategies import FixedWindowRateLimiter

KEYS_BEFORE_CLEANING = 10_000
ANSWER_SECONDS = 0.25
"""What Redis may take: longer than any network of ours, shorter than anybody notices."""

TRY_AGAIN_SECONDS = 5.0
"""So long a process counts by itself before one request asks Redis again."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class CountedWindow:
    """How a minute stands after a request was counted; `resets_seconds` until the next one begins."""

    is_within: bool
    remaining: int
    resets_seconds: float


class MemoryCounters(Storage):
    """
    Counts in this process; a window begins with a key's first request.

    The library's own one looks at every key with every request: 3 ms with 10,000 of them.
    """

    STORAGE_SCHEME = ["async+registry-memory"]  # noqa: RUF012 -- the library declares it so

    def __init__(self, *, now: Callable[[], float] = time.time) -> None:
        super().__init__()
        self._now = now
        self._windows: dict[str, tuple[float, int]] = {}

    @property
    def keys_remembered(self) -> int:
        """How many keys memory holds; of those whose minute is over at most 10,000."""
        return len(self._windows)

    @property
    def base_exceptions(self) -> type[Exception] | tuple[type[Exception], ...]:
        return ()

    async def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        return self.add(key, expiry, amount)[1]

    def add(self, key: str, expiry: float, amount: int = 1) -> tuple[float, int]:
        """Count; when the key's window ends, and how much is counted in it by now."""
        ends, used = self._window(key) or (self._now() + expiry, 0)
        self._windows[key] = (ends, used + amount)
        if len(self._windows) > KEYS_BEFORE_CLEANING:
            now = self._now()
            self._windows = {k: window for k, window in self._windows.items() if now < window[0]}
        return ends, used + amount

    async def get(self, key: str) -> int:
        return (self._window(key) or (0.0, 0))[1]

    async def get_expiry(self, key: str) -> float:
        return (self._window(key) or (self._now(), 0))[0]

    async def check(self) -> bool:
        return True

    async def reset(self) -> int | None:
        count = len(self._windows)
        self._windows.clear()
        return count

    async def clear(self, key: str) -> None:
        self._windows.pop(key, None)

    def _window(self, key: str) -> tuple[float, int] | None:
        window = self._windows.get(key)
        return window if window is not None and self._now() < window[0] else None


class RequestCounters:
    """Counts requests for one process, or with all that have the same `redis_url`."""

    def __init__(
        self,
        redis_url: str | None = None,
        *,
        now: Callable[[], float] = time.time,
        try_again_seconds: float = TRY_AGAIN_SECONDS,
    ) -> None:
        self.memory = MemoryCounters(now=now)
        self._now = now
        self._try_again_seconds = try_again_seconds
        self._away_until: float | None = None
        self._shared = _redis(redis_url) if redis_url else None

    @property
    def is_shared(self) -> bool:
        """False while Redis is away, and when none was asked for."""
        return self._shared is not None and self._away_until is None

    @property
    def is_degraded(self) -> bool:
        """Redis was asked for and gives no answer."""
        return self._away_until is not None

    async def count(self, item: RateLimitItem, key: str) -> CountedWindow:
        """Count one more request under the key; never fails, and waits for Redis a quarter of a second."""
        shared = self._shared
        if shared is not None and self._may_ask():
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    window = await self._counted(shared, item, key)
            except Exception as error:  # noqa: BLE001 -- whatever it is, the request is not to blame
                self._note_away(error)
            else:
                self._note_back()
                return window
        return self._counted_here(item, key)

    async def close(self) -> None:
        if self._shared is not None:
            await cast("Any", self._shared.bridge).storage.aclose()

    def _counted_here(self, item: RateLimitItem, key: str) -> CountedWindow:
        """As the library's fixed window, whose four lookups of one key are one here."""
        ends, used = self.memory.add(item.key_for(key), item.get_expiry())
        remaining = max(0, item.amount - used)
        return CountedWindow(used <= item.amount, remaining, max(0.0, ends - self._now()))

    async def _counted(self, storage: Storage, item: RateLimitItem, key: str) -> CountedWindow:
        limiter = FixedWindowRateLimiter(storage)
        is_within = await limiter.hit(item, key)
        stats = await limiter.get_window_stats(item, key)
        return CountedWindow(is_within, stats.remaining, max(0.0, stats.reset_time - self._now()))

    def _may_ask(self) -> bool:
        if self._away_until is None:
            return True
        if self._now() < self._away_until:
            return False
        # This one asks; those that come meanwhile do not wait with it.
        self._away_until = self._now() + self._try_again_seconds
        return True

    def _note_away(self, error: Exception) -> None:
        if self._away_until is None:
            log.warning("request_counters_not_shared", error=type(error).__name__)
        self._away_until = self._now() + self._try_again_seconds

    def _note_back(self) -> None:
        if self._away_until is not None:
            log.info("request_counters_shared_again")
            self._away_until = None


def _redis(url: str) -> RedisStorage:
    scheme, separator, rest = url.partition("://")
    # Who has no Redis does not load its client.
    from redis.asyncio.retry import Retry  # noqa: PLC0415 -- see above
    from redis.backoff import NoBackoff  # noqa: PLC0415 -- see above

    # The client of Redis speaks with Valkey as well, whose addresses begin with its own name.
    spoken = scheme.replace("valkey", "redis")
    options: dict[str, Any] = {
        "socket_timeout": ANSWER_SECONDS,
        "socket_connect_timeout": ANSWER_SECONDS,
        "retry": Retry(NoBackoff(), 0),
    }
    return RedisStorage(
        f"async+{spoken}{separator}{rest}",
        implementation="redispy",
        key_prefix="karbonica",
        **options,
    )
