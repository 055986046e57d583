"""Gives refusals to Temporal as answers, around every activity; the worker's alone, as `temporalio.worker` is."""

from typing import Any

from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from activities.refusals import as_application_error
from domain.errors import Refusal


class _RefusalsInbound(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        try:
            return await self.next.execute_activity(input)
        except Refusal as refusal:
            raise as_application_error(refusal) from refusal


class RefusalInterceptor(Interceptor):
    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _RefusalsInbound(next)
