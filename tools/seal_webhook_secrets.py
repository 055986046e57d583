"""
`make seal-webhook-secrets`: seal what is not sealed under the present key yet (ADR 0025).

Once after the migration that made room for it, and once after each change of the key: then the
former key reads nothing any more and can be thrown away. Running it again does no harm.
"""

import asyncio
import sys

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.database import open_engine
from adapters.postgres.tables import webhooks
from adapters.private_files import UnfitKeyFile
from adapters.settings.database import DatabaseSettings
from adapters.settings.webhooks import WebhookSettings
from adapters.webhooks.secrets import (
    UnfitWebhookKey,
    UnreadableSecret,
    WebhookSecrets,
    open_webhook_secrets,
)
from tools.running_stack import use_running_stack

DONE = 0
NOT_DONE = 2


async def seal_all(engine: AsyncEngine, secrets: WebhookSecrets) -> tuple[int, int]:
    """
    In one transaction: all or none. Answers how many were sealed now, and how many there are.

    Raises:
        UnreadableSecret: one is sealed under a key that is not at hand, or for another webhook.
    """
    async with engine.begin() as connection:
        rows = (
            await connection.execute(
                select(webhooks.c.id, webhooks.c.secret).order_by(webhooks.c.id).with_for_update()
            )
        ).all()
        behind = [row for row in rows if not secrets.is_current(row.secret)]
        for row in behind:
            sealed = secrets.seal(secrets.open(row.secret, row.id), row.id)
            await connection.execute(
                update(webhooks).where(webhooks.c.id == row.id).values(secret=sealed)
            )
    return len(behind), len(rows)


async def _run() -> tuple[int, int]:
    secrets = open_webhook_secrets(WebhookSettings())
    engine = open_engine(DatabaseSettings())
    try:
        return await seal_all(engine, secrets)
    finally:
        await engine.dispose()


def main() -> int:
    try:
        sealed, count = asyncio.run(_run())
    except (UnfitKeyFile, UnfitWebhookKey, UnreadableSecret) as refused:
        print(f"Nothing was changed: {refused}", file=sys.stderr)
        return NOT_DONE
    print(f"{sealed:,} of {count:,} secrets sealed now; all are under the present key.")
    return DONE


if __name__ == "__main__":
    use_running_stack()
    sys.exit(main())
