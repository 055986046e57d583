"""
Restore a backup into a second server, check what came back, and say what was lost (ADR 0108).

    python -m tools.restore_drill --from s3://karbonica-backups/production
    python -m tools.restore_drill --from ... --to 2026-11-30T22:09:00Z --compare

On a server of its own that listens on 127.0.0.1 alone and is gone afterwards it runs `verify-ledger`,
`verify-audit` and `reconcile`. With --compare it counts what the present server has beyond it. It reads the
chain as the settings say and sends nothing there. Roles keep their passwords, so DATABASE_URL and
MIGRATIONS_DATABASE_URL are used with the drill's port.

Exit codes: 0 all hold, 1 one does not, 2 it could not be tried.
"""

import argparse
import asyncio
import os
import socket
import subprocess  # nosec B404 -- PostgreSQL's programs and our own
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from sqlalchemy.engine import URL, make_url

from adapters.settings.database import DatabaseSettings
from tools.backup_places import BackupFailed, open_place, parse_moment
from tools.postgres_programs import program
from tools.restore import give_to, restore
from tools.running_stack import use_running_stack

HOLD, DO_NOT_HOLD, NOT_TRIED = 0, 1, 2
RECOVERY_SECONDS_MAX = 3_600
CHECKS = ("verify_ledger", "verify_audit", "reconcile")
COUNTED = {
    "entries of the audit log": "SELECT count(*) FROM audit_logs",
    "movements of credits": "SELECT count(*) FROM credit_transactions",
    "records for the chain": "SELECT count(*) FROM chain_records",
}
NEWEST = "SELECT max(at) FROM audit_logs"


@dataclass(frozen=True)
class State:
    """What a server holds; `newest` is the moment of its last audited act."""

    counts: dict[str, int]
    newest: datetime | None


