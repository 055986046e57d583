"""The check of a transaction's hash, named by what it checks.

Why: Cardano names transactions by Blake2b-256, and the check's name said SHA-256.
"""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "ALTER TABLE chain_transactions "
        "RENAME CONSTRAINT ck_chain_transactions_tx_hash_is_sha256 "
        "TO ck_chain_transactions_tx_hash_is_hex"
    )
