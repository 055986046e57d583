"""Quantities: tonnes of CO2e with two decimals outside, whole units of 0.01 t inside."""

import re
from dataclasses import dataclass

from domain.errors import Fault, Invalid

UNITS_PER_TONNE = 100
DECIMALS_MAX = 2
QUANTITY_TONNES_MAX = 9_999_999_999_999
"""numeric(15,2) of the seed's schema holds no more."""

_DECIMAL = re.compile(r"-?[0-9]{1,13}(\.[0-9]+)?")


def parse_tonnes(text: str, *, pointer: str = "/quantity", noun: str = "Quantity") -> int:
    """
    Read a decimal string such as "1000.00" as whole units of 0.01 t.

    Raises:
        Invalid: not a decimal number, zero or negative, more than two decimals, or over
            9,999,999,999,999 t. The sentence names the field by `noun`.
    """
    if not _DECIMAL.fullmatch(text):
        raise _invalid(pointer, f"{noun} must be a decimal number such as 1000.00")
    whole, _, decimals = text.partition(".")
    if len(decimals) > DECIMALS_MAX:
        raise _invalid(pointer, f"{noun} must not have more than two decimals")
    units = int(whole.lstrip("-")) * UNITS_PER_TONNE + int(decimals[:2].ljust(2, "0"))
    if text.startswith("-") or units == 0:
        raise _invalid(pointer, f"{noun} must be a positive number")
    return units


def format_tonnes(quantity_units: int) -> str:
    """Print units as tonnes with two decimals: 100000 → "1000.00"."""
    whole, rest = divmod(quantity_units, UNITS_PER_TONNE)
    return f"{whole}.{rest:02d}"


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
