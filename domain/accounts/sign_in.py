"""
Guessing a password: what is counted, and whom the count holds up (seed, "Account Lockout"; ADR 0050).

Failures are counted for an account *and* a source, so that nobody locks somebody else out: a source
is a device that has signed in to the account before, or else the address that a request comes from.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

FAILED_LOGINS_MAX = 5
LOCKOUT = timedelta(minutes=30)

FAILURES_BEFORE_SLOWING = 50
"""Of all sources together within `SLOWING_WINDOW`: ten sources have been locked by then."""

SLOWING_WINDOW = timedelta(hours=1)

GUESSES_PER_MINUTE_WHEN_SLOWED = 2
"""Of all unknown sources together: nobody is locked out, and 120 guesses an hour find no password."""

DEVICE_KNOWN_FOR = timedelta(days=180)
"""Since its last sign-in to the account."""

FAILURES_KEPT_FOR = timedelta(hours=24)
"""Longer than any lock and any window, and short because they tell who tried to sign in where."""


@dataclass(frozen=True)
class LoginAttempts:
    """What is remembered of failed log-ins to one account from one source."""

    failed: int = 0
    locked_until: datetime | None = None

    def is_locked(self, *, at: datetime) -> bool:
        return self.locked_until is not None and at < self.locked_until


def after_failed_login(attempts: LoginAttempts, *, at: datetime) -> LoginAttempts:
    """Count a failure; the fifth in a row locks the account for this source for 30 minutes."""
    lock_is_over = attempts.locked_until is not None and at >= attempts.locked_until
    failed = 1 if lock_is_over else attempts.failed + 1
    return LoginAttempts(failed, at + LOCKOUT if failed >= FAILED_LOGINS_MAX else None)


def is_slowed(*, failures: int, source_is_known: bool) -> bool:
    """
    Whether an attempt must wait for its turn, given the failures of the last hour from everywhere.

    A source that is known by an earlier success never waits.
    """
    return failures >= FAILURES_BEFORE_SLOWING and not source_is_known


def lock_period(at: datetime) -> int:
    """Owners are told of locks once in each half hour, or an attacker could flood them with mail."""
    return int(at.timestamp() // LOCKOUT.total_seconds())
