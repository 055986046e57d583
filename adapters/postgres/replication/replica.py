"""
Reads that a streaming replica may answer, and for whom it may not (ADR 0105).

A replica is behind by what is under way to it. Whoever has just written is therefore answered by it only
once it has come to where the log ended when they wrote; else, and while it is away or too far behind, the
primary answers. Positions are those of PostgreSQL's log (WAL): a `pg_lsn` as a number of bytes.
"""

import asyncio
import contextlib
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from uuid import UUID

import structlog
from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.limited_connections import LimitedEngine
from adapters.postgres.tables import account_writes

LOOK_SECONDS = 0.5
"""Between two looks at where primary and replica are."""

PRIMARY, REPLICA = "primary", "replica"

_WRITTEN_TO = text("SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint")
# A replica that was promoted replays nothing any more, and has everything.
_REPLAYED_TO = text(
    "SELECT (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()"
    " ELSE pg_current_wal_insert_lsn() END - '0/0')::bigint"
)
_AWAY = (SQLAlchemyError, OSError)

log = structlog.get_logger(__name__)


@dataclass
class ReadWish:
    """
    What one request needs of whom it reads from.

    `from_replica`: it changes nothing. `position`: the replica has to be there. `writers` are accounts
    that the request acts for; `was_read`: the replica has been asked.
    """

    from_replica: bool
    position: int = 0
    writers: set[UUID] = field(default_factory=set)
    was_read: bool = False


_WISH: ContextVar[ReadWish | None] = ContextVar("read_wish", default=None)


@contextmanager
def wishing(wish: ReadWish) -> Iterator[None]:
    """For reads inside; without it they are the primary's."""
    token = _WISH.set(wish)
    try:
        yield
    finally:
        _WISH.reset(token)


def note_writer(account_id: UUID) -> None:
    """The account that a request acts for; if it writes, the account's next reads have to show it."""
    wish = _WISH.get()
    if wish is not None:
        wish.writers.add(account_id)


async def heed_own_writes(connection: AsyncConnection, account_id: UUID) -> None:
    """
    From here on this request sees what the account has written; `connection` is the primary's.

    Seen by: whoever asks as the account.
    """
    note_writer(account_id)
    wish = _WISH.get()
    if wish is not None and wish.from_replica:
        written = select(account_writes.c.position).where(account_writes.c.user_id == account_id)
        wish.position = max(wish.position, await connection.scalar(written) or 0)


class Replica:
    """
    For one process. `engine` reads from the replica, `primary` reads from the primary.

    It may be asked while it answers and is at most `lag_seconds` behind.
    """

    def __init__(
        self,
        engine: LimitedEngine,
        primary: LimitedEngine,
        *,
        lag_seconds: float,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.engine = engine
        self._primary = primary
        self._lag_seconds = lag_seconds
        self._now = now
        self._answers = False
        self._replayed_to = 0
        # Where the primary was, and when: how far behind the replica is follows from it without a clock
        # that two machines share, and without a write.
        self._was: deque[tuple[float, int]] = deque(maxlen=1200)
        self.read_from: Counter[str] = Counter()
        """How often each server was asked."""

    @property
    def behind_seconds(self) -> float:
        """For how long the primary has had what the replica has not; by half a second too little."""
        return self._now() - self._was[0][0] if self._was else 0.0

    @property
    def is_usable(self) -> bool:
        return (
            self._answers
            and not self.engine.breaker.is_open
            and self.behind_seconds <= self._lag_seconds
        )

    @contextlib.asynccontextmanager
    async def lent(
        self, otherwise: Callable[[], AsyncConnection]
    ) -> AsyncIterator[AsyncConnection]:
        """A connection of the replica where it suffices for this request, else `otherwise()`."""
        wish = _WISH.get()
        async with contextlib.AsyncExitStack() as lending:
            connection = None
            if wish is not None and wish.from_replica and self.is_usable:
                connection = await self._connection(lending, wish)
            self.read_from[PRIMARY if connection is None else REPLICA] += 1
            if connection is None:
                connection = await lending.enter_async_context(otherwise())
            yield connection

    async def _connection(
        self, lending: contextlib.AsyncExitStack, wish: ReadWish
    ) -> AsyncConnection | None:
        try:
            connection = await lending.enter_async_context(self.engine.connect())
            if wish.position > self._replayed_to:
                self._note_replayed(await connection.scalar(_REPLAYED_TO))
                # The question has begun a transaction, which is to begin as whoever asks.
                await connection.rollback()
        except _AWAY as error:
            self.note_trouble(type(error).__name__)
            return None
        if wish.position > self._replayed_to:
            await lending.aclose()
            return None
        wish.was_read = True
        return connection

    def note_trouble(self, error: str) -> None:
        """It gave no answer, or a bad one: nobody asks it before it has answered a look."""
        if self._answers:
            log.warning("replica_not_used", error=error)
        self._answers = False

    async def note_written(self, account_ids: set[UUID]) -> None:
        """They have written: their reads wait for what is in the log now. Never fails."""
        if not account_ids:
            return
        try:
            async with self._primary.connect() as connection:
                position = await connection.scalar(_WRITTEN_TO)
                rows = [{"user_id": one, "position": position} for one in account_ids]
                noted = insert(account_writes).values(rows)
                later = func.greatest(account_writes.c.position, noted.excluded.position)
                await connection.execute(
                    noted.on_conflict_do_update(
                        index_elements=["user_id"], set_={"position": later}
                    )
                )
        except _AWAY as error:
            log.warning("write_not_noted", error=type(error).__name__)

    async def look(self) -> None:
        """Ask both where they are; never fails."""
        with contextlib.suppress(*_AWAY):
            async with self._primary.connect() as connection:
                self._was.append((self._now(), await connection.scalar(_WRITTEN_TO) or 0))
        try:
            async with self.engine.connect() as connection:
                self._note_replayed(await connection.scalar(_REPLAYED_TO))
        except _AWAY as error:
            self.note_trouble(type(error).__name__)
            return
        if not self._answers:
            log.info("replica_used", behind_seconds=round(self.behind_seconds, 1))
        self._answers = True

    async def watch(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    def _note_replayed(self, position: int | None) -> None:
        self._replayed_to = max(self._replayed_to, position or 0)
        while self._was and self._was[0][1] <= self._replayed_to:
            self._was.popleft()
