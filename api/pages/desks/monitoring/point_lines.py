"""Sampling points as lines of text, as a table of names and degrees is copied out of a spreadsheet or a file."""

import csv
import io
import re
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from api.http.fields import Text
from api.http.schema import RequestSchema
from domain.errors import Fault, Invalid
from domain.monitoring.boundaries import POINTS_MAX, SamplingPoint

_COLUMNS = ("name", "latitude", "longitude")
_NUMBER = re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?")


class PointForm(RequestSchema):
    name: Annotated[str, Text(100)]
    latitude: Annotated[float, Field(ge=-90, le=90, strict=True)]
    longitude: Annotated[float, Field(ge=-180, le=180, strict=True)]


class PointsForm(RequestSchema):
    points: Annotated[list[PointForm], Field(max_length=POINTS_MAX)]

    def sampling_points(self) -> list[SamplingPoint]:
        return [SamplingPoint(one.name, one.latitude, one.longitude) for one in self.points]


def rows_of(text: str) -> tuple[list[dict[str, Any]], list[int]]:
    """
    Each point as a call would send it, and the line that it stands in.

    Comma, semicolon or tab stand between; a first line with the names of the columns is none of the points.

    Raises:
        Invalid: a line has not three cells; all faults at once, `/points` with the line in the sentence.
    """
    delimiter = next((one for one in "\t;" if one in text), ",")
    rows: list[dict[str, Any]] = []
    lines, faults = list[int](), list[Fault]()
    lines_read = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for cells in lines_read:
            told = [one.strip() for one in cells]
            if not any(told) or (not rows and tuple(map(str.lower, told)) == _COLUMNS):
                continue
            if len(told) != len(_COLUMNS):
                sentence = f"Line {lines_read.line_num}: a line is a name, a latitude and a longitude, as plot 1, 43.85, -75.96."
                faults.append(Fault("/points", sentence))
                continue
            rows.append(dict(zip(_COLUMNS, (told[0], *map(_degrees, told[1:])), strict=True)))
            lines.append(lines_read.line_num)
    except csv.Error:
        sentence = f"Line {lines_read.line_num + 1} cannot be read as a line of a table."
        faults.append(Fault("/points", sentence))
    if faults:
        raise Invalid(" ".join(one.detail for one in faults[:3]), *faults)
    return rows, lines


def lines_of(points: Sequence[SamplingPoint]) -> str:
    """The same again, to be changed."""
    written = io.StringIO()
    lines = csv.writer(written, lineterminator="\n")
    lines.writerows((one.name, one.latitude, one.longitude) for one in points)
    return written.getvalue()


def _degrees(text: str) -> float | str:
    return float(text) if _NUMBER.fullmatch(text) else text
