"""
After a restore and before the first worker: find on the chain what the restored database would send again.

    make adopt-chain
    python -m tools.adopt_chain --provider https://cardano-preview.blockfrost.io/api/v0

A record that waits, and stands in a transaction which the platform's key paid for, is given that
transaction and is not sent a second time. What stands there and is not in the database at all was lost with
the log; it is named, and stays a difference of `make reconcile`. Run it as often as you like, with no worker.

Exit codes: 0 nothing on the chain is unknown here, 1 something is, 2 it could not be found out.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from pydantic import SecretStr
from sqlalchemy.exc import DBAPIError

from activities.chain.adoption import Adopted, Adoption
from activities.ports.chain.provider import ChainMisconfigured, ChainUnavailable
from adapters.clock import SystemClock
from adapters.postgres.database import PostgresDatabase, open_engine
from adapters.settings import Settings, load_settings
from tools.chains import chain_for
from tools.running_stack import use_running_stack

ALL_KNOWN, SOME_UNKNOWN, NOT_FOUND_OUT = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    settings = load_settings()
    options = _options(settings).parse_args(arguments)
    try:
        adopted = asyncio.run(_adopt(settings, options))
    except (OSError, DBAPIError) as error:
        print(f"The database cannot be used: {error}", file=sys.stderr)
        return NOT_FOUND_OUT
    except (ChainUnavailable, ChainMisconfigured) as error:
        print(f"The chain cannot be read: {error}", file=sys.stderr)
        return NOT_FOUND_OUT
    return report(adopted)


async def _adopt(settings: Settings, options: argparse.Namespace) -> list[Adopted]:
    url = options.database_url.replace("postgresql://", "postgresql+asyncpg://", 1)
    engine = open_engine(settings.database.model_copy(update={"database_url": SecretStr(url)}))
    chain = chain_for(settings.chain, options.provider)
    own = settings.published.platform_address
    adoption = Adoption(
        PostgresDatabase(engine),
        chain,
        SystemClock(),
        addresses=[*options.address, *([own] if own else [])],
        ttl_slots=settings.chain.transaction_ttl_slots,
    )
    try:
        return [one async for one in adoption.run()]
    finally:
        await chain.close()
        await engine.dispose()


def report(adopted: Sequence[Adopted]) -> int:
    """Print each transaction, and answer with the exit code."""
    for one in adopted:
        print(f"{one.tx_hash}: {one.records} records taken over, {one.unknown} unknown here")
    records, unknown = (
        sum(getattr(one, name) for one in adopted) for name in ("records", "unknown")
    )
    print(f"{records} records taken over; {unknown} stand on the chain and are unknown here.")
    return SOME_UNKNOWN if unknown else ALL_KNOWN


def _options(settings: Settings) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tools.adopt_chain", description=__doc__.split("\n\n")[0])
    parser.add_argument("--database-url", default=settings.database.database_url.get_secret_value())
    parser.add_argument(
        "--provider", help="a Blockfrost-compatible server; else as the settings say"
    )
    parser.add_argument(
        "--address",
        action="append",
        default=[],
        help="a platform address that the database may not know",
    )
    return parser


if __name__ == "__main__":
    use_running_stack()
    sys.exit(main())
