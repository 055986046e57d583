"""A printed verification statement says what its page says, in any script, and the same whenever it is printed."""

import io
from typing import Any

import pytest
from pypdf import PdfReader

from adapters.documents.printed.statement_pdf import render_statement
from api.rest.projects.examples.assurance import PUBLIC_STATEMENT

URL = "https://registry.example/verifications/1/statement"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, ["Positive opinion", "1,000.00", "20.00", "980.00", "version 1.2 (Isometric)", "VB-0123"]),
        (
            {"opinion": "qualified", "opinionBasis": "Две печи не видели.", "methodology": None,
             "verifiedBy": None, "accreditation": None, "deductions": []},
            ["Qualified opinion", "Две печи не видели.", "980.00"],
        ),
        ({"scope": "A kiln \U00012000."}, ["[U+12000]", "cannot draw"]),
        ({"scope": "A long scope. " * 900}, ["Positive opinion", "SHA-256"]),
    ],
)  # fmt: skip
def test_a_statement_is_printed_whole_and_always_alike(
    changed: dict[str, Any], said: list[str]
) -> None:
    printed = render_statement(PUBLIC_STATEMENT | changed, statement_url=URL)

    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(printed)).pages)
    assert [one for one in said if one not in text] == []
    assert render_statement(PUBLIC_STATEMENT | changed, statement_url=URL) == printed
