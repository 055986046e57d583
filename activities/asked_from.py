"""Where the person asked from on whose behalf something is done now, for the audit log (ADR 0054)."""

from contextvars import ContextVar
from typing import Any

from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
)

from activities.payloads import AskedFrom, PersonalRequest

ASKED_FROM: ContextVar[AskedFrom | None] = ContextVar("asked_from", default=None)
"""Set around each HTTP request by the API, and around each activity by the worker; None: nobody asked."""


class _AskedFromInbound(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        request = next(iter(input.args), None)
        before = ASKED_FROM.set(
            request.asked_from if isinstance(request, PersonalRequest) else None
        )
        try:
            return await self.next.execute_activity(input)
        finally:
            ASKED_FROM.reset(before)


class AskedFromInterceptor(Interceptor):
    """Takes it out of the request, so that no use case has to pass it on."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _AskedFromInbound(next)
