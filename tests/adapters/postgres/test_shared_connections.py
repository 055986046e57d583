"""
One server connection, lent by a real pgbouncer for one transaction at a time, is safe for identities.

`apt-get install pgbouncer` for it; the path of another one stands in `PGBOUNCER`.
"""

import asyncio
import itertools
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.database import open_engine
from adapters.postgres.engines import open_reading_engine
from adapters.postgres.identity import Identity, acting_as
from adapters.settings.database import DatabaseSettings
from devstack.ports import choose_ports
from devstack.processes import ChildProcess, running
from domain.accounts.roles import Account
from tests.databases import PATIENT, engine_for, save_people, sqlalchemy_url
from tests.factories import BUYER, DEVELOPER, VERIFIER
from tests.ledger.conftest import as_application

PGBOUNCER = os.environ.get("PGBOUNCER") or shutil.which("pgbouncer")
ROUNDS = 60

pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(PGBOUNCER is None, reason="pgbouncer is not installed (Debian's is enough)"),
]

TOLD = """
    INSERT INTO notifications (id, user_id, kind, message, link, created_at)
    SELECT gen_random_uuid(), id, 'credits_received', 'For ' || id, '/', now() FROM users
"""
SEEN = text("SELECT user_id, pg_backend_pid() AS served_by FROM notifications")


@asynccontextmanager
async def pooled(url: str) -> AsyncIterator[str]:
    """The application's address of a database behind a pgbouncer that has one connection to it."""
    server = urlsplit(as_application(url))
    with TemporaryDirectory(prefix="karbonica-pgbouncer-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        port = choose_ports(folder)["api"]
        (folder / "users.txt").write_text(f'"{server.username}" "{server.password}"\n')
        (folder / "pgbouncer.ini").write_text(
            f"""
[databases]
* = host={server.hostname} port={server.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = plain
auth_file = {folder / "users.txt"}
pool_mode = transaction
default_pool_size = 1
"""
        )
        address = f"postgresql://{server.username}:{server.password}@127.0.0.1:{port}{server.path}"

        async def answers() -> bool:
            try:
                await (await asyncpg.connect(address, statement_cache_size=0)).close()
            except (OSError, asyncpg.PostgresError):
                return False
            return True

        pooler = ChildProcess(
            "pgbouncer",
            [str(PGBOUNCER), str(folder / "pgbouncer.ini")],
            folder / "pgbouncer.log",
            # It refuses to be root.
            user="daemon" if os.geteuid() == 0 else None,
        )
        async with running(pooler, answers, limit_seconds=20, port=port):
            yield address


@pytest.fixture
async def engines(database_url: str) -> AsyncIterator[tuple[AsyncEngine, AsyncEngine]]:
    """To write and to read with, as the API has them, behind pgbouncer."""
    owner = engine_for(database_url)
    await save_people(owner)
    async with owner.begin() as connection:
        await connection.execute(text(TOLD))
    await owner.dispose()
    async with pooled(database_url) as address:
        settings = DatabaseSettings(
            database_url=SecretStr(sqlalchemy_url(address)),
            database_shares_connections=True,
            **PATIENT,
        )
        writing, reading = open_engine(settings, as_system=False), open_reading_engine(settings)
        yield writing, reading
        await writing.dispose()
        await reading.dispose()


async def test_two_identities_on_one_server_connection_never_see_each_others_rows(
    engines: tuple[AsyncEngine, AsyncEngine],
) -> None:
    writing, reading = engines
    servers: set[int] = set()
    turns: list[UUID | None] = []

    async def as_account(account: Account) -> None:
        for _ in range(ROUNDS):
            with acting_as(Identity.of(account)):
                async with writing.begin() as connection:
                    seen = (await connection.execute(SEEN)).all()
            assert {row.user_id for row in seen} == {account.id}
            servers.update(row.served_by for row in seen)
            turns.append(account.id)

    async def as_nobody() -> None:
        for _ in range(ROUNDS):
            async with reading.connect() as connection:
                assert (await connection.execute(SEEN)).all() == []
            turns.append(None)

    await asyncio.gather(*map(as_account, (BUYER, DEVELOPER, VERIFIER)), as_nobody())

    assert len(servers) == 1
    assert sum(one != after for one, after in itertools.pairwise(turns)) > ROUNDS


async def test_limits_hold_for_the_transaction_and_not_for_whoever_comes_next(
    engines: tuple[AsyncEngine, AsyncEngine],
) -> None:
    writing, reading = engines
    limit = text("SELECT current_setting('statement_timeout')")

    async with writing.begin() as connection:
        inside = (await connection.execute(limit)).scalar_one()
    async with reading.connect() as connection:
        after = (await connection.execute(limit)).scalar_one()

    assert (inside, after) == ("5min", "0")
