"""
`python -m tools.rebuild_projection`, or `make rebuild-projection`: the kept sums of the ledger, anew (ADR 0096).

For after somebody has changed the ledger past its guards, or `make verify-ledger` names a kept sum. It
asks as the owner of the tables (MIGRATIONS_DATABASE_URL). Readers go on and see the former sums until it is
done; movements wait for it at their commits.

Exit codes: 0 done, 2 the database could not be asked.
"""

import asyncio
import sys
import time

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.engines import open_owner_engine
from adapters.settings.database import DatabaseSettings
from tools.running_stack import use_running_stack

DONE, NOT_DONE = 0, 2


async def rebuild(engine: AsyncEngine) -> int:
    """How many sums there are now; `engine` is the owner's."""
    async with engine.begin() as connection:
        made: int = (
            await connection.execute(text("SELECT karbonica_rebuild_credit_sums()"))
        ).scalar_one()
        return made


async def _run() -> int:
    engine = open_owner_engine(DatabaseSettings())
    try:
        return await rebuild(engine)
    finally:
        await engine.dispose()


def main() -> int:
    began = time.monotonic()
    try:
        made = asyncio.run(_run())
    except (OSError, DBAPIError) as error:
        print(f"The sums cannot be rebuilt: {error}", file=sys.stderr)
        return NOT_DONE
    print(f"{made:,} sums rebuilt in {time.monotonic() - began:.1f} s")
    return DONE


if __name__ == "__main__":
    use_running_stack()
    sys.exit(main())
