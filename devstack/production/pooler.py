"""PgBouncer in front of the primary, where this machine has one (Debian's is enough)."""

import contextlib
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg

from devstack.passwords import ensure_passwords, write_private
from devstack.postgres import APPLICATION, DATABASE
from devstack.processes import ChildProcess, running

POOL_SIZE = 40


def pgbouncer() -> str | None:
    """`PGBOUNCER` names another than that of the PATH."""
    return os.environ.get("PGBOUNCER") or shutil.which("pgbouncer")


@contextlib.asynccontextmanager
async def running_pooler(
    data_dir: Path, *, port: int, primary_port: int
) -> AsyncIterator[ChildProcess]:
    """
    It lends a connection for one transaction: `DATABASE_SHARES_CONNECTIONS` has to be set.

    Raises:
        CannotStart: with the reason and the log.
    """
    password = ensure_passwords(data_dir).application
    folder = data_dir / "pgbouncer"
    users, configuration = folder / "users.txt", folder / "pgbouncer.ini"
    write_private(users, f'"{APPLICATION}" "{password}"\n')
    write_private(
        configuration,
        f"""
[databases]
{DATABASE} = host=127.0.0.1 port={primary_port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = plain
auth_file = {users}
pool_mode = transaction
default_pool_size = {POOL_SIZE}
max_client_conn = 400
""",
    )
    # It refuses to be root.
    user = "daemon" if os.geteuid() == 0 else None
    if user is not None:
        folder.chmod(0o755)
        for file in (users, configuration):
            shutil.chown(file, user)
    server = ChildProcess(
        "PgBouncer",
        [str(pgbouncer()), str(configuration)],
        data_dir / "logs" / "pgbouncer.log",
        user=user,
    )

    async def answers() -> bool:
        with contextlib.suppress(asyncpg.PostgresError, OSError):
            address = f"postgresql://{APPLICATION}:{password}@127.0.0.1:{port}/{DATABASE}"
            await (await asyncpg.connect(address, statement_cache_size=0)).close()
            return True
        return False

    async with running(server, answers, limit_seconds=20, port=port):
        yield server
