"""
Certificates and verification statements printed in a process of their own, which ends with the page.

Fonts and imaging (fpdf2 with fontTools and Pillow) would stay in the API for ever: 40 MB and a third
of a second of its start, for a page that is asked for now and then. A print takes about half a second
of CPU time so; the last ones are kept.

The child also sees nothing of ours: neither settings nor connections.
"""

import asyncio
import os
import sys
from collections import OrderedDict
from pathlib import Path

Wanted = tuple[str, bytes, str, tuple[str, ...]]
"""The module that prints it, a document, its address, and what in it is corrected."""

ROOT = Path(__file__).parents[2]
AT_ONCE_MAX = 2
KEPT_MAX = 64
PRINT_SECONDS = 30


class CannotPrint(Exception):
    """The printing process failed; what it wrote is in the message, and may name a beneficiary."""

    @property
    def kind(self) -> str:
        """What failed, fit for logs: the last line up to its colon, as `FPDFException`."""
        return str(self).strip().rpartition("\n")[2].partition(":")[0]


class CertificatePrinter:
    """Prints at most two pages at the same time, and each of the last 64 once."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(AT_ONCE_MAX)
        self._under_way: dict[Wanted, asyncio.Task[bytes]] = {}
        self._kept: OrderedDict[Wanted, bytes] = OrderedDict()

    async def print(
        self, document: bytes, *, certificate_url: str, corrections: tuple[str, ...] = ()
    ) -> bytes:
        """
        The PDF of a certificate's canonical JSON; the same document always prints the same bytes.

        `corrections` are sentences on what it says wrongly, printed beside it.

        Raises:
            CannotPrint: the process failed, or there was no page within half a minute, the wait for
                a place among the two counted in.
        """
        return await self._page(("print_certificate", document, certificate_url, corrections))

    async def print_statement(self, document: bytes, *, statement_url: str) -> bytes:
        """
        The PDF of the public part of a verification statement, given as the API answers it.

        Raises:
            CannotPrint: as for `print`.
        """
        return await self._page(("print_statement", document, statement_url, ()))

    async def _page(self, wanted: Wanted) -> bytes:
        if wanted in self._kept:
            self._kept.move_to_end(wanted)
            return self._kept[wanted]
        if wanted not in self._under_way:
            self._under_way[wanted] = asyncio.create_task(self._print_once(wanted))
        # Shielded, so that one who hangs up does not take the page away from the others.
        return await asyncio.shield(self._under_way[wanted])

    async def _print_once(self, wanted: Wanted) -> bytes:
        try:
            async with asyncio.timeout(PRINT_SECONDS), self._places:
                printed = await _print(*wanted)
        except TimeoutError as late:
            raise CannotPrint(f"no page within {PRINT_SECONDS} seconds") from late
        finally:
            del self._under_way[wanted]
        self._kept[wanted] = printed
        while len(self._kept) > KEPT_MAX:
            self._kept.popitem(last=False)
        return printed


async def _print(module: str, document: bytes, url: str, corrections: tuple[str, ...]) -> bytes:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"adapters.documents.{module}", url),
        *corrections,
        cwd=ROOT,
        env={name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        printed, said = await child.communicate(document)
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode != 0:
        raise CannotPrint(said.decode(errors="replace"))
    return printed
