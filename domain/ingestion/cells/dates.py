"""From a cell to a day or a moment, as a format declares it: what two ways of reading tell apart is a fault."""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from domain.ingestion.issues import IssueRule
from domain.ingestion.values import Cell, CellFault

ISO = "iso"
_SLASHED = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{2}|\d{4})\b")
_MONTHS = 12


def day(cell: Cell, formats: tuple[str, ...]) -> date | CellFault:
    """The day in a cell, in one of the declared formats; the time of day, if any, is left off."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    read = _parsed(cell, formats)
    return read if isinstance(read, CellFault) else read.date()


def moment(cell: Cell, formats: tuple[str, ...], zone: str | None) -> datetime | CellFault:
    """
    The moment in a cell, in UTC. Without an offset of its own it is local time of the declared `zone`.

    An hour that a clock shows twice, when it is put back, and one that it never shows are faults.
    """
    if isinstance(cell, datetime):
        read: datetime | CellFault = cell
    elif isinstance(cell, date):
        read = datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001 -- the zone is looked at below
    else:
        read = _parsed(cell, formats)
    if isinstance(read, CellFault):
        return read
    if read.tzinfo is not None:
        return read.astimezone(UTC)
    if zone is None:
        return CellFault(
            IssueRule.ZONE,
            "This time has no zone, and the format names none. Write it with its offset, as"
            " 2024-03-01T12:00:00Z.",
        )
    return _local(read, zone)


def _local(read: datetime, zone: str) -> datetime | CellFault:
    first = read.replace(tzinfo=ZoneInfo(zone), fold=0)
    second = first.replace(fold=1)
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    if first.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) != read:
        return CellFault(
            IssueRule.DATE,
            f"Clocks in {zone} never showed this time: they were put forward past it.",
        )
    return CellFault(
        IssueRule.DOUBLED_HOUR,
        f"Clocks in {zone} showed this time twice, when they were put back. Write it with its"
        " offset from UTC.",
    )


def _parsed(cell: Cell, formats: tuple[str, ...]) -> datetime | CellFault:
    if cell is None or isinstance(cell, bool | list | dict):
        return CellFault(IssueRule.DATE, "This is no date.")
    if not isinstance(cell, str):
        return CellFault(
            IssueRule.DATE,
            "This is a bare number. If a spreadsheet's count of days is meant, format the cell as a"
            " date.",
        )
    return _read_text(cell.strip(), formats)


@lru_cache(maxsize=8192)
def _read_text(text: str, formats: tuple[str, ...]) -> datetime | CellFault:
    read = {found for one in formats if (found := _in_format(text, one)) is not None}
    if len(read) == 1:
        return read.pop()
    if read:
        return CellFault(
            IssueRule.AMBIGUOUS_DATE, "Two of the declared formats read it differently."
        )
    slashed = _SLASHED.match(text)
    if slashed and int(slashed[1]) <= _MONTHS and int(slashed[2]) <= _MONTHS:
        return CellFault(
            IssueRule.AMBIGUOUS_DATE,
            "Day or month first cannot be told. Write dates as 2024-03-01.",
        )
    return CellFault(IssueRule.DATE, f"This is no date as {_readable(formats)}.")


def _in_format(text: str, format: str) -> datetime | None:
    try:
        if format == ISO:
            return datetime.fromisoformat(text)
        return datetime.strptime(text, format)  # noqa: DTZ007 -- the zone is looked at by the caller
    except ValueError:
        return None


def _readable(formats: tuple[str, ...]) -> str:
    example = datetime(2024, 3, 1, 14, 30, tzinfo=UTC) + timedelta(0)
    return " or ".join("2024-03-01" if one == ISO else example.strftime(one) for one in formats)
