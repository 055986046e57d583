"""
Public answers that are kept: in this process for five minutes, in Redis for a quarter of an hour (ADR 0105).

An answer is kept under the state of the registry that it was made in: the number of the newest entry of
the audit log and of the newest event. The next one makes all former answers unreachable, in every process
at once and whether or not Redis answers. So what is kept for long is never old, and nothing is removed.
"""

import asyncio
import hashlib
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.redis.redis_link import RedisLink

if TYPE_CHECKING:
    from redis.asyncio import Redis

PROCESS_SECONDS, SHARED_SECONDS = 300, 900
"""The seed's; what is not asked for again makes room by then."""

BYTES_MAX = 16_000_000
ANSWER_BYTES_MAX = 512_000
CLAIM_SECONDS, CLAIM_LOOK_SECONDS = 1.0, 0.02
"""How long others wait for whoever makes an answer first, and how often they look."""

PREFIX = "karbonica:answers:"
EPOCH_KEY = "karbonica:answers-epoch"
"""`make clear-caches` counts it up; it is part of each key, so that processes forget what they keep as well."""

_STATE = text(
    "SELECT (SELECT seq FROM audit_head) AS audited,"
    " (SELECT max(position) FROM outbox_events) AS published,"
    " (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()"
    " ELSE pg_current_wal_insert_lsn() END - '0/0')::bigint AS position"
)


@dataclass(frozen=True)
class RegistryVersion:
    """
    The registry as it was when somebody looked; `position` is where its server was in PostgreSQL's log.

    Whoever reads at that position or later reads this version or a later one.
    """

    name: str
    position: int


async def registry_version(connection: AsyncConnection) -> RegistryVersion:
    """
    Entries of the audit log are committed in the order of their numbers; events come with an entry.

    Seen by: everybody.
    """
    row = (await connection.execute(_STATE)).one()
    return RegistryVersion(f"{row.audited}.{row.published or 0}", row.position)


class SharedAnswers:
    """Of one process, and with `redis` of all that have the same."""

    def __init__(
        self, redis: RedisLink | None = None, *, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.redis = redis
        self._now = now
        self._epoch = b"0"
        self._kept: OrderedDict[str, tuple[float, bytes]] = OrderedDict()
        self._bytes = 0
        self.asked: Counter[tuple[str, str]] = Counter()
        """How often each level had an answer (`hit`) or not (`miss`)."""

    @property
    def is_degraded(self) -> bool:
        """Redis was asked for and gives no answer."""
        return self.redis is not None and self.redis.is_away

    def key(self, version: RegistryVersion, asked: str) -> str:
        """Of what was asked for at this version; what people typed is not readable in it."""
        digest = hashlib.sha256(asked.encode()).hexdigest()
        return f"{PREFIX}{self._epoch.decode()}:{version.name}:{digest}"

    async def look_for_clearing(self) -> None:
        """Learn whether the caches were cleared."""
        if self.redis is not None:
            self._epoch = await self.redis.ask(_epoch, self._epoch)

    async def get(self, key: str) -> bytes | None:
        kept = self._kept.get(key)
        if kept is not None and self._now() < kept[0]:
            self._kept.move_to_end(key)
            self.asked["process", "hit"] += 1
            return kept[1]
        self.asked["process", "miss"] += 1
        if self.redis is None:
            return None
        found = await _shared(self.redis, key)
        self.asked["redis", "miss" if found is None else "hit"] += 1
        if found is not None:
            self._keep(key, found)
        return found

    async def put(self, key: str, answer: bytes) -> None:
        if len(answer) > ANSWER_BYTES_MAX:
            return
        self._keep(key, answer)
        if self.redis is not None:
            await self.redis.ask(lambda redis: redis.set(key, answer, ex=SHARED_SECONDS), None)

    async def claim(self, key: str) -> bytes | None:
        """
        None: it is this process' turn to make the answer; else what another one has made meanwhile.

        Nobody waits longer than a second for another process, which may have died.
        """
        if self.redis is None:
            return None
        claim = f"{key}:claim"
        milliseconds = round(CLAIM_SECONDS * 1000)
        if await self.redis.ask(
            lambda redis: redis.set(claim, b"1", nx=True, px=milliseconds), True
        ):
            return None
        until = self._now() + CLAIM_SECONDS
        while self._now() < until and not self.redis.is_away:
            await asyncio.sleep(CLAIM_LOOK_SECONDS)
            found = await _shared(self.redis, key)
            if found is not None:
                self._keep(key, found)
                return found
        return None

    async def close(self) -> None:
        if self.redis is not None:
            await self.redis.close()

    def _keep(self, key: str, answer: bytes) -> None:
        former = self._kept.pop(key, None)
        self._bytes += len(answer) - (len(former[1]) if former else 0)
        self._kept[key] = self._now() + PROCESS_SECONDS, answer
        while self._bytes > BYTES_MAX:
            _, (_, oldest) = self._kept.popitem(last=False)
            self._bytes -= len(oldest)


async def _shared(link: RedisLink, key: str) -> bytes | None:
    async def read(redis: "Redis") -> bytes | None:
        found: bytes | None = await redis.get(key)
        return found

    return await link.ask(read, None)


async def _epoch(redis: "Redis") -> bytes:
    found: bytes | None = await redis.get(EPOCH_KEY)
    return found or b"0"
