"""Room for the sealed secrets of webhooks.

Why: whoever reads the database, or a backup of it, must not be able to sign in the registry's name
(ADR 0025). The key is not the database owner's business, so this migration seals nothing: what is
there stays readable, also for code from before, until `make seal-webhook-secrets` seals it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0015"
branch_labels = None
depends_on = None

BEFORE = "Signs deliveries (HMAC-SHA256); shown once."
AFTER = "Signs deliveries (HMAC-SHA256); sealed under a key that is not in the database."


def upgrade() -> None:
    op.alter_column(
        "webhooks",
        "secret",
        type_=sa.Text,
        existing_type=sa.String(200),
        existing_nullable=False,
        comment=AFTER,
        existing_comment=BEFORE,
    )
