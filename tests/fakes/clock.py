"""A clock that stands still until a test moves it. It passes the tests in tests/adapters/test_clock.py."""

from datetime import datetime, timedelta


class FixedClock:
    def __init__(self, at: datetime) -> None:
        self._now = at

    def now(self) -> datetime:
        return self._now

    def advance(self, **duration: float) -> None:
        self._now += timedelta(**duration)
