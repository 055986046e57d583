"""What people are told: notifications, mails about accounts with their tokens, and what staff did to accounts."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import UUID

from adapters.postgres.tables.schema import RANDOM, Moment, metadata, one_of, sha256_hex
from domain.accounts.membership import AccountAct, TokenPurpose
from domain.accounts.messages import AccountMessageKind
from domain.accounts.notices.kinds import NoticeChannel

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
    Column(
        "digest_wanted_at",
        Moment,
        comment="When it was kept for the account's next digest; NULL: it was not.",
    ),
    Column("digest_id", ForeignKey("digests.id"), comment="The one digest that tells of it."),
    Index("ix_notifications_newest", "user_id", "created_at"),
    Index("ix_notifications_unread", "user_id", postgresql_where=text("read_at IS NULL")),
    Index("ix_notifications_in_digest", "digest_id"),
    Index(
        "ix_notifications_wanted",
        "user_id",
        postgresql_where=text("digest_wanted_at IS NOT NULL AND digest_id IS NULL"),
    ),
    Index(
        "ix_notifications_unmailed",
        "kind",
        "created_at",
        postgresql_where=text("mailed_at IS NULL"),
    ),
    comment="What people are told, in the app and by mail.",
)

notification_preferences = Table(
    "notification_preferences",
    metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True, comment="Who chose it."),
    Column("kind", String(50), primary_key=True, comment="What it is about."),
    Column(
        "channel",
        String(20),
        nullable=False,
        comment="How the account hears of notifications of it.",
    ),
    one_of("channel", NoticeChannel),
    comment="How accounts hear of each kind, where they chose another way than the kind's own.",
)

notification_settings = Table(
    "notification_settings",
    metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True, comment="Whose."),
    Column(
        "time_zone",
        String(64),
        nullable=False,
        server_default=text("'UTC'"),
        comment="By which the digest comes, as `Europe/Warsaw`. Personal data.",
    ),
    Column(
        "digest_hour",
        SmallInteger,
        nullable=False,
        server_default=text("8"),
        comment="From which hour of that zone on.",
    ),
    Column(
        "unsubscribe_key",
        LargeBinary,
        nullable=False,
        info=RANDOM,
        comment="Signs the links that turn mails off; good for nothing else.",
    ),
    CheckConstraint("digest_hour BETWEEN 0 AND 23", name="digest_hour_of_day"),
    CheckConstraint("octet_length(unsubscribe_key) = 32", name="unsubscribe_key_long"),
    comment="What else an account chose about notifications, and what signs its links.",
)

digests = Table(
    "digests",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False, comment="Who gets it."),
    Column("day", Date, nullable=False, comment="The day of the account's own zone; one a day."),
    Column("planned_at", Moment, nullable=False, comment="When what it tells of was settled."),
    Column("mailed_at", Moment, comment="When the mail server took it; NULL: not mailed yet."),
    UniqueConstraint("user_id", "day"),
    Index("ix_digests_unmailed", "planned_at", postgresql_where=text("mailed_at IS NULL")),
    comment="Mails that tell of a day's notifications at once.",
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
