"""
A format: how the files of one source map to the model, declared as data that a verifier can review.

Formats are files (adapters/ingestion/formats/), each with a version; what came in names the format and
version that it was mapped by, so that it can be mapped again to the same rows.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from domain.ingestion.cells.dates import ISO
from domain.ingestion.kinds.pathways import EXTENSIONS
from domain.ingestion.model import MODEL, FieldType, IngestedKind, ModelField, RecordModel
from domain.ingestion.serials import SerialGrammar
from domain.ingestion.units import is_known
from domain.ingestion.values import NumberStyle


class FileKind(StrEnum):
    """What a file is, by its content."""

    DELIMITED = "delimited"
    TOA5 = "toa5"
    WORKBOOK = "workbook"
    JSON = "json"
    JSON_LINES = "jsonl"
    PARQUET = "parquet"
    GEOJSON = "geojson"
    KML = "kml"
    SHAPEFILE = "shapefile"
    GEOTIFF = "geotiff"


TABLES = (
    FileKind.DELIMITED,
    FileKind.WORKBOOK,
    FileKind.JSON,
    FileKind.JSON_LINES,
    FileKind.PARQUET,
)
"""Kinds of files that a format is for when it names none."""
MAPS = (FileKind.GEOJSON, FileKind.KML, FileKind.SHAPEFILE)
"""Features with a geometry each, which is read in WGS 84 whatever the file is in."""


@dataclass(frozen=True)
class FieldRule:
    """
    Where a field's value is from, and how it is written there.

    `join` is a column whose text is put behind that of `column`, as a time behind a date; `part`, from
    1, takes one of the parts that a slash with spaces around it separates.
    """

    target: ModelField
    column: str | None = None
    constant: str | None = None
    serial_group: str | None = None
    header_unit: str | None = None
    join: str | None = None
    part: int | None = None
    prefix: str = ""
    dates: tuple[str, ...] = (ISO,)
    zone: str | None = None
    numbers: NumberStyle = NumberStyle.PLAIN
    unit: str | None = None
    unit_column: str | None = None
    unit_behind: bool = False
    unit_from_header: bool = False
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RecordRule:
    """One record of a row. `when` names a column that must not be empty for there to be one."""

    kind: IngestedKind
    fields: tuple[FieldRule, ...]
    when: str | None = None
    each: str | None = None
    range_columns: tuple[str, str] | None = None

    @cached_property
    def serials_first(self) -> tuple[FieldRule, ...]:
        """Other fields may be parts of serial numbers."""
        return tuple(
            sorted(self.fields, key=lambda rule: rule.target.type is not FieldType.SERIALS)
        )

    def rule(self, name: str) -> FieldRule | None:
        return next((rule for rule in self.fields if rule.target.name == name), None)


@dataclass(frozen=True)
class SumRule:
    """`total` must be the sum of `parts`, where it is filled."""

    total: str
    parts: tuple[str, ...]


@dataclass(frozen=True)
class Format:
    """
    `missing` are words that stand for an empty cell, and `optional` columns that a file may lack.

    Columns that no rule names are left alone. `pathway` is that whose extension schema it maps to.
    """

    id: str
    version: int
    title: str
    description: str
    files: tuple[FileKind, ...]
    records: tuple[RecordRule, ...]
    serials: tuple[SerialGrammar, ...] = ()
    sums: tuple[SumRule, ...] = ()
    missing: tuple[str, ...] = ()
    sheet: str | None = None
    encoding: str | None = None
    interval_seconds: int | None = None
    optional: frozenset[str] = frozenset()
    pathway: str | None = None

    @property
    def kinds(self) -> tuple[IngestedKind, ...]:
        return tuple(dict.fromkeys(record.kind for record in self.records))

    @property
    def models(self) -> tuple[RecordModel, ...]:
        """What its records look like, one for each of `kinds`."""
        return tuple(model_of(kind, self.pathway) for kind in self.kinds)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """What the file must have, in the order of their first mention."""
        return tuple(dict.fromkeys(self._columns()))

    def _columns(self) -> Iterator[str]:
        for record in self.records:
            if record.each is not None:
                yield record.each
                continue
            for rule in record.fields:
                yield from filter(
                    None, (rule.column, rule.join, rule.unit_column, rule.header_unit)
                )
            yield from filter(None, (record.when, *(record.range_columns or ())))
        for sum_rule in self.sums:
            yield from (sum_rule.total, *sum_rule.parts)
        for grammar in self.serials:
            yield from grammar.equals


class BadFormat(ValueError):
    """A declaration that cannot be right; all its faults are in the message, and one by one in `faults`."""

    def __init__(self, *faults: str) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


def read_format(declared: Mapping[str, Any]) -> Format:
    """
    A format as declared.

    Raises:
        BadFormat: with every fault of the declaration.
    """
    faults: list[str] = []
    known = {
        *("id", "version", "title", "description", "files", "records", "serials", "sums"),
        *("missing", "sheet", "encoding", "interval_seconds", "defaults", "pathway"),
    }
    faults += [f"“{name}” is not known" for name in declared if name not in known]
    faults += [
        f"“{name}” is missing" for name in ("id", "version", "title") if name not in declared
    ]
    defaults, pathway = declared.get("defaults", {}), declared.get("pathway")
    if pathway is not None and pathway not in EXTENSIONS:
        faults.append(f"there is no pathway “{pathway}”")
        pathway = None
    records = tuple(_record(one, defaults, pathway, faults) for one in declared.get("records", ()))
    serials = tuple(_grammar(one, faults) for one in declared.get("serials", ()))
    if not records:
        faults.append("a format maps to one record at least")
    try:
        files = tuple(FileKind(kind) for kind in declared.get("files", ()))
    except ValueError as unknown:
        files = ()
        faults.append(str(unknown))
    if faults:
        raise BadFormat(*faults)
    return Format(
        id=declared["id"],
        version=declared["version"],
        title=declared["title"],
        description=declared.get("description", ""),
        files=files or TABLES,
        records=records,
        serials=serials,
        sums=tuple(SumRule(one["total"], tuple(one["parts"])) for one in declared.get("sums", ())),
        missing=tuple(declared.get("missing", ())),
        sheet=declared.get("sheet"),
        encoding=declared.get("encoding"),
        interval_seconds=declared.get("interval_seconds"),
        pathway=pathway,
    )


OWN_SERIALS = r"(?P<block>\S.*)-(?P<first>\d+)(?:-| to )(?P<last>\d+)"
"""How our own schema writes a range of serial numbers."""


def model_of(kind: IngestedKind, pathway: str | None = None) -> RecordModel:
    """The model of a kind; of an activity of a pathway, that of the pathway's extension schema."""
    if pathway is not None and kind is IngestedKind.ACTIVITY:
        return EXTENSIONS[pathway]
    return MODEL[kind]


