"""Takes from each activity's request where the person asked from; the worker's alone, as `temporalio.worker` is."""

from typing import Any

from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from activities.asked_from import ASKED_FROM
from activities.payloads import PersonalRequest


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
