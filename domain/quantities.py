"""Quantities: tonnes of CO2e with two decimals outside, whole units of 0.01 t inside."""

import re
from dataclasses import dataclass

from domain.errors import Fault, Invalid, NumberingExhausted

UNITS_PER_TONNE = 100
DECIMALS_MAX = 2
QUANTITY_TONNES_MAX = 1_000_000_000
"""
No project's quantity is larger; the seed's numeric(15,2) would hold ten thousand times as much.

Of 3,867 projects that Verra lists, the largest honest estimate is 27.6 million tonnes a year; the
largest issuance of ART TREES is 9.6 million. What stands above that is the 999,999,999 that somebody
types who does not know. The whole world emits about 53 billion tonnes a year.
"""
QUANTITY_UNITS_MAX = QUANTITY_TONNES_MAX * UNITS_PER_TONNE
UNIT_NUMBER_MAX = 2**53 - 1
"""
The last unit that can be given a number (ADR 0041).

Canonical JSON (RFC 8785, through RFC 7493) has no larger integers: what the audit log, certificates
and events say of units would have no digest.
"""
NUMBERING_ALERT_PERCENT = 90

_DECIMAL = re.compile(r"-?[0-9]{1,13}(\.[0-9]+)?")


def parse_tonnes(text: str, *, pointer: str = "/quantity", noun: str = "Quantity") -> int:
    """
    Read a decimal string such as "1000.00" as whole units of 0.01 t.

    Raises:
        Invalid: not a decimal number, zero or negative, more than two decimals, or over
            1,000,000,000 t. The sentence names the field by `noun`.
    """
    if not _DECIMAL.fullmatch(text):
        raise _invalid(pointer, f"{noun} must be a decimal number such as 1000.00")
    whole, _, decimals = text.partition(".")
    if len(decimals) > DECIMALS_MAX:
        raise _invalid(pointer, f"{noun} must not have more than two decimals")
    units = int(whole.lstrip("-")) * UNITS_PER_TONNE + int(decimals[:2].ljust(2, "0"))
    if text.startswith("-") or units == 0:
        raise _invalid(pointer, f"{noun} must be a positive number")
    if units > QUANTITY_UNITS_MAX:
        raise _invalid(pointer, f"{noun} must not be more than {QUANTITY_TONNES_MAX:,} t")
    return units


def format_tonnes(quantity_units: int) -> str:
    """Print units as tonnes with two decimals: 100000 → "1000.00"."""
    whole, rest = divmod(quantity_units, UNITS_PER_TONNE)
    return f"{whole}.{rest:02d}"


@dataclass(frozen=True)
class NumberingRoom:
    """
    What is left of the unit numbers; `promised_units` are approved, and not yet issued.

    Source: ADR 0041.
    """

    next_unit: int
    promised_units: int = 0

    @property
    def left_units(self) -> int:
        return max(0, UNIT_NUMBER_MAX + 1 - self.next_unit - self.promised_units)

    @property
    def is_low(self) -> bool:
        return self.left_units * 100 < UNIT_NUMBER_MAX * (100 - NUMBERING_ALERT_PERCENT)

    def require(self, quantity_units: int) -> None:
        """
        Raises:
            NumberingExhausted: fewer units are left than are asked for; the sentence says how many.
        """
        if quantity_units > self.left_units:
            raise NumberingExhausted(
                f"Only {format_tonnes(self.left_units)} t are left in the registry's numbering;"
                f" {format_tonnes(quantity_units)} t were asked for."
            )


@dataclass(frozen=True, order=True)
class UnitRange:
    """
    A contiguous block of units, numbered once in the whole registry; both ends belong to it.

    Source: ADR 0004 (unit numbering).
    """

    first: int
    last: int

    def __post_init__(self) -> None:
        if not 0 < self.first <= self.last:
            raise ValueError(f"no unit range: {self.first}..{self.last}")

    @property
    def quantity_units(self) -> int:
        return self.last - self.first + 1

    def split(self, quantity_units: int) -> tuple["UnitRange", "UnitRange"]:
        """Cut off the lowest `quantity_units`; the two parts tile the range exactly."""
        if not 0 < quantity_units < self.quantity_units:
            raise ValueError("a split leaves something on both sides")
        cut = self.first + quantity_units
        return UnitRange(self.first, cut - 1), UnitRange(cut, self.last)


def _invalid(pointer: str, detail: str) -> Invalid:
    return Invalid(detail, Fault(pointer, detail))
