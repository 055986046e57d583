"""
From a cell to a number, as a format declares it: what is ambiguous is a fault, never a guess.

A cell of a text file is text; those of sheets and of JSON have types of their own.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from domain.ingestion.issues import IssueRule

Cell = (
    str | int | float | Decimal | bool | date | datetime | list[object] | dict[str, object] | None
)
Value = str | int | Decimal | date | datetime | dict[str, object]

DIGITS_MAX = 40


class NumberStyle(StrEnum):
    """How a source writes numbers: `1234.5`, `1,234.5`, `1.234,5` or `1 234,5`."""

    PLAIN = "1234.5"
    COMMA_GROUPS = "1,234.5"
    DOT_GROUPS = "1.234,5"
    SPACE_GROUPS = "1 234,5"


@dataclass(frozen=True)
class CellFault:
    rule: IssueRule
    advice: str
    is_error: bool = True


def as_json(value: object) -> str | int | dict[str, object]:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value if isinstance(value, int | dict) else str(value)


_EXPONENT = r"(?:[eE][+-]?\d{1,3})?"
_STYLES = {
    NumberStyle.PLAIN: re.compile(rf"[+-]?\d+(?:\.\d+)?{_EXPONENT}"),
    NumberStyle.COMMA_GROUPS: re.compile(
        rf"[+-]?(?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.\d+)?{_EXPONENT}"
    ),
    NumberStyle.DOT_GROUPS: re.compile(
        rf"[+-]?(?:\d{{1,3}}(?:\.\d{{3}})+|\d+)(?:,\d+)?{_EXPONENT}"
    ),
    NumberStyle.SPACE_GROUPS: re.compile(
        rf"[+-]?(?:\d{{1,3}}(?:[ \u00a0\u202f]\d{{3}})+|\d+)(?:,\d+)?{_EXPONENT}"
    ),
}
_WITH_UNIT = re.compile(r"(?P<number>[+-]?[\d.,\s]*\d(?:[eE][+-]?\d+)?)\s*(?P<unit>\D.*)")


_ERROR_VALUES = frozenset(
    [
        "#NULL!",
        "#DIV/0!",
        "#VALUE!",
        "#REF!",
        "#NAME?",
        "#NUM!",
        "#N/A",
        "#GETTING_DATA",
        "#SPILL!",
        "#CALC!",
        "#FIELD!",
        "#BLOCKED!",
        "#CONNECT!",
        "#UNKNOWN!",
        "#BUSY!",
    ]
)
"""What spreadsheets show where a formula failed (ECMA-376 part 1, 18.17.3, and Excel's later ones)."""


def formula_fault(cell: Cell) -> CellFault | None:
    """A formula that failed, in a workbook or in a CSV made of one, or that was never calculated."""
    if not isinstance(cell, str):
        return None
    text = cell.strip()
    if text in _ERROR_VALUES or text.startswith("Err:"):
        return CellFault(
            IssueRule.FORMULA,
            "A formula failed here. Mend it in the spreadsheet, or leave the cell empty.",
        )
    if text.startswith("="):
        return CellFault(
            IssueRule.FORMULA,
            "This is a formula without its value. Open the file in a spreadsheet program, let it"
            " calculate, and save it again.",
        )
    return None


def number(cell: Cell, style: NumberStyle) -> Decimal | CellFault:
    """
    The number in a cell, exactly; NaN and infinity are none.

    A number that the declared style does not cover, but another would, is ambiguous: `1,234` means a
    thousand to some and one to others.
    """
    if cell is None or isinstance(cell, bool | date | list | dict):
        return CellFault(
            IssueRule.NUMBER, "This is no number. Write digits, or leave the cell empty."
        )
    if isinstance(cell, int | float | Decimal):
        exact = Decimal(str(cell))
        return exact if exact.is_finite() else _no_number("NaN is no number.")
    text = cell.strip()
    if text.startswith("-") and len(text) > 1 and text[1] == " ":
        return _no_number("This is no number.")
    text = text.replace("\N{MINUS SIGN}", "-")
    if len(text) > DIGITS_MAX:
        return _no_number(f"A number has no more than {DIGITS_MAX} characters.")
    if _STYLES[style].fullmatch(text):
        return _exact(text, style)
    return _why_no_number(text, style)


def number_and_unit(cell: Cell, style: NumberStyle) -> tuple[Decimal, str | None] | CellFault:
    """As `number`, where the source writes the unit behind it (`228,638 metric tons CO2e`)."""
    if isinstance(cell, str) and (match := _WITH_UNIT.fullmatch(cell.strip())):
        read = number(match["number"], style)
        return read if isinstance(read, CellFault) else (read, match["unit"].strip())
    read = number(cell, style)
    return read if isinstance(read, CellFault) else (read, None)


def _exact(text: str, style: NumberStyle) -> Decimal | CellFault:
    if style is NumberStyle.COMMA_GROUPS:
        text = text.replace(",", "")
    elif style is NumberStyle.DOT_GROUPS:
        text = text.replace(".", "").replace(",", ".")
    elif style is NumberStyle.SPACE_GROUPS:
        text = re.sub(r"[ \u00a0\u202f]", "", text).replace(",", ".")
    try:
        return Decimal(text)
    except InvalidOperation:
        return _no_number("This number is too large.")


def _why_no_number(text: str, style: NumberStyle) -> CellFault:
    if any(other.fullmatch(text) for other in _STYLES.values()):
        return CellFault(
            IssueRule.AMBIGUOUS_NUMBER,
            f"This format writes numbers as {style.value}; this one is written otherwise, and could"
            f" mean two things. Write it as {style.value}.",
        )
    if text[:1] in {"<", ">"}:
        return _no_number(
            "A value beyond a limit of detection is no number. Leave it empty and flag the row, or"
            " have the format declare what it stands for."
        )
    if _WITH_UNIT.fullmatch(text):
        return _no_number("A unit stands behind the number. Write the number alone.")
    return _no_number(
        "This is no number. If it stands for a missing value, leave the cell empty or have the"
        " format declare it."
    )


def _no_number(advice: str) -> CellFault:
    return CellFault(IssueRule.NUMBER, advice)
