"""Rows read in columns are the rows read one by one: same records, same issues, same order of a series."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.ingestion.declared import declared_formats
from domain.ingestion.chunks import chunked
from domain.ingestion.formats import Format, own_format
from domain.ingestion.issues import Issue
from domain.ingestion.kinds.pathways import EXTENSIONS
from domain.ingestion.model import MODEL, IngestedKind
from domain.ingestion.samples import sample_rows
from domain.ingestion.tables import Row

DIRT = [
    *(
        "",
        " ",
        "five",
        "1,5",
        "1.50",
        "-0",
        "007",
        "1e3",
        "NaN",
        "NA",
        "-9999",
        "28 t",
        "12 %",
        "=1+1",
        "#N/A",
    ),
    *(
        "2024-13-01",
        "2024-02-30T00:00:00Z",
        "2024-03-01T12:00:00",
        "1890-01-01T00:00:00Z",
        "03/04/2024",
    ),
    *(
        'a "b"',
        "a\\b",
        "a\nb",
        "ä",
        "a%sb",
        " x ",
        "x ",
        "value",
        "EX-1-1-5",
        "123456789012345.125",
    ),
    *(None, 1, 1.0, True, 28.5, 1e30, [1], {"a": 1}),
]
"""Cells that are faulty, or right in a way that takes a closer look."""


def outcome(
    rows: list[Row], format: Format, *, plainly: bool, size: int
) -> tuple[Any, list[Issue], list[int]]:
    records, issues, sizes = [], [], []
    for chunk in chunked(rows, format, chunk_rows=size, plainly=plainly):
        records += [(r.kind, r.sheet, r.line, r.identity, dict(r.values)) for r in chunk.records]
        for one in chunk.plain:
            parts = zip(one.lines, one.identities, one.texts, strict=True)
            records += [
                (one.kind, one.sheet, line, key, json.loads(text)) for line, key, text in parts
            ]
        issues += chunk.issues
        sizes.append(chunk.rows)
    return sorted(records, key=lambda one: (one[1] or "", one[2], one[3])), issues, sizes


FORMATS = {
    **{kind.value: own_format(kind) for kind in IngestedKind},
    **{name: own_format(IngestedKind.ACTIVITY, name) for name in EXTENSIONS},
}


def good_rows(format: Format, count: int, sheet: str | None) -> list[list[Any]]:
    head, sample = sample_rows(format.models[0])
    times = [place for place, name in enumerate(head) if name in {"time", "sampledAt"}]
    rows: list[list[Any]] = []
    for number in range(count):
        row = list(sample)
        for place in times:
            row[place] = f"2024-03-01T12:{number // 60:02}:{number % 60:02}Z"
        rows.append(row)
    return [head, *rows]


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_both_ways_come_to_the_same(name: str, data: st.DataObject) -> None:
    format = FORMATS[name]
    sheet = data.draw(st.sampled_from([None, "One"]))
    table = good_rows(format, 30, sheet)
    spoils = st.tuples(st.integers(1, 30), st.integers(0, len(table[0]) - 1), st.sampled_from(DIRT))
    for line, place, cell in data.draw(st.lists(spoils, max_size=6)):
        table[line][place] = cell
    for at in data.draw(st.lists(st.integers(5, 30), max_size=2)):
        # A second export in the same file, whose columns stand otherwise, or a row that was cut.
        table.insert(at, list(data.draw(st.sampled_from([table[0], table[1][:3], [""]]))))
    rows = [Row(line, cells, sheet) for line, cells in enumerate(table, start=1)]
    if data.draw(st.booleans()):
        rows += [row._replace(sheet="Two") for row in rows]
    size = data.draw(st.sampled_from([7, 40]))

    assert outcome(rows, format, plainly=True, size=size) == outcome(
        rows, format, plainly=False, size=size
    )


TOA5: list[list[Any]] = [
    ["TOA5", "CR6"],
    ["TIMESTAMP", "RECORD", "SEVolt_1", "SEVolt_2"],
    ["TS", "RN", "mV", "V"],
    ["", "", "Smp", "Smp"],
    *([f"2023-08-04 08:{minute:02}:00", minute, "689", "0.7"] for minute in range(30)),
    ["2023-08-04 09:30:00", 31, "NAN", "0.7"],
    ["2023-08-04 09:20:00", 32, "690", "0.7"],
]


@pytest.mark.parametrize("size", [4, 100])
def test_a_logger_with_two_series_and_gaps_comes_to_the_same(size: int) -> None:
    format = declared_formats()["campbell-cr6-voltages"]
    rows = [Row(line, cells) for line, cells in enumerate(TOA5, start=1)]

    found = outcome(rows, format, plainly=True, size=size)

    assert found == outcome(rows, format, plainly=False, size=size)
    assert [issue.line for issue in found[1]] == [35, 36]


def test_clean_rows_are_read_in_columns() -> None:
    """Else the comparison above would compare one way with itself."""
    format = own_format(IngestedKind.OBSERVATION)
    rows = [Row(line, cells) for line, cells in enumerate(good_rows(format, 30, None), start=1)]

    (chunk,) = chunked(rows, format, plainly=True)

    assert (len(chunk.records), [len(one.lines) for one in chunk.plain]) == (0, [30])
    assert set(json.loads(chunk.plain[0].texts[0])) <= {
        field.name for field in MODEL[IngestedKind.OBSERVATION].fields
    }
