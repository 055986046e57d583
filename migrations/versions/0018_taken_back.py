"""When the chain took a confirmed transaction back, on the transaction itself.

Why: a rollback that heals between two looks of the chain watch leaves no alert, and the public page
of what the chain took back would not show it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "chain_transactions",
        sa.Column(
            "taken_back_at",
            sa.DateTime(timezone=True),
            comment="When its block was last found gone, after six on top.",
        ),
    )
    op.create_index(
        "ix_chain_transactions_taken_back",
        "chain_transactions",
        ["taken_back_at"],
        postgresql_where=sa.text("taken_back_at IS NOT NULL"),
    )
    # Until now alerts were the only trace.
    op.execute(
        "UPDATE chain_transactions SET taken_back_at = noticed.at FROM (SELECT subject, "
        "max(raised_at) AS at FROM alerts WHERE kind = 'record_gone' GROUP BY subject) noticed "
        "WHERE noticed.subject = chain_transactions.tx_hash"
    )
