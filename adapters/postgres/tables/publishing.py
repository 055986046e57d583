"""What the registry tells others: events, webhooks, deliveries, exports."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from adapters.postgres.tables.schema import Moment, metadata, sha256_hex

exports = Table(
    "exports",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("generated_at", Moment, nullable=False, index=True),
    Column("sha256", String(64), nullable=False, comment="Of the manifest; also in the audit log."),
    Column(
        "manifest", LargeBinary, nullable=False, comment="Canonical JSON (RFC 8785), as served."
    ),
    sha256_hex("sha256"),
)

outbox_events = Table(
    "outbox_events",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column(
        "position",
        BigInteger,
        Identity(),
        nullable=False,
        unique=True,
        comment="Order of publication.",
    ),
    Column("name", String(100), nullable=False, index=True, comment="As `retirement.completed`."),
    Column("payload", JSONB, nullable=False, comment="As documented in docs/events.md."),
    Column("occurred_at", Moment, nullable=False),
    Column("dispatched_at", Moment, comment="When its deliveries were planned."),
    Index("ix_outbox_events_waiting", "position", postgresql_where=text("dispatched_at IS NULL")),
    Index("ix_outbox_events_newest", "occurred_at", "id"),
)

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("url", String(2000), nullable=False),
    Column(
        "secret",
        Text,
        nullable=False,
        comment="Signs deliveries (HMAC-SHA256); sealed under a key that is not in the database.",
    ),
    Column("events", JSONB, nullable=False, comment="Names it wants; an empty list means all."),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("created_by", ForeignKey("users.id"), nullable=False),
    Column("created_at", Moment, nullable=False),
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("webhook_id", ForeignKey("webhooks.id"), nullable=False),
    Column("event_id", ForeignKey("outbox_events.id"), nullable=False),
    Column("status", String(20), nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("last_status_code", Integer),
    Column("last_error", Text),
    Column("created_at", Moment, nullable=False),
    Column("last_attempt_at", Moment),
    Column("delivered_at", Moment),
    Column("replays", Integer, nullable=False, server_default=text("0")),
    Column(
        "taken_at", Moment, comment="When a workflow took it on; NULL: it waits for the dispatcher."
    ),
    CheckConstraint("status IN ('pending', 'delivered', 'failed')", name="status_known"),
    UniqueConstraint("webhook_id", "event_id"),
    Index(
        "ix_webhook_deliveries_waiting",
        "created_at",
        "id",
        postgresql_where=text("taken_at IS NULL AND status = 'pending'"),
    ),
    Index("ix_webhook_deliveries_newest", "webhook_id", "created_at", "id"),
    Index(
        "ix_webhook_deliveries_undelivered",
        "status",
        "created_at",
        "id",
        postgresql_include=["webhook_id"],
        postgresql_where=text("status <> 'delivered'"),
    ),
)
