"""Accounts, their sessions, and what failed on the way to one."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from adapters.postgres.personal_columns import EmailHash, SealedText
from adapters.postgres.tables.schema import Moment, metadata, one_of
from domain.accounts.passkeys import PasskeyPurpose
from domain.accounts.roles import Role
from domain.accounts.wallet_proofs import ChallengePurpose


def _email_written(context: Any) -> str | None:
    """Of an e-mail that is inserted as text; one that is sealed brings its hash along."""
    email = context.get_current_parameters()["email"]
    return email if isinstance(email, str) else None


users = Table(
    "users",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column(
        "email",
        SealedText("users.email", found_by="email_hash"),
        nullable=False,
        comment="The log-in name, in lower case; sealed for this row (ADR 0072).",
    ),
    Column(
        "email_hash",
        EmailHash,
        default=_email_written,
        comment="HMAC-SHA256, hex, of the e-mail under a key of its own, by which it is found; "
        "NULL: the e-mail is not sealed yet.",
    ),
    Column(
        "pending_email",
        SealedText("users.pending_email"),
        comment="The e-mail that it is to have once it is confirmed; sealed for this row; "
        "NULL: it keeps the one it has.",
    ),
    Column("password_hash", String(255), nullable=False, comment="bcrypt."),
    Column(
        "name",
        SealedText("users.name"),
        nullable=False,
        comment="The person's; sealed for this row (ADR 0072).",
    ),
    Column(
        "company",
        String(255),
        comment="The organisation's name as it was typed when the account was made.",
    ),
    Column(
        "role",
        String(50),
        nullable=False,
        comment="One per account: developer, verifier, administrator, buyer.",
    ),
    Column(
        "wallet_address",
        String(255),
        unique=True,
        comment="Cardano address in bech32, one account per address; NULL: no wallet is linked.",
    ),
    Column(
        "wallet_key_hash",
        String(56),
        unique=True,
        comment="BLAKE2b-224, hex, of the key that signs for wallet_address; one account per key.",
    ),
    Column("wallet_linked_at", Moment, comment="When wallet_address was linked."),
    Column(
        "wallet_verified_at",
        Moment,
        comment="When its key last signed one of our challenges, whatever for.",
    ),
    Column(
        "email_verified",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="Whether the e-mail was confirmed; without it nothing can be received.",
    ),
    Column(
        "locked_until",
        Moment,
        comment="No log-in until then, from anywhere; NULL: not locked. The seed's accountLocked. Failures no longer set it (ADR 0050).",
    ),
    Column(
        "failed_login_attempts",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="Not written any more: failures are counted by source, in sign_in_failures.",
    ),
    Column("last_login_at", Moment, comment="Last log-in with the right password."),
    Column("created_at", Moment, nullable=False, server_default=text("now()")),
    Column(
        "updated_at",
        Moment,
        nullable=False,
        server_default=text("now()"),
        comment="When the profile, the role, the password or the state last changed.",
    ),
    Column(
        "invited_at",
        Moment,
        comment="When staff last invited the person; NULL: they registered themselves.",
    ),
    Column(
        "locked_at",
        Moment,
        comment="When staff locked the account; NULL: they did not. Why stands in account_acts.",
    ),
    Column(
        "mails_notifications",
        Boolean,
        nullable=False,
        server_default=text("true"),
        comment="Whether what can be switched off of notifications also goes out by mail.",
    ),
    Column(
        "erased_at",
        Moment,
        comment="When name and e-mail were replaced by a pseudonym; NULL: they were not.",
    ),
    one_of("role", Role),
    CheckConstraint(
        "starts_with(email, 'sealed:') OR email = lower(email)", name="email_lower_case"
    ),
    CheckConstraint("failed_login_attempts >= 0", name="failed_login_attempts_natural"),
    UniqueConstraint("email"),
    UniqueConstraint("email_hash"),
    CheckConstraint(
        "num_nulls(wallet_address, wallet_key_hash, wallet_linked_at, wallet_verified_at) IN (0, 4)",
        name="wallet_whole",
    ),
    comment="Accounts of people, and that of the registry itself, which holds the buffer and "
    "never signs in. Personal data.",
)

account_writes = Table(
    "account_writes",
    metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True, comment="Who wrote."),
    Column(
        "position",
        BigInteger,
        nullable=False,
        comment="Where PostgreSQL's log (WAL) ended then, in bytes: a pg_lsn as a number.",
    ),
    comment="Up to where the log must have come to a replica before it answers an account.",
    # Noting it must not wait for a disk: after a crash nobody has just written.
    prefixes=["UNLOGGED"],
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column(
        "user_id", ForeignKey("users.id"), nullable=False, index=True, comment="Who is signed in."
    ),
    Column(
        "family_id",
        UUID(as_uuid=True),
        nullable=False,
        index=True,
        comment="All sessions rotated from one log-in; reuse of an old refresh token ends them all.",
    ),
    Column("access_token_hash", String(64), nullable=False, unique=True, comment="SHA-256, hex."),
    Column("refresh_token_hash", String(64), nullable=False, unique=True, comment="SHA-256, hex."),
    Column(
        "access_expires_at",
        Moment,
        nullable=False,
        comment="The access token is refused from then on; of a page's session each use moves it on.",
    ),
    Column(
        "refresh_expires_at",
        Moment,
        nullable=False,
        comment="The refresh token is refused from then on, and a page's session ends.",
    ),
    Column("rotated_at", Moment, comment="When the refresh token was used; it is good once."),
    Column("ended_at", Moment, comment="Log-out, or the end of the family."),
    Column(
        "ip_address",
        String(45),
        comment="The network of the client's address at log-in or renewal: a /24 of IPv4, a /48 of IPv6.",
    ),
    Column(
        "user_agent",
        Text,
        comment="The browser's family at log-in or renewal, as `Firefox`; nothing else of it.",
    ),
    Column(
        "device_hash",
        String(64),
        comment="SHA-256, hex, of the device's cookie: where it signs in next, it is known.",
    ),
    Column("created_at", Moment, nullable=False, server_default=text("now()")),
    Index(
        "ix_sessions_device",
        "device_hash",
        "user_id",
        postgresql_where=text("device_hash IS NOT NULL"),
    ),
    comment="Log-ins, one row for each pair of tokens; only the hashes of tokens are here. "
    "Personal data.",
)

wallet_challenges = Table(
    "wallet_challenges",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column(
        "user_id",
        ForeignKey("users.id"),
        nullable=False,
        index=True,
        comment="Whose signature is asked for.",
    ),
    Column(
        "session_id",
        UUID(as_uuid=True),
        comment="The log-in's family or the API key that asked; NULL while somebody signs in.",
    ),
    Column(
        "purpose", String(50), nullable=False, comment="What for: link, sign_in, move or decide."
    ),
    Column(
        "address_hash", String(64), nullable=False, comment="SHA-256, hex, of the address' bytes."
    ),
    Column(
        "subject_hash",
        String(64),
        comment="SHA-256, hex, of the movement or decision that is asked for; NULL for other purposes.",
    ),
    Column("message_sha256", String(64), nullable=False, comment="Of the message to sign, hex."),
    Column(
        "message_blake2b_224",
        String(56),
        nullable=False,
        comment="Of the same, for payloads that a wallet hashed as CIP-8 says.",
    ),
    Column(
        "message_blake2b_192",
        String(48),
        nullable=False,
        comment="Of the same, for those of one library that makes a shorter hash.",
    ),
    Column(
        "expires_at",
        Moment,
        nullable=False,
        index=True,
        comment="Refused from then on; the next challenge of anybody sweeps it.",
    ),
    one_of("purpose", ChallengePurpose),
    CheckConstraint("(purpose = 'sign_in') = (session_id IS NULL)", name="session_known"),
    CheckConstraint(
        "(purpose IN ('move', 'decide')) = (subject_hash IS NOT NULL)", name="subject_known"
    ),
    comment="Messages that wallets are asked to sign, as hashes; taken out by the first answer.",
)

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

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column(
        "user_id",
        ForeignKey("users.id"),
        nullable=False,
        comment="The account it acts for, and whose role bounds it.",
    ),
    Column("name", String(100), nullable=False),
    Column(
        "key_hash", String(64), nullable=False, unique=True, comment="SHA-256, hex, of the key."
    ),
    Column(
        "hint",
        String(10),
        nullable=False,
        comment="How the key begins, by which its owner knows it again.",
    ),
    Column(
        "scopes",
        ARRAY(String(50)),
        nullable=False,
        comment="What it may do, as `projects:write`; everything else it may not.",
    ),
    Column("created_at", Moment, nullable=False, server_default=text("now()")),
    Column("expires_at", Moment, nullable=False, comment="Refused from then on; a year at most."),
    Column("last_used_at", Moment, comment="Written once a minute at most; NULL: never used."),
    Column("revoked_at", Moment, comment="Refused from then on; NULL: not revoked."),
    Column(
        "project_id",
        ForeignKey("projects.id"),
        comment="It may call this project alone; NULL: all.",
    ),
    Column(
        "folder_id",
        ForeignKey("ingestion_folders.id"),
        comment="It may call this folder alone; NULL: all.",
    ),
    CheckConstraint("project_id IS NULL OR folder_id IS NULL", name="bound_once"),
    CheckConstraint("cardinality(scopes) > 0", name="scopes_some"),
    CheckConstraint(
        "expires_at > created_at AND expires_at <= created_at + INTERVAL '366 days'",
        name="expiry_bounded",
    ),
    Index("ix_api_keys_of_user", "user_id", "created_at", "id"),
    comment="Keys of programs that act for an account; the keys themselves are not here.",
)

sign_in_failures = Table(
    "sign_in_failures",
    metadata,
    Column(
        "login_hash",
        String(64),
        primary_key=True,
        comment="SHA-256, hex, of the e-mail that was typed, in lower case; it may be nobody's.",
    ),
    Column(
        "source_hash",
        String(64),
        primary_key=True,
        comment="SHA-256, hex, of that e-mail and the known device or the address it came from.",
    ),
    Column(
        "failed",
        Integer,
        nullable=False,
        comment="In a row, since the last success from there or the last lock's end.",
    ),
    Column(
        "locked_until", Moment, comment="No log-in from there until then; NULL: it is not locked."
    ),
    Column("last_failed_at", Moment, nullable=False, comment="A day later the row is swept."),
    CheckConstraint("failed >= 0", name="failed_natural"),
    Index("ix_sign_in_failures_last", "last_failed_at"),
    comment="Wrong passwords, counted for each e-mail and source; kept for a day (ADR 0050).",
)
