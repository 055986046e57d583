"""What watches over the chain: alerts, and what was last heard of the provider."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    String,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import UUID

from adapters.postgres.tables.schema import Moment, metadata, one_of
from domain.chain.alerts import AlertKind

alerts = Table(
    "alerts",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column(
        "kind",
        String(50),
        nullable=False,
        comment="What is wrong; the constraint kind_known lists the kinds.",
    ),
    Column(
        "subject",
        String(200),
        nullable=False,
        comment="A wallet, transaction, record, network, the ledger, or a workflow and its activity.",
    ),
    Column("sentence", Text, nullable=False, comment="How it stands now; names no person."),
    Column(
        "raised_at",
        Moment,
        nullable=False,
        comment="When it was first found; stays when it comes back within an hour.",
    ),
    Column("cleared_at", Moment, comment="NULL as long as the condition holds."),
    Column("seen_at", Moment, comment="When its sentence was last found to be so."),
    one_of("kind", AlertKind),
    CheckConstraint("cleared_at >= raised_at", name="cleared_after_raised"),
    Index(
        "ix_alerts_open",
        "kind",
        "subject",
        unique=True,
        postgresql_where=text("cleared_at IS NULL"),
    ),
    Index("ix_alerts_newest", "raised_at", "id"),
    Index("ix_alerts_cleared_at", "cleared_at"),
    comment="Conditions that staff must know of, from their beginning to their end (ADR 0017).",
)

chain_provider = Table(
    "chain_provider",
    metadata,
    Column("only_row", Boolean, primary_key=True, server_default=text("true")),
    Column("asked_at", Moment, comment="When the chain watch last asked for the tip."),
    Column("answered_at", Moment, comment="When the provider last gave its tip."),
    Column("silent_since", Moment, comment="First question without an answer since the last one."),
    Column("refused_since", Moment, comment="Likewise for being turned away (402, 403, 418)."),
    Column("tip_height", BigInteger, comment="Height of the newest block seen."),
    Column("tip_slot", BigInteger, comment="Slot of the newest block seen."),
    Column("tip_hash", String(64), comment="Hash of the newest block seen (Blake2b-256, hex)."),
    Column("tip_seen_at", Moment, comment="When the newest block was first seen."),
    Column("told_at", Moment, comment="When a webhook of the provider last came, and was genuine."),
    CheckConstraint("only_row", name="only_row"),
    comment="One row: what was last heard of the chain's provider.",
)