def own_format(kind: IngestedKind, pathway: str | None = None) -> Format:
    """The format of who follows our schema: one column for each field, under its own name."""
    model = model_of(kind, pathway)
    return Format(
        id=model.format_id,
        version=1,
        title=f"{model.title}, in the registry's own schema",
        description=model.description,
        files=_own_files(kind),
        records=(
            RecordRule(
                kind,
                tuple(FieldRule(one, column=one.name, unit=one.unit) for one in model.fields),
            ),
        ),
        optional=frozenset(one.name for one in model.fields if not one.required),
        serials=(SerialGrammar(re.compile(OWN_SERIALS)),),
        pathway=pathway,
    )


def _own_files(kind: IngestedKind) -> tuple[FileKind, ...]:
    if kind is IngestedKind.RASTER:
        return (*TABLES, FileKind.GEOTIFF)
    is_placed = any(MODEL[kind].field(name) for name in ("latitude", "geometry"))
    return (*TABLES, *MAPS) if is_placed else TABLES


def _record(
    declared: Mapping[str, Any],
    defaults: Mapping[str, Any],
    pathway: str | None,
    faults: list[str],
) -> RecordRule:
    kind = IngestedKind(declared["kind"])
    model = model_of(kind, pathway)
    fields = {**defaults, **declared.get("fields", {})}
    rules: list[FieldRule] = []
    for name, how in fields.items():
        target = model.field(name)
        if target is None:
            if name not in defaults:
                faults.append(f"a {kind} has no field “{name}”")
            continue
        rules.append(_field(target, {"constant": how} if isinstance(how, str) else how, faults))
    given = {rule.target.name for rule in rules}
    faults += [
        f"the {kind}'s field “{field.name}” is required and not mapped"
        for field in model.fields
        if field.required and field.name not in given
    ]
    between = declared.get("range_columns")
    return RecordRule(
        kind,
        tuple(rules),
        declared.get("when"),
        declared.get("each"),
        (between[0], between[1]) if between else None,
    )


_SOURCES = ("column", "constant", "serial_group", "header_unit")
_HOW = {
    *("column", "constant", "serial_group", "header_unit", "join", "part", "prefix", "dates"),
    *("zone", "numbers", "unit"),
    *("unit_column", "unit_behind", "unit_from_header", "values"),
}


def _field(target: ModelField, how: Mapping[str, Any], faults: list[str]) -> FieldRule:
    faults += [f"{target.name}: “{word}” is not known" for word in how if word not in _HOW]
    sources = [name for name in _SOURCES if name in how]
    if len(sources) != 1:
        faults.append(f"{target.name} needs one of {', '.join(_SOURCES)}")
    unit = how.get("unit")
    if unit is not None and not is_known(unit):
        faults.append(f"{target.name}: the unit {unit!r} is not known")
    counts = target.type is FieldType.NUMBER and target.unit is not None and "column" in how
    if counts and not {"unit", "unit_column", "unit_behind", "unit_from_header"} & how.keys():
        faults.append(f"{target.name} needs a unit; it is never guessed")
    zone = how.get("zone")
    if zone is not None:
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError):
            faults.append(f"{target.name}: there is no zone {zone!r}")
    try:
        numbers = NumberStyle(how.get("numbers", NumberStyle.PLAIN))
    except ValueError:
        numbers = NumberStyle.PLAIN
        faults.append(f"{target.name}: numbers must be one of {', '.join(NumberStyle)}")
    dates = how.get("dates", [ISO])
    return FieldRule(
        target,
        column=how.get("column"),
        constant=how.get("constant"),
        serial_group=how.get("serial_group"),
        header_unit=how.get("header_unit"),
        join=how.get("join"),
        part=how.get("part"),
        prefix=how.get("prefix", ""),
        dates=tuple([dates] if isinstance(dates, str) else dates),
        zone=zone,
        numbers=numbers,
        unit=unit,
        unit_column=how.get("unit_column"),
        unit_behind=how.get("unit_behind", False),
        unit_from_header=how.get("unit_from_header", False),
        values=how.get("values", {}),
    )


def _grammar(declared: Mapping[str, Any], faults: list[str]) -> SerialGrammar:
    try:
        pattern = re.compile(declared["pattern"])
    except re.error as error:
        faults.append(f"the serial's pattern: {error}")
        pattern = re.compile("")
    equals = declared.get("equals", {})
    for template in equals.values():
        unknown = set(re.findall(r"\{(\w+)\}", template)) - set(pattern.groupindex)
        faults += [f"the serial's pattern has no group “{name}”" for name in sorted(unknown)]
    return SerialGrammar(pattern, equals, declared.get("global", False))
