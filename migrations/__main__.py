"""`python -m migrations` brings the database and the Temporal namespace to this version's schema."""

import asyncio
import os
from pathlib import Path

from alembic import command
from alembic.config import Config
from temporalio.client import Client

from adapters.settings.temporal import TemporalSettings
from migrations.search_attributes import register_search_attributes

ALEMBIC_INI = Path(__file__).parent.parent / "alembic.ini"


async def migrate_temporal(settings: TemporalSettings) -> None:
    client = await Client.connect(settings.temporal_address, namespace=settings.temporal_namespace)
    await register_search_attributes(client)


if __name__ == "__main__":
    command.upgrade(Config(ALEMBIC_INI), "head")
    asyncio.run(migrate_temporal(TemporalSettings()))
    print("The database and Temporal are at this version's schema.", flush=True)  # noqa: T201 -- a command's answer
    # A process that used a Temporal client may crash while the interpreter ends (sdk-python#300).
    os._exit(0)
