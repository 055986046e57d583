"""How the pages print quantities, moments and sizes; each is a filter of the templates."""

from datetime import UTC, date, datetime, timedelta

from markupsafe import Markup

from domain.quantities import format_tonnes
from domain.visible_text import balanced

_KIBIBYTE = 1024


def grouped(number: int) -> str:
    """1234567 → 1,234,567."""
    return f"{number:,}"


def grouped_tonnes(quantity_units: int) -> str:
    """Units of 0.01 t as tonnes for reading: 123456 → 1,234.56."""
    whole, dot, decimals = format_tonnes(abs(quantity_units)).partition(".")
    sign = "−" if quantity_units < 0 else ""  # noqa: RUF001 — a minus sign, not a hyphen
    return f"{sign}{int(whole):,}{dot}{decimals}"


def rfc3339(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(at: datetime) -> str:
    """15 January 2024, 10:30 UTC."""
    utc = at.astimezone(UTC)
    return f"{utc.day} {utc:%B %Y, %H:%M} UTC"


def iso_day(at: date) -> str:
    return _utc_day(at).isoformat()


def day(at: date) -> str:
    """15 January 2024."""
    utc = _utc_day(at)
    return f"{utc.day} {utc:%B %Y}"


def ada(lovelace: int) -> str:
    """Millionths of an ADA as ADA, to the cent and never more than there is: 12345678 → 12.34."""
    return f"{lovelace // 10**6:,}.{lovelace % 10**6 // 10**4:02}"


def file_size(size_bytes: int) -> str:
    """Bytes as people read them: 1536 → 1.5 kB (of 1,024 bytes)."""
    if size_bytes < _KIBIBYTE:
        return f"{size_bytes} B"
    size_kibibytes = round(size_bytes / _KIBIBYTE, 1)
    if size_kibibytes < _KIBIBYTE:
        return f"{size_kibibytes:,} kB"
    return f"{size_bytes / _KIBIBYTE**2:,.1f} MB"


def paragraphs(text: str) -> list[str]:
    return [piece.strip() for piece in text.splitlines() if piece.strip()]


def sentence(text: str) -> str:
    """With its full stop; what is at fault is told without one by the API."""
    return text if text.endswith(".") else f"{text}."


def typed(text: str) -> Markup:
    """
    What somebody typed, as it was typed, in a `bdi` of its own: it turns nothing else on the page round.

    Words of ours are never put in its place; `word` is for codes.
    """
    return Markup("<bdi>{}</bdi>").format(balanced(text))


def _utc_day(at: date) -> date:
    return at.astimezone(UTC).date() if isinstance(at, datetime) else at


def age(span: timedelta) -> str:
    """How long ago, in the largest unit that fits: "less than a minute", "7 minutes", "3 days"."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:
        return "less than a minute"
    for unit, in_minutes in (("day", 24 * 60), ("hour", 60), ("minute", 1)):
        count = minutes // in_minutes
        if count:
            return f"{count} {unit}{'' if count == 1 else 's'}"
    raise AssertionError("a minute or more has a largest unit")
