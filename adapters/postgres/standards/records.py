"""The columns that all recorded things share (adapters.postgres.tables.credits.standards)."""

from typing import Any

from sqlalchemy.engine import RowMapping

from adapters.postgres.rows import row_of, value_of
from domain.standards.records import StandardRecord, StandardSource

MOVING = (
    *("status", "confirmed_by", "confirmed_at"),
    *("withdrawn_by", "withdrawn_at", "withdrawn_reason"),
)


def source_from(row: RowMapping) -> StandardSource:
    return StandardSource(row["source_document_id"], row["source_url"], row["source_dated"])


def record_from(row: RowMapping) -> StandardRecord:
    return value_of(StandardRecord, row)


def columns_of_record(source: StandardSource, record: StandardRecord) -> dict[str, Any]:
    return {
        "source_document_id": source.document_id,
        "source_url": source.url,
        "source_dated": source.dated,
        **row_of(record),
    }


def moved(record: StandardRecord) -> dict[str, Any]:
    row = row_of(record)
    return {name: row[name] for name in MOVING}
