"""Alerts, what is known of the chain's provider, and indexes for what is looked for each minute.

Why: trouble on the way to the chain must reach people, be seen by whoever looks, and be over when
it is over, whichever process noticed it.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

KINDS = (
    "chain_outage",
    "chain_misconfigured",
    "wallet_low",
    "wallet_frozen",
    "confirmation_slow",
    "chain_failures",
    "record_gone",
    "record_parked",
)
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    kinds = ", ".join(f"'{kind}'" for kind in KINDS)
    op.create_table(
        "alerts",
        sa.Column("id", postgresql.UUID(as_uuid=True), nullable=False),
        sa.Column("kind", sa.String(50), nullable=False),
        sa.Column(
            "subject",
            sa.String(200),
            nullable=False,
            comment="A wallet, transaction, record or network.",
        ),
        sa.Column(
            "sentence",
            sa.Text(),
            nullable=False,
            comment="How it stands now; names no person.",
        ),
        sa.Column("raised_at", MOMENT, nullable=False),
        sa.Column(
            "cleared_at", MOMENT, nullable=True, comment="NULL as long as the condition holds."
        ),
        sa.CheckConstraint(f"kind IN ({kinds})", name=op.f("ck_alerts_kind_known")),
        sa.CheckConstraint(
            "cleared_at >= raised_at", name=op.f("ck_alerts_cleared_after_raised")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
    )
    op.create_index(
        "ix_alerts_open",
        "alerts",
        ["kind", "subject"],
        unique=True,
        postgresql_where=sa.text("cleared_at IS NULL"),
    )
    op.create_index("ix_alerts_newest", "alerts", ["raised_at", "id"])
    op.create_index("ix_alerts_cleared_at", "alerts", ["cleared_at"])
    op.create_table(
        "chain_provider",
        sa.Column("only_row", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column(
            "asked_at",
            MOMENT,
            nullable=True,
            comment="When the chain watch last asked for the tip.",
        ),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column(
            "silent_since",
            MOMENT,
            nullable=True,
            comment="First question without an answer since the last one.",
        ),
        sa.Column(
            "refused_since",
            MOMENT,
            nullable=True,
            comment="Likewise for being turned away (402, 403, 418).",
        ),
        sa.Column("tip_height", sa.BigInteger(), nullable=True),
        sa.Column("tip_slot", sa.BigInteger(), nullable=True),
        sa.Column("tip_hash", sa.String(64), nullable=True),
        sa.Column(
            "tip_seen_at", MOMENT, nullable=True, comment="When the newest block was first seen."
        ),
        sa.CheckConstraint("only_row", name=op.f("ck_chain_provider_only_row")),
        sa.PrimaryKeyConstraint("only_row", name=op.f("pk_chain_provider")),
    )
    op.execute("INSERT INTO chain_provider (only_row) VALUES (true)")
    op.execute("REVOKE ALL ON chain_provider FROM karbonica_app")
    op.execute("GRANT SELECT, UPDATE ON chain_provider TO karbonica_app")
    op.create_index(
        "ix_notifications_unmailed",
        "notifications",
        ["kind", "created_at"],
        postgresql_where=sa.text("mailed_at IS NULL"),
    )
    op.create_index("ix_chain_records_newest", "chain_records", ["queued_at", "id"])
    op.create_index(
        "ix_chain_records_status_newest", "chain_records", ["status", "queued_at", "id"]
    )
