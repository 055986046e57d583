"""History that a provider no longer keeps is told from a rollback, and its webhooks are heard.

Why: of a provider that keeps few blocks, every confirmed record was called taken back and sent again at
each block (ADR 0047); and whoever is told of a block need not ask for it all the time (ADR 0048).
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

NEW_KIND = "chain_history_short"


def upgrade() -> None:
    op.add_column(
        "chain_transactions",
        sa.Column(
            "not_shown_at_height",
            sa.BigInteger(),
            comment="Tip height when it was last found to stand in history that the provider does "
            "not keep; NULL: it is shown, or not on the chain.",
        ),
    )
    op.add_column(
        "chain_transactions",
        sa.Column(
            "resends",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Of the submissions, the follower's since the bytes were last in a block.",
        ),
    )
    op.add_column(
        "chain_transactions",
        sa.Column(
            "resend_at_slot",
            sa.BigInteger(),
            comment="The follower does not send the bytes again before this slot.",
        ),
    )
    op.create_index(
        "ix_chain_transactions_not_shown",
        "chain_transactions",
        ["not_shown_at_height"],
        postgresql_where=sa.text("not_shown_at_height IS NOT NULL"),
    )
    op.add_column(
        "chain_provider",
        sa.Column(
            "told_at",
            sa.DateTime(timezone=True),
            comment="When a webhook of the provider last came, and was genuine.",
        ),
    )
    _know_another_kind()


def _know_another_kind() -> None:
    """Whatever kinds are known by now, and one more."""
    name = op.f("ck_alerts_kind_known")
    condition = (
        op.get_bind()
        .execute(
            sa.text(
                "SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint"
                " WHERE conname = :name AND conrelid = 'alerts'::regclass"
            ),
            {"name": name},
        )
        .scalar_one()
    )
    known = re.findall(r"'([a-z_]+)'", condition)
    named = ", ".join(f"'{kind}'" for kind in [*known, NEW_KIND])
    op.drop_constraint(name, "alerts")
    op.create_check_constraint(name, "alerts", f"kind IN ({named})")
