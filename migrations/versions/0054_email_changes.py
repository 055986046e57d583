"""The e-mail that an account is to have once it is confirmed.

Why: people change employers and addresses, and so far only staff's SQL could follow (ADR 0098).
"""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

KINDS = ("registration", "verify_email", "reset_password", "invitation", "password_changed", "locked", "unlocked",
         "role_changed", "change_email", "email_change_asked", "email_changed")
PURPOSES = ("verify_email", "reset_password", "invitation", "change_email")


def upgrade() -> None:
    op.add_column(
        "users",
        sa.Column(
            "pending_email",
            sa.Text(),
            comment="The e-mail that it is to have once it is confirmed; sealed for this row; "
            "NULL: it keeps the one it has.",
        ),
    )
    for table, column, known in (("account_messages", "kind", KINDS), ("account_tokens", "purpose", PURPOSES)):
        name = op.f(f"ck_{table}_{column}_known")
        op.drop_constraint(name, table, type_="check")
        op.create_check_constraint(name, table, sa.column(column).in_(known))
