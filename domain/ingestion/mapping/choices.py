"""What somebody chose for the columns of a sample, and the declaration that it makes (docs/ingestion.md)."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from domain.ingestion.cells.dates import ISO
from domain.ingestion.formats import OWN_SERIALS
from domain.ingestion.model import MODEL, FieldType, IngestedKind, ModelField
from domain.ingestion.units import is_known
from domain.ingestion.values import NumberStyle

IGNORED = ""
VALUE = "value"
"""Of an observation: as many columns as there are measured quantities may have it."""

DATE_PATTERNS: Mapping[str, str] = {
    ISO: "2024-03-01, or 2024-03-01T12:00:00Z",
    "%d/%m/%Y": "31/12/2024 (day first)",
    "%m/%d/%Y": "12/31/2024 (month first)",
    "%d.%m.%Y": "31.12.2024",
    "%d/%m/%y": "31/12/24 (day first)",
    "%m/%d/%y": "12/31/24 (month first)",
    "%d/%m/%Y %H:%M:%S": "31/12/2024 23:59:59",
    "%m/%d/%Y %H:%M:%S": "12/31/2024 23:59:59",
    "%m/%d/%y %I:%M:%S %p": "12/31/24 11:59:59 PM",
    "%d.%m.%Y %H:%M": "31.12.2024 23:59",
    "%d/%m/%Y %H:%M": "31/12/2024 23:59",
    "%m/%d/%Y %H:%M": "12/31/2024 23:59",
    "%Y%m%d": "20241231",
    "%d %b %Y": "31 Dec 2024",
    "%B %d, %Y": "December 31, 2024",
}
"""How dates may be written, as `strptime` reads them, with an example of each."""


@dataclass(frozen=True)
class ColumnChoice:
    """
    What one column is: `field` of the model, or nothing.

    `quantity` names what a measured value is of, as “temperature”. `numbers`, `dates`, `zone` and `unit`
    say how it is written; what is not asked of its field is left alone.
    """

    column: str
    field: str = IGNORED
    unit: str = ""
    quantity: str = ""
    numbers: str = NumberStyle.PLAIN
    dates: str = ISO
    zone: str = ""


@dataclass(frozen=True)
class MappingChoices:
    """
    All that is chosen for a format. `constants` are values by the names of fields that no column has.

    `missing` are words that stand for an empty cell.
    """

    kind: IngestedKind
    title: str = ""
    description: str = ""
    columns: tuple[ColumnChoice, ...] = ()
    constants: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    interval_seconds: int | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def choices_from(stored: Mapping[str, Any]) -> MappingChoices:
    """From `MappingChoices.as_json`."""
    columns = tuple(ColumnChoice(**one) for one in stored["columns"])
    return MappingChoices(
        **{
            **stored,
            "kind": IngestedKind(stored["kind"]),
            "columns": columns,
            "missing": tuple(stored["missing"]),
        }
    )


def choice_faults(choices: MappingChoices) -> Iterator[str]:
    """What cannot be meant, beside what a declaration itself is refused for (formats.read_format)."""
    for one in choices.columns:
        yield from _unit_faults(choices, one)
    yield from _doubled_faults(choices)
    unit = choices.constants.get("unit", "")
    if unit and not is_known(unit):
        yield f"The unit “{unit}” is not known."
    if not choices.title.strip():
        yield "The format needs a title."


def _unit_faults(choices: MappingChoices, one: ColumnChoice) -> Iterator[str]:
    target = MODEL[choices.kind].field(one.field)
    if target is None:
        return
    if one.unit and not is_known(one.unit):
        yield f"“{one.column}”: the unit “{one.unit}” is not known."
    if _is_value(choices.kind, one) and not one.unit and _unit_source(choices) is None:
        yield f"“{one.column}”: say in which unit it is. Units are never guessed."
    if target.type is FieldType.NUMBER and target.unit and not one.unit:
        yield f"“{one.column}”: say in which unit it is, as {target.unit}."


def _doubled_faults(choices: MappingChoices) -> Iterator[str]:
    taken: dict[str, list[str]] = {}
    for one in choices.columns:
        if one.field != IGNORED:
            taken.setdefault(one.field, []).append(one.column)
    for name, columns in taken.items():
        target = MODEL[choices.kind].field(name)
        most = 2 if target and target.type in {FieldType.DATE, FieldType.MOMENT} else 1
        if len(columns) > most and not (name == VALUE and _measures(choices.kind)):
            named = ", ".join(f"“{column}”" for column in columns)
            yield f"{named}: only one column can be “{name}”."
        if choices.constants.get(name):
            yield f"“{name}” is both a column and the same for all rows."


def declaration(choices: MappingChoices) -> dict[str, Any]:
    """As a file of formats would say it, without id and version; `read_format` finds what is missing."""
    columns = {one.column: one for one in choices.columns if one.field != IGNORED}
    values = [one for one in columns.values() if _is_value(choices.kind, one)]
    model = MODEL[choices.kind]
    fields: dict[str, Any] = {
        name: constant for name, constant in choices.constants.items() if constant
    }
    for one in columns.values():
        target = model.field(one.field)
        if target is None or one in values:
            continue
        if one.field in fields and isinstance(fields[one.field], dict):
            # A second column of a date is the time behind it.
            fields[one.field]["join"] = one.column
            continue
        fields[one.field] = _how(target, one)
    records = [
        {"kind": choices.kind.value, "when": one.column, "fields": {**fields, **_measured(one)}}
        for one in values
    ]
    declared: dict[str, Any] = {
        "title": choices.title.strip(),
        "description": choices.description.strip(),
        "missing": list(choices.missing),
        "records": records or [{"kind": choices.kind.value, "fields": fields}],
    }
    if choices.interval_seconds:
        declared["interval_seconds"] = choices.interval_seconds
    if any(
        (target := model.field(one.field)) and target.type is FieldType.SERIALS
        for one in columns.values()
    ):
        declared["serials"] = [{"pattern": OWN_SERIALS}]
    return declared


def _how(target: ModelField, one: ColumnChoice) -> dict[str, Any]:
    how: dict[str, Any] = {"column": one.column}
    if target.type in {FieldType.DATE, FieldType.MOMENT}:
        how["dates"] = [one.dates]
        if one.zone and target.type is FieldType.MOMENT:
            how["zone"] = one.zone
    if target.type in {FieldType.NUMBER, FieldType.INTEGER}:
        how["numbers"] = str(one.numbers)
        if one.unit:
            how["unit"] = one.unit
    return how


def _measured(one: ColumnChoice) -> dict[str, Any]:
    measured: dict[str, Any] = {
        "quantity": one.quantity.strip() or one.column,
        VALUE: {"column": one.column, "numbers": str(one.numbers)},
    }
    return measured | ({"unit": one.unit} if one.unit else {})


def _is_value(kind: IngestedKind, one: ColumnChoice) -> bool:
    return _measures(kind) and one.field == VALUE


def _measures(kind: IngestedKind) -> bool:
    return kind is IngestedKind.OBSERVATION


def _unit_source(choices: MappingChoices) -> str | None:
    """Where the unit of all values stands, when not in each choice."""
    if choices.constants.get("unit"):
        return "constant"
    return next((one.column for one in choices.columns if one.field == "unit"), None)
