"""
Numbers with their standard uncertainty, carried through every step of a calculation.

Each number knows what each source contributes to its uncertainty, with a sign, so that what comes in twice
cancels or adds as it should. Contributions of different sources are independent. Numbers are decimals of 34
digits (IEEE 754 decimal128) and every operation is rounded by one rule: whoever recomputes has the same digits.

Source: JCGM 100:2008 (GUM), 5.1.2: first-order propagation.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import (
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
)

EXACT_DIGITS = 34
CONTEXT = Context(
    prec=EXACT_DIGITS,
    rounding=ROUND_HALF_EVEN,
    Emin=-6143,
    Emax=6144,
    traps=[InvalidOperation, DivisionByZero, Overflow],
)
"""In force around a whole calculation (`decimal.localcontext`)."""


@dataclass(frozen=True, slots=True)
class Measured:
    """`parts` are contributions to the standard uncertainty, by source, in the value's own unit."""

    value: Decimal
    parts: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def uncertainty(self) -> Decimal:
        """Standard uncertainty (one standard deviation)."""
        return root_sum_of_squares(self.parts.values())

    def __add__(self, other: "Measured") -> "Measured":
        return Measured(self.value + other.value, _joined(self, other, Decimal(1), Decimal(1)))

    def __sub__(self, other: "Measured") -> "Measured":
        return Measured(self.value - other.value, _joined(self, other, Decimal(1), Decimal(-1)))

    def __mul__(self, other: "Measured") -> "Measured":
        return Measured(self.value * other.value, _joined(self, other, other.value, self.value))

    def __truediv__(self, other: "Measured") -> "Measured":
        quotient = self.value / other.value
        return Measured(quotient, _joined(self, other, 1 / other.value, -quotient / other.value))

    def __neg__(self) -> "Measured":
        return self.mapped(-self.value, Decimal(-1))

    def mapped(self, value: Decimal, slope: Decimal) -> "Measured":
        """What a function makes of it whose derivative here is `slope`."""
        return Measured(value, {source: part * slope for source, part in self.parts.items()})


def root_sum_of_squares(parts: Iterable[Decimal]) -> Decimal:
    return sum((part * part for part in parts), Decimal(0)).sqrt()


def _joined(
    one: Measured, other: Measured, one_slope: Decimal, other_slope: Decimal
) -> dict[str, Decimal]:
    parts = {source: part * one_slope for source, part in one.parts.items()}
    for source, part in other.parts.items():
        parts[source] = parts.get(source, Decimal(0)) + part * other_slope
    return parts
