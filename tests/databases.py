"""Real databases for tests: one server, one migrated template, and a fresh copy for each test."""

import asyncio
import base64
import os
import shutil
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg
from pydantic import SecretStr
from sqlalchemy import Column, Table, insert, text
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.sql.elements import TextClause

from adapters.postgres.database import open_engine
from adapters.postgres.tables import metadata, users
from adapters.settings.database import DatabaseSettings
from devstack.passwords import ensure_passwords
from devstack.ports import choose_ports
from devstack.postgres import APPLICATION, running_postgres
from devstack.seed import accredit_verifiers
from domain.accounts.roles import Account
from tests.factories import PEOPLE

TEMPLATE = "karbonica_template"
PROJECT_ROOT = Path(__file__).parent.parent

MEMORY_BYTES_MIN = 1024**3

Snapshot = dict[str, list[dict[str, Any]]]
"""
Every row of every table, without what comes from the database's clock or sequences or from chance.

A sequence does not go back when a transaction does, so that its numbers tell of failures too.
"""

# What is lost when the machine loses power does not matter to a test, and waiting for disks does.
CARELESS = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")


class Databases:
    """`server_url` is the address of the server's own database, as `postgresql://…/postgres`."""

    def __init__(self, server_url: str) -> None:
        self._server_url = server_url
        self._numbers = count(1)

    async def prepare(self) -> None:
        """Make the template with the registry's own migrations."""
        await self._execute(f"CREATE DATABASE {TEMPLATE}")
        await migrate(self._url(TEMPLATE))

    @asynccontextmanager
    async def fresh(self, template: str = TEMPLATE) -> AsyncIterator[str]:
        """The address of an empty, migrated database that is gone afterwards."""
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        await self._execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self._url(name)
        finally:
            await self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def empty(self) -> AbstractAsyncContextManager[str]:
        """Likewise, but without a single table."""
        return self.fresh("template1")

    def _url(self, name: str) -> str:
        server = self._server_url.rpartition("/")[0]
        return f"{server}/{name}"

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self._server_url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@asynccontextmanager
async def running_databases() -> AsyncIterator[Databases]:
    """A server of the tests' own, in a folder of its own."""
    # Not below pytest's tmp_path: each run of pytest closes that tree to all users but its own,
    # and a PostgreSQL started by root runs as another.
    with TemporaryDirectory(
        prefix="karbonica-tests-", dir=_folder_in_memory(), ignore_cleanup_errors=True
    ) as folder:
        async with _running(Path(folder)) as databases:
            yield databases


@asynccontextmanager
async def _running(data_dir: Path) -> AsyncIterator[Databases]:
    port = choose_ports(data_dir)["postgres"]
    async with running_postgres(data_dir, port=port):
        password = ensure_passwords(data_dir).database_owner
        server_url = f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres"
        connection = await asyncpg.connect(server_url)
        for setting in CARELESS:
            await connection.execute(f"ALTER SYSTEM SET {setting}")
        await connection.execute("SELECT pg_reload_conf()")
        # One password for both roles: a test that wants the other one changes the name alone.
        await connection.execute(f"ALTER ROLE {APPLICATION} PASSWORD '{password}'")
        await connection.close()
        databases = Databases(server_url)
        await databases.prepare()
        yield databases


def _folder_in_memory() -> str | None:
    """Copying a database takes 20 ms in memory and 400 ms on a slow disk; containers may have little."""
    memory = Path("/dev/shm")
    has_room = memory.exists() and shutil.disk_usage(memory).free >= MEMORY_BYTES_MIN
    return str(memory) if has_room else None


async def migrate(url: str) -> None:
    """In a process of its own, as an operator would: the migrations run an event loop themselves."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "alembic", "upgrade", "head"),
        cwd=PROJECT_ROOT,
        env={**os.environ, "DATABASE_URL": sqlalchemy_url(url)},
    )
    if await process.wait():
        raise RuntimeError("the migrations failed; alembic's words are above")


def sqlalchemy_url(url: str) -> str:
    return url.replace("postgresql://", "postgresql+asyncpg://")


PATIENT: dict[str, Any] = {
    "database_connect_seconds": 20,
    "database_use_seconds": 20,
    "database_probe_seconds": 5,
}
"""Many tests share few processors: a server that is out of breath is not away."""


PERSONAL_KEYS: dict[str, Any] = {
    "personal_data_key": SecretStr(base64.b64encode(bytes(range(1, 33))).decode()),
    "personal_index_key": SecretStr(base64.b64encode(bytes(range(2, 34))).decode()),
}
"""What seals personal data in tests, and finds e-mails."""


def engine_for(url: str) -> AsyncEngine:
    """The engine as the registry itself opens it: up to twenty connections."""
    settings = DatabaseSettings(
        database_url=SecretStr(sqlalchemy_url(url)),
        **PATIENT,
        **PERSONAL_KEYS,
    )
    return open_engine(settings)


async def save_people(engine: AsyncEngine, people: Sequence[Account] = PEOPLE) -> None:
    """Accounts are written by the API, not by a unit of work; here they are simply there."""
    rows = [
        {
            "id": person.id,
            "email": f"{person.id}@people.example",
            "password_hash": "no log-in",
            "name": f"A {person.role}",
            "company": f"{person.role.title()} & Co.",
            "role": person.role.value,
            "email_verified": person.email_verified,
            "locked_until": person.locked_until,
        }
        for person in people
    ]
    async with engine.begin() as connection:
        await connection.execute(insert(users), rows)
        await accredit_verifiers(connection)


async def snapshot(engine: AsyncEngine) -> Snapshot:
    """The whole state of a database, as JSON, to be compared with another."""
    async with engine.connect() as connection:
        found: Snapshot = (await connection.execute(EVERYTHING)).scalar_one()
    return found


def changed_tables(before: Snapshot, after: Snapshot) -> set[str]:
    return {name for name in before if before[name] != after[name]}


def _is_filled_in(column: Column[Any]) -> bool:
    default = getattr(column.server_default, "arg", None)
    from_its_clock = isinstance(default, TextClause) and default.text == "now()"
    return from_its_clock or column.identity is not None or bool(column.info.get("random"))


def _rows_as_json(table: Table) -> str:
    filled_in = ", ".join(column.name for column in table.columns if _is_filled_in(column))
    key = ", ".join(column.name for column in table.primary_key)
    return (
        f"('{table.name}', (SELECT coalesce(jsonb_agg((to_jsonb(t) - '{{{filled_in}}}'::text[])"
        # An anchor of the audit log holds a hash that depends on chance.
        f" #- '{{record,hash}}' ORDER BY {key}), '[]') FROM {table.name} t))"
    )


EVERYTHING = text(
    # A function takes a hundred arguments, and there are more tables than half of that.
    f"SELECT jsonb_object_agg(name, rows) FROM (VALUES {', '.join(map(_rows_as_json, metadata.sorted_tables))})"
    " AS everything (name, rows)"
)
"""One statement for all tables: hundreds of comparisons are made."""
