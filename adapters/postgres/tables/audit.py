"""The audit log and its head."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from adapters.postgres.tables.schema import RANDOM, Moment, metadata

audit_logs = Table(
    "audit_logs",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("previous_hash", String(64), nullable=False, info=RANDOM),
    Column("hash", String(64), nullable=False, unique=True, info=RANDOM),
    Column(
        "hash_version",
        SmallInteger,
        nullable=False,
        comment="Which rule it is hashed by (ADR 0022).",
    ),
    Column("salt", LargeBinary, info=RANDOM, comment="Secret; hides what an entry commits to."),
    Column("event_type", String(100), nullable=False, index=True),
    Column("action", String(100), nullable=False),
    Column("user_id", UUID(as_uuid=True), index=True),
    Column("resource_type", String(100), nullable=False),
    Column("resource_id", UUID(as_uuid=True), nullable=False),
    Column("changes", JSONB, nullable=False, comment="Before and after, without personal data."),
    Column("at", Moment, nullable=False, index=True),
    CheckConstraint(
        "(hash_version = 1) = (salt IS NULL) AND (salt IS NULL OR length(salt) = 32)",
        name="salted_since_version_2",
    ),
    Index("ix_audit_logs_resource", "resource_type", "resource_id"),
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("only_row", Boolean, primary_key=True, server_default=text("true")),
    Column("seq", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False, info=RANDOM),
    CheckConstraint("only_row", name="only_row"),
)
