"""
A circuit breaker that all callers of one server share: once it refused us, nobody asks it for a while.

Whoever asks again after 402 (quota used up), 403 (project id refused) or 418 is banned the longer
(Blockfrost, "Limits"). So there is one breaker for each server and process: open, it refuses every
request itself, and none is sent. After `OPEN_SECONDS` one caller's request goes through as the
probe, and what comes of it closes the breaker for everybody or opens it again (ADR 0027).
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from activities.ports.chain.provider import ChainMisconfigured

TURNED_AWAY = frozenset({402, 403, 418})

OPEN_SECONDS = 600.0
"""As long as the chain watch leaves the server alone (domain/chain/watch.py)."""


class CircuitBreaker:
    """For one event loop; `server` is named in the refusals, so it must hold no secret."""

    def __init__(self, server: str, open_seconds: float = OPEN_SECONDS) -> None:
        self._server = server
        self._open_seconds = open_seconds
        self._opened_at: float | None = None
        self._status = 0

    def require_closed(self) -> None:
        """
        For whoever would wait for something before asking.

        Raises:
            ChainMisconfigured: the breaker is open, and it is not time for a probe.
        """
        if self._opened_at is not None and self._left(self._opened_at) > 0:
            raise self._refusal()

    @contextmanager
    def guarded(self) -> Iterator[Callable[[int], None]]:
        """
        Around one request; what is given takes the status of its answer, if there was one.

        Raises:
            ChainMisconfigured: the breaker is open, and nothing was sent.
        """
        is_probe = self._enter()
        yield lambda status: self._heard(status, is_probe=is_probe)

    def _enter(self) -> bool:
        """Whether this request is the probe."""
        if self._opened_at is None:
            return False
        if self._left(self._opened_at) > 0:
            raise self._refusal()
        # From now on others are refused again, and remain so if the probe has no answer.
        self._opened_at = time.monotonic()
        return True

    def _heard(self, status: int, *, is_probe: bool) -> None:
        if status in TURNED_AWAY:
            self._opened_at, self._status = time.monotonic(), status
        elif is_probe:
            # Any other answer may have been under way since before the breaker opened.
            self._opened_at = None

    def _left(self, opened_at: float) -> float:
        return opened_at + self._open_seconds - time.monotonic()

    def _refusal(self) -> ChainMisconfigured:
        left = self._left(self._opened_at or 0)
        return ChainMisconfigured(
            f"{self._server} turned us away (HTTP {self._status});"
            f" nobody asks it for another {left:.0f} s"
        )
