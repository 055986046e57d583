"""Passkeys, and the challenges that they answer.

Why: staff and verifiers have no wallet, and their password alone was enough (ADR 0069).
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "passkeys",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False, comment="Whose second factor it is."),
        sa.Column("name", sa.String(100), nullable=False, comment="What its owner calls it."),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False, comment="What its authenticator calls it; 1 to 1,023 bytes."),
        sa.Column("public_key", sa.LargeBinary(), nullable=False, comment="COSE_Key, by which answers are checked."),
        sa.Column("sign_count", sa.BigInteger(), nullable=False, comment="What the authenticator counted last; 0: it does not count."),
        sa.Column("transports", postgresql.ARRAY(sa.String(50)), nullable=False, comment="How the authenticator may be reached, as `usb` or `internal`."),
        sa.Column("created_at", MOMENT, nullable=False, server_default=sa.text("now()")),
        sa.Column("last_used_at", MOMENT, comment="When it last answered a challenge; NULL: not since added."),
        sa.CheckConstraint("octet_length(credential_id) BETWEEN 1 AND 1023", name=op.f("ck_passkeys_credential_id_bounded")),
        sa.CheckConstraint("sign_count >= 0", name=op.f("ck_passkeys_sign_count_natural")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_passkeys_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkeys_credential_id")),
        comment="Passkeys (WebAuthn) of accounts: public keys; their secrets never leave their owners.",
    )
    op.create_index("ix_passkeys_user_id", "passkeys", ["user_id"])
    # A key is never exchanged under a passkey's name, and a passkey never becomes another account's.
    op.execute("REVOKE UPDATE ON passkeys FROM karbonica_app")
    op.execute("GRANT UPDATE (name, sign_count, last_used_at), DELETE ON passkeys TO karbonica_app")

    op.create_table(
        "passkey_challenges",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False, comment="Whose passkey is asked."),
        sa.Column("session_id", sa.UUID(), comment="The log-in's family that asked; NULL while somebody signs in."),
        sa.Column("purpose", sa.String(50), nullable=False, comment="What for: register, enrol, sign_in or decide."),
        sa.Column("challenge", sa.LargeBinary(), nullable=False, comment="32 random bytes, to be signed."),
        sa.Column("subject_hash", sa.String(64), comment="SHA-256, hex, of the decision that is asked for; NULL for other purposes."),
        sa.Column("expires_at", MOMENT, nullable=False, comment="Refused from then on; the next challenge of anybody sweeps it."),
        sa.CheckConstraint("purpose IN ('register', 'enrol', 'sign_in', 'decide')", name=op.f("ck_passkey_challenges_purpose_known")),
        sa.CheckConstraint("(purpose IN ('enrol', 'sign_in')) = (session_id IS NULL)", name=op.f("ck_passkey_challenges_session_known")),
        sa.CheckConstraint("(purpose = 'decide') = (subject_hash IS NOT NULL)", name=op.f("ck_passkey_challenges_subject_known")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_passkey_challenges_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey_challenges")),
        comment="What passkeys were asked to sign; taken out by the first answer.",
    )
    op.create_index("ix_passkey_challenges_user_id", "passkey_challenges", ["user_id"])
    op.create_index("ix_passkey_challenges_expires_at", "passkey_challenges", ["expires_at"])
    op.execute("REVOKE UPDATE ON passkey_challenges FROM karbonica_app")
    op.execute("GRANT DELETE ON passkey_challenges TO karbonica_app")

    # The same challenge of a wallet, for one decision instead of one movement.
    op.drop_constraint(op.f("ck_wallet_challenges_purpose_known"), "wallet_challenges", type_="check")
    op.create_check_constraint(
        op.f("ck_wallet_challenges_purpose_known"), "wallet_challenges", "purpose IN ('link', 'sign_in', 'move', 'decide')"
    )
    op.drop_constraint(op.f("ck_wallet_challenges_subject_known"), "wallet_challenges", type_="check")
    op.create_check_constraint(
        op.f("ck_wallet_challenges_subject_known"),
        "wallet_challenges",
        "(purpose IN ('move', 'decide')) = (subject_hash IS NOT NULL)",
    )
    op.alter_column(
        "wallet_challenges", "purpose", existing_type=sa.String(50), existing_nullable=False,
        comment="What for: link, sign_in, move or decide.",
    )
    op.alter_column(
        "wallet_challenges", "subject_hash", existing_type=sa.String(64),
        comment="SHA-256, hex, of the movement or decision that is asked for; NULL for other purposes.",
    )
