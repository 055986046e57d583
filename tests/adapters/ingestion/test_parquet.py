"""Parquet: values with the types and digits that they were written with, and memory that stays flat."""

import io
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from domain.ingestion.issues import IssueRule
from domain.ingestion.submissions import UnreadableFile
from tests.adapters.ingestion.reading import read_bytes


def written(columns: dict[str, Any], **options: Any) -> bytes:
    file = io.BytesIO()
    parquet.write_table(pa.table(columns), file, **options)
    return file.getvalue()


AT = datetime(2024, 3, 1, 12, tzinfo=UTC)


def observations(value: Any, time: Any = None) -> bytes:
    return written(
        {
            "series": ["CTD"],
            "time": pa.array([AT]) if time is None else time,
            "quantity": pa.array(["salinity"]).dictionary_encode(),
            "value": value,
            "unit": ["psu"],
        }
    )


VALUES = {
    "float32": (pa.array([28.22], pa.float32()), "28.22"),
    "float64": (pa.array([28.22]), "28.22"),
    "decimal": (pa.array([Decimal("28.220")]), "28.22"),
    "integer": (pa.array([28], pa.uint64()), "28"),
    "text": (pa.array(["28.22"]), "28.22"),
}


@pytest.mark.parametrize(("value", "read"), VALUES.values(), ids=VALUES.keys())
def test_a_number_keeps_the_digits_that_it_was_written_with(
    value: Any, read: str, tmp_path: Path
) -> None:
    (record,) = read_bytes(tmp_path, observations(value), "observations").records

    assert (record.values["value"], record.values["time"]) == (read, "2024-03-01T12:00:00Z")


MOMENTS = {
    "nanoseconds": (pa.array([AT.replace(tzinfo=None)], pa.timestamp("ns", tz="UTC")), []),
    "without a zone": (pa.array([datetime(2024, 3, 1)]), [IssueRule.ZONE]),  # noqa: DTZ001 -- as it is sent
}


@pytest.mark.parametrize(("time", "rules"), MOMENTS.values(), ids=MOMENTS.keys())
def test_a_moment_keeps_its_zone_or_is_told(
    time: Any, rules: list[IssueRule], tmp_path: Path
) -> None:
    read = read_bytes(tmp_path, observations(pa.array([1.5]), time), "observations")

    assert (read.rules, len(read.records)) == (rules, 1 - len(rules))


def test_not_a_number_is_told_and_an_empty_cell_is_missing(tmp_path: Path) -> None:
    read = read_bytes(tmp_path, observations(pa.array([float("nan")])), "observations")
    assert [(issue.rule, issue.value) for issue in read.issues] == [(IssueRule.NUMBER, "NaN")]

    read = read_bytes(tmp_path, observations(pa.array([None], pa.float64())), "observations")
    assert read.rules == [IssueRule.REQUIRED]


def test_days_of_a_registry_are_days(tmp_path: Path) -> None:
    content = written(
        {"registry": ["x"], "projectId": ["1"], "quantity": [5], "issuedOn": [date(2024, 3, 1)]}
    )
    (record,) = read_bytes(tmp_path, content, "issuances").records

    assert record.values["issuedOn"] == "2024-03-01"


WHOLE = observations(pa.array([1.5]))
REFUSED = {
    "half": (WHOLE[: len(WHOLE) // 2], "This Parquet file is broken off"),
    "the end alone": (b"PAR1" + WHOLE[-40:], "This Parquet file is broken off"),
    "encrypted": (b"PARE" + WHOLE[4:], "This Parquet file is encrypted."),
    "too wide": (
        written({f"c{number}": [1] for number in range(2_001)}),
        "The file has 2001 columns; a table has 2000 at most.",
    ),
    # Two rows of one text, which stands in the file once.
    "a long text": (
        written({"name": pa.array(["x" * 100_001] * 2).dictionary_encode()}),
        "A cell of this Parquet file holds more than 100,000 bytes of text.",
    ),
}


@pytest.mark.parametrize(("content", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_parquet_is_refused_with_a_sentence(
    content: bytes, sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(UnreadableFile) as refused:
        read_bytes(tmp_path, content, "observations")

    assert refused.value.detail.startswith(sentence)


def test_neither_the_api_nor_the_reader_of_other_files_loads_arrow() -> None:
    loaded = "import sys, api.app, adapters.ingestion.files; print(sorted({'pyarrow', 'pyproj', 'tifffile', 'shapefile'} & set(sys.modules)))"
    found = subprocess.run(
        [sys.executable, "-c", loaded], capture_output=True, text=True, check=True
    )

    assert found.stdout.strip() == "[]"
