"""An invoice as a page to print; what the API answers is what counts."""

from collections.abc import Iterator, Mapping
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
    MARGIN,
    MUTED,
    TEXT_WIDTH,
    PdfLayout,
)
from adapters.documents.shaping import Shaper
from adapters.documents.typefaces import Typefaces
from domain.visible_text import isolated

FOOT_HEIGHT = 37.0
QR_SIDE = 27.0
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
        typefaces = Typefaces([*_texts(invoice), invoice_url], Path(folder))
        return _compose(invoice, invoice_url, Shaper(typefaces)).output()


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


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
    if sheet.has_codes:
        sheet.space(1.5)
        sheet.field(
            "[U+…]",
            "stands for a character that this page cannot draw; its page on the web holds it.",
        )
    return sheet


def _foot(sheet: PdfLayout, url: str, *, top: float) -> None:
    x, width = MARGIN + QR_SIDE + 6, TEXT_WIDTH - QR_SIDE - 6
    sheet.qr_code(url, x=MARGIN, y=top + 4.6, side=QR_SIDE)
    y = sheet.note("Where this invoice stands", x=x, y=top + 4, width=width, size=11)
    y = sheet.note("Scan the code, or open", x=x, y=y + 0.4, width=width)
    y = sheet.code(url, x=x, y=y, width=width, link=url)
    sheet.note(
        "Its page says what was paid since. A transfer must name the reference and be of the whole amount.",
        x=x,
        y=y + 0.8,
        width=width,
    )


def _grouped(reference: str) -> str:
    return " ".join(reference[at : at + 4] for at in range(0, len(reference), 4))


def _day(instant: str) -> str:
    at = datetime.fromisoformat(instant)
    return f"{at.day} {at:%B %Y}"
