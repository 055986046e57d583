"""
Whether what API processes share answers, measured by a worker beside them (ADR 0111).

A process that is cut off from Redis is often cut off from who watches, and tells nobody.
"""

import asyncio

from temporalio.client import Client
from temporalio.runtime import Runtime

from adapters.redis.redis_link import RedisLink
from adapters.settings.web import WebSettings

LOOK_SECONDS = 15


async def watch_redis(settings: WebSettings, client: Client) -> None:
    """Among the metrics of the worker, until cancelled; without REDIS_URL nothing."""
    if settings.redis_url is None:
        return
    runtime = client.service_client.config.runtime or Runtime.default()
    away = runtime.metric_meter.create_gauge(
        "registry_redis_away", "1 while REDIS_URL gives this worker no answer."
    )
    link = RedisLink(settings.redis_url.get_secret_value())
    try:
        while True:
            away.set(0 if await link.answers() else 1)
            await asyncio.sleep(LOOK_SECONDS)
    finally:
        await link.close()
