"""The folder that one stack owns: its lock, its logs, and who runs on it."""

import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from devstack.processes import CannotStart

DEFAULT = Path(".data")
_DOWN_LIMIT_SECONDS = 60


@contextlib.contextmanager
def locked(data_dir: Path) -> Iterator[None]:
    """
    Own the folder; the kernel gives it back when the process ends, however it ends.

    Raises:
        CannotStart: another stack runs on it.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    with _lock_file(data_dir) as file:
        if not _locks(file):
            raise CannotStart(
                f"Another stack (process {file.read().strip()}) already runs on {data_dir}; "
                "end it with `make down`, or give this one a folder of its own with --data."
            )
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
        file.truncate(0)


def end_stack(data_dir: Path) -> int | None:
    """
    End the stack that runs on this folder and wait until it has gone.

    Answers its process id, or None when none runs.

    Raises:
        CannotStart: it has not ended within a minute.
    """
    if not data_dir.exists():
        return None
    with _lock_file(data_dir) as file:
        if _locks(file):
            return None
        pid = int(file.read())
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + _DOWN_LIMIT_SECONDS
        while time.monotonic() < deadline:
            if _locks(file):
                return pid
            time.sleep(0.1)
    raise CannotStart(f"The stack (process {pid}) on {data_dir} is still ending after a minute.")


def _lock_file(data_dir: Path) -> IO[str]:
    path = data_dir / "lock"
    path.touch()
    return path.open("r+")


def _locks(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
