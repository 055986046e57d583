"""Answers that are kept a moment after they were given, so that nobody waits for the disk (ADR 0117)."""

import asyncio
from collections.abc import Sequence
from typing import Self
from uuid import UUID

import structlog

from adapters.postgres.identity import SYSTEM, done_as
from adapters.postgres.requests import stored_responses as idempotency
from adapters.postgres.requests.stored_responses import GivenResponse, StoredResponse
from api.http.resources import Resources

_KEPT_AFTER_SECONDS = 0.1
_KEPT_AT_ONCE = 500
_REMEMBERED_SECONDS = 5
"""For requests under way with the same key, which get the first answer of this process."""

log = structlog.get_logger()


class AnswerKeeper:
    """
    Keeps answers a moment after they were given, all of a moment in one commit.

    Until then, and for some seconds more, they are remembered here. What was not kept when the process
    died is as after any crash before the answer was kept: the next request with the key does it all again,
    which the name of what it brings about makes harmless (ADR 0003).
    """

    def __init__(self, parts: Resources) -> None:
        self._parts = parts
        self._given: dict[tuple[UUID, str], tuple[StoredResponse, float]] = {}
        self._waiting: list[GivenResponse] = []
        self._task: asyncio.Task[None] | None = None

    def given(self, account_id: UUID, key: str) -> StoredResponse | None:
        stored, until = self._given.get((account_id, key), (None, 0.0))
        return stored if until >= asyncio.get_running_loop().time() else None

    def keep(self, request_hash: str, answer: GivenResponse) -> StoredResponse | None:
        """None where this is the first answer; else the one that was first."""
        if first := self.given(answer.account_id, answer.key):
            return first
        stored = StoredResponse(
            request_hash, answer.status, answer.body, answer.at, answer.location
        )
        self._given[answer.account_id, answer.key] = (
            stored,
            asyncio.get_running_loop().time() + _REMEMBERED_SECONDS,
        )
        self._waiting.append(answer)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._write())
        return None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Keep what waits: a process that ends in order leaves nothing to be done again."""
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    async def _write(self) -> None:
        while self._waiting:
            await asyncio.sleep(_KEPT_AFTER_SECONDS)
            waiting, self._waiting = self._waiting[:_KEPT_AT_ONCE], self._waiting[_KEPT_AT_ONCE:]
            try:
                await self._keep_all(waiting)
            except Exception:
                log.warning("answers could not be kept", answers=len(waiting), exc_info=True)
            now = asyncio.get_running_loop().time()
            for name in [name for name, (_, until) in self._given.items() if until < now]:
                del self._given[name]

    @done_as(SYSTEM)
    async def _keep_all(self, waiting: Sequence[GivenResponse]) -> None:
        async with self._parts.writing_once() as connection:
            await idempotency.keep_all(connection, waiting)
