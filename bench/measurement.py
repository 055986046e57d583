"""What a measurement is, and what it leaves: a section of RESULTS.md."""

import statistics
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from bench.bench_stack import BenchStack


@dataclass(frozen=True)
class Section:
    """
    A heading, a table, what else came out, and paragraphs on how it was measured.

    `figures` are the numbers behind the table, unrounded, for the JSON.
    """

    title: str
    method: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    remarks: Sequence[str] = ()
    figures: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Measurement:
    """`name` is what one types after `make bench ARGS=`; a module of bench/ offers one or more."""

    name: str
    measure: Callable[[BenchStack], Awaitable[Section]]


@dataclass(frozen=True)
class Spread:
    """Several rounds of one number."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        return cls(statistics.median(values), min(values), max(values))

    def text(self, decimals: int) -> str:
        """As `120 (95 to 131)`: the median, and in brackets the least and the most if they differ."""
        middle, least, most = (
            f"{value:,.{decimals}f}" for value in (self.median, self.least, self.most)
        )
        return middle if least == most else f"{middle} ({least} to {most})"
