"""
A malware scanner that speaks clamd's protocol: the file goes through a socket, piece by piece (INSTREAM).

Source: clamd(8), "COMMANDS". `zINSTREAM` is followed by pieces, each with its length before it as four bytes in
network order, and one of length 0 at the end; the answer ends with a NUL: `stream: OK`, `stream: NAME FOUND`,
or `... ERROR`.
"""

import asyncio
import struct
from pathlib import Path

from activities.ports.ingestion import ScannerAway, ScanVerdict
from domain.ingestion.submissions import ScanOutcome

PIECE_BYTES = 64 * 1024
ANSWER_BYTES_MAX = 4096
NAME_CHARACTERS_MAX = 100


class ClamdScanner:
    """
    Implements `activities.ports.ingestion.MalwareScanner`.

    `address` is `host:port`, or the path of a Unix socket. `seconds` is how long any step may take.
    """

    def __init__(self, address: str, *, seconds: float) -> None:
        self._address = address
        self._seconds = seconds

    async def scan(self, path: Path) -> ScanVerdict:
        try:
            async with asyncio.timeout(self._seconds):
                reader, writer = await self._connect()
        except (OSError, TimeoutError) as away:
            raise ScannerAway("The malware scanner cannot be reached.") from away
        try:
            answer = await self._ask(path, reader, writer)
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as broken:
            raise ScannerAway("The malware scanner did not finish.") from broken
        except asyncio.LimitOverrunError as long:
            raise ScannerAway("The malware scanner answers otherwise than clamd does.") from long
        finally:
            writer.close()
        return _verdict(answer)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._address.startswith("/"):
            return await asyncio.open_unix_connection(self._address, limit=ANSWER_BYTES_MAX)
        host, _, port = self._address.rpartition(":")
        return await asyncio.open_connection(host, int(port), limit=ANSWER_BYTES_MAX)

    async def _ask(
        self, path: Path, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> str:
        """The limit is for each step, since a file of gigabytes takes as long as it takes."""
        answering = asyncio.ensure_future(reader.readuntil(b"\0"))
        try:
            writer.write(b"zINSTREAM\0")
            with path.open("rb") as file:
                # It answers before the end where the file is larger than it takes, and reads no more.
                while not answering.done() and (piece := file.read(PIECE_BYTES)):
                    writer.write(struct.pack("!L", len(piece)) + piece)
                    await self._sent(writer, answering)
            if not answering.done():
                writer.write(struct.pack("!L", 0))
                await self._sent(writer, answering)
            async with asyncio.timeout(self._seconds):
                answer = await answering
        finally:
            answering.cancel()
        return answer.rstrip(b"\0").decode("utf-8", "replace").strip()

    async def _sent(self, writer: asyncio.StreamWriter, answering: "asyncio.Future[bytes]") -> None:
        try:
            async with asyncio.timeout(self._seconds):
                await writer.drain()
        except (OSError, TimeoutError):
            # It may have said why before it hung up.
            if not answering.done():
                await asyncio.wait([answering], timeout=1)
            if not answering.done() or answering.exception() is not None:
                raise


def _verdict(answer: str) -> ScanVerdict:
    if answer.endswith("FOUND"):
        name = answer.removeprefix("stream:").removesuffix("FOUND").strip()
        return ScanVerdict(ScanOutcome.INFECTED, name[:NAME_CHARACTERS_MAX] or "malware")
    if answer == "stream: OK":
        return ScanVerdict(ScanOutcome.CLEAN)
    if "size limit exceeded" in answer:
        return ScanVerdict(ScanOutcome.NOT_SCANNABLE)
    raise ScannerAway("The malware scanner reports an error of its own.")
