"""What people are told: notifications, mails about accounts with their tokens, what staff did, and propose."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import UUID

from adapters.postgres.tables.schema import RANDOM, Moment, metadata, one_of, sha256_hex
from domain.accounts.membership import AccountAct, TokenPurpose
from domain.accounts.messages import AccountMessageKind
from domain.accounts.proposals import ProposalKind, ProposalStatus

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

account_messages = Table(
    "account_messages",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column(
        "user_id",
        ForeignKey("users.id"),
        comment="Whose account it is about; NULL: the e-mail that was typed is nobody's.",
    ),
    Column(
        "kind",
        String(30),
        nullable=False,
        comment="What was asked for; what is written depends on the account's state then.",
    ),
    Column("requested_at", Moment, nullable=False, comment="When the mail was asked for."),
    Column(
        "handled_at", Moment, comment="When nothing was left to do: mailed, or not to be mailed."
    ),
    Column("mailed_at", Moment, comment="When the mail server took it; NULL: not, or not yet."),
    one_of("kind", AccountMessageKind),
    Index(
        "ix_account_messages_waiting", "requested_at", postgresql_where=text("handled_at IS NULL")
    ),
    Index("ix_account_messages_of", "user_id", "kind", "mailed_at"),
    comment="Mails about accounts that were asked for; no text of them and no address is here.",
)

account_tokens = Table(
    "account_tokens",
    metadata,
    Column(
        "token_hash",
        String(64),
        primary_key=True,
        info=RANDOM,
        comment="SHA-256, hex, of the 32 random bytes in the mail's link.",
    ),
    Column(
        "user_id",
        ForeignKey("users.id"),
        nullable=False,
        index=True,
        comment="The account it is good for.",
    ),
    Column("purpose", String(30), nullable=False, comment="The one thing that it is good for."),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False, comment="It is refused from then on."),
    Column(
        "used_at",
        Moment,
        comment="When it was used, or made void by another; NULL: it is good.",
    ),
    one_of("purpose", TokenPurpose),
    sha256_hex("token_hash"),
    comment="What links in mails are good for, each once.",
)

account_acts = Table(
    "account_acts",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column(
        "user_id", ForeignKey("users.id"), nullable=False, comment="Whose account it was done to."
    ),
    Column("actor_id", ForeignKey("users.id"), nullable=False, comment="Who of staff did it."),
    Column("act", String(30), nullable=False, comment="What was done."),
    Column("role", String(50), nullable=False, comment="The account's role from then on."),
    Column(
        "reason",
        Text,
        comment="Why, as staff wrote it; NULL: an invitation has none. Personal data.",
    ),
    Column("at", Moment, nullable=False, comment="When."),
    one_of("act", AccountAct),
    Index("ix_account_acts_newest", "user_id", "at"),
    comment="What staff did to accounts, and why; the audit log names the act and not the reason.",
)

proposals = Table(
    "proposals",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("kind", String(30), nullable=False, comment="What is to be done."),
    Column(
        "subject",
        String(100),
        nullable=False,
        comment="The serial, project or account it is about, or `registry`.",
    ),
    Column("quantity_units", BigInteger, comment="Units of 0.01 t CO2e; NULL: it moves none."),
    Column("reason", Text, nullable=False, comment="Why, in the words of who proposed it."),
    Column("terms_sha256", String(64), nullable=False, comment="SHA-256 of all that is asked for."),
    Column("status", String(20), nullable=False, comment="waiting, then one of three, for ever."),
    Column("proposed_by", ForeignKey("users.id"), nullable=False, comment="One administrator."),
    Column("proposed_at", Moment, nullable=False, comment="When it was asked for."),
    Column("expires_at", Moment, nullable=False, comment="Nobody countersigns it from then on."),
    Column(
        "settled_by", ForeignKey("users.id"), comment="Another administrator; NULL: it expired."
    ),
    Column("settled_at", Moment, comment="When it was answered, or expired."),
    Column("refusal", Text, comment="Why another administrator said no."),
    one_of("kind", ProposalKind),
    one_of("status", ProposalStatus),
    sha256_hex("terms_sha256"),
    CheckConstraint("settled_by IS NULL OR settled_by <> proposed_by", name="two_pairs_of_eyes"),
    CheckConstraint("(status = 'waiting') = (settled_at IS NULL)", name="settled_once_answered"),
    CheckConstraint("(status = 'refused') = (refusal IS NOT NULL)", name="refused_for_a_reason"),
    CheckConstraint(
        "(status IN ('countersigned', 'refused')) = (settled_by IS NOT NULL)",
        name="settled_by_staff",
    ),
    Index("ix_proposals_newest", "proposed_at", "id"),
    comment="What one administrator asks for and another must countersign before it is carried out.",
)
