"""Deliveries remember that a workflow took them on, and how often they were replayed.

Why: a dispatcher that dies between planning a delivery and starting it must find it again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "webhook_deliveries",
        sa.Column("replays", sa.Integer(), server_default=sa.text("0"), nullable=False),
    )
    op.add_column(
        "webhook_deliveries",
        sa.Column(
            "taken_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When a workflow took it on; NULL: it waits for the dispatcher.",
        ),
    )
    op.create_index(
        "ix_webhook_deliveries_waiting",
        "webhook_deliveries",
        ["created_at", "id"],
        unique=False,
        postgresql_where=sa.text("taken_at IS NULL AND status = 'pending'"),
    )
    op.create_index(
        "ix_outbox_events_newest", "outbox_events", ["occurred_at", "id"], unique=False
    )
