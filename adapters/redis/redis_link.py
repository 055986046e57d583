"""
Redis or Valkey as something that may be away: it has a moment to answer, and nobody waits for it twice.

What stands there is a copy or a help; whoever asks goes on without (ADR 0071, ADR 0105).
"""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

import structlog

if TYPE_CHECKING:
    from redis.asyncio import Redis

ANSWER_SECONDS = 0.25
TRY_AGAIN_SECONDS = 5.0
"""So long nobody asks one that gave no answer; then one does, and the others go on without."""

Value = TypeVar("Value")

log = structlog.get_logger(__name__)


class RedisLink:
    """For one process and one event loop."""

    def __init__(
        self,
        url: str,
        *,
        now: Callable[[], float] = time.monotonic,
        try_again_seconds: float = TRY_AGAIN_SECONDS,
    ) -> None:
        # Who has no Redis does not load 7 MB of its client.
        from redis.asyncio import Redis  # noqa: PLC0415 -- see above
        from redis.asyncio.retry import Retry  # noqa: PLC0415 -- see above
        from redis.backoff import NoBackoff  # noqa: PLC0415 -- see above

        self._client: Redis = Redis.from_url(
            _spoken(url),
            socket_timeout=ANSWER_SECONDS,
            socket_connect_timeout=ANSWER_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        self._now = now
        self._try_again_seconds = try_again_seconds
        self._away_until: float | None = None

    @property
    def is_away(self) -> bool:
        return self._away_until is not None

    async def ask(self, question: Callable[["Redis"], Awaitable[Value]], otherwise: Value) -> Value:
        """What it answers, or `otherwise` while it is away; never fails."""
        if self._away_until is not None:
            if self._now() < self._away_until:
                return otherwise
            # Those that come while this one asks do not wait with it.
            self._away_until = self._now() + self._try_again_seconds
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                answer = await question(self._client)
        except Exception as error:  # noqa: BLE001 -- whatever it is, who asks goes on without
            if self._away_until is None:
                log.warning("redis_away", error=type(error).__name__)
            self._away_until = self._now() + self._try_again_seconds
            return otherwise
        if self._away_until is not None:
            log.info("redis_back")
            self._away_until = None
        return answer

    async def answers(self) -> bool:
        """Ask now, whenever it was asked last."""
        if self._away_until is not None:
            self._away_until = 0.0
        return await self.ask(_ping, False)

    async def close(self) -> None:
        await self._client.aclose()


async def _ping(client: "Redis") -> bool:
    answer: Any = await client.execute_command("PING")  # type: ignore[no-untyped-call]  # redis-py gives it no types
    return bool(answer)


def _spoken(url: str) -> str:
    """As the client of Redis knows it, which speaks with Valkey as well; `limits` calls sockets `redis+unix`."""
    return (
        re.sub(r"^(?:valkey|redis)\+unix:", "unix:", url)
        .replace("valkey:", "redis:", 1)
        .replace("valkeys:", "rediss:", 1)
    )
