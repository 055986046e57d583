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
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from adapters.postgres.tables.schema import Moment, metadata, sha256_hex

exports = Table(
    "exports",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column(
        "generated_at",
        Moment,
        nullable=False,
        index=True,
        comment="The one moment that all its files show.",
    ),
    Column("sha256", String(64), nullable=False, comment="Of the manifest; also in the audit log."),
    Column(
        "manifest", LargeBinary, nullable=False, comment="Canonical JSON (RFC 8785), as served."
    ),
    sha256_hex("sha256"),
    comment="Publications of the open data; the files are in object storage. Rows never change.",
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
    Column("occurred_at", Moment, nullable=False, comment="When what it tells of happened."),
    Column("dispatched_at", Moment, comment="When its deliveries were planned."),
    Index("ix_outbox_events_waiting", "position", postgresql_where=text("dispatched_at IS NULL")),
    Index("ix_outbox_events_newest", "occurred_at", "id"),
    comment="Events, written in the transaction that they tell of, and handed to webhooks "
    "afterwards.",
)

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("url", String(2000), nullable=False, comment="Where deliveries are sent by POST."),
    Column(
        "secret",
        Text,
        nullable=False,
        comment="Signs deliveries (HMAC-SHA256); sealed under a key that is not in the database.",
    ),
    Column("events", JSONB, nullable=False, comment="Names it wants; an empty list means all."),
    Column(
        "active",
        Boolean,
        nullable=False,
        server_default=text("true"),
        comment="False: nothing is sent; by staff, or because the receiver answered 410 (gone).",
    ),
    Column("created_by", ForeignKey("users.id"), nullable=False, comment="Staff who added it."),
    Column("created_at", Moment, nullable=False),
    comment="Receivers of events; managed by staff.",
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("webhook_id", ForeignKey("webhooks.id"), nullable=False),
    Column("event_id", ForeignKey("outbox_events.id"), nullable=False),
    Column(
        "status",
        String(20),
        nullable=False,
        comment="pending, delivered (the receiver answered 2xx), failed (given up).",
    ),
    Column(
        "attempts",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="All of them, also those before a replay.",
    ),
    Column(
        "last_status_code",
        Integer,
        comment="HTTP status of the last attempt; NULL: there was no answer.",
    ),
    Column(
        "last_error",
        Text,
        comment="Why the last attempt failed, or why it was given up; NULL once delivered.",
    ),
    Column("created_at", Moment, nullable=False),
    Column("last_attempt_at", Moment, comment="When the last attempt ended."),
    Column(
        "delivered_at", Moment, comment="When the receiver answered 2xx; NULL again after a replay."
    ),
    Column(
        "replays",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="Rounds after the first, asked for by staff.",
    ),
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
    comment="One event on its way to one webhook.",
)

public_revisions = Table(
    "public_revisions",
    metadata,
    Column("topic", String(20), primary_key=True, comment="Which rows: projects, ledger or chain."),
    Column(
        "slot",
        Integer,
        primary_key=True,
        autoincrement=False,
        comment="One of several counters, so that nobody waits for another.",
    ),
    Column(
        "changes",
        BigInteger,
        nullable=False,
        comment="How many transactions were counted here.",
        # In which slot is chance.
        info={"random": True},
    ),
    comment="How often the rows behind public answers have changed: the sum over a topic (ADR 0106).",
)

public_fragments = Table(
    "public_fragments",
    metadata,
    Column("kind", String(20), primary_key=True, comment="project, retirement or credit."),
    Column("id", UUID(as_uuid=True), primary_key=True, comment="Of the row of that kind."),
    Column(
        "at",
        Moment,
        nullable=False,
        comment="What its list is ordered by: created, retired or issued.",
    ),
    Column(
        "body",
        Text,
        nullable=False,
        comment="JSON, as the public API has it; U+0001 stands for the registry's own address, U+0002 for"
        " a project's labels of the day.",
    ),
    CheckConstraint("kind IN ('project', 'retirement', 'credit')", name="kind_known"),
    # Credits have no public list.
    Index(
        "ix_public_fragments_newest",
        "kind",
        "at",
        "id",
        postgresql_where=text("kind <> 'credit'"),
    ),
    comment="What the public API says of each project, retirement and credit, ready, kept by triggers in"
    " the transactions that change it (ADR 0116). Can be rebuilt at any time.",
)

public_fragment_changes = Table(
    "public_fragment_changes",
    metadata,
    Column(
        "xact_id",
        BigInteger,
        primary_key=True,
        autoincrement=False,
        server_default=text("(pg_current_xact_id()::text)::bigint"),
        comment="The transaction of PostgreSQL that changes it.",
    ),
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("kind", String(20), nullable=False, comment="As in public_fragments."),
    Column(
        "ids",
        ARRAY(UUID(as_uuid=True)),
        nullable=False,
        comment="Whose pieces one statement changes.",
    ),
    prefixes=["UNLOGGED"],
    comment="Whose pieces transactions that are not committed yet change in public_fragments; nobody ever"
    " sees a row.",
)
