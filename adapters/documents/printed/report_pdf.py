"""The cover of a compliance report as a page to print: what it is of, the sum of the ledger, and its files."""
# ruff: noqa: RUF001 - a printed page has typographic quotes and dashes

from collections.abc import Mapping
from datetime import datetime
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
from adapters.documents.shaping import Shaper
from adapters.documents.typefaces import Typefaces
from domain.visible_text import isolated

SUM_COLUMNS = (60.0, TEXT_WIDTH - 60.0)


def render_report(page: Mapping[str, Any]) -> bytes:
    """Print what adapters/reports/files.py says of a report on A4; the same page gives the same bytes."""
    with TemporaryDirectory() as folder:
        typefaces = Typefaces([page["registry"], page["title"]], Path(folder))
        return _compose(page, Shaper(typefaces)).output()


def _compose(page: Mapping[str, Any], shaper: Shaper) -> PdfLayout:
    terms = page["terms"]
    sheet = PdfLayout(
        shaper,
        title=page["title"],
        author=page["registry"],
        created=datetime.fromisoformat(terms["knownAt"]),
        running_head=page["title"],
    )
    sheet.move_to(24)
    sheet.centred("Compliance Report", size=27)
    sheet.space(3)
    sheet.ornament()
    sheet.space(4)
    sheet.centred(page["title"], size=15, style="B", colour=GREEN)
    sheet.centred(isolated(page["registry"]), size=9.6, colour=MUTED)
    sheet.space(3)
    holds = page["holds"]
    sheet.band(
        "The sum of the ledger holds" if holds else "The sum of the ledger does not hold",
        f"{page['movements']:,} movements before the period’s end",
        colour=GREEN if holds else AMBER,
        tint=GREEN_TINT if holds else AMBER_TINT,
    )
    sheet.heading("What it is of")
    sheet.field("Period", f"{terms['firstDay']} to {terms['lastDay']}, both counted in, UTC")
    sheet.field("Known at", terms["knownAt"])
    if terms["accountId"]:
        sheet.field("Account", terms["accountId"], mono=True)
    if terms["party"]:
        sheet.field("Party", terms["party"])
    sheet.heading("The ledger when the period ended")
    sheet.row(tuple(zip(("Units that are", "t of CO₂e"), SUM_COLUMNS, strict=True)), head=True)
    for name, tonnes in page["sums"]:
        sheet.row(tuple(zip((name, tonnes), SUM_COLUMNS, strict=True)))
    sheet.heading("Files and their SHA-256")
    for name, rows, sha256 in page["files"]:
        sheet.field(name, f"{rows:,} rows")
        sheet.field("", sha256, mono=True)
    sheet.heading("What counts")
    sheet.field(
        "Signature",
        "The registry signs the manifest, which names these files and this page by their SHA-256. "
        "The same terms give the same bytes whenever the report is made again.",
    )
    return sheet
