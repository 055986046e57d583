"""Room for sealed personal data, for keys that seal it, and for what people ask of their own data.

Why: whoever reads the database or a backup must not learn who is behind an account, and people may have
a copy of their data, or be erased (ADR 0072, ADR 0073). The keys are not the owner's business, so this
migration seals nothing: what is there stays readable, also for code from before, until the worker's
daily round or `make rotate-personal-key` seals it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _make_room()
    _create_keys()
    _create_consents()
    _create_erasures()
    _create_exports()


def _make_room() -> None:
    # Text as before, and longer: nothing is rewritten.
    for table, column, comment in (
        ("users", "email", "The log-in name, in lower case; sealed for this row (ADR 0072)."),
        ("users", "name", "The person's; sealed for this row (ADR 0072)."),
    ):
        op.alter_column(table, column, type_=sa.Text(), comment=comment)
    op.alter_column(
        "account_acts",
        "reason",
        comment="Why, as staff wrote it; NULL: an invitation has none. Sealed for this row (ADR 0072).",
    )
    op.add_column(
        "users",
        sa.Column(
            "email_hash",
            sa.String(64),
            comment="HMAC-SHA256, hex, of the e-mail under a key of its own, by which it is found; "
            "NULL: the e-mail is not sealed yet.",
        ),
    )
    op.add_column(
        "users",
        sa.Column(
            "erased_at",
            MOMENT,
            comment="When name and e-mail were replaced by a pseudonym; NULL: they were not.",
        ),
    )
    op.create_unique_constraint(op.f("uq_users_email_hash"), "users", ["email_hash"])
    op.drop_constraint(op.f("ck_users_email_lower_case"), "users")
    op.create_check_constraint(
        op.f("ck_users_email_lower_case"),
        "users",
        "starts_with(email, 'sealed:') OR email = lower(email)",
    )


def _create_keys() -> None:
    op.create_table(
        "personal_data_keys",
        sa.Column(
            "version",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="1 for the first; the highest one seals.",
        ),
        sa.Column(
            "wrapped",
            sa.Text(),
            nullable=False,
            comment="The key under which personal values are sealed, wrapped under one that is not here.",
        ),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_personal_data_keys_version_positive")),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_personal_data_keys")),
        sa.UniqueConstraint("wrapped", name=op.f("uq_personal_data_keys_wrapped")),
        comment="Keys of personal data, wrapped (ADR 0072).",
    )
    # A key that has sealed anything never changes.
    op.execute("REVOKE UPDATE ON personal_data_keys FROM karbonica_app")


def _create_consents() -> None:
    op.create_table(
        "consents",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False, comment="Who said so."),
        sa.Column(
            "kind", sa.String(30), nullable=False, comment="What to: terms or marketing_mails."
        ),
        sa.Column(
            "version",
            sa.String(50),
            nullable=False,
            comment="Of the text that was shown, as the date of the terms.",
        ),
        sa.Column("given", sa.Boolean(), nullable=False, comment="False: taken back, or refused."),
        sa.Column("at", MOMENT, nullable=False, comment="When."),
        sa.CheckConstraint(
            "kind IN ('terms', 'marketing_mails')", name=op.f("ck_consents_kind_known")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_consents_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
        comment="What people consented to and took back; the newest of a kind holds.",
    )
    op.create_index("ix_consents_newest", "consents", ["user_id", "kind", "at"])
    # What somebody once said stays said.
    op.execute("REVOKE UPDATE ON consents FROM karbonica_app")


def _create_erasures() -> None:
    op.create_table(
        "erasures",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False, comment="Who wants to be erased."),
        sa.Column("requested_at", MOMENT, nullable=False, comment="When it was asked for."),
        sa.Column(
            "erase_at", MOMENT, nullable=False, comment="Until then it can be withdrawn."
        ),
        sa.Column("reminded_at", MOMENT, comment="When the reminder was sent; NULL: not yet."),
        sa.Column("withdrawn_at", MOMENT, comment="When the person thought better of it."),
        sa.Column("erased_at", MOMENT, comment="When name and e-mail were replaced."),
        sa.Column(
            "refused_at",
            MOMENT,
            comment="When the time had come, and something stood against it; the person was told.",
        ),
        sa.CheckConstraint("erase_at >= requested_at", name=op.f("ck_erasures_time_to_think")),
        sa.CheckConstraint(
            "num_nonnulls(withdrawn_at, erased_at, refused_at) <= 1",
            name=op.f("ck_erasures_ends_once"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_erasures_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
        comment="Wishes to be erased, each with a time to think; one at a time for each account.",
    )
    op.create_index(
        "ix_erasures_open",
        "erasures",
        ["user_id"],
        unique=True,
        postgresql_where=sa.text(
            "withdrawn_at IS NULL AND erased_at IS NULL AND refused_at IS NULL"
        ),
    )


def _create_exports() -> None:
    op.create_table(
        "data_exports",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False, comment="Whose data, and who asked."),
        sa.Column("requested_at", MOMENT, nullable=False, comment="When it was asked for."),
        sa.Column("ready_at", MOMENT, comment="When the file was stored; NULL: not yet."),
        sa.Column("size_bytes", sa.Integer(), comment="Of the file."),
        sa.Column("removed_at", MOMENT, comment="When the file was removed."),
        sa.CheckConstraint(
            "(ready_at IS NULL) = (size_bytes IS NULL)",
            name=op.f("ck_data_exports_ready_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_data_exports_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_exports")),
        comment="Files with all of one account's data, made when it asks, and removed days later.",
    )
    op.create_index("ix_data_exports_newest", "data_exports", ["user_id", "requested_at"])
