"""The form of the mapping assistant: what a browser sends, as choices, and back."""

from collections.abc import Mapping

from domain.ingestion.cells.dates import ISO
from domain.ingestion.mapping.choices import (
    DATE_PATTERNS,
    IGNORED,
    ColumnChoice,
    MappingChoices,
)
from domain.ingestion.model import MODEL, FieldType, IngestedKind
from domain.ingestion.values import NumberStyle

COLUMNS_MAX = 60
FIELDS_MAX = COLUMNS_MAX * 6 + 60
TEXT_MAX = 200
UNIT_MAX = 30

KINDS: Mapping[IngestedKind, str] = {
    IngestedKind.OBSERVATION: "A measurement: time, place, what was measured, its value",
    IngestedKind.PROJECT: "A project of a registry",
    IngestedKind.ISSUANCE: "An issuance of a registry",
    IngestedKind.RETIREMENT: "A retirement or cancellation of a registry",
    IngestedKind.LABORATORY_SAMPLE: "A result of a laboratory",
    IngestedKind.ACTIVITY: "An activity: what was done, burnt or generated in a period",
    IngestedKind.SAMPLING_POINT: "A point where samples are taken",
    IngestedKind.VERIFIER_STATEMENT: "A verifier's statement",
    IngestedKind.FINDING: "A finding of a verifier",
}
"""What a row of a file can be, in the words of the form."""

NUMBERS: Mapping[str, str] = {
    NumberStyle.PLAIN.value: "1234.5",
    NumberStyle.COMMA_GROUPS.value: "1,234.5",
    NumberStyle.DOT_GROUPS.value: "1.234,5",
    NumberStyle.SPACE_GROUPS.value: "1 234,5",
}


def kind_of(value: str) -> IngestedKind | None:
    try:
        return IngestedKind(value)
    except ValueError:
        return None


def choices_of(
    sent: Mapping[str, str], columns: tuple[ColumnChoice, ...], kind: IngestedKind
) -> MappingChoices:
    """
    What was chosen, column by column in the order of the sample.

    What no form of ours sends counts as not chosen; what is typed is cut to what the form lets be typed.
    """
    fields = {field.name for field in MODEL[kind].fields}

    def at(place: int, column: ColumnChoice) -> ColumnChoice:
        chosen = _typed(sent, f"field-{place}")
        dates, numbers = _typed(sent, f"dates-{place}"), sent.get(f"numbers-{place}", "")
        return ColumnChoice(
            column.column,
            chosen if chosen in fields else IGNORED,
            _typed(sent, f"unit-{place}")[:UNIT_MAX],
            _typed(sent, f"quantity-{place}"),
            numbers if numbers in NUMBERS else NumberStyle.PLAIN.value,
            dates if dates in DATE_PATTERNS else ISO,
            _typed(sent, f"zone-{place}"),
        )

    interval = _typed(sent, "interval")
    return MappingChoices(
        kind,
        title=_typed(sent, "title"),
        description=sent.get("description", "").replace("\x00", "").strip()[: 5 * TEXT_MAX],
        columns=tuple(at(place, column) for place, column in enumerate(columns)),
        constants={
            name: value
            for name in sorted(fields)
            if (value := _typed(sent, f"constant-{name}")) and MODEL[kind].field(name)
        },
        missing=tuple(word.strip() for word in _typed(sent, "missing").split(",") if word.strip()),
        interval_seconds=int(interval)
        if interval.isascii() and interval.isdigit() and 0 < len(interval) <= 8  # noqa: PLR2004 -- three years
        else None,
    )


def constant_fields(kind: IngestedKind) -> list[tuple[str, str, bool]]:
    """Names, what they are, and whether they must be known: what may be the same for all rows."""
    return [
        (field.name, field.description, field.required)
        for field in MODEL[kind].fields
        if field.type is FieldType.TEXT
    ]


def _typed(sent: Mapping[str, str], name: str) -> str:
    return " ".join(sent.get(name, "").replace("\x00", "").split())[:TEXT_MAX]
