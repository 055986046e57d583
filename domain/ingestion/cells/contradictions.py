"""What a row says twice, and differently: lengths of serial ranges, facts within serials, the ends of a period."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.ingestion.formats import RecordRule
from domain.ingestion.issues import IssueRule
from domain.ingestion.serials import SerialRange
from domain.ingestion.values import Cell, CellFault, NumberStyle, Value, number


@dataclass(frozen=True)
class Contradiction:
    """In which column, and what stands there."""

    fault: CellFault
    column: str | None
    value: object


def contradictions(
    rule: RecordRule,
    cells: Mapping[str, Cell],
    values: Mapping[str, Value],
    ranges: Sequence[SerialRange],
) -> Iterator[Contradiction]:
    lengths = [one.length for one in ranges if one.length is not None]
    quantity = values.get("quantity")
    if lengths and isinstance(quantity, Decimal) and sum(lengths) != quantity:
        yield Contradiction(
            CellFault(
                IssueRule.SERIAL_LENGTH,
                f"The serial numbers count {sum(lengths)} credits, the quantity says"
                f" {quantity.normalize():f}. Ask the source which of them is right.",
            ),
            _column(rule, "serials"),
            "; ".join(one.text for one in ranges),
        )
    for one in ranges:
        for column, template in one.grammar.equals.items():
            stated = cells.get(column)
            if stated is None or (isinstance(stated, str) and not stated.strip()):
                continue
            expected = template.format(**one.groups)
            if expected != str(stated).strip() and expected != str(integral(stated)):
                yield Contradiction(
                    CellFault(
                        IssueRule.SERIAL_CONTRADICTION,
                        f"The serial number says {expected}. Ask the source which of them is right.",
                    ),
                    column,
                    stated,
                )
    start, end = values.get("vintageStart"), values.get("vintageEnd")
    if isinstance(start, date) and isinstance(end, date) and end < start:
        yield Contradiction(
            CellFault(IssueRule.RANGE, "It ends before it begins."),
            _column(rule, "vintageEnd"),
            end,
        )


def integral(cell: Cell) -> Decimal | None:
    """A number as registries write counts, `74344`, `550369.0` or `1,454,054`; None: it is none."""
    for style in (NumberStyle.PLAIN, NumberStyle.COMMA_GROUPS):
        read = number(cell, style)
        if isinstance(read, Decimal):
            return read.to_integral_value() if read == read.to_integral_value() else read
    return None


def _column(rule: RecordRule, name: str) -> str | None:
    found = rule.rule(name)
    return found.column if found else None
