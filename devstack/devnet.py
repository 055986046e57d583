"""The Cardano devnet of devstack/devnet: a Node process with the ledger rules of Scalus."""

import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx

from devstack.npm import find_node, install
from devstack.processes import ChildProcess, loopback_http, running

FOLDER = Path(__file__).parent / "devnet"
# 10,000 ADA in four outputs: enough for 50,000 records, and more than one to choose from.
_UTXOS_LOVELACE = (2_500_000_000,) * 4
_INSTALLING = "installing the ledger rules (npm ci)"


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
    await install(node, FOLDER, data_dir / "logs" / "npm.log", lambda: note(_INSTALLING))
    funds = [f"--fund={fund_address}={lovelace}" for lovelace in _UTXOS_LOVELACE]
    server = ChildProcess(
        "The Cardano devnet",
        [
            *(str(node.node), str(FOLDER / "server.mjs"), f"--port={port}", *funds),
            *(f"--block-seconds={block_seconds}", f"--file={data_dir / 'chain.jsonl'}"),
        ],
        data_dir / "logs" / "devnet.log",
    )
    async with running(server, lambda: _is_healthy(port), limit_seconds=60, port=port):
        yield server


async def _is_healthy(port: int) -> bool:
    try:
        async with loopback_http() as http:
            return (await http.get(f"http://127.0.0.1:{port}/health", timeout=2)).is_success
    except httpx.HTTPError:
        return False
