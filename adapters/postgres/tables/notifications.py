"""Notifications."""

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text, text
from sqlalchemy.dialects.postgresql import UUID

from adapters.postgres.tables.schema import Moment, metadata

notifications = Table(
    "notifications",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False, comment="Who is told."),
    Column(
        "kind", String(50), nullable=False, comment="What it is about, as `certificate_sealed`."
    ),
    Column(
        "message",
        Text,
        nullable=False,
        comment="One sentence; names projects and serials, never people.",
    ),
    Column(
        "link", String(255), nullable=False, comment="Path below the registry's public address."
    ),
    Column("mailed_at", Moment, comment="When the mail server took it; NULL: not mailed yet."),
    Column("read_at", Moment, comment="When the account marked it as read; NULL: not yet."),
    Column("created_at", Moment, nullable=False),
    Index("ix_notifications_newest", "user_id", "created_at"),
    Index(
        "ix_notifications_unmailed",
        "kind",
        "created_at",
        postgresql_where=text("mailed_at IS NULL"),
    ),
    comment="What people are told, in the app and by mail.",
)
