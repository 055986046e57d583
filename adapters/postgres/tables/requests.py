"""What was asked of the registry: responses stored by key, stored requests (`drafts`), and what activities have done already."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from adapters.postgres.tables.schema import Moment, metadata, sha256_hex

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column(
        "account_id",
        ForeignKey("users.id"),
        primary_key=True,
        comment="Who asked; keys of different accounts have nothing to do with each other.",
    ),
    Column(
        "key", String(255), primary_key=True, comment="The header Idempotency-Key, as it was sent."
    ),
    Column("request_hash", String(64), nullable=False, comment="SHA-256 of method, path and body."),
    Column("status", SmallInteger, comment="NULL until the first answer is known."),
    Column("body", LargeBinary, comment="The answer's bytes, given again to a repeated request."),
    Column("created_at", Moment, nullable=False, server_default=text("now()")),
    Column(
        "answered_at",
        Moment,
        comment="When the first answer was given; its bytes are kept for a day.",
    ),
    Column("location", Text, comment="Where what was brought about is to be found."),
    sha256_hex("request_hash"),
    CheckConstraint("(status IS NULL) = (answered_at IS NULL)", name="answered_at_some_time"),
    Index("ix_idempotency_keys_kept", "answered_at", postgresql_where=text("body IS NOT NULL")),
    comment="The first answer to each request that had an Idempotency-Key (ADR 0003).",
)

drafts = Table(
    "drafts",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("account_id", ForeignKey("users.id"), nullable=False, index=True, comment="Who asked."),
    Column(
        "body",
        JSONB,
        nullable=False,
        comment="What was asked for; workflows carry the id, so that their histories hold no person.",
    ),
    Column("created_at", Moment, nullable=False, server_default=text("now()"), index=True),
    comment="What somebody asked for, until a workflow takes it up; forgotten when it is "
    "refused, and a week later in any case (ADR 0012).",
)

unfinished_forms = Table(
    "unfinished_forms",
    metadata,
    Column(
        "account_id",
        ForeignKey("users.id"),
        primary_key=True,
        comment="Whose it is, and nobody else's.",
    ),
    Column("form", String(50), primary_key=True, comment="Which form, as `new-project`."),
    Column(
        "fields",
        JSONB,
        nullable=False,
        comment="What was typed, by the names of the fields; nothing of it was checked.",
    ),
    Column(
        "saved_at", Moment, nullable=False, index=True, comment="When something was typed last."
    ),
    comment="A form that somebody goes on with later; gone once it is sent, or after 90 days.",
)

activity_effects = Table(
    "activity_effects",
    metadata,
    Column("key", String(200), primary_key=True, comment="What an activity brings about, once."),
    Column("result", JSONB, comment="Its answer, given again when the activity runs again."),
    Column(
        "at",
        Moment,
        nullable=False,
        server_default=text("now()"),
        comment="When it was brought about.",
    ),
    comment="What activities have brought about, so that a second run brings about nothing.",
)
