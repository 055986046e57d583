"""How people hear of what they are told: a channel for each kind, a digest, links that turn mails off.

Why: one switch for all good news told too much or nothing, and everything came at once (ADR 0074).
"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "notification_preferences",
        sa.Column("user_id", sa.UUID(), nullable=False, comment="Who chose it."),
        sa.Column("kind", sa.String(50), nullable=False, comment="What it is about."),
        sa.Column(
            "channel",
            sa.String(20),
            nullable=False,
            comment="How the account hears of notifications of it.",
        ),
        sa.CheckConstraint(
            "channel IN ('mail', 'digest', 'in_app', 'none')",
            name=op.f("ck_notification_preferences_channel_known"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_notification_preferences_user_id_users")
        ),
        sa.PrimaryKeyConstraint("user_id", "kind", name=op.f("pk_notification_preferences")),
        comment="How accounts hear of each kind, where they chose another way than the kind's own.",
    )
    # Chosen anew as a whole; what is not chosen any more has no row.
    op.execute("GRANT DELETE ON notification_preferences TO karbonica_app")

    op.create_table(
        "notification_settings",
        sa.Column("user_id", sa.UUID(), nullable=False, comment="Whose."),
        sa.Column(
            "time_zone",
            sa.String(64),
            nullable=False,
            server_default=sa.text("'UTC'"),
            comment="By which the digest comes, as `Europe/Warsaw`. Personal data.",
        ),
        sa.Column(
            "digest_hour",
            sa.SmallInteger(),
            nullable=False,
            server_default=sa.text("8"),
            comment="From which hour of that zone on.",
        ),
        sa.Column(
            "unsubscribe_key",
            sa.LargeBinary(),
            nullable=False,
            comment="Signs the links that turn mails off; good for nothing else.",
        ),
        sa.CheckConstraint(
            "digest_hour BETWEEN 0 AND 23", name=op.f("ck_notification_settings_digest_hour_of_day")
        ),
        sa.CheckConstraint(
            "octet_length(unsubscribe_key) = 32",
            name=op.f("ck_notification_settings_unsubscribe_key_long"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_notification_settings_user_id_users")
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_notification_settings")),
        comment="What else an account chose about notifications, and what signs its links.",
    )

    op.create_table(
        "digests",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False, comment="Who gets it."),
        sa.Column(
            "day",
            sa.Date(),
            nullable=False,
            comment="The day of the account's own zone; one a day.",
        ),
        sa.Column(
            "planned_at", MOMENT, nullable=False, comment="When what it tells of was settled."
        ),
        sa.Column(
            "mailed_at", MOMENT, comment="When the mail server took it; NULL: not mailed yet."
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_digests_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digests")),
        sa.UniqueConstraint("user_id", "day", name=op.f("uq_digests_user_id_day")),
        comment="Mails that tell of a day's notifications at once.",
    )
    op.create_index(
        "ix_digests_unmailed",
        "digests",
        ["planned_at"],
        postgresql_where=sa.text("mailed_at IS NULL"),
    )

    op.add_column(
        "notifications",
        sa.Column(
            "digest_wanted_at",
            MOMENT,
            comment="When it was kept for the account's next digest; NULL: it was not.",
        ),
    )
    op.add_column(
        "notifications",
        sa.Column("digest_id", sa.UUID(), comment="The one digest that tells of it."),
    )
    op.create_foreign_key(
        op.f("fk_notifications_digest_id_digests"), "notifications", "digests", ["digest_id"], ["id"]
    )
    op.create_index("ix_notifications_in_digest", "notifications", ["digest_id"])
    # The number in the header of every page of somebody who is signed in.
    op.create_index(
        "ix_notifications_unread",
        "notifications",
        ["user_id"],
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.create_index(
        "ix_notifications_wanted",
        "notifications",
        ["user_id"],
        postgresql_where=sa.text("digest_wanted_at IS NOT NULL AND digest_id IS NULL"),
    )
