"""Findings, their threads, and how far an account has looked at a round."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import UUID

from adapters.postgres.tables.schema import Moment, metadata, one_of
from domain.projects.findings import FindingAct, FindingKind, FindingSide

findings = Table(
    "findings",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("verification_id", ForeignKey("verification_requests.id"), nullable=False),
    Column("number", Integer, nullable=False, comment="Counts the findings of a round from 1."),
    Column("kind", String(50), nullable=False, comment="A forward action holds up no approval."),
    Column(
        "text",
        Text,
        nullable=False,
        comment="What was found; for those who work on the project.",
    ),
    Column("document_id", ForeignKey("documents.id"), comment="Which document it is about."),
    Column("page", Integer, comment="Which page of it, from 1."),
    Column("field", String(50), comment="Which field of the project it is about."),
    Column("row_number", Integer, comment="Which row of the document, from 1."),
    Column("raised_by", ForeignKey("users.id"), nullable=False, comment="The round's verifier."),
    Column("raised_at", Moment, nullable=False, comment="When it was raised, or carried here."),
    Column(
        "carried_from",
        ForeignKey("findings.id"),
        unique=True,
        comment="The forward action of an earlier round that this one takes up.",
    ),
    UniqueConstraint("verification_id", "number"),
    one_of("kind", FindingKind),
    CheckConstraint("number > 0 AND page > 0 AND row_number > 0", name="counted_from_one"),
    CheckConstraint(
        "document_id IS NOT NULL OR page IS NULL AND row_number IS NULL", name="place_in_a_document"
    ),
    CheckConstraint("length(text) > 0", name="text_some"),
    CheckConstraint(
        "carried_from IS NULL OR kind = 'forward_action'", name="forward_actions_carried"
    ),
    comment="What a verifier found in a round. Rows never change; the thread says what became of each.",
)

finding_messages = Table(
    "finding_messages",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column(
        "finding_id", ForeignKey("findings.id"), nullable=False, comment="Whose thread it is in."
    ),
    Column("number", Integer, nullable=False, comment="Counts the messages of a thread from 1."),
    Column("act", String(50), nullable=False, comment="What it does to the finding."),
    Column("side", String(50), nullable=False, comment="For whom it was written: one of two."),
    Column(
        "text",
        Text,
        nullable=False,
        comment="For those who work on the project; a closing note too.",
    ),
    Column(
        "written_by", ForeignKey("users.id"), nullable=False, comment="Who acted for that side."
    ),
    Column("written_at", Moment, nullable=False, comment="When it was written."),
    UniqueConstraint("finding_id", "number"),
    one_of("act", FindingAct),
    one_of("side", FindingSide),
    CheckConstraint("number > 0", name="counted_from_one"),
    CheckConstraint("length(text) > 0", name="text_some"),
    CheckConstraint("act = 'reply' OR side = 'verifier'", name="settled_by_verifier"),
    comment="The thread of a finding between verifier and supplier. Rows never change.",
)

finding_attachments = Table(
    "finding_attachments",
    metadata,
    Column(
        "message_id", ForeignKey("finding_messages.id"), nullable=False, comment="Which message."
    ),
    Column("document_id", ForeignKey("documents.id"), nullable=False, comment="What it points to."),
    PrimaryKeyConstraint("message_id", "document_id"),
    Index("ix_finding_attachments_document_id", "document_id"),
    comment="Documents of the same project that a message points to. Rows never change.",
)

round_looks = Table(
    "round_looks",
    metadata,
    Column("account_id", ForeignKey("users.id"), nullable=False, comment="Who looked."),
    Column("verification_id", ForeignKey("verification_requests.id"), nullable=False),
    Column(
        "seq",
        BigInteger,
        nullable=False,
        comment="What the account has seen of the round: audit entries up to this number.",
    ),
    Column(
        "looked_at", Moment, nullable=False, comment="When the account last marked it as looked at."
    ),
    PrimaryKeyConstraint("account_id", "verification_id"),
    CheckConstraint("seq >= 0", name="seq_counted"),
    comment="How far an account has looked at a round; what came since is new to it.",
)
