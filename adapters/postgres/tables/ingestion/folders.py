"""Folders of object storage, and what was dropped into them (ADR 0119)."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import UUID

from adapters.postgres.tables.schema import Moment, metadata

ingestion_folders = Table(
    "ingestion_folders",
    metadata,
    Column(
        "id", UUID(as_uuid=True), primary_key=True, comment="Its place in storage is named by it."
    ),
    Column(
        "opened_by", ForeignKey("users.id"), nullable=False, comment="Who sends in what is dropped."
    ),
    Column("name", String(100), nullable=False, comment="As its owner calls it."),
    Column(
        "format",
        String(50),
        nullable=False,
        comment="What is dropped is mapped by its newest version.",
    ),
    Column(
        "accept_partly",
        Boolean,
        nullable=False,
        comment="True: the good rows are wanted though others are faulty.",
    ),
    Column("opened_at", Moment, nullable=False, comment="When."),
    Column(
        "project_id",
        ForeignKey("projects.id"),
        comment="Whose monitoring data comes in by it; NULL: reference data of nobody.",
    ),
    Column("closed_at", Moment, comment="Nothing is taken from then on; NULL: open."),
    Index("ix_ingestion_folders_of_account", "opened_by", "opened_at", "id"),
    Index("ix_ingestion_folders_open", "id", postgresql_where=text("closed_at IS NULL")),
    comment="Folders of object storage that pipelines drop files into.",
)

ingestion_drops = Table(
    "ingestion_drops",
    metadata,
    Column(
        "id", UUID(as_uuid=True), primary_key=True, comment="What it was moved to is named by it."
    ),
    Column(
        "folder_id",
        ForeignKey("ingestion_folders.id"),
        nullable=False,
        comment="Where it was dropped.",
    ),
    Column("file_name", String(200), nullable=False, comment="Last part of its key, shortened."),
    Column("size_bytes", BigInteger, nullable=False, comment="As storage lists it."),
    Column("dropped_at", Moment, nullable=False, comment="When storage says that it was written."),
    Column("taken_at", Moment, nullable=False, comment="When it was moved out of the folder."),
    Column(
        "ingestion_id",
        ForeignKey("ingestions.id"),
        comment="The submission that it is; NULL: none.",
    ),
    Column("is_known", Boolean, nullable=False, comment="True: the same bytes had come in before."),
    Column("refusal", Text, comment="Why it is no submission; else NULL."),
    CheckConstraint("(ingestion_id IS NULL) = (refusal IS NOT NULL)", name="taken_or_refused"),
    Index("ix_ingestion_drops_of_folder", "folder_id", "taken_at", "id"),
    Index("ix_ingestion_drops_ingestion_id", "ingestion_id"),
    comment="Files that were dropped into folders: written once, by the look that moved them.",
)
