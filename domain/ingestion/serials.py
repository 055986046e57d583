"""Serial numbers of other registries, each by the grammar that its format declares."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from domain.ingestion.issues import IssueRule
from domain.ingestion.values import Cell, CellFault

SERIALS_IN_A_CELL_MAX = 1000
EVERYTHING = "*"
"""The block of registries that number all their credits in one row."""

_DAMAGED = re.compile(
    r"[+-]?\d+(?:\.\d+)?[eE]\+?\d+|\d{1,2}[-/][A-Za-z]{3}(?:[-/]\d{2,4})?|[A-Za-z]{3}-\d{2}"
    r"|\d{1,2}/\d{1,2}/\d{2,4}|#{3,}"
)


@dataclass(frozen=True)
class SerialGrammar:
    """
    `pattern` matches one whole serial; its groups `first` and `last` are the range, both inclusive.

    A serial whose pattern has no such groups names a block, and the range stands in other columns.
    `equals` says what columns must contain, from the named groups, as `{"Project ID": "ACR{project}"}`.
    """

    pattern: re.Pattern[str]
    equals: Mapping[str, str] = field(default_factory=dict)
    is_global: bool = False


@dataclass(frozen=True)
class SerialRange:
    """Credits `first` to `last` of a block; both None where the serial names a block only."""

    text: str
    block: str
    first: int | None
    last: int | None
    groups: Mapping[str, str]
    grammar: SerialGrammar

    @property
    def length(self) -> int | None:
        if self.first is None or self.last is None:
            return None
        return self.last - self.first + 1


def read_serials(cell: Cell, grammars: tuple[SerialGrammar, ...]) -> list[SerialRange] | CellFault:
    """All serials of a cell, with semicolons between them."""
    if isinstance(cell, int | float | Decimal | date | datetime):
        return _damaged()
    if not isinstance(cell, str):
        return CellFault(IssueRule.SERIAL, "This is no serial number.")
    parts = [part.strip() for part in cell.split(";")]
    if len(parts) > SERIALS_IN_A_CELL_MAX:
        return CellFault(IssueRule.SERIAL, f"A cell holds {SERIALS_IN_A_CELL_MAX} serials at most.")
    ranges: list[SerialRange] = []
    for part in filter(None, parts):
        read = _one(part, grammars)
        if isinstance(read, CellFault):
            return read
        ranges.append(read)
    return ranges


def _one(text: str, grammars: tuple[SerialGrammar, ...]) -> SerialRange | CellFault:
    for grammar in grammars:
        match = grammar.pattern.fullmatch(text)
        if match is None:
            continue
        groups = {name: found for name, found in match.groupdict().items() if found is not None}
        first, last = groups.get("first"), groups.get("last")
        read = SerialRange(
            text,
            EVERYTHING if grammar.is_global else _block(match),
            int(first) if first else None,
            int(last) if last else None,
            groups,
            grammar,
        )
        if read.length is not None and read.length < 1:
            return CellFault(IssueRule.SERIAL, "The range ends before it begins.")
        return read
    if _DAMAGED.fullmatch(text):
        return _damaged()
    return CellFault(
        IssueRule.SERIAL,
        "This is no serial number of this registry. Write it whole, as the registry publishes it.",
    )


def _block(match: re.Match[str]) -> str:
    """What is the same for all credits that are counted together: the serial without its range."""
    if (match.re.groupindex.get("first") is None) or match["first"] is None:
        return match.string
    spans = sorted((match.span("first"), match.span("last")))
    (begin, until), (again, end) = spans
    return f"{match.string[:begin]}#{match.string[until:again]}#{match.string[end:]}"


def _damaged() -> CellFault:
    return CellFault(
        IssueRule.SERIAL_DAMAGED,
        "A spreadsheet has turned this serial number into a number or a date. Export the file again,"
        " and open it with the column as text.",
    )
