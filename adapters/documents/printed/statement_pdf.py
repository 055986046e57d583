"""A verification statement as pages to print; what the API answers is what counts."""
# ruff: noqa: RUF001 - a printed page has typographic quotes and dashes

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from adapters.documents.pdf_layout import (
    AMBER,
    AMBER_TINT,
    GREEN,
    GREEN_TINT,
    MUTED,
    TEXT_WIDTH,
    PdfLayout,
)
from adapters.documents.printed.parts import FOOT_HEIGHT, foot, moment, tell_of_codes, texts
from adapters.documents.shaping import Shaper
from adapters.documents.typefaces import Typefaces
from domain.visible_text import isolated

QUANTITY_COLUMNS = (30.0, 44.0, 44.0, TEXT_WIDTH - 118.0)
OPINIONS = {
    "positive": "Positive opinion",
    "qualified": "Qualified opinion",
    "adverse": "Adverse opinion",
    "disclaimed": "No opinion",
}


def render_statement(statement: Mapping[str, Any], *, statement_url: str) -> bytes:
    """
    Print the public part of a statement (`RegistryStatement` of the HTTP contract) on A4.

    Text may be in any script, as on certificates. The same statement and address give the same bytes.
    """
    with TemporaryDirectory() as folder:
        typefaces = Typefaces([*texts(statement), statement_url], Path(folder))
        return _compose(statement, statement_url, Shaper(typefaces)).output()


def _compose(statement: Mapping[str, Any], url: str, shaper: Shaper) -> PdfLayout:
    sheet = PdfLayout(
        shaper,
        title=f"Verification statement {statement['verificationId']}",
        author=statement["verifiedBy"] or "Karbonica Registry",
        created=datetime.fromisoformat(statement["writtenAt"]),
        running_head=f"Verification statement {statement['verificationId']}",
    )
    _foot(sheet, url, top=sheet.reserve_foot(FOOT_HEIGHT))
    sheet.move_to(24)
    sheet.centred("Verification Statement", size=27)
    sheet.space(3)
    sheet.ornament()
    sheet.space(4)
    if statement["verifiedBy"]:
        sheet.centred(isolated(statement["verifiedBy"]), size=15, style="B", colour=GREEN)
    if statement["accreditation"]:
        sheet.centred(isolated(statement["accreditation"]), size=9.6, colour=MUTED)
    sheet.space(3)
    good = statement["opinion"] == "positive"
    sheet.band(
        OPINIONS[statement["opinion"]],
        f"{statement['assurance'].capitalize()} assurance, materiality {statement['materiality']} %",
        colour=GREEN if good else AMBER,
        tint=GREEN_TINT if good else AMBER_TINT,
    )
    if statement["opinionBasis"]:
        sheet.space(2)
        sheet.field("Basis", statement["opinionBasis"])
    sheet.heading("What was verified")
    sheet.field("Project", statement["projectId"], mono=True)
    sheet.field(
        "Round",
        f"{statement['round']} of the project, version {statement['version']} of its statement",
    )
    sheet.field("Scope", statement["scope"])
    sheet.field("Criteria", statement["criteria"])
    methodology = statement["methodology"]
    if methodology:
        sheet.field(
            "Methodology",
            f"{methodology['name']}, version {methodology['version']} ({methodology['standard']})",
        )
    _quantities(sheet, statement)
    sheet.heading("Binding")
    sheet.field("Written", moment(statement["writtenAt"]))
    sheet.field("Approved", moment(statement["approvedAt"]))
    sheet.field("SHA-256", statement["sha256"], mono=True)
    tell_of_codes(sheet, held_by="its page on the web holds it")
    return sheet


def _quantities(sheet: PdfLayout, statement: Mapping[str, Any]) -> None:
    sheet.heading(f"Quantities, uncertainty {statement['uncertainty']} %")
    heads = ("Vintage", "Before deductions", "Deducted", "Verified, t of CO₂e")
    sheet.row(tuple(zip(heads, QUANTITY_COLUMNS, strict=True)), head=True)
    for one in statement["quantities"]:
        off = sum(
            (
                Decimal(deduction["quantity"])
                for deduction in statement["deductions"]
                if deduction["vintage"] == one["vintage"]
            ),
            Decimal("0.00"),
        )
        net = Decimal(one["quantity"])
        cells = (str(one["vintage"]), f"{net + off:,}", f"{off:,}", f"{net:,}")
        sheet.row(tuple(zip(cells, QUANTITY_COLUMNS, strict=True)))
    for deduction in statement["deductions"]:
        sheet.field(
            f"Deducted, {deduction['vintage']}",
            f"{Decimal(deduction['quantity']):,} t: {isolated(deduction['reason'])}",
        )


def _foot(sheet: PdfLayout, url: str, *, top: float) -> None:
    x, y, width = foot(sheet, url, heading="Where this statement stands", top=top)
    sheet.note(
        "The approval of the round is bound to this statement by its SHA-256, with the project’s data and "
        "the documents that were seen. The verifier’s declaration of independence is kept with it.",
        x=x,
        y=y,
        width=width,
    )
