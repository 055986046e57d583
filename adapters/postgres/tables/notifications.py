"""Notifications."""

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text, text
from sqlalchemy.dialects.postgresql import UUID

from adapters.postgres.tables.schema import Moment, metadata

notifications = Table(
    "notifications",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("kind", String(50), nullable=False),
    Column("message", Text, nullable=False),
    Column("link", String(255), nullable=False),
    Column("mailed_at", Moment),
    Column("read_at", Moment),
    Column("created_at", Moment, nullable=False),
    Index("ix_notifications_newest", "user_id", "created_at"),
    Index(
        "ix_notifications_unmailed",
        "kind",
        "created_at",
        postgresql_where=text("mailed_at IS NULL"),
    ),
)
