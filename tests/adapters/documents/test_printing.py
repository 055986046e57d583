"""Certificates printed in a process of their own."""

import asyncio

import pytest

from adapters.documents.certificate_pdf import render_certificate
from adapters.documents.printing import CannotPrint, CertificatePrinter
from domain.certificates.certificates import canonical_bytes
from tests.tools.sample_certificates import sealed

URL = "https://registry.karbonica.example/retirements/b5a3c8f2-6f57-5b0c-9a54-2b5f4f6d7e10"


async def test_another_process_prints_the_very_bytes() -> None:
    document = sealed()

    printed = await CertificatePrinter().print(canonical_bytes(document), certificate_url=URL)

    assert printed == render_certificate(document, certificate_url=URL)


async def test_many_who_ask_at_once_get_one_page() -> None:
    printer = CertificatePrinter()
    document = canonical_bytes(sealed())

    pages = await asyncio.gather(*(printer.print(document, certificate_url=URL) for _ in range(6)))
    again = await printer.print(document, certificate_url=URL)

    assert len({id(page) for page in (*pages, again)}) <= 2


async def test_what_cannot_be_printed_says_why() -> None:
    with pytest.raises(CannotPrint, match="JSONDecodeError"):
        await CertificatePrinter().print(b"no certificate", certificate_url=URL)
