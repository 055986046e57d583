"""What people are told, what staff did to accounts, and what people ask for of their own data."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import UUID

from adapters.postgres.personal_columns import SealedText
from adapters.postgres.tables.schema import RANDOM, Moment, metadata, one_of, sha256_hex
from domain.accounts.membership import AccountAct, TokenPurpose
from domain.accounts.messages import AccountMessageKind
from domain.accounts.notices.kinds import NoticeChannel
from domain.accounts.personal_data import ConsentKind
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
        SealedText("account_acts.reason"),
        comment="Why, as staff wrote it; NULL: an invitation has none. Sealed for this row (ADR 0072).",
    ),
    Column("at", Moment, nullable=False, comment="When."),
    one_of("act", AccountAct),
    Index("ix_account_acts_newest", "user_id", "at"),
    comment="What staff did to accounts, and why; the audit log names the act and not the reason.",
)

personal_data_keys = Table(
    "personal_data_keys",
    metadata,
    Column(
        "version",
        Integer,
        primary_key=True,
        autoincrement=False,
        comment="1 for the first; the highest one seals.",
    ),
    Column(
        "wrapped",
        Text,
        nullable=False,
        unique=True,
        info=RANDOM,
        comment="The key under which personal values are sealed, wrapped under one that is not here.",
    ),
    Column("created_at", Moment, nullable=False, server_default=text("now()")),
    CheckConstraint("version > 0", name="version_positive"),
    comment="Keys of personal data, wrapped (ADR 0072).",
)

consents = Table(
    "consents",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False, comment="Who said so."),
    Column("kind", String(30), nullable=False, comment="What to: terms or marketing_mails."),
    Column(
        "version",
        String(50),
        nullable=False,
        comment="Of the text that was shown, as the date of the terms.",
    ),
    Column("given", Boolean, nullable=False, comment="False: taken back, or refused."),
    Column("at", Moment, nullable=False, comment="When."),
    one_of("kind", ConsentKind),
    Index("ix_consents_newest", "user_id", "kind", "at"),
    comment="What people consented to and took back; the newest of a kind holds.",
)

erasures = Table(
    "erasures",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False, comment="Who wants to be erased."),
    Column("requested_at", Moment, nullable=False, comment="When it was asked for."),
    Column("erase_at", Moment, nullable=False, comment="Until then it can be withdrawn."),
    Column("reminded_at", Moment, comment="When the reminder was sent; NULL: not yet."),
    Column("withdrawn_at", Moment, comment="When the person thought better of it."),
    Column("erased_at", Moment, comment="When name and e-mail were replaced."),
    Column(
        "refused_at",
        Moment,
        comment="When the time had come, and something stood against it; the person was told.",
    ),
    CheckConstraint("erase_at >= requested_at", name="time_to_think"),
    CheckConstraint("num_nonnulls(withdrawn_at, erased_at, refused_at) <= 1", name="ends_once"),
    Index(
        "ix_erasures_open",
        "user_id",
        unique=True,
        postgresql_where=text("withdrawn_at IS NULL AND erased_at IS NULL AND refused_at IS NULL"),
    ),
    comment="Wishes to be erased, each with a time to think; one at a time for each account.",
)

data_exports = Table(
    "data_exports",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False, comment="Whose data, and who asked."),
    Column("requested_at", Moment, nullable=False, comment="When it was asked for."),
    Column("ready_at", Moment, comment="When the file was stored; NULL: not yet."),
    Column("size_bytes", Integer, comment="Of the file."),
    Column("removed_at", Moment, comment="When the file was removed."),
    CheckConstraint("(ready_at IS NULL) = (size_bytes IS NULL)", name="ready_whole"),
    Index("ix_data_exports_newest", "user_id", "requested_at"),
    comment="Files with all of one account's data, made when it asks, and removed days later.",
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
    Column("status", String(20), nullable=False, comment="waiting, then one of four, for ever."),
    Column("proposed_by", ForeignKey("users.id"), nullable=False, comment="One administrator."),
    Column("proposed_at", Moment, nullable=False, comment="When it was asked for."),
    Column("expires_at", Moment, nullable=False, comment="Nobody countersigns it from then on."),
    Column(
        "settled_by",
        ForeignKey("users.id"),
        comment="Another administrator; NULL: it expired or was withdrawn.",
    ),
    Column("settled_at", Moment, comment="When it was answered or withdrawn, or expired."),
    Column("refusal", Text, comment="Why another administrator said no."),
    Column(
        "request_key",
        String(255),
        comment="The key of the request, with which its proposer sends it again; NULL: it has none.",
    ),
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
