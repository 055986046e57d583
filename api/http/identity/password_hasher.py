"""
Making and comparing bcrypt hashes off the event loop, a few at a time.

Each takes a third of a second of a processor, and those who read must not notice (seed,
"Authentication Security": cost 12).
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import bcrypt

from api.http.errors.error_mapping import TooManyRequests

Made = TypeVar("Made")

RETRY_AFTER_SECONDS = 5


class PasswordHasher:
    """bcrypt of this cost in one thread of its own, with at most `waiting_max` waiting for it."""

    def __init__(self, *, cost: int, waiting_max: int) -> None:
        self._cost = cost
        self._room = 1 + waiting_max
        self._under_way = 0
        self._threads = ThreadPoolExecutor(1, "bcrypt-new")

    async def hash(self, password: str) -> str:
        """
        Of a password that `domain.accounts.passwords` takes.

        Raises:
            TooManyRequests: as many wait as may.
        """
        made = await self._run(lambda: bcrypt.hashpw(password.encode(), bcrypt.gensalt(self._cost)))
        return made.decode()

    async def is_right(self, password: str, password_hash: str) -> bool:
        """
        Raises:
            TooManyRequests: as many wait as may.
        """
        typed = password.encode()
        if len(typed) > 72 or b"\0" in typed:  # noqa: PLR2004 -- bcrypt's own limit
            return False
        return await self._run(lambda: bcrypt.checkpw(typed, password_hash.encode()))

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: Callable[[], Made]) -> Made:
        if self._under_way >= self._room:
            raise TooManyRequests(RETRY_AFTER_SECONDS)
        self._under_way += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._under_way -= 1
