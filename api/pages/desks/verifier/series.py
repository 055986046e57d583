"""The monitoring series in a table: which column is the time, which are measured, and how they run."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from api.pages.parts.charts import LineChart, line_chart_of

SERIES_MAX = 6
_HEAD_ROWS = 60
_SHARE_MIN = 0.8
"""Of a column's cells that are there, so many are what the column is taken for."""
_ROWS_MIN = 3
_NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,15})?([eE][+-]?\d{1,3})?")
_FORMATS = (
    "%d.%m.%Y",
    "%d.%m.%Y %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d",
    "%Y-%m",
)
"""Beside ISO 8601; `03/04/2024` is ambiguous, and so is not drawn."""


@dataclass(frozen=True)
class Series:
    """One measured column over time; `missing` rows have no value."""

    name: str
    chart: LineChart
    values: int
    missing: int
    lowest: float
    highest: float
    failed: int = 0


def series_in(rows: Sequence[Sequence[Any]]) -> list[Series]:
    """At most `SERIES_MAX`, in the order of the columns; none where there is no column of moments."""
    found_head = _head(rows)
    if found_head is None:
        return []
    head, body = rows[found_head], rows[found_head + 1 :]
    columns = [
        [row[index] if index < len(row) else None for row in body] for index in range(len(head))
    ]
    times = next((moments for column in columns if (moments := _moments(column))), None)
    if times is None:
        return []
    found: list[Series] = []
    for name, column in zip(head, columns, strict=True):
        numbers = _numbers(column)
        if numbers is None:
            continue
        points = sorted(
            ((at, value) for at, value in zip(times, numbers, strict=True) if at is not None),
            key=lambda one: one[0],
        )
        chart = line_chart_of(points)
        measured = [value for _, value in points if value is not None]
        if chart is not None:
            missing = len(points) - len(measured)
            found.append(
                Series(str(name), chart, len(measured), missing, min(measured), max(measured))
            )
        if len(found) == SERIES_MAX:
            break
    return found


def _head(rows: Sequence[Sequence[Any]]) -> int | None:
    """The first row of at least two names with numbers below it."""
    for index, row in enumerate(rows[:_HEAD_ROWS]):
        names = [cell for cell in row if not _is_blank(cell)]
        if len(names) > 1 and all(
            isinstance(cell, str) and _number(cell) is None for cell in names
        ):
            below = rows[index + 1] if index + 1 < len(rows) else []
            if any(_number(cell) is not None for cell in below):
                return index
    return None


def _moments(column: Sequence[Any]) -> list[datetime | None] | None:
    read = [_moment(cell) for cell in column]
    return read if _is_mostly(read, column) else None


def _numbers(column: Sequence[Any]) -> list[float | None] | None:
    read = [_number(cell) for cell in column]
    return read if _is_mostly(read, column) else None


def _is_mostly(read: Sequence[Any], column: Sequence[Any]) -> bool:
    there = sum(not _is_blank(cell) for cell in column)
    taken = sum(one is not None for one in read)
    return taken >= _ROWS_MIN and taken >= _SHARE_MIN * there


def _is_blank(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _number(cell: Any) -> float | None:
    if isinstance(cell, bool) or cell is None:
        return None
    if isinstance(cell, int | float):
        return float(cell)
    text = str(cell).strip()
    return float(text) if _NUMBER.fullmatch(text) else None


def _moment(cell: Any) -> datetime | None:
    if isinstance(cell, datetime):
        return _in_utc(cell)
    if isinstance(cell, date):
        return datetime.combine(cell, time(), UTC)
    text = cell.strip() if isinstance(cell, str) else ""
    # 2024 and 20240101 are numbers to begin with.
    if not text or _NUMBER.fullmatch(text):
        return None
    try:
        return _in_utc(datetime.fromisoformat(text))
    except ValueError:
        pass
    for format in _FORMATS:
        try:
            return datetime.strptime(text, format).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


def _in_utc(at: datetime) -> datetime:
    """A clock without a zone is drawn as it stands: only distances matter."""
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
