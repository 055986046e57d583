"""`python -m migrations` brings the database and the Temporal namespace to this version's schema."""

import asyncio
import os
from pathlib import Path

from alembic import command
from alembic.config import Config

from adapters.settings.database import DatabaseSettings
from adapters.settings.rules import RuleSettings
from adapters.settings.temporal import TemporalSettings
from adapters.temporal.client import connect_temporal
from migrations.policy import write_policy
from migrations.search_attributes import register_search_attributes
from tools.running_stack import use_running_stack

ALEMBIC_INI = Path(__file__).parent.parent / "alembic.ini"


async def migrate_temporal(settings: TemporalSettings) -> None:
    client = await connect_temporal(settings)
    await register_search_attributes(client)


async def main() -> None:
    countersigned = await write_policy(DatabaseSettings(), RuleSettings())
    await migrate_temporal(TemporalSettings())
    print(  # noqa: T201 -- a command's answer
        "The database and Temporal are at this version's schema. An approval needs "
        f"{'a' if countersigned else 'no'} countersignature.",
        flush=True,
    )


if __name__ == "__main__":
    use_running_stack()
    command.upgrade(Config(ALEMBIC_INI), "head")
    asyncio.run(main())
    # A process that used a Temporal client may crash while the interpreter ends (sdk-python#300).
    os._exit(0)
