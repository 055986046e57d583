"""
Comparing passwords, which takes a third of a second of a processor each: never more than a few at once.

A crowd at the door must not be felt by those who read (ADR 0050).
"""

import asyncio
import os
import sys
import threading
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import bcrypt

from adapters.request_counters import RequestCounters
from adapters.settings.web import WebSettings
from api.http.errors.error_mapping import TooManyRequests
from api.http.middleware.rate_limits import RateLimit
from domain.accounts.sign_in import GUESSES_PER_MINUTE_WHEN_SLOWED

PASSWORD_BYTES_MAX = 72
"""bcrypt reads no further, so no account has a longer password."""

RETRY_AFTER_SECONDS = 2
_NICENESS = 10


class PasswordChecks:
    """bcrypt in `threads` threads of their own, with at most `waiting_max` passwords waiting."""

    def __init__(self, *, threads: int, waiting_max: int) -> None:
        self._room = threads + waiting_max
        self._under_way = 0
        self._threads = ThreadPoolExecutor(threads, "bcrypt", initializer=let_others_first)

    def require_room(self) -> None:
        """
        Asked before the database is: whoever is turned away in a crowd costs those who read nothing.

        Raises:
            TooManyRequests: as many passwords wait as may.
        """
        if self._under_way >= self._room:
            raise TooManyRequests(RETRY_AFTER_SECONDS)

    async def is_right(self, password: str, password_hash: str) -> bool:
        """
        Raises:
            TooManyRequests: as `require_room`.
        """
        self.require_room()
        self._under_way += 1
        loop = asyncio.get_running_loop()
        checking = self._threads.submit(_is_right, password, password_hash)
        # Not when the caller leaves: a thread that has begun goes on all the same.
        checking.add_done_callback(lambda _: loop.call_soon_threadsafe(self._finished))
        return await asyncio.wrap_future(checking)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _finished(self) -> None:
        self._under_way -= 1


class SignInGuard:
    """What stands before a log-in: limits of its own, and room for few comparisons at once."""

    def __init__(self, settings: WebSettings, counters: RequestCounters) -> None:
        self.passwords = PasswordChecks(
            threads=settings.sign_in_threads, waiting_max=settings.sign_ins_waiting_max
        )
        self.per_address = RateLimit(
            "sign-ins", settings.rate_limit_sign_ins_per_address_per_minute, counters
        )
        self.per_source = RateLimit(
            "sign-ins-per-account", settings.rate_limit_sign_ins_per_source_per_minute, counters
        )
        self.when_slowed = RateLimit("sign-ins-slowed", GUESSES_PER_MINUTE_WHEN_SLOWED, counters)
        self._later: set[asyncio.Task[None]] = set()

    def do_later(self, work: Coroutine[Any, Any, None]) -> None:
        """After the answer, so that it does not take longer when there is something to do."""
        task = asyncio.create_task(work)
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def close(self) -> None:
        self.passwords.close()
        for task in self._later:
            task.cancel()
        await asyncio.gather(*self._later, return_exceptions=True)


def _is_right(password: str, password_hash: str) -> bool:
    typed = password.encode()
    fits = len(typed) <= PASSWORD_BYTES_MAX and b"\0" not in typed
    # What bcrypt cannot take is compared all the same, cut, for the sake of time.
    cut = typed.replace(b"\0", b"")[:PASSWORD_BYTES_MAX]
    try:
        same = bcrypt.checkpw(cut, password_hash.encode())
    except ValueError:
        # No hash at all: of an account that was erased, or that has no password yet.
        return False
    return same and fits


def let_others_first() -> None:
    """Linux schedules threads one by one: those that read take the processor when they want it."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
