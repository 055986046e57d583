"""
A circuit breaker for a server that may hang: not refuse, not answer, just be silent (ADR 0049).

Who calls is not the one who finds out. Once a call has waited `probe_seconds`, the breaker itself
asks the server something trivial, again and again for as long as calls wait. A server that is slow
answers that, and calls go on; one that hangs does not. Then the breaker opens: calls under way are
ended, later ones refused at once, and it asks on until there is an answer. So nobody's request is
the trial, and the server is well again for everybody within one question.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import structlog

PAUSE_SECONDS = 0.25
"""Between two questions to a server that gave no answer."""

log = structlog.get_logger(__name__)


class NoAnswer(TimeoutError):
    """A server gave no answer in time, or is known not to. What was asked of it may yet be done."""


@dataclass(eq=False)
class _Call:
    """One that is under way; `began_at` in the event loop's time."""

    timeout: asyncio.Timeout
    abandon: Callable[[], None]
    began_at: float
    is_ended: bool = False

    def end(self) -> None:
        if not self.is_ended:
            self.is_ended = True
            # First the connection, so that nothing after this waits on it, cleaning up included.
            self.abandon()
            self.timeout.reschedule(asyncio.get_running_loop().time())


class OutageBreaker:
    """
    For one server, and one event loop.

    `ask` asks it something trivial and raises, or does not return, when there is no answer; a
    refusal is an answer. `server` stands in logs and errors, so it must hold no secret.
    """

    def __init__(
        self, server: str, ask: Callable[[], Awaitable[object]], *, probe_seconds: float
    ) -> None:
        self._server = server
        self._ask = ask
        self._probe_seconds = probe_seconds
        self._calls: set[_Call] = set()
        self._answered_at = 0.0
        self._opened_at: float | None = None
        self._watch: asyncio.Task[None] | None = None

    @property
    def is_open(self) -> bool:
        return self._opened_at is not None

    @contextlib.asynccontextmanager
    async def call(
        self,
        *,
        limit_seconds: float | None = None,
        abandon: Callable[[], None] = lambda: None,
    ) -> AsyncIterator[None]:
        """
        Around whatever waits for the server, within one task.

        It is ended after `limit_seconds`, also by a server that answers others; without, only when
        the server hangs. `abandon` is called before it is ended and breaks the connection.

        Raises:
            NoAnswer: nothing was asked, because the server hangs; or what was asked was ended.
        """
        if self.is_open:
            raise NoAnswer(f"{self._server} does not answer")
        loop = asyncio.get_running_loop()
        call = _Call(asyncio.timeout(None), abandon, loop.time())
        try:
            async with call.timeout:
                self._calls.add(call)
                timers = [loop.call_later(self._probe_seconds, self._start_watch)]
                if limit_seconds is not None:
                    timers.append(loop.call_later(limit_seconds, call.end))
                try:
                    yield
                finally:
                    self._calls.discard(call)
                    for timer in timers:
                        timer.cancel()
                self._answered_at = loop.time()
        except Exception:
            # A connection that was broken under it says so in words of its own.
            if call.is_ended:
                raise NoAnswer(f"{self._server} gave no answer in time") from None
            raise

    async def answers(self) -> bool:
        """Ask now, as `/readyz` does; an answer closes the breaker, so that both say the same."""
        try:
            async with asyncio.timeout(self._probe_seconds):
                await self._ask()
        except Exception:  # noqa: BLE001 -- whatever went wrong, there was no answer
            return False
        self._close_breaker()
        return True

    async def close(self) -> None:
        """Ask no more."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)

    def _start_watch(self) -> None:
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._ask_on())

    async def _ask_on(self) -> None:
        """Until the server answers and no call waits."""
        loop = asyncio.get_running_loop()
        while self.is_open or self._waits(loop.time()):
            asked_at = loop.time()
            if await self.answers():
                # A slow call is looked at once in a while, not without end.
                await asyncio.sleep(self._probe_seconds)
                continue
            # A call that ended well meanwhile is an answer too: our own question may have been
            # refused a connection, or had to wait for a processor.
            if self._answered_at < asked_at:
                self._open_breaker()
            await asyncio.sleep(PAUSE_SECONDS)

    def _waits(self, now: float) -> bool:
        return any(now - call.began_at >= self._probe_seconds for call in self._calls)

    def _open_breaker(self) -> None:
        if self._opened_at is None:
            self._opened_at = time.monotonic()
            log.warning("server_does_not_answer", server=self._server, ended=len(self._calls))
        for call in tuple(self._calls):
            call.end()

    def _close_breaker(self) -> None:
        if self._opened_at is not None:
            seconds = round(time.monotonic() - self._opened_at, 1)
            self._opened_at = None
            log.info("server_answers_again", server=self._server, seconds=seconds)
