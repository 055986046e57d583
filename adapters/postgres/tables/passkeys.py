"""Passkeys, and the challenges that they answer."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    LargeBinary,
    String,
    Table,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from adapters.postgres.tables.schema import Moment, metadata, one_of
from domain.accounts.passkeys import PasskeyPurpose

passkeys = Table(
    "passkeys",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column(
        "user_id",
        ForeignKey("users.id"),
        nullable=False,
        index=True,
        comment="Whose second factor it is.",
    ),
    Column("name", String(100), nullable=False, comment="What its owner calls it."),
    Column(
        "credential_id",
        LargeBinary,
        nullable=False,
        unique=True,
        comment="What its authenticator calls it; 1 to 1,023 bytes.",
    ),
    Column(
        "public_key", LargeBinary, nullable=False, comment="COSE_Key, by which answers are checked."
    ),
    Column(
        "sign_count",
        BigInteger,
        nullable=False,
        comment="What the authenticator counted last; 0: it does not count.",
    ),
    Column(
        "transports",
        ARRAY(String(50)),
        nullable=False,
        comment="How the authenticator may be reached, as `usb` or `internal`.",
    ),
    Column("created_at", Moment, nullable=False, server_default=text("now()")),
    Column(
        "last_used_at", Moment, comment="When it last answered a challenge; NULL: not since added."
    ),
    CheckConstraint("octet_length(credential_id) BETWEEN 1 AND 1023", name="credential_id_bounded"),
    CheckConstraint("sign_count >= 0", name="sign_count_natural"),
    comment="Passkeys (WebAuthn) of accounts: public keys; their secrets never leave their owners.",
)

passkey_challenges = Table(
    "passkey_challenges",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column(
        "user_id",
        ForeignKey("users.id"),
        nullable=False,
        index=True,
        comment="Whose passkey is asked.",
    ),
    Column(
        "session_id",
        UUID(as_uuid=True),
        comment="The log-in's family that asked; NULL while somebody signs in.",
    ),
    Column(
        "purpose",
        String(50),
        nullable=False,
        comment="What for: register, enrol, sign_in or decide.",
    ),
    Column("challenge", LargeBinary, nullable=False, comment="32 random bytes, to be signed."),
    Column(
        "subject_hash",
        String(64),
        comment="SHA-256, hex, of the decision that is asked for; NULL for other purposes.",
    ),
    Column(
        "expires_at",
        Moment,
        nullable=False,
        index=True,
        comment="Refused from then on; the next challenge of anybody sweeps it.",
    ),
    one_of("purpose", PasskeyPurpose),
    CheckConstraint(
        "(purpose IN ('enrol', 'sign_in')) = (session_id IS NULL)", name="session_known"
    ),
    CheckConstraint("(purpose = 'decide') = (subject_hash IS NOT NULL)", name="subject_known"),
    comment="What passkeys were asked to sign; taken out by the first answer.",
)
