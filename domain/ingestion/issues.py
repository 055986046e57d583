"""What is wrong with what came in: where it stands, which rule it breaks, and what to do about it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

VALUE_CHARACTERS_MAX = 200
GROUPED_FROM = 10
"""Rows that must break a rule in the same column before one sentence stands for all of them."""
FIRST_LINES = 5


class Severity(StrEnum):
    """An `ERROR` keeps its row, or the file, out; a `WARNING` does not."""

    ERROR = "error"
    WARNING = "warning"


class IssueRule(StrEnum):
    MISSING_COLUMN = "missing_column"
    AMBIGUOUS_COLUMN = "ambiguous_column"
    ENCODING = "encoding"
    ROW_WIDTH = "row_width"
    ROW_UNREADABLE = "row_unreadable"
    NO_RECORD = "no_record"
    REQUIRED = "required"
    FORMULA = "formula"
    NUMBER = "number"
    AMBIGUOUS_NUMBER = "ambiguous_number"
    RANGE = "range"
    DATE = "date"
    AMBIGUOUS_DATE = "ambiguous_date"
    ZONE = "zone"
    DOUBLED_HOUR = "doubled_hour"
    UNKNOWN_VALUE = "unknown_value"
    UNIT = "unit"
    SERIAL = "serial"
    SERIAL_DAMAGED = "serial_damaged"
    SERIAL_LENGTH = "serial_length"
    SERIAL_CONTRADICTION = "serial_contradiction"
    SERIAL_OVERLAP = "serial_overlap"
    SUM = "sum"
    DUPLICATE = "duplicate"
    KNOWN = "known"
    ORDER = "order"
    GAP = "gap"
    DRIFT = "drift"
    GEOMETRY = "geometry"


@dataclass(frozen=True)
class Issue:
    """
    One fault; `line` is a line of the file or a row of a sheet, counted from 1, None for a whole file.

    `count` lines have it, `line` and then `more_lines` are the first of them. `row_key` tells its row from
    others in whatever order a file has them; None where it stands for many, or for the whole file.
    """

    rule: IssueRule
    severity: Severity
    advice: str
    line: int | None = None
    column: str | None = None
    value: str | None = None
    sheet: str | None = None
    count: int = 1
    more_lines: tuple[int, ...] = ()
    row_key: str | None = None


def shown(value: object) -> str:
    """A value as found, short enough for a page."""
    text = str(value)
    return text if len(text) <= VALUE_CHARACTERS_MAX else f"{text[:VALUE_CHARACTERS_MAX]}…"


def grouped(issues: Iterable[Issue], rows: int) -> list[Issue]:
    """
    The same issues, with one in place of those that most of `rows` have in one column.

    A rule that half of the rows or more break in a column, and ten at least, is wrong throughout.
    Issues keep the order of their lines.
    """
    by_column: defaultdict[tuple[IssueRule, Severity, str | None, str | None], list[Issue]]
    by_column = defaultdict(list)
    for issue in issues:
        by_column[issue.rule, issue.severity, issue.sheet, issue.column].append(issue)
    result: list[Issue] = []
    for alike in by_column.values():
        count = sum(issue.count for issue in alike)
        if count >= GROUPED_FROM and 2 * count >= rows and len(alike) > 1:
            result.append(_one(alike, count))
        else:
            result.extend(alike)
    return sorted(result, key=lambda issue: (issue.sheet or "", issue.line or 0))


def _one(alike: Sequence[Issue], count: int) -> Issue:
    ordered = sorted(alike, key=lambda issue: issue.line or 0)
    lines = sorted(
        {line for issue in ordered for line in (issue.line, *issue.more_lines) if line is not None}
    )
    return replace(ordered[0], count=count, more_lines=tuple(lines[1:FIRST_LINES]), row_key=None)
