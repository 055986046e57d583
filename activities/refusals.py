"""Turns a rule's refusal into an answer that Temporal does not retry, once for all activities."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import timedelta

from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from domain.errors import Refusal, RegistryFrozen

FROZEN_CHECK = timedelta(seconds=10)
"""How soon a step that nobody waits for looks again whether the registry is open."""


def as_application_error(refusal: Refusal) -> ApplicationError:
    """The class name is the error's public type; the faults travel as its first detail."""
    return ApplicationError(
        refusal.detail,
        [asdict(fault) for fault in refusal.faults],
        type=type(refusal).__name__,
        non_retryable=True,
        # A refusal is a normal answer: no failure metric, no warning in the log.
        category=ApplicationErrorCategory.BENIGN,
    )


@asynccontextmanager
async def waiting_while_frozen() -> AsyncIterator[None]:
    """
    Around a step that nobody waits for: a frozen registry puts it off instead of refusing it.

    The server keeps trying it again, which costs the workflow's history nothing however long the
    freeze lasts.
    """
    try:
        yield
    except RegistryFrozen as frozen:
        raise ApplicationError(
            frozen.detail,
            type=type(frozen).__name__,
            next_retry_delay=FROZEN_CHECK,
            category=ApplicationErrorCategory.BENIGN,
        ) from frozen
