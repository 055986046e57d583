"""Whether Temporal answers."""

import asyncio

from temporalio.client import Client
from temporalio.service import RPCError

HEALTH_SECONDS = 2


async def temporal_answers(client: Client) -> bool:
    """A connection that was never made is tried again."""
    try:
        async with asyncio.timeout(HEALTH_SECONDS):
            return await client.service_client.check_health()
    except (RPCError, RuntimeError, TimeoutError):
        return False
