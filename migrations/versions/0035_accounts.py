"""Accounts that people open themselves: mails about them, the tokens in those mails, what staff did.

Why: nobody could join, confirm an address, choose another password or be locked (ADR 0064, ADR 0065).
"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
MESSAGES = ("registration", "verify_email", "reset_password", "invitation", "password_changed", "locked", "unlocked", "role_changed")
PURPOSES = ("verify_email", "reset_password", "invitation")
ACTS = ("invited", "locked", "unlocked", "role_changed")


def upgrade() -> None:
    op.add_column("users", sa.Column("invited_at", MOMENT, comment="When staff last invited the person; NULL: they registered themselves."))
    op.add_column("users", sa.Column("locked_at", MOMENT, comment="When staff locked the account; NULL: they did not. Why stands in account_acts."))
    op.add_column(
        "users",
        sa.Column(
            "mails_notifications",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="Whether what can be switched off of notifications also goes out by mail.",
        ),
    )
    op.alter_column(
        "users",
        "updated_at",
        existing_type=MOMENT,
        existing_nullable=False,
        existing_server_default=sa.text("now()"),
        comment="When the profile, the role, the password or the state last changed.",
        existing_comment="Not kept up to date yet: as created_at.",
    )
    op.alter_column(
        "notifications",
        "read_at",
        existing_type=MOMENT,
        comment="When the account marked it as read; NULL: not yet.",
        existing_comment="Not written yet: nothing marks notifications as read.",
    )
    op.create_table(
        "account_messages",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), comment="Whose account it is about; NULL: the e-mail that was typed is nobody's."),
        sa.Column("kind", sa.String(30), nullable=False, comment="What was asked for; what is written depends on the account's state then."),
        sa.Column("requested_at", MOMENT, nullable=False, comment="When the mail was asked for."),
        sa.Column("handled_at", MOMENT, comment="When nothing was left to do: mailed, or not to be mailed."),
        sa.Column("mailed_at", MOMENT, comment="When the mail server took it; NULL: not, or not yet."),
        sa.CheckConstraint(_one_of("kind", MESSAGES), name=op.f("ck_account_messages_kind_known")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_account_messages_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_messages")),
        comment="Mails about accounts that were asked for; no text of them and no address is here.",
    )
    op.create_index("ix_account_messages_waiting", "account_messages", ["requested_at"], postgresql_where=sa.text("handled_at IS NULL"))
    op.create_index("ix_account_messages_of", "account_messages", ["user_id", "kind", "mailed_at"])
    op.create_table(
        "account_tokens",
        sa.Column("token_hash", sa.String(64), nullable=False, comment="SHA-256, hex, of the 32 random bytes in the mail's link."),
        sa.Column("user_id", sa.UUID(), nullable=False, comment="The account it is good for."),
        sa.Column("purpose", sa.String(30), nullable=False, comment="The one thing that it is good for."),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False, comment="It is refused from then on."),
        sa.Column("used_at", MOMENT, comment="When it was used, or made void by another; NULL: it is good."),
        sa.CheckConstraint(_one_of("purpose", PURPOSES), name=op.f("ck_account_tokens_purpose_known")),
        sa.CheckConstraint("token_hash ~ '^[0-9a-f]{64}$'", name=op.f("ck_account_tokens_token_hash_is_sha256")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_account_tokens_user_id_users")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_account_tokens")),
        comment="What links in mails are good for, each once.",
    )
    op.create_index(op.f("ix_account_tokens_user_id"), "account_tokens", ["user_id"])
    op.create_table(
        "account_acts",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False, comment="Whose account it was done to."),
        sa.Column("actor_id", sa.UUID(), nullable=False, comment="Who of staff did it."),
        sa.Column("act", sa.String(30), nullable=False, comment="What was done."),
        sa.Column("role", sa.String(50), nullable=False, comment="The account's role from then on."),
        sa.Column("reason", sa.Text(), comment="Why, as staff wrote it; NULL: an invitation has none. Personal data."),
        sa.Column("at", MOMENT, nullable=False, comment="When."),
        sa.CheckConstraint(_one_of("act", ACTS), name=op.f("ck_account_acts_act_known")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_account_acts_user_id_users")),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_account_acts_actor_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_acts")),
        comment="What staff did to accounts, and why; the audit log names the act and not the reason.",
    )
    op.create_index("ix_account_acts_newest", "account_acts", ["user_id", "at"])
    op.execute("REVOKE UPDATE ON account_acts FROM karbonica_app")
    # What is older than a month is of no use to anybody and tells who asked for what.
    op.execute("GRANT DELETE ON account_messages, account_tokens TO karbonica_app")


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"
