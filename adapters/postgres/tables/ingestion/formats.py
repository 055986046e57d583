"""Formats that people made, and what they are working on (ADR 0103)."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from adapters.postgres.tables.schema import Moment, metadata, one_of
from domain.ingestion.mapping.stored_formats import FormatReview

ingestion_formats = Table(
    "ingestion_formats",
    metadata,
    Column("id", String(50), primary_key=True, comment="As people choose it."),
    Column(
        "version",
        Integer,
        primary_key=True,
        autoincrement=False,
        comment="From 1; never changed later.",
    ),
    Column(
        "declared",
        JSONB,
        nullable=False,
        comment="As a file of formats declares it (docs/ingestion.md).",
    ),
    Column(
        "sample",
        JSONB,
        nullable=False,
        comment="Header and the rows that its author lets be published.",
    ),
    Column("saved_by", ForeignKey("users.id"), nullable=False, comment="Who made this version."),
    Column("saved_at", Moment, nullable=False, comment="When."),
    Column("review", String(20), nullable=False, comment="What its reviewer says."),
    Column("reviewed_by", ForeignKey("users.id"), comment="Another person; NULL: nobody yet."),
    Column("review_note", Text, comment="What the reviewer wrote; NULL: nothing yet."),
    Column("reviewed_at", Moment, comment="When; NULL: not yet."),
    one_of("review", FormatReview),
    CheckConstraint("version >= 1", name="version_counts"),
    CheckConstraint("reviewed_by IS DISTINCT FROM saved_by", name="another_person"),
    comment="Formats that people made, beside those of the release; each version stays as it is.",
)

ingestion_format_drafts = Table(
    "ingestion_format_drafts",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("saved_by", ForeignKey("users.id"), nullable=False, comment="Whose it is."),
    Column("file_name", String(200), nullable=False, comment="As its sender named it."),
    Column("content", LargeBinary, nullable=False, comment="The sample, 1 MB at most."),
    Column("choices", JSONB, nullable=False, comment="What was chosen so far."),
    Column("created_at", Moment, nullable=False, comment="It is forgotten after a week."),
    Index("ix_ingestion_format_drafts_saved_by", "saved_by", "created_at"),
    comment="A format that somebody is working on, with the sample that it is made by.",
)
