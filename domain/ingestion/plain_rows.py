"""
Rows that are plainly right, column by column: the same records as `TableReading` makes of them, many times as fast.

A column of a block is looked at as a whole (one regular expression over all of it), and a cell that needs a closer
look is read once for all rows that have it. Whatever is not plainly right, for whatever reason, is left to
`TableReading`, which alone says what is wrong. `tests/domain/ingestion/test_plain_rows.py` holds both to the same
records and issues.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import compress

from domain.ingestion.cells.dates import ISO
from domain.ingestion.formats import FieldRule, Format, RecordRule
from domain.ingestion.model import FieldType, IngestedKind
from domain.ingestion.records import TEXT_CHARACTERS_MAX, RowReading
from domain.ingestion.values import Cell, NumberStyle, as_json

CACHED_MAX = 20_000
"""Cells of a column that are remembered."""
_DIGITS = r"-?(?:0|[1-9]\d{0,8})(?:\.\d{0,5}[1-9])?"
"""Fifteen digits at most, written as they are stored; a float tells all of these apart."""
_NUMBERS = re.compile(rf"(?:{_DIGITS}\n)*+")
_PADDED = re.compile(r"(?:-?(?:0|[1-9]\d{0,8})(?:\.\d{1,6})?\n)*+")
"""The same, but for noughts at the end."""
_MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
_MOMENTS = re.compile(rf"(?:{_MOMENT}\n)*+")
_WORDS = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9 _./()-]*(?<! )\n)*+")
_QUICK = (_PADDED, _MOMENTS)
_LOOKED_AT = frozenset({"projectId", "unit"})
"""Texts that are more than that (records.RowReading)."""
_SAFE = re.compile(r"[ !#-\[\]-~\n]*+")
"""What JSON writes as it is, with line breaks between."""

_TIMED = frozenset({FieldType.NUMBER, FieldType.INTEGER, FieldType.DATE, FieldType.MOMENT})


@dataclass
class PlainRecords:
    """Records of one kind, a list for each of their parts; `texts` are JSON objects."""

    kind: IngestedKind
    lines: list[int] = field(default_factory=list)
    identities: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    sheet: str | None = None


@dataclass(frozen=True)
class PlainSeries:
    """Of observations, for each row: what they are a series of, and when."""

    series: Sequence[str]
    quantities: Sequence[str]
    times: Sequence[datetime]


@dataclass(frozen=True)
class PlainBlock:
    """`is_plain` says it for each row of the block; records and series are those of the plain rows, in their order."""

    is_plain: Sequence[bool]
    records: Sequence[PlainRecords]
    series: Sequence[PlainSeries]


def can_be_plain(format: Format) -> bool:
    """Whether a row of the format can be told to be right by its columns, each on its own."""
    return not format.sums and all(
        _is_simple(rule) and not _has_serials(format, rule) for rule in format.records
    )


def _has_serials(format: Format, rule: RecordRule) -> bool:
    """Serial numbers are compared with other columns; in a registry's export each row has some."""
    has = any(one.target.type is FieldType.SERIALS for one in rule.fields)
    return has and not format.optional


def _is_simple(rule: RecordRule) -> bool:
    # A header that is repeated is told by a number or a date that it has not.
    is_told = any(
        one.target.required and one.column and one.target.type in _TIMED for one in rule.fields
    )
    return (
        is_told
        and rule.each is None
        and rule.range_columns is None
        and not any(
            one.unit_column or one.serial_group or one.target.type is FieldType.GEOMETRY
            for one in rule.fields
        )
    )


class PlainReading:
    """For one header: `places` are the columns' places in a row, by the names that the format has for them."""

    def __init__(
        self, format: Format, places: Mapping[str, int], width: int, units: Mapping[str, str]
    ) -> None:
        self._width = width
        self._records = [
            (ordinal, _RecordColumns(format, rule, places, units))
            for ordinal, rule in enumerate(format.records)
        ]

    def read(
        self, lines: Sequence[int], rows: Sequence[Sequence[Cell]], sheet: str | None
    ) -> PlainBlock:
        is_plain = [len(row) == self._width for row in rows]
        if not all(is_plain):
            rows = list(compress(rows, is_plain))
        nothing = PlainBlock([False] * len(is_plain), [], [])
        if not rows:
            return nothing
        columns = list(zip(*rows, strict=True))
        read = [one.read(columns, len(rows)) for _, one in self._records]
        faulty = set().union(*(one.faulty for one in read))
        if faulty:
            good = [number not in faulty for number in range(len(rows))]
            if not any(good):
                return nothing
            kept = iter(good)
            is_plain = [one and next(kept) for one in is_plain]
            columns = [tuple(compress(column, good)) for column in columns]
            read = [one.without(good) for one in read]
        plain_lines = list(compress(lines, is_plain))
        digests = _row_digests(columns)
        records, series = [], []
        for (ordinal, one), found in zip(self._records, read, strict=True):
            start = json.dumps([one.kind.value, ordinal, ""])[:-2]
            identities = [
                hashlib.sha256(f'{start}{digest}"]'.encode()).hexdigest() for digest in digests
            ]
            records.append(PlainRecords(one.kind, plain_lines, identities, found.texts(), sheet))
            if one.kind is IngestedKind.OBSERVATION:
                series.append(
                    PlainSeries(found.columns["series"], found.columns["quantity"], found.times())
                )
        return PlainBlock(is_plain, records, series)


