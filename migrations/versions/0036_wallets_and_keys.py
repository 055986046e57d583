"""Wallets that people link, challenges they sign, and keys for programs.

Why: a password alone may be stolen, and a pipeline should not have one (ADR 0062, ADR 0063).
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)

# An expiry is never moved on, a key never becomes another's, and what was revoked stays revoked.
KEY_STAYS = """
CREATE FUNCTION karbonica_guard_api_key() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF to_jsonb(NEW) - '{last_used_at,revoked_at}'::text[]
       IS DISTINCT FROM to_jsonb(OLD) - '{last_used_at,revoked_at}'::text[]
       OR OLD.revoked_at IS NOT NULL THEN
        RAISE EXCEPTION 'API key % stays as it was made, and revoked', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    op.alter_column(
        "users",
        "wallet_address",
        comment="Cardano address in bech32, one account per address; NULL: no wallet is linked.",
    )
    op.add_column(
        "users",
        sa.Column(
            "wallet_key_hash",
            sa.String(56),
            comment="BLAKE2b-224, hex, of the key that signs for wallet_address; one account per key.",
        ),
    )
    op.add_column(
        "users", sa.Column("wallet_linked_at", MOMENT, comment="When wallet_address was linked.")
    )
    op.add_column(
        "users",
        sa.Column(
            "wallet_verified_at",
            MOMENT,
            comment="When its key last signed one of our challenges, whatever for.",
        ),
    )
    # An address of before was never proven; nothing has written one.
    op.execute("UPDATE users SET wallet_address = NULL WHERE wallet_address IS NOT NULL")
    op.create_unique_constraint(op.f("uq_users_wallet_key_hash"), "users", ["wallet_key_hash"])
    op.create_check_constraint(
        op.f("ck_users_wallet_whole"),
        "users",
        "num_nulls(wallet_address, wallet_key_hash, wallet_linked_at, wallet_verified_at) IN (0, 4)",
    )

    op.create_table(
        "wallet_challenges",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False, comment="Whose signature is asked for."),
        sa.Column(
            "session_id",
            sa.UUID(),
            comment="The log-in's family or the API key that asked; NULL while somebody signs in.",
        ),
        sa.Column(
            "purpose", sa.String(50), nullable=False, comment="What for: link, sign_in or move."
        ),
        sa.Column(
            "address_hash",
            sa.String(64),
            nullable=False,
            comment="SHA-256, hex, of the address' bytes.",
        ),
        sa.Column(
            "subject_hash",
            sa.String(64),
            comment="SHA-256, hex, of the movement that is asked for; NULL for other purposes.",
        ),
        sa.Column(
            "message_sha256", sa.String(64), nullable=False, comment="Of the message to sign, hex."
        ),
        sa.Column(
            "message_blake2b_224",
            sa.String(56),
            nullable=False,
            comment="Of the same, for payloads that a wallet hashed as CIP-8 says.",
        ),
        sa.Column(
            "message_blake2b_192",
            sa.String(48),
            nullable=False,
            comment="Of the same, for those of one library that makes a shorter hash.",
        ),
        sa.Column(
            "expires_at",
            MOMENT,
            nullable=False,
            comment="Refused from then on; the next challenge of anybody sweeps it.",
        ),
        sa.CheckConstraint(
            "purpose IN ('link', 'sign_in', 'move')",
            name=op.f("ck_wallet_challenges_purpose_known"),
        ),
        sa.CheckConstraint(
            "(purpose = 'sign_in') = (session_id IS NULL)",
            name=op.f("ck_wallet_challenges_session_known"),
        ),
        sa.CheckConstraint(
            "(purpose = 'move') = (subject_hash IS NOT NULL)",
            name=op.f("ck_wallet_challenges_subject_known"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_wallet_challenges_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wallet_challenges")),
        comment="Messages that wallets are asked to sign, as hashes; taken out by the first answer.",
    )
    op.create_index("ix_wallet_challenges_expires_at", "wallet_challenges", ["expires_at"])
    op.create_index("ix_wallet_challenges_user_id", "wallet_challenges", ["user_id"])
    op.execute("REVOKE UPDATE ON wallet_challenges FROM karbonica_app")
    op.execute("GRANT DELETE ON wallet_challenges TO karbonica_app")

    op.create_table(
        "api_keys",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column(
            "user_id",
            sa.UUID(),
            nullable=False,
            comment="The account it acts for, and whose role bounds it.",
        ),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("key_hash", sa.String(64), nullable=False, comment="SHA-256, hex, of the key."),
        sa.Column(
            "hint",
            sa.String(10),
            nullable=False,
            comment="How the key begins, by which its owner knows it again.",
        ),
        sa.Column(
            "scopes",
            postgresql.ARRAY(sa.String(50)),
            nullable=False,
            comment="What it may do, as `projects:write`; everything else it may not.",
        ),
        sa.Column("created_at", MOMENT, nullable=False, server_default=sa.text("now()")),
        sa.Column(
            "expires_at", MOMENT, nullable=False, comment="Refused from then on; a year at most."
        ),
        sa.Column(
            "last_used_at", MOMENT, comment="Written once a minute at most; NULL: never used."
        ),
        sa.Column("revoked_at", MOMENT, comment="Refused from then on; NULL: not revoked."),
        sa.CheckConstraint("cardinality(scopes) > 0", name=op.f("ck_api_keys_scopes_some")),
        sa.CheckConstraint(
            "expires_at > created_at AND expires_at <= created_at + INTERVAL '366 days'",
            name=op.f("ck_api_keys_expiry_bounded"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_api_keys_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_api_keys_key_hash")),
        comment="Keys of programs that act for an account; the keys themselves are not here.",
    )
    op.create_index("ix_api_keys_of_user", "api_keys", ["user_id", "created_at", "id"])
    op.execute(KEY_STAYS)
    op.execute(
        "CREATE TRIGGER api_key_stays BEFORE UPDATE ON api_keys"
        " FOR EACH ROW EXECUTE FUNCTION karbonica_guard_api_key()"
    )
