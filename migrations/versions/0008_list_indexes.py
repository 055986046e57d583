"""Indexes for lists that grow with the registry.

Why: with a million entries the list of a holder's credits read all of the holder's entries and sorted
them, staff's list read the whole table, and so did whoever looked for the few entries in the buffer.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_credit_entries_owner_newest", "credit_entries", ["owner_id", "issued_at", "id"]
    )
    op.create_index("ix_credit_entries_newest", "credit_entries", ["issued_at", "id"])
    # Two others begin with the project.
    op.drop_index("ix_credit_entries_project_id", "credit_entries")
    op.create_index(
        "ix_credit_entries_buffer",
        "credit_entries",
        ["serial"],
        postgresql_where=sa.text("status = 'buffer'"),
    )
