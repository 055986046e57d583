"""
What all callers of one server share: once it turned us away, nobody asks it for a while.

Whoever knocks after 402 (quota used up), 403 (project id refused) or 418 is banned the longer
(Blockfrost, "Limits"). So there is one gate for each server and process: closed, it answers in the
server's place, without a request. After `CLOSED_SECONDS` one caller's question goes through as the
probe, and what comes of it opens the gate for everybody or closes it again (ADR 0027).
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from activities.ports.chain.provider import ChainMisconfigured

TURNED_AWAY = frozenset({402, 403, 418})

CLOSED_SECONDS = 600.0
"""As long as the chain watch leaves the server alone (domain/chain/watch.py)."""


class CircuitBreaker:
    """Thread-safe; `server` is named in the refusals, so it must hold no secret."""

    def __init__(self, server: str, closed_seconds: float = CLOSED_SECONDS) -> None:
        self._server = server
        self._closed_seconds = closed_seconds
        self._lock = threading.Lock()
        self._closed_at: float | None = None
        self._status = 0

    def require_open(self) -> None:
        """
        For whoever would wait for something before asking.

        Raises:
            ChainMisconfigured: the gate is closed, and it is not time for a probe.
        """
        with self._lock:
            if self._closed_at is not None and self._left(self._closed_at) > 0:
                raise self._refusal()

    @contextmanager
    def passage(self) -> Iterator[Callable[[int], None]]:
        """
        Around one request; what is given takes the status of its answer, if there was one.

        Raises:
            ChainMisconfigured: the gate is closed, and nothing was asked.
        """
        is_probe = self._enter()
        yield lambda status: self._heard(status, is_probe=is_probe)

    def _enter(self) -> bool:
        """Whether this request is the probe."""
        with self._lock:
            if self._closed_at is None:
                return False
            if self._left(self._closed_at) > 0:
                raise self._refusal()
            # From now on others are refused again, and remain so if the probe has no answer.
            self._closed_at = time.monotonic()
            return True

    def _heard(self, status: int, *, is_probe: bool) -> None:
        with self._lock:
            if status in TURNED_AWAY:
                self._closed_at, self._status = time.monotonic(), status
            elif is_probe:
                # Any other answer may have been under way since before the gate was closed.
                self._closed_at = None

    def _left(self, closed_at: float) -> float:
        return closed_at + self._closed_seconds - time.monotonic()

    def _refusal(self) -> ChainMisconfigured:
        left = self._left(self._closed_at or 0)
        return ChainMisconfigured(
            f"{self._server} turned us away (HTTP {self._status});"
            f" nobody asks it for another {left:.0f} s"
        )
