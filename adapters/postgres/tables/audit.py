"""The audit log, its head, its queue and its archives."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Identity,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
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
        nullable=False,
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
        comment="What happened, as `certificate.sealed`.",
    ),
    Column("action", String(100), nullable=False, comment="What was done, in a word."),
    Column(
        "user_id",
        UUID(as_uuid=True),
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
        comment="When it was done, by the clock of the process that did it; the hash covers it.",
    ),
    Column(
        "month",
        Date,
        nullable=False,
        server_default=text("date_trunc('month', clock_timestamp() AT TIME ZONE 'UTC')::date"),
        info=RANDOM,
        comment="First day of the month (UTC) in which it was chained, by the clock of the database: its "
        "partition. Under the head's lock, so that it grows with seq.",
    ),
    PrimaryKeyConstraint("seq", "month"),
    UniqueConstraint("hash", "month", name="uq_audit_logs_hash"),
    CheckConstraint(
        "(hash_version = 1) = (salt IS NULL) AND (salt IS NULL OR length(salt) = 32)",
        name="salted_since_version_2",
    ),
    Index("ix_audit_logs_at", "at", "seq"),
    Index("ix_audit_logs_event_type", "event_type", "seq"),
    Index("ix_audit_logs_resource", "resource_type", "resource_id", "seq"),
    Index("ix_audit_logs_user_id", "user_id", "seq"),
    comment="What was done and by whom, as a chain of hashes (ADR 0022), in a partition for each month "
    "(ADR 0070). Rows never change.",
    postgresql_partition_by="RANGE (month)",
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

_AS_IN_THE_LOG = "As in audit_logs."

audit_queue = Table(
    "audit_queue",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("hash_version", SmallInteger, nullable=False, comment=_AS_IN_THE_LOG),
    Column("salt", LargeBinary, nullable=False, info=RANDOM, comment=_AS_IN_THE_LOG),
    Column("event_type", String(100), nullable=False, comment=_AS_IN_THE_LOG),
    Column("action", String(100), nullable=False, comment=_AS_IN_THE_LOG),
    Column("user_id", UUID(as_uuid=True), comment=_AS_IN_THE_LOG),
    Column("resource_type", String(100), nullable=False, comment=_AS_IN_THE_LOG),
    Column("resource_id", UUID(as_uuid=True), nullable=False, comment=_AS_IN_THE_LOG),
    Column("changes", JSONB, nullable=False, info=RANDOM, comment=_AS_IN_THE_LOG),
    Column("source", JSONB(none_as_null=True), comment=_AS_IN_THE_LOG),
    Column("at", Moment, nullable=False, comment=_AS_IN_THE_LOG),
    Column(
        "before_hash",
        Text,
        nullable=False,
        info=RANDOM,
        comment="What is hashed, up to the hash of the entry before.",
    ),
    Column(
        "before_seq",
        Text,
        nullable=False,
        comment="What is hashed between that and the entry's number.",
    ),
    Column("after_seq", Text, nullable=False, comment="What is hashed after it."),
    comment="Entries of reads and refusals on their way into audit_logs, for seconds (ADR 0070).",
)

audit_archives = Table(
    "audit_archives",
    metadata,
    Column(
        "month",
        Date,
        primary_key=True,
        comment="First day of the month that was archived; its partition of audit_logs is dropped.",
    ),
    Column("first_seq", BigInteger, nullable=False, comment="Its first entry."),
    Column(
        "last_seq",
        BigInteger,
        nullable=False,
        comment="Its last entry; one less than the first: it had none.",
    ),
    Column(
        "previous_hash",
        String(64),
        nullable=False,
        info=RANDOM,
        comment="The hash of the entry before its first one.",
    ),
    Column(
        "last_hash",
        String(64),
        nullable=False,
        info=RANDOM,
        comment="The hash of its last entry.",
    ),
    Column(
        "anchored",
        JSONB,
        nullable=False,
        info=RANDOM,
        comment="Hashes of those of its entries that an anchor names, by their numbers.",
    ),
    Column(
        "told",
        JSONB,
        nullable=False,
        info=RANDOM,
        comment="What its entries told of issuances and approvals: a list of eventType, resourceType, "
        "resourceId and changes.",
    ),
    Column(
        "object_key",
        String(200),
        nullable=False,
        info=RANDOM,
        comment="The file in object storage: JSON Lines, gzipped.",
    ),
    Column("sha256", String(64), nullable=False, info=RANDOM, comment="Of the file, hex."),
    Column("size_bytes", BigInteger, nullable=False, info=RANDOM, comment="Of the file."),
    Column("archived_at", Moment, nullable=False, comment="When the file was stored."),
    CheckConstraint("first_seq > 0 AND last_seq >= first_seq - 1", name="range_in_order"),
    comment="Months of the audit log that left the database, and what their place in the chain is checked "
    "by (ADR 0070). Rows never change.",
)