@contextmanager
def server_on(folder: Path, *, user: str | None, programs: Path | None) -> Iterator[int]:
    """
    The port of a server on a restored folder, until the end of the block; its log is `folder`.log.

    Settings that the original keeps outside of its folder are not asked for; who may connect is
    everybody with a password, from this machine.
    """
    settings, access = folder.with_suffix(".conf"), folder.with_suffix(".hba")
    access.write_text("host all all 127.0.0.1/32 scram-sha-256\n")
    # A server that answers nobody until it has recovered needs not be as large as the original.
    settings.write_text(
        "hot_standby = off\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = ''\n"
    )
    for path in (settings, access):
        path.chmod(0o644)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [
        *(program("postgres", programs), "-D", str(folder), "-p", str(port)),
        *("-c", f"config_file={settings}", "-c", f"hba_file={access}", "-c", "max_connections=50"),
    ]
    with folder.with_suffix(".log").open("wb") as log:
        server = subprocess.Popen(  # noqa: S603 -- every word is ours  # nosec B603
            command,
            stdout=log,
            stderr=log,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
        try:
            yield port
        finally:
            server.terminate()
            server.wait(timeout=60)


async def recovered(url: URL, log: Path) -> None:
    """
    Wait until the server has read the log up to its moment and takes writes.

    Raises:
        BackupFailed: with the end of its own log, as when the log ends before the moment that was asked for.
    """
    deadline = time.monotonic() + RECOVERY_SECONDS_MAX
    while time.monotonic() < deadline:
        try:
            connection = await asyncpg.connect(_plain(url), timeout=5)
        except (OSError, TimeoutError, asyncpg.CannotConnectNowError):
            words = await asyncio.to_thread(log.read_text, errors="replace")
            if "FATAL:  recovery ended before" in words or "aborting startup" in words:
                raise BackupFailed(words[-1_000:]) from None
            await asyncio.sleep(0.2)
        else:
            await connection.close()
            return
    raise BackupFailed(f"The restored server did not recover within {RECOVERY_SECONDS_MAX} s.")


async def state_of(url: URL) -> State:
    """Asked as the owner of the tables, who is shown every row."""
    connection = await asyncpg.connect(_plain(url), timeout=10)
    try:
        counts = {name: await connection.fetchval(query) for name, query in COUNTED.items()}
        return State(counts, await connection.fetchval(NEWEST))
    finally:
        await connection.close()


def lost(before: State, restored: State) -> list[str]:
    """Sentences; empty when nothing was."""
    found = [
        f"{before.counts[name] - count} {name}"
        for name, count in restored.counts.items()
        if before.counts[name] > count
    ]
    if found and restored.newest:
        found.append(f"everything after {restored.newest.isoformat()}")
    return found


def check(name: str, environment: dict[str, str]) -> int:
    """Run one of the registry's own checks on the restored server and show what it says."""
    print(f"\n{name.replace('_', '-')}:", flush=True)
    command = [sys.executable, "-m", f"tools.{name}"]
    ran = subprocess.run(  # noqa: S603 -- one of three of ours  # nosec B603
        command, env=environment, check=False
    )
    return ran.returncode


def drill(options: argparse.Namespace) -> int:
    """
    Raises:
        BackupFailed: it could not be restored.
    """
    settings = DatabaseSettings()
    began = time.monotonic()
    # Not below a folder that only its maker may enter: the server may run as another user.
    with TemporaryDirectory(prefix="karbonica-drill-") as scratch:
        Path(scratch).chmod(0o755)
        folder = Path(scratch) / "restored"
        base = restore(open_place(options.place), folder, options.to)
        if options.user:
            give_to(folder, options.user)
        copied = time.monotonic()
        with server_on(folder, user=options.user, programs=options.programs) as port:
            owner, application = (
                make_url(url.get_secret_value()).set(host="127.0.0.1", port=port)
                for url in (settings.owner_url, settings.database_url)
            )
            asyncio.run(recovered(owner, folder.with_suffix(".log")))
            ready = time.monotonic()
            print(
                f"Base backup {base.name} copied in {copied - began:.1f} s, "
                f"its log read in {ready - copied:.1f} s."
            )
            restored = asyncio.run(state_of(owner))
            print(f"The last audited act in it: {restored.newest}")
            if options.compare:
                present = make_url(settings.owner_url.get_secret_value())
                gone = lost(asyncio.run(state_of(present)), restored)
                print(f"Lost: {'; '.join(gone) if gone else 'nothing'}.")
            environment = {
                **os.environ,
                "DATABASE_URL": application.render_as_string(hide_password=False),
                "MIGRATIONS_DATABASE_URL": owner.render_as_string(hide_password=False),
            }
            codes = {name: check(name, environment) for name in CHECKS}
    print()
    for name, code in codes.items():
        said = {0: "holds", 1: "DOES NOT HOLD"}.get(code, "could not be checked")
        print(f"{name.replace('_', '-')}: {said}")
    print(f"Restored and checked in {time.monotonic() - began:.1f} s.")
    return max(codes.values()) if DO_NOT_HOLD not in codes.values() else DO_NOT_HOLD


def _plain(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options().parse_args(arguments)
    try:
        return drill(options)
    except (
        BackupFailed,
        OSError,
        asyncpg.PostgresError,
        BotoCoreError,
        ClientError,
        Boto3Error,
    ) as error:
        print(f"Not tried: {error}", file=sys.stderr)
        return NOT_TRIED


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tools.restore_drill", description=__doc__.split("\n\n")[0]
    )
    parser.add_argument(
        "--from", dest="place", required=True, help="a folder, or s3://bucket/prefix"
    )
    parser.add_argument("--to", type=parse_moment, help="a moment, with its offset; else the last")
    parser.add_argument("--compare", action="store_true", help="with the present server")
    parser.add_argument("--user", help="whom the server runs as, when this is root; as `postgres`")
    parser.add_argument("--programs", type=Path, help="the folder of PostgreSQL's programs")
    return parser


if __name__ == "__main__":
    use_running_stack()
    sys.exit(main())
