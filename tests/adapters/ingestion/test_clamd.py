"""A peer that speaks clamd's protocol: what it says is what is told, and silence is never a clean file."""

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from activities.ports.ingestion import ScannerAway, ScanVerdict
from adapters.ingestion.clamd import PIECE_BYTES, ClamdScanner
from domain.ingestion.submissions import ScanOutcome

EICAR_LIKE = b"harmless, but the peer takes it for a virus"
LIMIT_BYTES = 3 * PIECE_BYTES

Answering = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def clamd(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """What its manual says of it, with a StreamMaxLength of 192 kB."""
    assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
    content = b""
    while length := struct.unpack("!L", await reader.readexactly(4))[0]:
        content += await reader.readexactly(length)
        if len(content) > LIMIT_BYTES:
            writer.write(b"INSTREAM size limit exceeded. ERROR\0")
            break
    else:
        found = EICAR_LIKE in content
        writer.write(b"stream: Eicar-Test-Signature FOUND\0" if found else b"stream: OK\0")
    await writer.drain()
    writer.close()


async def hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\0")
    writer.close()


async def says_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(-1)
    writer.close()


async def is_broken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\0")
    writer.write(b"Can't allocate memory ERROR\0")
    await writer.drain()
    writer.close()


@asynccontextmanager
async def scanner(peer: Answering) -> AsyncIterator[ClamdScanner]:
    server = await asyncio.start_server(peer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield ClamdScanner(f"127.0.0.1:{port}", seconds=0.5)
    finally:
        server.close()


SCANNED = [
    (b"registry,projectId\n", ScanVerdict(ScanOutcome.CLEAN)),
    (b"x" * (2 * PIECE_BYTES + 1), ScanVerdict(ScanOutcome.CLEAN)),
    (b"a,b\n" + EICAR_LIKE, ScanVerdict(ScanOutcome.INFECTED, "Eicar-Test-Signature")),
    (b"x" * (20 * PIECE_BYTES), ScanVerdict(ScanOutcome.NOT_SCANNABLE)),
]


@pytest.mark.parametrize(("content", "verdict"), SCANNED, ids=["small", "pieces", "virus", "large"])
async def test_what_the_scanner_says_is_told(
    content: bytes, verdict: ScanVerdict, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(content)

    async with scanner(clamd) as asked:
        assert await asked.scan(tmp_path / "file") == verdict


@pytest.mark.parametrize("peer", [hangs_up, says_nothing, is_broken])
async def test_a_scanner_that_does_not_say_ok_lets_nothing_pass(
    peer: Answering, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"a,b\n")

    async with scanner(peer) as asked:
        with pytest.raises(ScannerAway):
            await asked.scan(tmp_path / "file")


async def test_a_scanner_that_is_not_there_lets_nothing_pass(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"a,b\n")

    with pytest.raises(ScannerAway):
        await ClamdScanner(str(tmp_path / "no socket"), seconds=1).scan(tmp_path / "file")
