"""A step on the timeline for each version of a verification statement.

Why: a supplier read of a statement only by looking for it (ADR 0091).
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

NAME = "ck_verification_events_event_type_known"


def upgrade() -> None:
    # Beside the words that the constraint lists already, whichever revision listed them.
    definition = op.get_bind().scalar(
        sa.text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name"),
        {"name": NAME},
    )
    known = [*re.findall(r"'(\w+)'", definition), "statement_written"]
    listed = ", ".join(f"'{word}'" for word in known)
    op.drop_constraint(op.f(NAME), "verification_events")
    op.create_check_constraint(
        op.f(NAME), "verification_events", f"event_type IN ({listed})"
    )
