"""Parquet, by Arrow: a part of a row group at a time, so that memory does not grow with the file."""

from collections.abc import Iterator
from datetime import time, timedelta
from pathlib import Path
from typing import Any

from adapters.ingestion.delimited import COLUMNS_MAX
from domain.ingestion.submissions import UnreadableFile
from domain.ingestion.tables import Row
from domain.ingestion.values import Cell

BATCH_ROWS = 2_000
BUFFER_BYTES = 1024 * 1024
ROW_GROUP_BYTES_MAX = 4 * 1024**3
RATIO_MAX = 1_000
RATIO_FROM_BYTES = 100_000_000
CELL_BYTES_MAX = 100_000
"""A text stands once in a file however many rows have it, so a small file could hold gigabytes of them."""


def parquet_rows(path: Path) -> Iterator[Row]:
    """
    A header from the file's own schema, then its rows, numbered from 1.

    Arrow is loaded here alone, which only the worker calls: it takes 50 MB.

    Raises:
        UnreadableFile: it is broken off, encrypted, wider than any table, or its pages unpack to far more than they are.
    """
    import pyarrow as pa  # noqa: PLC0415 -- as said
    from pyarrow import parquet  # noqa: PLC0415 -- as said

    try:
        with parquet.ParquetFile(path) as file:
            _require_harmless(file.metadata)
            texts = [field.name for field in file.schema_arrow if _is_text(field.type)]
        with parquet.ParquetFile(
            # Each text once, as it stands in the file, until its length is known.
            path,
            buffer_size=BUFFER_BYTES,
            pre_buffer=False,
            read_dictionary=texts,
        ) as file:
            names = file.schema_arrow.names
            yield Row(0, list(names))
            number = 0
            for batch in file.iter_batches(batch_size=BATCH_ROWS, use_threads=False):
                for cells in zip(*(_cells(column) for column in batch.columns), strict=True):
                    number += 1
                    yield Row(number, cells)
    except UnreadableFile:
        raise
    except (pa.ArrowException, OSError, ValueError, MemoryError) as broken:
        raise UnreadableFile(
            "This Parquet file is broken off, encrypted, or not readable by Arrow. Write and send it again."
        ) from broken


def _require_harmless(metadata: Any) -> None:
    if metadata.num_columns > COLUMNS_MAX:
        raise UnreadableFile(
            f"The file has {metadata.num_columns} columns; a table has {COLUMNS_MAX} at most."
        )
    for group in range(metadata.num_row_groups):
        row_group = metadata.row_group(group)
        if row_group.total_byte_size > ROW_GROUP_BYTES_MAX:
            raise UnreadableFile(
                "A row group of this Parquet file is above 4 GB. Write smaller ones."
            )
        for place in range(row_group.num_columns):
            column = row_group.column(place)
            if (
                column.total_uncompressed_size > RATIO_FROM_BYTES
                and column.total_uncompressed_size
                > RATIO_MAX * max(1, column.total_compressed_size)
            ):
                raise UnreadableFile(
                    "This Parquet file unpacks to far more than it says. It was not opened."
                )


def _is_text(kind: Any) -> bool:
    import pyarrow as pa  # noqa: PLC0415 -- loaded by now

    value = kind.value_type if pa.types.is_dictionary(kind) else kind
    # Wide and fixed ones are read as they are; Arrow keeps no dictionary of them.
    return bool(pa.types.is_string(value) or pa.types.is_binary(value))


def _require_short(texts: Any) -> None:
    import pyarrow.compute as pc  # noqa: PLC0415 -- loaded by now

    if (pc.max(pc.binary_length(texts)).as_py() or 0) > CELL_BYTES_MAX:
        raise UnreadableFile(
            f"A cell of this Parquet file holds more than {CELL_BYTES_MAX:,} bytes of text."
        )


def _cells(column: Any) -> list[Cell]:
    import pyarrow as pa  # noqa: PLC0415 -- loaded by now

    kind = column.type
    if pa.types.is_dictionary(kind):
        if _is_text(kind):
            _require_short(column.dictionary)
        column, kind = column.dictionary_decode(), kind.value_type
    if pa.types.is_float16(kind) or pa.types.is_float32(kind):
        # As text it has the digits that it was written with: 28.22, not 28.219999313354492.
        return [
            None if one is None else _number_text(one)
            for one in column.cast(pa.string()).to_pylist()
        ]
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        # Moments are kept to the microsecond.
        column = column.cast(pa.timestamp("us", tz=kind.tz), safe=False)
    return [_cell(one) for one in column.to_pylist()]


def _number_text(text: str) -> str:
    return "NaN" if text == "nan" else text


def _cell(value: Any) -> Cell:
    if isinstance(value, float) and value != value:  # noqa: PLR0124 -- NaN alone is not itself
        # As in a table of text, a format may say that it stands for a missing value.
        return "NaN"
    if isinstance(value, time | timedelta):
        return str(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    found: Cell = value
    return found
