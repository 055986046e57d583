"""What the operator decides about the registry's own rules, in one row that every process reads.

Why: whether an approval needs a countersignature was a setting of each API process, so that two of
them could decide differently about the same project (ADR 0036). `python -m migrations` writes the row.
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "registry_policy",
        sa.Column("only_row", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column(
            "require_countersignature",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether a second person must approve before credits are issued.",
        ),
        sa.CheckConstraint("only_row", name=op.f("ck_registry_policy_only_row")),
        sa.PrimaryKeyConstraint("only_row", name=op.f("pk_registry_policy")),
        comment="One row: what the operator decided about the registry's rules. Migrations alone "
        "write it.",
    )
    op.execute("INSERT INTO registry_policy DEFAULT VALUES")
    op.execute("REVOKE INSERT, UPDATE ON registry_policy FROM karbonica_app")
