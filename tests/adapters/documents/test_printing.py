"""Certificates printed in a process of their own."""

import asyncio

import pytest

from adapters.documents import printing
from adapters.documents.printed.certificate_pdf import render_certificate
from adapters.documents.printing import CannotPrint, CertificatePrinter
from domain.certificates.certificates import canonical_bytes
from tests.tools.sample_certificates import sealed

URL = "https://registry.karbonica.example/retirements/b5a3c8f2-6f57-5b0c-9a54-2b5f4f6d7e10"


async def test_another_process_prints_the_very_bytes() -> None:
    document = sealed()

    printed = await CertificatePrinter().print(canonical_bytes(document), certificate_url=URL)

    raw = canonical_bytes(document)
    assert printed == render_certificate(document, certificate_url=URL, attached=raw)


async def test_many_who_ask_at_once_get_one_page() -> None:
    printer = CertificatePrinter()
    document = canonical_bytes(sealed())

    pages = await asyncio.gather(*(printer.print(document, certificate_url=URL) for _ in range(6)))
    again = await printer.print(document, certificate_url=URL)

    assert len({id(page) for page in (*pages, again)}) == 1


async def test_whoever_hangs_up_does_not_take_the_page_from_the_others() -> None:
    printer = CertificatePrinter()
    document = canonical_bytes(sealed())
    first = asyncio.create_task(printer.print(document, certificate_url=URL))
    second = asyncio.create_task(printer.print(document, certificate_url=URL))
    await asyncio.sleep(0)

    first.cancel()

    assert (await second).startswith(b"%PDF")


async def test_the_wait_for_a_place_counts_into_the_time_of_a_print(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """None of the places is ever free."""
    monkeypatch.setattr(printing, "AT_ONCE_MAX", 0)
    monkeypatch.setattr(printing, "PRINT_SECONDS", 0.01)

    with pytest.raises(CannotPrint, match="no page within"):
        await CertificatePrinter().print(canonical_bytes(sealed()), certificate_url=URL)


async def test_what_cannot_be_printed_says_why() -> None:
    with pytest.raises(CannotPrint, match="JSONDecodeError"):
        await CertificatePrinter().print(b"no certificate", certificate_url=URL)
