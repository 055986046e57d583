"""An invoice as a page to print; what the API answers is what counts."""

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
    PdfLayout,
)
from adapters.documents.printed.parts import FOOT_HEIGHT, foot, tell_of_codes, texts
from adapters.documents.shaping import Shaper
from adapters.documents.typefaces import Typefaces
from domain.visible_text import isolated

STATES = {
    "due": "To be paid",
    "overdue": "Overdue",
    "paid": "Paid",
    "cancelled": "Cancelled: nothing is to be paid",
    "refunded": "Paid, and given back",
}
ACTS = {"issuance": "Issuance of credits", "retirement": "Retirement of credits"}


def render_invoice(invoice: Mapping[str, Any], *, invoice_url: str) -> bytes:
    """
    Print an invoice (as api/commands/payments/printing.py describes it) on A4.

    Text may be in any script, as on certificates. The same invoice and address give the same bytes.
    """
    with TemporaryDirectory() as folder:
        typefaces = Typefaces([*texts(invoice), invoice_url], Path(folder))
        return _compose(invoice, invoice_url, Shaper(typefaces)).output()


def _compose(invoice: Mapping[str, Any], url: str, shaper: Shaper) -> PdfLayout:
    sheet = PdfLayout(
        shaper,
        title=f"Invoice {invoice['name']}",
        author="Karbonica Registry",
        created=datetime.fromisoformat(invoice["issuedAt"]),
        running_head=f"Invoice {invoice['name']}",
    )
    _foot(sheet, url, top=sheet.reserve_foot(FOOT_HEIGHT))
    sheet.move_to(24)
    sheet.centred("Invoice", size=27)
    sheet.space(3)
    sheet.ornament()
    sheet.space(4)
    sheet.centred(invoice["name"], size=15, style="B", colour=GREEN)
    if invoice["payerName"]:
        sheet.centred(isolated(invoice["payerName"]), size=9.6, colour=MUTED)
    sheet.space(3)
    good = invoice["status"] not in {"due", "overdue"}
    due = _day(invoice["dueAt"])
    sheet.band(
        invoice["amount"],
        STATES[invoice["status"]] + ("" if good else f", by {due}"),
        colour=GREEN if good else AMBER,
        tint=GREEN_TINT if good else AMBER_TINT,
    )
    sheet.heading("What it is for")
    sheet.field("Fee", f"{ACTS[invoice['kind']]}, {Decimal(invoice['quantity']):,} t of CO₂e")
    sheet.field("Subject", invoice["subjectId"], mono=True)
    sheet.field("Issued", _day(invoice["issuedAt"]))
    sheet.field("Due", due)
    if invoice["settledAt"]:
        sheet.field("Settled", _day(invoice["settledAt"]))
    if not good:
        sheet.heading("How to pay it")
        sheet.field("Amount", invoice["amount"])
        sheet.field("Reference", _grouped(invoice["reference"]), mono=True)
        if invoice["bankDetails"]:
            sheet.field("By transfer to", invoice["bankDetails"])
        if invoice["takesCheckout"]:
            sheet.field("By card", "Open the page below, and follow it to the payment provider.")
    tell_of_codes(sheet, held_by="its page on the web holds it")
    return sheet


def _foot(sheet: PdfLayout, url: str, *, top: float) -> None:
    x, y, width = foot(sheet, url, heading="Where this invoice stands", top=top)
    sheet.note(
        "Its page says what was paid since. A transfer must name the reference and be of the whole amount.",
        x=x,
        y=y,
        width=width,
    )


def _grouped(reference: str) -> str:
    return " ".join(reference[at : at + 4] for at in range(0, len(reference), 4))


def _day(instant: str) -> str:
    at = datetime.fromisoformat(instant)
    return f"{at.day} {at:%B %Y}"
