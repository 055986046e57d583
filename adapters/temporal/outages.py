"""How soon an activity is tried again when a server that it needs gave no answer (ADR 0049)."""

from datetime import timedelta
from typing import Any

from botocore.exceptions import ConnectionError as StorageUnreachable
from botocore.exceptions import HTTPClientError as StorageSilent
from temporalio.exceptions import ApplicationError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from adapters.postgres.outages import database_is_away

OUTAGE_RETRY = timedelta(seconds=1)
"""
While the database is away the breaker answers these tries, so they cost nobody anything. Steps that
grow, which are right for faults of ours, would leave somebody waiting half a minute after it is back.
"""


class _OutagesInbound(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        try:
            return await self.next.execute_activity(input)
        except ApplicationError:
            raise
        except Exception as error:
            if not database_is_away(error) and not _storage_is_away(error):
                raise
            raise ApplicationError(
                "A server gave no answer; this is tried again soon.",
                type=type(error).__name__,
                next_retry_delay=OUTAGE_RETRY,
            ) from error


class OutageInterceptor(Interceptor):
    """Leaves the policy of retries its limits (attempts, time in all) and sets the pace alone."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _OutagesInbound(next)


def _storage_is_away(error: Exception) -> bool:
    return isinstance(error, StorageUnreachable | StorageSilent)
