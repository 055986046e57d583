"""
`python -m tools.rebuild_projection`, or `make rebuild-projection`: what is kept beside the ledger, anew.

The kept sums (ADR 0096), and what the public is told of each project, retirement and credit (ADR 0116). For
after somebody has changed the ledger past its guards, or `make verify-ledger` names a kept sum or a fragment.
It asks as the owner of the tables (MIGRATIONS_DATABASE_URL). Readers go on and see the former ones until it is
done; whoever changes what they are made of waits for it at the commit.

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
    return await _made_by(engine, "karbonica_rebuild_credit_sums")


async def rebuild_fragments(engine: AsyncEngine) -> int:
    """How many fragments there are now; `engine` is the owner's."""
    return await _made_by(engine, "karbonica_rebuild_public_fragments")


async def _made_by(engine: AsyncEngine, function: str) -> int:
    async with engine.begin() as connection:
        await connection.execute(text("SET LOCAL statement_timeout = 0"))
        made: int = (await connection.execute(text(f"SELECT {function}()"))).scalar_one()
        return made


async def _run() -> tuple[int, int]:
    engine = open_owner_engine(DatabaseSettings())
    try:
        return await rebuild(engine), await rebuild_fragments(engine)
    finally:
        await engine.dispose()


def main() -> int:
    began = time.monotonic()
    try:
        sums, fragments = asyncio.run(_run())
    except (OSError, DBAPIError) as error:
        print(f"They cannot be rebuilt: {error}", file=sys.stderr)
        return NOT_DONE
    print(f"{sums:,} sums and {fragments:,} fragments rebuilt in {time.monotonic() - began:.1f} s")
    return DONE


if __name__ == "__main__":
    use_running_stack()
    sys.exit(main())