@dataclass
class _PlainColumns:
    """Values of a block as JSON, by the names of their fields, empty where there is none; `faulty` rows are to be left out."""

    columns: dict[str, Sequence[str]]
    faulty: set[int]

    def without(self, good: Sequence[bool]) -> "_PlainColumns":
        return _PlainColumns(
            {name: list(compress(one, good)) for name, one in self.columns.items()}, set()
        )

    def texts(self) -> list[str]:
        """One JSON object for each row."""
        filled: list[tuple[str, Sequence[str]]] = []
        mixed: list[Sequence[str]] = []
        for name, column in self.columns.items():
            if all(column):
                filled.append((f"{json.dumps(name)}: %s", column))
            elif any(column):
                key = json.dumps(name)
                mixed.append([f", {key}: {one}" if one else "" for one in column])
        template = "{" + ", ".join(how for how, _ in filled) + "%s" * len(mixed) + "}"
        return list(map(template.__mod__, zip(*(one for _, one in filled), *mixed, strict=True)))

    def times(self) -> list[datetime]:
        return list(
            map(datetime.fromisoformat, "\n".join(self.columns["time"])[1:-1].split('"\n"'))
        )


class _RecordColumns:
    def __init__(
        self,
        format: Format,
        rule: RecordRule,
        places: Mapping[str, int],
        units: Mapping[str, str],
    ) -> None:
        self.kind = rule.kind
        self._when = None if rule.when is None else places.get(rule.when)
        self._missing = frozenset(format.missing)
        # Those that are always filled first, so that a comma stands before each of the others.
        self._columns = [
            _FieldColumn(format, rule.kind, one, places, units)
            for one in sorted(rule.fields, key=lambda one: not one.target.required)
        ]
        self._order = {one.name: number for number, one in enumerate(self._columns)}

    def read(self, columns: Sequence[Sequence[Cell]], rows: int) -> _PlainColumns:
        found: dict[str, Sequence[str]] = {}
        faulty: set[int] = set()
        for one in self._columns:
            values = one.read(columns, rows)
            found[one.name] = values  # type: ignore[assignment]  # rows with None are left out
            if None in values:
                faulty.update(number for number, value in enumerate(values) if value is None)
        if self._when is not None:
            faulty.update(
                number
                for number, cell in enumerate(columns[self._when])
                if cell is None
                or (isinstance(cell, str) and (not cell.strip() or cell.strip() in self._missing))
            )
        if "vintageEnd" in found and "vintageStart" in found:
            pairs = zip(found["vintageStart"], found["vintageEnd"], strict=True)
            faulty.update(
                number for number, (start, end) in enumerate(pairs) if start and end and end < start
            )
        return _PlainColumns(found, faulty)


class _FieldColumn:
    """One field; `read` gives JSON for each row, empty where there is no value, None where a closer look is needed."""

    def __init__(
        self,
        format: Format,
        kind: IngestedKind,
        rule: FieldRule,
        places: Mapping[str, int],
        units: Mapping[str, str],
    ) -> None:
        self.name = rule.target.name
        self._rule = rule
        self._place = None if rule.column is None else places.get(rule.column)
        self._joined = None if rule.join is None else places.get(rule.join)
        self._reads = partial(_reading, format, RecordRule(kind, (rule,)), units)
        self._cache: dict[object, str | None] = {}
        self._quick = self._quickly(format)

    def read(self, columns: Sequence[Sequence[Cell]], rows: int) -> Sequence[str | None]:
        if self._place is None:
            return [self._value(None)] * rows
        column = columns[self._place]
        if self._joined is not None:
            return self._cached(list(zip(column, columns[self._joined], strict=True)))
        first = column[0]
        if isinstance(first, str | None) and column.count(first) == rows:
            return [self._value(first)] * rows
        if self._quick is not None and (found := self._quick(column)) is not None:
            return found
        return self._cached(column)

    def _cached(self, cells: Sequence[Cell | tuple[Cell, Cell]]) -> list[str | None]:
        cache, found = self._cache, list[str | None]()
        for cell in cells:
            try:
                # 1, 1.0 and True are one key of a mapping, and three values.
                key = cell if isinstance(cell, str | None) else (type(cell), cell)
                value = cache.get(key, _UNREAD)
            except TypeError:
                found.append(None)
                continue
            if value is _UNREAD:
                if len(cache) >= CACHED_MAX:
                    cache.clear()
                value = cache[key] = self._value(cell)
            found.append(value)
        return found

    def _value(self, cell: Cell | tuple[Cell, Cell]) -> str | None:
        cells: dict[str, Cell] = {}
        if self._rule.column is not None:
            cells[self._rule.column] = cell[0] if isinstance(cell, tuple) else cell
        if self._rule.join is not None and isinstance(cell, tuple):
            cells[self._rule.join] = cell[1]
        reading = self._reads(cells)
        values, _ = reading.read()
        if reading.issues:
            return None
        if not values:
            return ""
        # Serial numbers are compared with other columns: a row that has some is looked at as a whole.
        if self._rule.target.type is FieldType.SERIALS:
            return None
        return json.dumps(as_json(values[self.name]))

    def _quickly(
        self, format: Format
    ) -> Callable[[Sequence[Cell]], Sequence[str | None] | None] | None:
        """How most columns of its type are read without a look at each cell; what it gives up on is read one by one."""
        rule, target = self._rule, self._rule.target
        if rule.join or rule.part or rule.prefix or rule.values:
            return None
        if any(quick.fullmatch(f"{word}\n") for word in format.missing for quick in _QUICK) or (
            format.missing and target.type is FieldType.TEXT
        ):
            return None
        same_unit = target.unit is None or (
            rule.unit == target.unit and not rule.unit_behind and not rule.unit_from_header
        )
        if target.type is FieldType.NUMBER and same_unit and rule.numbers is NumberStyle.PLAIN:
            low = float("-inf") if target.minimum is None else float(target.minimum)
            high = float("inf") if target.maximum is None else float(target.maximum)
            return lambda column: _numbers(column, low, high)
        if target.type is FieldType.MOMENT and rule.dates == (ISO,):
            first = 1 if target.minimum is None else int(target.minimum)
            last = 9999 if target.maximum is None else int(target.maximum)
            return lambda column: _moments(column, first, last)
        is_word = target.type is FieldType.TEXT and not target.choices
        return _words if is_word and target.name not in _LOOKED_AT else None


