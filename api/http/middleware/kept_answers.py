"""
Public answers are kept, and given again for as long as nothing of what they are made of has changed (ADR 0106).

Whether it has is asked of PostgreSQL for every request: one number, counted by the transactions that
change public rows. So an answer is never older than the newest change, in whatever process or by whatever
hand it was made. All who ask while the number is being read share the next reading of it.
"""

import asyncio
import re
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.postgres.outages import database_is_away
from adapters.postgres.publishing.reads.revisions import PublicRevision, public_revision
from api.http.middleware.whole_answers import WholeAnswer, answer_key, is_strangers

SECONDS, SECONDS_OF_A_PROJECT = 60.0, 5.0
"""
No number tells that time has passed. A project as JSON depends on it, since fields may become public some
days after a decision; caches may keep that for as long. The others do not, and are made anew all the same.
"""

ENTRIES_MAX, BYTES_MAX, QUERY_BYTES_MAX = 4_096, 24_000_000, 500
"""What was asked for longest ago goes first. Somebody's long questions are nobody else's."""

_MADE_TO_BE_KEPT = "made_to_be_kept"

Number = tuple[datetime, date, int]


class Revisions:
    """Of the rows that `engine` reads; for one event loop."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._under_way: asyncio.Task[PublicRevision] | None = None
        self._next: asyncio.Task[PublicRevision] | None = None

    async def now(self) -> PublicRevision:
        """As it is at some moment after it was asked for, never before."""
        if self._next is None:
            self._next = asyncio.create_task(self._read_after(self._under_way))
        # Shielded, so that one who hangs up does not take it away from the others.
        return await asyncio.shield(self._next)

    async def _read_after(self, before: "asyncio.Task[PublicRevision] | None") -> PublicRevision:
        if before is not None and not before.done():
            await asyncio.wait([before])
        self._under_way, self._next = self._next, None
        async with self._engine.connect() as connection:
            return await public_revision(connection)


@dataclass(slots=True)
class _KnownAddress:
    """Of an address that somebody has asked for; `answer` None until it is asked for again."""

    answer: WholeAnswer | None = None
    number: Number | None = None
    until: float = 0


class KeptAnswers:
    """
    ASGI middleware for projects, retirements and credits that are read without an account.

    Below `prefix` who asks plays no part in what they are answered; their pages are kept for strangers.
    What is kept is made of the rows that are counted (migration 0063) and of nothing else.
    """

    def __init__(
        self, app: ASGIApp, *, prefix: str, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.app = app
        self._projects = f"{prefix}/projects"
        self._addresses = re.compile(
            rf"({prefix})?/((projects|retirements)(/[0-9a-f-]{{36}})?|credits/[^/]{{1,40}})"
        )
        self._now = now
        self._kept: OrderedDict[tuple[object, ...], _KnownAddress] = OrderedDict()
        self._bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self.keeps(scope):
            await self.app(scope, receive, send)
            return
        key = answer_key(scope)
        known = self._known(key)
        # What is asked for once, as by who reads everything, is not worth keeping.
        number = await self._number(scope) if known is not None else None
        if known is None or number is None:
            await self.app(scope, receive, send)
            return
        if known.answer is None or known.number != number or known.until <= self._now():
            answer = await self._made(scope, receive, key, number)
        else:
            answer = known.answer
        await answer.send(scope, send)

    async def _made(
        self, scope: Scope, receive: Receive, key: tuple[object, ...], before: Number
    ) -> WholeAnswer:
        """Kept, if no change could be seen from before it was made until after."""
        is_project = scope["path"].startswith(f"{self._projects}/")
        until = self._now() + (SECONDS_OF_A_PROJECT if is_project else SECONDS)
        answer = WholeAnswer()
        scope.setdefault("state", {})[_MADE_TO_BE_KEPT] = True
        await answer.fill(self.app, scope, receive)
        if answer.is_everybodys and await self._number(scope) == before:
            self._keep(key, _KnownAddress(answer, before, until))
        return answer

    def keeps(self, scope: Scope) -> bool:
        """Whether what is asked for is kept; everything else passes."""
        if scope["type"] != "http" or scope["method"] != "GET":
            return False
        if len(scope["query_string"]) > QUERY_BYTES_MAX:
            return False
        found = self._addresses.fullmatch(scope["path"])
        return found is not None and (found[1] is not None or is_strangers(scope))

    async def _number(self, scope: Scope) -> Number | None:
        """None: PostgreSQL does not say, and whoever makes the answer finds out why."""
        revisions: Revisions = scope["app"].state.revisions
        try:
            revision = await revisions.now()
        except Exception as error:
            if not database_is_away(error):
                raise
            return None
        is_list = scope["path"] == self._projects
        changes = revision.of_projects if is_list else revision.of_all
        # A label stands until the end of its last day, whether or not a row changes then (ADR 0120).
        return revision.server_began_at, today(), changes

    def _known(self, key: tuple[object, ...]) -> _KnownAddress | None:
        known = self._kept.get(key)
        if known is None:
            self._keep(key, _KnownAddress())
        else:
            self._kept.move_to_end(key)
        return known

    def _keep(self, key: tuple[object, ...], kept: _KnownAddress) -> None:
        former = self._kept.pop(key, None)
        self._kept[key] = kept
        self._bytes += _size(kept) - (_size(former) if former else 0)
        while len(self._kept) > ENTRIES_MAX or self._bytes > BYTES_MAX:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= _size(oldest)


def today() -> date:
    """By which labels count."""
    return datetime.now(UTC).date()


def is_made_to_be_kept(scope: Scope) -> bool:
    """Then it is made of nothing that this process has seen a moment ago."""
    return _MADE_TO_BE_KEPT in scope.get("state", {})


def _size(kept: _KnownAddress) -> int:
    return kept.answer.size_bytes if kept.answer is not None else 0
