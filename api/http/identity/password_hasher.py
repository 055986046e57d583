"""
Making bcrypt hashes off the event loop, one at a time; comparing is in password_checks.

Each takes a third of a second of a processor, and those who read must not notice (seed,
"Authentication Security": cost 12).
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import bcrypt

from api.http.errors.error_mapping import TooManyRequests
from api.http.identity.password_checks import let_others_first

RETRY_AFTER_SECONDS = 5


class PasswordHasher:
    """bcrypt of this cost in one thread of its own, with at most `waiting_max` waiting for it."""

    def __init__(self, *, cost: int, waiting_max: int) -> None:
        self._cost = cost
        self._room = 1 + waiting_max
        self._under_way = 0
        self._threads = ThreadPoolExecutor(1, "bcrypt-new", initializer=let_others_first)

    async def hash(self, password: str) -> str:
        """
        Of a password that `domain.accounts.passwords` takes.

        Raises:
            TooManyRequests: as many wait as may.
        """
        if self._under_way >= self._room:
            raise TooManyRequests(RETRY_AFTER_SECONDS)
        self._under_way += 1
        loop = asyncio.get_running_loop()
        making = self._threads.submit(bcrypt.hashpw, password.encode(), bcrypt.gensalt(self._cost))
        # Not when the caller leaves: a thread that has begun goes on all the same.
        making.add_done_callback(lambda _: loop.call_soon_threadsafe(self._finished))
        return (await asyncio.wrap_future(making)).decode()

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _finished(self) -> None:
        self._under_way -= 1