_UNREAD = "unread"


def _reading(
    format: Format, rule: RecordRule, units: Mapping[str, str], cells: Mapping[str, Cell]
) -> RowReading:
    return RowReading(format, rule, cells, units, 0, None)


def _numbers(column: Sequence[Cell], low: float, high: float) -> Sequence[str | None] | None:
    if set(map(type, column)) == {str}:
        texts: list[str] = list(column)  # type: ignore[arg-type]
    elif set(map(type, column)) == {float}:
        texts = [repr(cell).removesuffix(".0") for cell in column]
    else:
        return None
    joined = "\n".join(texts) + "\n"
    if joined.count("\n") != len(texts) or not _PADDED.fullmatch(joined):
        return None
    if not _NUMBERS.fullmatch(joined):
        texts = [one.rstrip("0").rstrip(".") if "." in one else one for one in texts]
    if "-0" in texts:
        return None
    values = list(map(float, texts))
    if low <= min(values) and max(values) <= high:
        return [f'"{text}"' for text in texts]
    return None


def _moments(column: Sequence[Cell], first: int, last: int) -> Sequence[str | None] | None:
    if set(map(type, column)) != {str}:
        return None
    texts: list[str] = list(column)  # type: ignore[arg-type]
    joined = "\n".join(texts)
    if not _MOMENTS.fullmatch(f"{joined}\n") or joined.count("\n") != len(texts) - 1:
        return None
    try:
        years = [found.year for found in map(datetime.fromisoformat, (min(texts), max(texts)))]
        # The others are between these, and none of them may be a 30th of February.
        for _ in map(datetime.fromisoformat, texts):
            pass
    except ValueError:
        return None
    return [f'"{text}"' for text in texts] if first <= years[0] and years[1] <= last else None


def _words(column: Sequence[Cell]) -> Sequence[str | None] | None:
    if set(map(type, column)) != {str}:
        return None
    texts: list[str] = list(column)  # type: ignore[arg-type]
    joined = "\n".join(texts)
    if joined.count("\n") != len(texts) - 1 or not _WORDS.fullmatch(f"{joined}\n"):
        return None
    return [f'"{text}"' for text in texts] if max(map(len, texts)) <= TEXT_CHARACTERS_MAX else None


def _row_digests(columns: Sequence[Sequence[Cell]]) -> list[str]:
    """As `tables` makes them of each row: SHA-256 of the JSON of its cells, blank ones as null."""
    parts: list[str] = []
    filled: list[Sequence[str]] = []
    for column in columns:
        texts = ["" if cell is None else str(cell) for cell in column]
        if texts.count(texts[0]) == len(texts):
            parts.append(_quoted(texts[0]).replace("%", "%%"))
        elif _is_safe(texts):
            parts.append('"%s"')
            filled.append(texts)
        else:
            parts.append("%s")
            filled.append([_quoted(text) for text in texts])
    template = f"[{', '.join(parts)}]"
    if not filled:
        return [hashlib.sha256((template % ()).encode()).hexdigest()] * len(columns[0])
    return [
        hashlib.sha256(text.encode()).hexdigest()
        for text in map(template.__mod__, zip(*filled, strict=True))
    ]


def _is_safe(texts: Sequence[str]) -> bool:
    """Whether JSON writes all of these as they are, and none is blank."""
    joined = "\n".join(texts)
    return (
        all(map(str.strip, texts))
        and joined.count("\n") == len(texts) - 1
        and _SAFE.fullmatch(joined) is not None
    )


def _quoted(text: str) -> str:
    return json.dumps(text) if text.strip() else "null"
