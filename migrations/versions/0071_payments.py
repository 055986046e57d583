"""Invoices, and an alert for a transparency log that is broken off.

Why: ...
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0071"
down_revision = "0064"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _know_more("alerts", "kind", "log_broken_off")


def _know_more(table: str, column: str, *words: str) -> None:
    """Whatever words are known by now, and some more."""
    name = f"ck_{table}_{column}_known"
    condition = op.get_bind().scalar(
        sa.text(
            "SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint"
            " WHERE conname = :name AND conrelid = CAST(:of AS regclass)"
        ),
        {"name": name, "of": table},
    )
    known = [*re.findall(r"'(\w+)'", condition), *words]
    op.drop_constraint(op.f(name), table)
    listed = ", ".join(f"'{word}'" for word in known)
    op.create_check_constraint(op.f(name), table, f"{column} IN ({listed})")
