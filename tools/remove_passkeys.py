"""
`python -m tools.remove_passkeys ACCOUNT_ID`: for somebody who has lost their passkeys (docs/operations.md).

It is the operator's word that they know who asked: nothing here checks it. The entries in the audit
log have no account as their actor; the owner is told in the app, and by mail within an hour.
"""

import argparse
import asyncio
import sys
from datetime import UTC, datetime
from uuid import UUID

from activities.accounts.passkeys import remove
from adapters.postgres.database import PostgresDatabase, open_engine
from adapters.settings.database import DatabaseSettings

DONE, NOT_DONE = 0, 2


async def remove_passkeys(database: PostgresDatabase, account_id: UUID) -> int:
    """All of an account's; how many there were."""
    async with database.transaction() as work:
        passkeys = await work.accounts.passkeys.of(account_id)
        for passkey in passkeys:
            await remove(work, passkey, actor_id=None, at=datetime.now(UTC))
    return len(passkeys)


async def _run(account_id: UUID) -> int:
    engine = open_engine(DatabaseSettings())
    try:
        return await remove_passkeys(PostgresDatabase(engine), account_id)
    finally:
        await engine.dispose()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.remove_passkeys")
    parser.add_argument("account", type=UUID, help="the account's id, a UUID")
    removed = asyncio.run(_run(parser.parse_args().account))
    if not removed:
        print("There is no such account, or it has no passkey.", file=sys.stderr)
        return NOT_DONE
    print(f"Removed: {removed}. The owner is told.")
    return DONE


if __name__ == "__main__":
    sys.exit(main())
