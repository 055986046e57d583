"""Wallets that staff can freeze, and how often each record was tried.

Why: several wallets share the queue, and a wallet whose key is doubted must stop signing without the
registry stopping; a record that expires again and again must come before a person.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ROLE = "karbonica_app"


def upgrade() -> None:
    op.create_table(
        "wallets",
        sa.Column("network", sa.String(20), nullable=False),
        sa.Column("name", sa.String(50), nullable=False),
        sa.Column(
            "address",
            sa.String(120),
            nullable=False,
            comment="Where it keeps its lovelace; another once its key was changed.",
        ),
        sa.Column(
            "frozen_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="NULL while it signs transactions.",
        ),
        sa.Column("frozen_reason", sa.Text(), nullable=True),
        sa.Column("frozen_by", sa.UUID(), nullable=True),
        sa.CheckConstraint(
            "(frozen_at IS NULL) = (frozen_reason IS NULL) "
            "AND (frozen_at IS NULL) = (frozen_by IS NULL)",
            name=op.f("ck_wallets_frozen_for_a_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["frozen_by"], ["users.id"], name=op.f("fk_wallets_frozen_by_users")
        ),
        sa.PrimaryKeyConstraint("network", "name", name=op.f("pk_wallets")),
    )
    op.execute(f"REVOKE ALL ON wallets FROM {ROLE}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON wallets TO {ROLE}")
    op.add_column(
        "chain_records",
        sa.Column(
            "attempts",
            sa.Integer(),
            nullable=False,
            server_default=sa.text("0"),
            comment="Its transactions that expired.",
        ),
    )
    op.create_index(
        "ix_chain_records_unannounced",
        "chain_records",
        ["position"],
        postgresql_where=sa.text("status IN ('confirmed', 'final') AND announced_at IS NULL"),
    )
    # Who spent a parent's change, and with that a transaction's children.
    op.create_index("ix_wallet_outputs_spent_by", "wallet_outputs", ["spent_by"])
