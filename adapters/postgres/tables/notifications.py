"""What people are told: notifications, mails about accounts with their tokens, and what staff did to accounts."""

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text, text
from sqlalchemy.dialects.postgresql import UUID

from adapters.postgres.tables.schema import RANDOM, Moment, metadata, one_of, sha256_hex
from domain.accounts.membership import AccountAct, TokenPurpose
from domain.accounts.messages import AccountMessageKind

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
