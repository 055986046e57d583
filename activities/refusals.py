"""Turns a rule's refusal into an answer that Temporal does not retry, once for all activities."""

from dataclasses import asdict
from typing import Any

from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
)

from domain.errors import Refusal


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


class _RefusalsInbound(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        try:
            return await self.next.execute_activity(input)
        except Refusal as refusal:
            raise as_application_error(refusal) from refusal


class RefusalInterceptor(Interceptor):
    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _RefusalsInbound(next)
