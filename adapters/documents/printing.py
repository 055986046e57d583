"""
Certificates and verification statements printed in a process of their own, which ends with the page.

Fonts and imaging (fpdf2 with fontTools and Pillow) would stay in the API for ever: 40 MB and a third
of a second of its start, for a page that is asked for now and then. A print takes about half a second
of CPU time so; the last ones are kept.

The child also sees nothing of ours but where the key is that signs pages, if there is one (ADR 0114):
neither other settings nor connections.
"""

import asyncio
import os
import sys
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path

from adapters.documents.pdf_signature import KEY_FILE, KEY_PASSWORD, TIMESTAMP_URL
from adapters.settings.published import PdfSettings

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

    def __init__(self, settings: PdfSettings | None = None) -> None:
        self._signing = signing_environment(settings) if settings else {}
        self._places = asyncio.Semaphore(AT_ONCE_MAX)
        self._under_way: dict[Wanted, asyncio.Task[bytes]] = {}
        self._kept: OrderedDict[Wanted, bytes] = OrderedDict()

    async def print(
        self, document: bytes, *, certificate_url: str, corrections: tuple[str, ...] = ()
    ) -> bytes:
        """
        The PDF of a certificate's canonical JSON; the same document prints the same bytes, but for a signature.

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

    async def print_report(self, document: bytes) -> bytes:
        """
        The PDF of a compliance report's cover; without a signature, so that it prints the same bytes again.

        Raises:
            CannotPrint: as for `print`.
        """
        return await self._page(("print_report", document, "", ()))

    async def print_invoice(self, document: bytes, *, invoice_url: str) -> bytes:
        """
        The PDF of an invoice, given as api/commands/payments/printing.py describes it.

        Raises:
            CannotPrint: as for `print`.
        """
        return await self._page(("print_invoice", document, invoice_url, ()))

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
                printed = await _print(*wanted, self._signing)
        except TimeoutError as late:
            raise CannotPrint(f"no page within {PRINT_SECONDS} seconds") from late
        finally:
            del self._under_way[wanted]
        self._kept[wanted] = printed
        while len(self._kept) > KEPT_MAX:
            self._kept.popitem(last=False)
        return printed


def signing_environment(settings: PdfSettings) -> dict[str, str]:
    """What the child is told of the key; nothing where there is none."""
    if settings.pdf_signing_file is None:
        return {}
    password = settings.pdf_signing_password
    return {
        KEY_FILE: str(settings.pdf_signing_file.absolute()),
        **({KEY_PASSWORD: password.get_secret_value()} if password else {}),
        **({TIMESTAMP_URL: settings.pdf_timestamp_url} if settings.pdf_timestamp_url else {}),
    }


async def _print(
    module: str,
    document: bytes,
    url: str,
    corrections: tuple[str, ...],
    signing: Mapping[str, str],
) -> bytes:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"adapters.documents.{module}", url),
        *corrections,
        cwd=ROOT,
        env={name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        | dict(signing),
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
