"""The columns that all recorded things share (adapters.postgres.tables.standards)."""

from typing import Any

from sqlalchemy.engine import RowMapping

from adapters.postgres.rows import row_of, value_of
from domain.standards.records import Record, Source

MOVING = (
    *("status", "confirmed_by", "confirmed_at"),
    *("withdrawn_by", "withdrawn_at", "withdrawn_reason"),
)


def source_from(row: RowMapping) -> Source:
    return Source(row["source_document_id"], row["source_url"], row["source_dated"])


def record_from(row: RowMapping) -> Record:
    return value_of(Record, row)


def columns_of_record(source: Source, record: Record) -> dict[str, Any]:
    return {
        "source_document_id": source.document_id,
        "source_url": source.url,
        "source_dated": source.dated,
        **row_of(record),
    }


def moved(record: Record) -> dict[str, Any]:
    row = row_of(record)
    return {name: row[name] for name in MOVING}
