"""
`python -m tools.unlink_wallet ACCOUNT_ID`: for somebody who has lost their wallet (docs/operations.md).

It is the operator's word that they know who asked: nothing here checks it. The entry in the audit
log has no account as its actor; the owner is told in the app, and by mail within an hour.
"""

import argparse
import asyncio
import sys
from datetime import UTC, datetime
from uuid import UUID

from activities.accounts.linked_wallets import unlink
from adapters.postgres.database import PostgresDatabase, open_engine
from adapters.settings.database import DatabaseSettings
from domain.errors import NotFound

DONE, NOT_DONE = 0, 2


async def unlink_wallet(database: PostgresDatabase, account_id: UUID) -> None:
    """
    Raises:
        NotFound: no wallet is linked to that account, or there is none.
    """
    async with database.transaction() as work:
        await unlink(work, account_id, actor_id=None, at=datetime.now(UTC))


async def _run(account_id: UUID) -> None:
    engine = open_engine(DatabaseSettings())
    try:
        await unlink_wallet(PostgresDatabase(engine), account_id)
    finally:
        await engine.dispose()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.unlink_wallet")
    parser.add_argument("account", type=UUID, help="the account's id, a UUID")
    try:
        asyncio.run(_run(parser.parse_args().account))
    except NotFound as missing:
        print(missing.detail, file=sys.stderr)
        return NOT_DONE
    print("The wallet is unlinked; the owner is told.")
    return DONE


if __name__ == "__main__":
    sys.exit(main())
