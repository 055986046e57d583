"""
`python -m adapters.parquet.write DATASET LINES TARGET`: a dataset's JSONL in, the same rows as Parquet out.

Quantities are exact decimals, moments timestamps in UTC, and what is an object in JSON has columns with a dot in their
names, as in CSV. Rows pass in batches, so that memory stays the same however many there are.
"""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow.parquet import ParquetWriter as ArrowWriter

from adapters.postgres.publishing.open_data_columns import SOURCES, Column, Kind
from domain.publishing.open_data import Dataset

ROWS_PER_GROUP = 50_000
DECIMAL = pa.decimal128(18, 2)
"""All decimals of the open data have two places at most; no registry's quantity needs sixteen before them."""

_TYPES: dict[Kind, pa.DataType] = {
    Kind.DECIMAL: DECIMAL,
    Kind.MOMENT: pa.timestamp("us", tz="UTC"),
    Kind.DAY: pa.date32(),
    Kind.INTEGER: pa.int64(),
    Kind.NUMBER: pa.float64(),
}
_READ: dict[Kind, Callable[[Any], Any]] = {
    Kind.DECIMAL: Decimal,
    Kind.MOMENT: datetime.fromisoformat,
    Kind.DAY: date.fromisoformat,
    Kind.NUMBER: float,
}


def write_parquet(dataset: Dataset, lines: Path, target: Path) -> None:
    """
    Raises:
        pa.ArrowInvalid: a value does not fit its column; nothing is rounded.
    """
    columns = SOURCES[dataset].columns
    schema = pa.schema(
        [
            pa.field(
                column.name,
                _TYPES.get(column.kind, pa.string()),
                metadata={"description": column.meaning},
            )
            for column in columns
        ]
    )
    with ArrowWriter(target, schema, compression="zstd") as writer:
        for rows in _batches(lines):
            arrays = [
                pa.array([_value(row, column) for row in rows], schema.field(column.name).type)
                for column in columns
            ]
            writer.write_batch(pa.record_batch(arrays, schema=schema))


def _batches(lines: Path) -> Iterator[Sequence[dict[str, Any]]]:
    with lines.open("rb") as file:
        while rows := [json.loads(line) for line in islice(file, ROWS_PER_GROUP)]:
            yield rows


def _value(row: dict[str, Any], column: Column) -> Any:
    outer, _, inner = column.name.partition(".")
    value = row[outer][inner] if inner else row[outer]
    return value if value is None else _READ.get(column.kind, _as_it_is)(value)


def _as_it_is(value: Any) -> Any:
    return value


if __name__ == "__main__":
    write_parquet(Dataset(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
