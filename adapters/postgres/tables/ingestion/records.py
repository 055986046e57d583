"""Records that were taken from files, and the serial ranges that they name (ADR 0080)."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Integer,
    Numeric,
    String,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from adapters.postgres.tables.schema import metadata

ingested_records = Table(
    "ingested_records",
    metadata,
    Column(
        "ingestion_id",
        UUID(as_uuid=True),
        primary_key=True,
        comment="The file it was taken from.",
    ),
    Column(
        "chunk", Integer, primary_key=True, autoincrement=False, comment="The part of the file."
    ),
    Column(
        "position",
        Integer,
        primary_key=True,
        autoincrement=False,
        comment="From 0, within the part.",
    ),
    Column("kind", String(20), nullable=False, comment="Of the model, as `issuance`."),
    Column("sheet", String(100), comment="Of a workbook; NULL for other files."),
    Column("line", BigInteger, nullable=False, comment="Where its row begins, from 1."),
    Column(
        "identity",
        String(64),
        nullable=False,
        index=True,
        comment="SHA-256 of the row as it came; the same row again is the same record.",
    ),
    Column(
        "record",
        JSONB,
        nullable=False,
        comment="By the model's schema; numbers are decimals as text.",
    ),
    ForeignKeyConstraint(
        ["ingestion_id", "chunk"], ["ingestion_chunks.ingestion_id", "ingestion_chunks.chunk"]
    ),
    comment="What was taken from files. Reference data once its file is accepted, else nothing.",
)

ingested_ranges = Table(
    "ingested_ranges",
    metadata,
    Column("ingestion_id", UUID(as_uuid=True), primary_key=True, comment="The record's file."),
    Column(
        "chunk",
        Integer,
        primary_key=True,
        autoincrement=False,
        comment="The record's part of it.",
    ),
    Column(
        "position",
        Integer,
        primary_key=True,
        autoincrement=False,
        comment="The record's place there.",
    ),
    Column(
        "number",
        Integer,
        primary_key=True,
        autoincrement=False,
        comment="From 0, within the record.",
    ),
    Column("kind", String(20), nullable=False, comment="The record's."),
    Column(
        "block",
        Text,
        nullable=False,
        comment="The serial without its range; numbers count within it.",
    ),
    Column("first", Numeric(30, 0), nullable=False, comment="First credit, inclusive."),
    Column("last", Numeric(30, 0), nullable=False, comment="Last credit, inclusive."),
    ForeignKeyConstraint(
        ["ingestion_id", "chunk", "position"],
        ["ingested_records.ingestion_id", "ingested_records.chunk", "ingested_records.position"],
        ondelete="CASCADE",
    ),
    comment="Serial ranges of other registries, to find those that overlap.",
)
