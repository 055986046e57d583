"""Accounts and their sessions."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import UUID

from adapters.postgres.tables.schema import Moment, metadata, one_of
from domain.accounts.roles import Role

users = Table(
    "users",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("email", String(255), nullable=False, comment="Lower case; the log-in name."),
    Column("password_hash", String(255), nullable=False, comment="bcrypt."),
    Column("name", String(255), nullable=False),
    Column("company", String(255)),
    Column("role", String(50), nullable=False),
    Column("wallet_address", String(255), unique=True),
    Column("email_verified", Boolean, nullable=False, server_default=text("false")),
    Column("locked_until", Moment, comment="The seed's accountLocked, with its end."),
    Column("failed_login_attempts", Integer, nullable=False, server_default=text("0")),
    Column("last_login_at", Moment),
    Column("created_at", Moment, nullable=False, server_default=text("now()")),
    Column("updated_at", Moment, nullable=False, server_default=text("now()")),
    one_of("role", Role),
    CheckConstraint("email = lower(email)", name="email_lower_case"),
    CheckConstraint("failed_login_attempts >= 0", name="failed_login_attempts_natural"),
    UniqueConstraint("email"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False, index=True),
    Column(
        "family_id",
        UUID(as_uuid=True),
        nullable=False,
        index=True,
        comment="All sessions rotated from one log-in; reuse of an old refresh token ends them all.",
    ),
    Column("access_token_hash", String(64), nullable=False, unique=True, comment="SHA-256, hex."),
    Column("refresh_token_hash", String(64), nullable=False, unique=True, comment="SHA-256, hex."),
    Column("access_expires_at", Moment, nullable=False),
    Column("refresh_expires_at", Moment, nullable=False),
    Column("rotated_at", Moment, comment="When the refresh token was used; it is good once."),
    Column("ended_at", Moment, comment="Log-out, or the end of the family."),
    Column("ip_address", String(45)),
    Column("user_agent", Text),
    Column("created_at", Moment, nullable=False, server_default=text("now()")),
)
