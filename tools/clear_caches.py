"""
`make clear-caches`: forget every answer that is kept, in Redis and in each API process.

It is for an operator who does not trust what is kept; nothing of the registry's own needs it (ADR 0105).
"""

import asyncio
import sys

from adapters.redis.redis_link import RedisLink
from adapters.redis.shared_answers import EPOCH_KEY, PREFIX
from adapters.settings.web import WebSettings
from tools.running_stack import use_running_stack

_TOGETHER = 500


async def clear(redis_url: str) -> int | None:
    """How many answers were forgotten; None: Redis gives no answer."""
    link = RedisLink(redis_url)
    removed = 0
    try:
        # First, so that nothing is put back under what processes look for now.
        if await link.ask(lambda redis: redis.incr(EPOCH_KEY), None) is None:
            return None
        cursor = 0
        while True:
            at = cursor
            found = await link.ask(
                lambda redis, at=at: redis.scan(at, match=f"{PREFIX}*", count=_TOGETHER),  # type: ignore[misc]
                None,
            )
            if found is None:
                return None
            cursor, keys = found
            if keys:
                removed += await link.ask(lambda redis, keys=keys: redis.unlink(*keys), 0)  # type: ignore[misc]
            if cursor == 0:
                return removed
    finally:
        await link.close()


def main() -> int:
    use_running_stack()
    url = WebSettings().redis_url
    if url is None:
        print(
            "REDIS_URL is not set: each API process keeps its answers by itself, and forgets them when it is"
            " started again.",
            file=sys.stderr,
        )
        return 2
    removed = asyncio.run(clear(url.get_secret_value()))
    if removed is None:
        print("Redis gives no answer; nothing was cleared.", file=sys.stderr)
        return 1
    print(f"Forgotten: {removed} answers. Processes notice within a second.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
