"""An index of the deliveries that did not arrive.

Why: the desk of staff counts and lists those that failed or are on their way, and read all that were
ever delivered to find them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_webhook_deliveries_undelivered",
        "webhook_deliveries",
        ["status", "created_at", "id"],
        postgresql_include=["webhook_id"],
        postgresql_where=sa.text("status <> 'delivered'"),
    )
