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
    Column(
        "seq",
        BigInteger,
        primary_key=True,
        autoincrement=False,
        comment="Place in the chain: 1, 2, 3, without gaps.",
    ),
    Column(
        "previous_hash",
        String(64),
        nullable=False,
        info=RANDOM,
        comment="The hash of the entry before; 64 zeros in the first.",
    ),
    Column(
        "hash",
        String(64),
        nullable=False,
        unique=True,
        info=RANDOM,
        comment="SHA-256, hex, over this entry, its number and previous_hash.",
    ),
    Column(
        "hash_version",
        SmallInteger,
        nullable=False,
        comment="Which rule it is hashed by (ADR 0022).",
    ),
    Column("salt", LargeBinary, info=RANDOM, comment="Secret; hides what an entry commits to."),
    Column(
        "event_type",
        String(100),
        nullable=False,
        index=True,
        comment="What happened, as `certificate.sealed`.",
    ),
    Column("action", String(100), nullable=False, comment="What was done, in a word."),
    Column(
        "user_id",
        UUID(as_uuid=True),
        index=True,
        comment="Who acted; NULL: the registry itself. No foreign key: people can be forgotten, "
        "entries cannot.",
    ),
    Column(
        "resource_type",
        String(100),
        nullable=False,
        comment="What it was done to, as `credit_transaction`.",
    ),
    Column(
        "resource_id",
        UUID(as_uuid=True),
        nullable=False,
        comment="Which one; no foreign key, as it may be in any table.",
    ),
    Column("changes", JSONB, nullable=False, comment="Before and after, without personal data."),
    Column(
        "source",
        JSONB(none_as_null=True),
        comment="Network and browser family it was asked from; for staff. The changes commit to it.",
    ),
    Column(
        "at",
        Moment,
        nullable=False,
        index=True,
        comment="When it was done, by the clock of the process that did it; the hash covers it.",
    ),
    CheckConstraint(
        "(hash_version = 1) = (salt IS NULL) AND (salt IS NULL OR length(salt) = 32)",
        name="salted_since_version_2",
    ),
    Index("ix_audit_logs_resource", "resource_type", "resource_id"),
    comment="What was done and by whom, as a chain of hashes (ADR 0022). Rows never change.",
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("only_row", Boolean, primary_key=True, server_default=text("true")),
    Column(
        "seq",
        BigInteger,
        nullable=False,
        comment="Number of the newest entry; 0: the log is empty.",
    ),
    Column(
        "hash",
        String(64),
        nullable=False,
        info=RANDOM,
        comment="Hash of the newest entry; 64 zeros: the log is empty.",
    ),
    CheckConstraint("only_row", name="only_row"),
    comment="One row: the newest entry of audit_logs. Its lock gives the entries their order.",
)
