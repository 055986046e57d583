"""What printed documents have in common: their texts, their moments, and the foot that leads to their page."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from adapters.documents.pdf_layout import MARGIN, TEXT_WIDTH, PdfLayout

FOOT_HEIGHT = 37.0
QR_SIDE = 27.0


def texts(value: Any) -> Iterator[str]:
    """Every text in a JSON document."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)


def moment(instant: str) -> str:
    at = datetime.fromisoformat(instant)
    return f"{at.day} {at:%B %Y}, {at:%H:%M} UTC"


def tell_of_codes(sheet: PdfLayout, *, held_by: str) -> None:
    """What stands for characters that no typeface has, and where they are `held_by`."""
    if sheet.has_codes:
        sheet.space(1.5)
        sheet.field("[U+…]", f"stands for a character that this page cannot draw; {held_by}.")


def foot(sheet: PdfLayout, url: str, *, heading: str, top: float) -> tuple[float, float, float]:
    """The QR code, and beside it the address; then x, y and width of what is said below."""
    x, width = MARGIN + QR_SIDE + 6, TEXT_WIDTH - QR_SIDE - 6
    sheet.qr_code(url, x=MARGIN, y=top + 4.6, side=QR_SIDE)
    y = sheet.note(heading, x=x, y=top + 4, width=width, size=11)
    y = sheet.note("Scan the code, or open", x=x, y=y + 0.4, width=width)
    y = sheet.code(url, x=x, y=y, width=width, link=url)
    return x, y + 0.8, width
