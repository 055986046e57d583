"""A second PostgreSQL that follows the first by streaming, and takes its place when it is promoted."""

import asyncio
import contextlib
import shutil
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg

from devstack.passwords import ensure_passwords
from devstack.postgres import OWNER, binaries, server_command, unprivileged_user
from devstack.processes import ChildProcess, run_to_end, running

NAME = "replica"
_LOOK_SECONDS = 0.5
_STREAMS = f"SELECT count(*) FROM pg_stat_replication WHERE application_name = '{NAME}' AND state = 'streaming'"


@contextlib.asynccontextmanager
async def running_replica(
    data_dir: Path, *, port: int, primary_port: int
) -> AsyncIterator[ChildProcess]:
    """
    A fresh copy of the primary that follows it.

    Raises:
        CannotStart: with the reason and the log.
    """
    cluster = data_dir / "postgres-replica"
    log = data_dir / "logs" / "replica.log"
    # What it was before, perhaps a primary of its own, is nothing that this primary goes on with.
    shutil.rmtree(cluster, ignore_errors=True)
    user = unprivileged_user(cluster)
    # PostgreSQL refuses a folder that others may read.
    cluster.chmod(0o700)
    password = ensure_passwords(data_dir).database_owner
    copy = [
        str(binaries() / "pg_basebackup"),
        f"--pgdata={cluster.resolve()}",
        f"--dbname={owner_dsn(primary_port, password)}?application_name={NAME}",
        *("--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast", "--no-sync"),
    ]
    await run_to_end(ChildProcess("The copy for the replica", copy, log, user=user))
    server = ChildProcess(
        "The replica",
        [
            *server_command(cluster, port),
            # The primary keeps rows that a reader here still sees.
            *("-c", "hot_standby_feedback=on"),
            *("-c", "synchronous_standby_names="),
        ],
        log,
        stop_signal=signal.SIGINT,
        orphan_signal=signal.SIGINT,
        stop_seconds=20,
        user=user,
    )

    async def answers() -> bool:
        with contextlib.suppress(asyncpg.PostgresError, TimeoutError, OSError):
            await (await asyncpg.connect(owner_dsn(port, password), timeout=5)).close()
            return True
        return False

    async with running(server, answers, limit_seconds=30, port=port):
        yield server


async def keep_synchronous(data_dir: Path, primary_port: int) -> None:
    """
    Have commits wait for the replica while it follows, and not while it is away; until cancelled.

    So nothing that was answered is lost with the primary, and nothing waits for a replica that is gone. What
    Patroni calls `synchronous_mode`; a machine without it does this by itself.
    """
    password = ensure_passwords(data_dir).database_owner
    while True:
        with contextlib.suppress(asyncpg.PostgresError, TimeoutError, OSError):
            connection = await asyncpg.connect(owner_dsn(primary_port, password), timeout=2)
            try:
                while True:
                    await _set_synchronous(connection)
                    await asyncio.sleep(_LOOK_SECONDS)
            finally:
                connection.terminate()
        await asyncio.sleep(_LOOK_SECONDS)


async def _set_synchronous(connection: asyncpg.Connection) -> None:
    wanted = NAME if await connection.fetchval(_STREAMS, timeout=2) else ""
    if await connection.fetchval("SHOW synchronous_standby_names", timeout=2) != wanted:
        await connection.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{wanted}'")
        await connection.execute("SELECT pg_reload_conf()")


async def promote(data_dir: Path, port: int) -> None:
    """Make a primary of the replica; the former primary must not come back beside it."""
    password = ensure_passwords(data_dir).database_owner
    connection = await asyncpg.connect(owner_dsn(port, password), timeout=5)
    try:
        await connection.execute("SELECT pg_promote(wait => true, wait_seconds => 30)")
    finally:
        await connection.close()


def owner_dsn(port: int, password: str) -> str:
    return f"postgresql://{OWNER}:{password}@127.0.0.1:{port}/postgres"
