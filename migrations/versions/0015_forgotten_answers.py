"""Answers kept for a day, and what they brought about remembered for ever.

Why: an answer's bytes are of use to a client that lost them, for a day. That its key was used, and
where the result is, must never be forgotten: otherwise a late repetition would be carried out.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "idempotency_keys",
        sa.Column(
            "answered_at",
            sa.DateTime(timezone=True),
            comment="When the first answer was given; its bytes are kept for a day.",
        ),
    )
    op.add_column(
        "idempotency_keys",
        sa.Column("location", sa.Text, comment="Where what was brought about is to be found."),
    )
    op.execute("UPDATE idempotency_keys SET answered_at = created_at WHERE status IS NOT NULL")
    op.create_check_constraint(
        op.f("ck_idempotency_keys_answered_at_some_time"),
        "idempotency_keys",
        "(status IS NULL) = (answered_at IS NULL)",
    )
    op.create_index(
        "ix_idempotency_keys_kept",
        "idempotency_keys",
        ["answered_at"],
        postgresql_where=sa.text("body IS NOT NULL"),
    )
