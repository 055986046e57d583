"""
What tells a row from others whatever its line is, so that two files of the same rows can be compared.

It is made of the columns that a format maps to the fields by which people know a thing: a project's
identifier, a time, a serial number. The column that an issue is about is left out of its key, because
mending that column must not make another row of it.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping

from domain.ingestion.formats import Format
from domain.ingestion.model import IngestedKind
from domain.ingestion.values import Cell

KEY_CHARACTERS = 16

KEY_FIELDS: Mapping[IngestedKind, tuple[str, ...]] = {
    IngestedKind.PROJECT: ("projectId",),
    IngestedKind.ISSUANCE: (
        *("projectId", "issuanceId", "issuedOn"),
        *("vintageYear", "vintageStart", "vintageEnd", "serials"),
    ),
    IngestedKind.RETIREMENT: (
        *("projectId", "retirementId", "retiredOn"),
        *("vintageYear", "vintageStart", "vintageEnd", "serials"),
    ),
    IngestedKind.OBSERVATION: ("series", "time", "place", "depth"),
    IngestedKind.LABORATORY_SAMPLE: ("sampleId", "quantity"),
    IngestedKind.ACTIVITY: ("activityId", "periodStart", "treeId"),
    IngestedKind.BOUNDARY: ("name", "role"),
    IngestedKind.SAMPLING_POINT: ("name", "depth"),
    IngestedKind.RASTER: ("name",),
    IngestedKind.VERIFIER_STATEMENT: ("projectId", "statedOn", "vintageYear"),
    IngestedKind.FINDING: ("projectId", "findingId"),
}
"""The fields of each kind of record by which people tell one from another."""


class KeyColumns:
    """The columns of a format that its rows are told apart by."""

    def __init__(self, format: Format) -> None:
        self._columns = tuple(sorted(set(_key_columns(format))))

    def key(self, cells: Mapping[str, Cell], *, but_not: str | None) -> str | None:
        """16 hexadecimal digits; None where no column is left, or all are empty."""
        parts = [
            "" if cells.get(name) is None else str(cells[name]).strip()
            for name in self._columns
            if name != but_not
        ]
        if not any(parts):
            return None
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:KEY_CHARACTERS]


def _key_columns(format: Format) -> Iterator[str]:
    for record in format.records:
        if record.each is not None:
            yield record.each
            continue
        wanted = KEY_FIELDS.get(record.kind, ())
        for rule in record.fields:
            if rule.target.name in wanted:
                yield from filter(None, (rule.column, rule.join))
