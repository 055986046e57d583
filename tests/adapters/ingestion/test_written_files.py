"""Files with dirt in known places, in any dialect, encoding and unit: exactly these faults are told, and the rest is read."""

import csv
import io
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from domain.ingestion.formats import Format, read_format
from domain.ingestion.issues import IssueRule
from tests.adapters.ingestion.reading import read_bytes

DIRT = {
    "Gewicht": {
        "fünf": IssueRule.NUMBER,
        "": IssueRule.REQUIRED,
        "<0,05": IssueRule.NUMBER,
        "12 %": IssueRule.NUMBER,
        "-1": IssueRule.RANGE,
        "n.d.": IssueRule.REQUIRED,
        "#DIV/0!": IssueRule.FORMULA,
    },
    "Tag": {
        "03/04/24": IssueRule.AMBIGUOUS_DATE,
        "31.02.2024": IssueRule.DATE,
        "01.01.0024": IssueRule.RANGE,
        "": IssueRule.REQUIRED,
    },
    "Rohstoff": {"": IssueRule.REQUIRED},
}
"""By column and cell, for a format of the kind that the test declares."""
STYLES = {"1234.5": (".", ","), "1,234.5": (".", ","), "1.234,5": (",", "."), "1 234,5": (",", " ")}
UNITS = {"kg": 1, "t": 1000}
"""Kilograms in one of each."""
HEAD = ["Charge", "Tag", "Rohstoff", "Gewicht", "Notiz"]


def format_of(numbers: str, unit: str) -> Format:
    fields = {
        "projectId": "EX1",
        "activityId": {"column": "Charge"},
        "periodStart": {"column": "Tag", "dates": "%d.%m.%Y"},
        "feedstock": {"column": "Rohstoff"},
        "feedstockMass": {"column": "Gewicht", "numbers": numbers, "unit": unit},
        "alkalinityPerMass": {"constant": "33.9", "unit": "mol/kg"},
    }
    return read_format(
        {
            "id": "written",
            "version": 1,
            "title": "Written",
            "pathway": "ocean_alkalinity",
            "missing": ["n.d."],
            "records": [{"kind": "activity", "fields": fields}],
        }
    )


def spelled(number: int, style: str) -> str:
    """`number` tenths, as `style` writes them."""
    point, group = STYLES[style]
    whole = f"{number // 10:,}".replace(",", group if style != "1234.5" else "")
    return f"{whole}{point}{number % 10}" if number % 10 else whole


def file_of(rows: list[list[str]], how: str, separator: str, encoding: str) -> bytes:
    if how == "parquet":
        columns = {
            name: [row[place] or None for row in rows[1:]] for place, name in enumerate(rows[0])
        }
        file = io.BytesIO()
        parquet.write_table(pa.table(columns), file, row_group_size=3)
        return file.getvalue()
    if how == "jsonl":
        return "\n".join(
            json.dumps(dict(zip(rows[0], row, strict=True))) for row in rows[1:]
        ).encode()
    written = io.StringIO()
    csv.writer(
        written,
        delimiter=separator,
        quoting=csv.QUOTE_ALL if how == "quoted" else csv.QUOTE_MINIMAL,
        lineterminator="\r\n",
    ).writerows(rows)
    title = "Lieferungen 2024\r\n\r\n" if how == "titled" else ""
    return (title + written.getvalue()).encode(encoding)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_the_faults_that_were_written_are_the_faults_that_are_told(data: st.DataObject) -> None:
    how = data.draw(st.sampled_from(["plain", "quoted", "titled", "jsonl", "parquet"]))
    style, unit = (
        data.draw(st.sampled_from(sorted(STYLES))),
        data.draw(st.sampled_from(["kg", "t"])),
    )
    separator = data.draw(st.sampled_from([",", ";", "\t", "|"]))
    encoding = data.draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
    numbers = data.draw(st.lists(st.integers(1, 99_999_999), min_size=1, max_size=12))
    rows = [
        [
            f"C{place}",
            f"{place % 28 + 1:02}.03.2024",
            "Kalk, gemahlen; süß",
            spelled(one, style),
            "ü|\t",
        ]
        for place, one in enumerate(numbers)
    ]
    lines = {"titled": 4, "jsonl": 1, "parquet": 1}.get(how, 2)
    told: list[tuple[Any, ...]] = []
    for place in data.draw(st.sets(st.integers(0, len(rows) - 1), max_size=5)):
        column = data.draw(st.sampled_from(sorted(DIRT)))
        cell = data.draw(st.sampled_from(sorted(DIRT[column])))
        rows[place][HEAD.index(column)] = cell
        told.append((lines + place, column, DIRT[column][cell]))

    with TemporaryDirectory() as folder:
        content = file_of([HEAD, *rows], how, separator, encoding)
        read = read_bytes(Path(folder), content, format_of(style, unit))

    assert sorted((issue.line, issue.column, issue.rule) for issue in read.issues) == sorted(told)
    faulty = {line for line, *_ in told}
    right = [one for place, one in enumerate(numbers) if lines + place not in faulty]
    factor = UNITS[unit]
    assert [float(r.values["feedstockMass"]) for r in read.records] == [
        one * factor / 10 for one in right
    ]
