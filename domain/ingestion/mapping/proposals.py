"""
What the columns of a sample could be: proposals that a person confirms, never a mapping by itself.

Names are compared with the model's and with how sources call the same thing; how alike two names are is
asked of a library. A unit is read from a header's brackets or its end. How numbers and dates are written
is proposed only where all values of the sample fit, and no other way fits as well.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from domain.ingestion.cells.dates import ISO, day, moment
from domain.ingestion.mapping.choices import DATE_PATTERNS, IGNORED, VALUE, ColumnChoice
from domain.ingestion.model import MODEL, FieldType, IngestedKind, ModelField
from domain.ingestion.units import is_known
from domain.ingestion.values import Cell, CellFault, NumberStyle, number

ALIKE_FROM = 66.0
"""From 0 to 100; below it a proposal would be wrong more often than right."""

ALSO_CALLED: Mapping[str, tuple[str, ...]] = {
    "registry": ("source registry", "programme"),
    "projectId": ("project id", "project number", "id", "gsid", "program id"),
    "name": ("project name", "project title", "title"),
    "developer": ("proponent", "project developer", "owner", "account holder"),
    "status": ("project status", "state of project"),
    "country": ("country area", "project country"),
    "projectType": ("project type", "sector", "scope"),
    "methodology": ("protocol", "methodology protocol"),
    "estimatedAnnual": ("estimated annual emission reductions", "annual credits"),
    "issuanceId": ("issuance id", "issuance number"),
    "issuedOn": ("issuance date", "date issued", "issue date"),
    "quantity": (
        "quantity issued",
        "total credits issued",
        "quantity of credits",
        "credits",
        "amount",
    ),
    "bufferQuantity": ("buffer", "buffer credits"),
    "vintageYear": ("vintage", "vintage year"),
    "vintageStart": ("vintage start", "monitoring period start", "from"),
    "vintageEnd": ("vintage end", "monitoring period end", "to"),
    "serials": ("serial number", "serial numbers", "credit serial numbers"),
    "operation": ("transaction type", "retirement or cancellation"),
    "retiredOn": ("retirement date", "date retired", "cancellation date", "status effective"),
    "beneficiary": ("retired for", "retirement beneficiary", "using entity"),
    "reason": ("retirement reason", "reason for retirement"),
    "series": ("station", "sensor", "tank"),
    "time": ("timestamp", "date time", "datetime", "date", "date and time"),
    "value": ("measured value", "reading", "result"),
    "unit": ("units",),
    "qualityFlag": ("flag", "qc", "qa flag", "quality"),
    "place": ("site", "location", "sample id", "station name"),
    "latitude": ("lat",),
    "longitude": ("lon", "lng", "long"),
    "depth": ("depth below surface",),
    "instrument": ("sensor serial number", "device"),
}
"""Names that sources give to what the model calls otherwise, from the exports that were looked at."""

_IN_BRACKETS = re.compile(r"^(?P<name>.*?)\s*[(\[](?P<unit>[^()\[\]]{1,20})[)\]]\s*$")
_AT_THE_END = re.compile(r"^(?P<name>.*\S)[ _](?P<unit>\S{1,12})$")
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")

Alike = Callable[[str, str], float]
"""How alike two names are, from 0 to 100."""


@dataclass(frozen=True)
class ColumnProposal:
    """`alike` is from 0 to 100; `ways` are how dates or numbers could be written, all that fit."""

    choice: ColumnChoice
    alike: float
    ways: tuple[str, ...] = ()

    @property
    def is_ambiguous(self) -> bool:
        """More than one way fits all values: a person must say which it is."""
        return len(self.ways) > 1


def proposed(
    kind: IngestedKind, header: Sequence[str], rows: Sequence[Sequence[Cell]], alike: Alike
) -> list[ColumnProposal]:
    """One for each column of the header, in its order; each field is proposed for the most alike alone."""
    fields = MODEL[kind].fields
    found: list[tuple[float, int, ModelField]] = []
    names = [name_and_unit(title) for title in header]
    for place, (name, _) in enumerate(names):
        for target in fields:
            score = max(
                alike(plain_words(name), called)
                for called in (plain_words(target.name), *ALSO_CALLED.get(target.name, ()))
            )
            if score >= ALIKE_FROM:
                found.append((score, place, target))
    best: dict[int, tuple[float, ModelField]] = {}
    given: set[str] = set()
    for score, place, target in sorted(found, key=lambda one: (-one[0], one[1], one[2].name)):
        if place not in best and target.name not in given:
            best[place] = (score, target)
            given.add(target.name)
    return [
        _proposal(
            kind, place, header, names[place], best.get(place), [_at(row, place) for row in rows]
        )
        for place in range(len(header))
    ]


def _proposal(
    kind: IngestedKind,
    place: int,
    header: Sequence[str],
    named: tuple[str, str],
    best: tuple[float, ModelField] | None,
    cells: Sequence[Cell],
) -> ColumnProposal:
    title, (name, unit) = header[place], named
    filled = [cell for cell in cells if cell is not None and str(cell).strip()]
    styles = tuple(style for style in NumberStyle if filled and _all_numbers(filled, style))
    if best is None:
        # What is measured has a unit in its header, or is a column of numbers that nothing else is.
        if kind is IngestedKind.OBSERVATION and unit and styles:
            choice = ColumnChoice(title, VALUE, unit, name, _way(styles, NumberStyle.PLAIN))
            return ColumnProposal(choice, 0.0, _ambiguous(filled, styles))
        return ColumnProposal(ColumnChoice(title, IGNORED, unit), 0.0)
    score, target = best
    if target.type in {FieldType.DATE, FieldType.MOMENT}:
        patterns = tuple(one for one in DATE_PATTERNS if filled and _all_dates(filled, one, target))
        return ColumnProposal(
            ColumnChoice(title, target.name, dates=_way(patterns, ISO)), score, patterns
        )
    if target.type in {FieldType.NUMBER, FieldType.INTEGER}:
        choice = ColumnChoice(
            title,
            target.name,
            unit,
            name if target.name == VALUE else "",
            _way(styles, NumberStyle.PLAIN),
        )
        return ColumnProposal(choice, score, _ambiguous(filled, styles))
    return ColumnProposal(ColumnChoice(title, target.name), score)


def name_and_unit(title: str) -> tuple[str, str]:
    """`Temp (°C)` and `Temp °C` are `Temp` in °C; where the end is no unit, the whole is the name."""
    for pattern in (_IN_BRACKETS, _AT_THE_END):
        match = pattern.match(title.strip())
        if match and is_known(match["unit"]):
            return match["name"].strip(), match["unit"]
    return title.strip(), ""


def plain_words(name: str) -> str:
    """`projectId`, `Project_ID` and `PROJECT ID` are the same words."""
    return " ".join(word.casefold() for word in _WORDS.findall(name)) or name.casefold()


def _way(ways: Sequence[str], otherwise: str) -> str:
    return str(ways[0]) if ways else str(otherwise)


def _ambiguous(cells: Sequence[Cell], styles: Sequence[NumberStyle]) -> tuple[str, ...]:
    """The styles that fit, once for each different reading: `12` is the same in all of them."""
    readings = {
        tuple(str(number(cell, style)) for cell in cells): style for style in reversed(styles)
    }
    return tuple(str(style) for style in styles if style in readings.values())


def _all_numbers(cells: Sequence[Cell], style: NumberStyle) -> bool:
    return all(not isinstance(number(cell, style), CellFault) for cell in cells)


def _all_dates(cells: Sequence[Cell], pattern: str, target: ModelField) -> bool:
    if target.type is FieldType.DATE:
        return all(not isinstance(day(cell, (pattern,)), CellFault) for cell in cells)
    return all(not isinstance(moment(cell, (pattern,), "UTC"), CellFault) for cell in cells)


def _at(row: Sequence[Cell], place: int) -> Cell:
    return row[place] if place < len(row) else None
