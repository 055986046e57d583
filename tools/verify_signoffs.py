"""
Recompute every sign-off, and read every completed document through.

    make verify-signoffs
    python -m tools.verify_signoffs --heads

What was signed off is compared with what stands in the database now and with the audit log, and each
document with its bytes in object storage; with `--heads` storage is only asked for sizes and
checksums. It changes nothing. A workflow does the same each day, and reads what it reads in turn
(workflows/projects/sign_offs.py).

Exit codes: 0 all is as it was signed off, 1 something differs, 2 it could not be found out.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import SecretStr
from sqlalchemy.exc import DBAPIError

from activities.projects.sign_offs import Read, SignOffComparison, SignOffFindings
from adapters.postgres.database import PostgresDatabase, open_engine
from adapters.settings import Settings, load_settings
from adapters.storage.object_store import S3ObjectStore
from domain.projects.sign_offs import DIFFERENCES_MAX

HOLDS, DIFFERS, NOT_CHECKED = 0, 1, 2
PROGRESS_STEPS = 500


def main(arguments: Sequence[str] | None = None) -> int:
    settings = load_settings()
    options = _options(settings).parse_args(arguments)
    began = time.monotonic()
    try:
        sign_offs, documents = asyncio.run(_check(settings, options))
    except (OSError, DBAPIError) as error:
        print(f"The database cannot be read: {error}", file=sys.stderr)
        return NOT_CHECKED
    except (BotoCoreError, ClientError) as error:
        print(f"Object storage cannot be read: {error}", file=sys.stderr)
        return NOT_CHECKED
    return report(sign_offs, documents, time.monotonic() - began)


async def _check(
    settings: Settings, options: argparse.Namespace
) -> tuple[SignOffFindings, SignOffFindings]:
    url = options.database_url.replace("postgresql://", "postgresql+asyncpg://", 1)
    engine = open_engine(settings.database.model_copy(update={"database_url": SecretStr(url)}))
    comparison = SignOffComparison(
        PostgresDatabase(engine), S3ObjectStore(settings.storage), beat=_StepCounter().beat
    )
    try:
        sign_offs = await comparison.sign_offs()
        documents = await comparison.documents(Read.NOTHING if options.heads else Read.EVERYTHING)
    finally:
        await engine.dispose()
    return sign_offs, documents


class _StepCounter:
    def __init__(self) -> None:
        self._count = 0

    def beat(self) -> None:
        self._count += 1
        if self._count % PROGRESS_STEPS == 0:
            print(f"  {self._count:,} …", file=sys.stderr)


def report(sign_offs: SignOffFindings, documents: SignOffFindings, seconds: float) -> int:
    """Print what was compared and each difference, and answer with the exit code."""
    print(
        f"{sign_offs.checked:,} sign-offs recomputed, {documents.checked:,} documents looked up, "
        f"{documents.read:,} of them read through, in {seconds:.1f} s"
    )
    lines = (
        ("What was signed off stands there, as the audit log says too.", sign_offs),
        ("Object storage holds the bytes of every completed document.", documents),
    )
    for sentence, compared in lines:
        print(f"{'✗' if compared.conditions else '✓'} {sentence}")
        for condition in compared.conditions:
            print(f"    {condition.sentence}")
        if len(compared.conditions) >= DIFFERENCES_MAX:
            print(f"    There may be more: the first {DIFFERENCES_MAX} are named.")
    holds = not sign_offs.conditions and not documents.conditions
    print("All is as it was signed off." if holds else "Something is NOT as it was signed off.")
    return HOLDS if holds else DIFFERS


def _options(settings: Settings) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.verify_signoffs",
        description="Recompute every sign-off, and read every completed document through.",
        epilog="Exit codes: 0 all is as it was signed off, 1 something differs, 2 it could not be "
        "found out.",
    )
    parser.add_argument(
        "--database-url",
        metavar="URL",
        default=settings.database.database_url.get_secret_value(),
        help="default: the setting DATABASE_URL",
    )
    parser.add_argument(
        "--heads",
        action="store_true",
        help="ask storage for sizes and checksums only, and read no document",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
