"""
Compare every record that the registry calls confirmed with the chain, and the chain with the records.

    make reconcile
    python -m tools.reconcile --provider https://cardano-preview.blockfrost.io/api/v0

Reads the whole of both, writes nothing, and prints each difference. A workflow does the same each
day for what came since (workflows/chain/reconciliation.py).

Exit codes: 0 they agree, 1 they differ, 2 it could not be found out.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence

from pydantic import SecretStr
from sqlalchemy.exc import DBAPIError

from activities.chain.reconciliation import EVERYTHING, Found, LookupRateLimit, Reconciler
from activities.ports.chain.provider import ChainMisconfigured, ChainUnavailable
from adapters.postgres.database import PostgresDatabase, open_engine
from adapters.settings import Settings, load_settings
from domain.chain.reconciliation import DIFFERENCES_MAX
from tools.chains import chain_for
from tools.running_stack import use_running_stack

AGREE, DIFFER, NOT_COMPARED = 0, 1, 2
PACE = LookupRateLimit(pause_seconds=0, recheck_seconds=2)
"""The provider's limit is kept by the client itself."""

PROGRESS_TRANSACTIONS = 500


def main(arguments: Sequence[str] | None = None) -> int:
    settings = load_settings()
    options = _options(settings).parse_args(arguments)
    began = time.monotonic()
    try:
        found = asyncio.run(_reconcile(settings, options))
    except (OSError, DBAPIError) as error:
        print(f"The database cannot be read: {error}", file=sys.stderr)
        return NOT_COMPARED
    except (ChainUnavailable, ChainMisconfigured) as error:
        print(f"The chain cannot be read: {error}", file=sys.stderr)
        return NOT_COMPARED
    return report(found, time.monotonic() - began)


async def _reconcile(settings: Settings, options: argparse.Namespace) -> Found:
    url = options.database_url.replace("postgresql://", "postgresql+asyncpg://", 1)
    engine = open_engine(settings.database.model_copy(update={"database_url": SecretStr(url)}))
    chain = chain_for(settings.chain, options.provider)
    addresses = [
        *options.address,
        *([settings.published.platform_address] if settings.published.platform_address else []),
    ]
    reconciler = Reconciler(
        PostgresDatabase(engine), chain, PACE, addresses=addresses, beat=_Progress().beat
    )
    try:
        return await reconciler.run(EVERYTHING)
    finally:
        await chain.close()
        await engine.dispose()


class _Progress:
    def __init__(self) -> None:
        self._count = 0

    def beat(self) -> None:
        self._count += 1
        if self._count % PROGRESS_TRANSACTIONS == 0:
            print(f"  {self._count:,} transactions …", file=sys.stderr)


def report(found: Found, seconds: float) -> int:
    """Print what was compared and each difference, and answer with the exit code."""
    print(
        f"{found.records:,} confirmed records compared, {found.transactions:,} transactions read "
        f"in {seconds:.1f} s"
    )
    print(f"differences: {len(found.differences):,}")
    for difference in found.differences:
        print(f"    {difference.sentence}")
    if found.is_enough:
        print(f"    There may be more: the search ended at {DIFFERENCES_MAX}.")
    if found.differences:
        print("The registry and the chain DIFFER.")
        return DIFFER
    if found.unknown:
        print(f"could not be compared: {len(found.unknown):,} transactions")
        for tx_hash in found.unknown[:DIFFERENCES_MAX]:
            print(f"    {tx_hash}")
        print("What was compared agrees; the provider does not show enough of the rest.")
        return NOT_COMPARED
    print("The registry and the chain agree.")
    return AGREE


def _options(settings: Settings) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.reconcile",
        description="Compare the registry's confirmed records with the chain, both ways.",
        epilog="Exit codes: 0 they agree, 1 they differ, 2 it could not be found out.",
    )
    parser.add_argument(
        "--database-url",
        metavar="URL",
        default=settings.database.database_url.get_secret_value(),
        help="default: the setting DATABASE_URL",
    )
    parser.add_argument(
        "--provider",
        metavar="URL",
        help="a Blockfrost-compatible server, with its version prefix (default: the settings')",
    )
    parser.add_argument(
        "--address",
        metavar="ADDRESS",
        action="append",
        default=[],
        help="a platform address beside those that transactions were signed for",
    )
    return parser


if __name__ == "__main__":
    use_running_stack()
    sys.exit(main())
