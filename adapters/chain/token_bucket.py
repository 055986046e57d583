"""The rate limit that a provider sets, kept on our side: a token bucket."""

import asyncio
import time


class TokenBucket:
    """
    Lets `per_second` requests through on average, after a burst of one second's worth.

    For the coroutines of one event loop.
    """

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        self._capacity = max(1.0, per_second)
        self._tokens = self._capacity
        self._filled_at = time.monotonic()

    async def take(self) -> None:
        """Wait for one's turn. They are handed out in order; whoever is cancelled gives his back."""
        self._refill()
        self._tokens -= 1
        try:
            await asyncio.sleep(max(0.0, -self._tokens / self._per_second))
        except asyncio.CancelledError:
            self._tokens += 1
            raise

    async def take_when_quiet(self) -> None:
        """
        Wait until half of the burst is there, and leave it to `take`: what goes this way is never
        in the way of what cannot wait.
        """
        wanted = max(1.0, self._capacity / 2)
        while True:
            missing = wanted - self._refill()
            if missing <= 0:
                self._tokens -= 1
                return
            await asyncio.sleep(missing / self._per_second)

    def _refill(self) -> float:
        """How many there are now; fewer than none while turns are handed out ahead of time."""
        now = time.monotonic()
        refill = (now - self._filled_at) * self._per_second
        self._tokens = min(self._capacity, self._tokens + refill)
        self._filled_at = now
        return self._tokens
