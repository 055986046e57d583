"""Every address that ever paid for a record, with its times.

Why: a key that is rotated is another address, and certificates of the old one are checked for ever.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

ROLE = "karbonica_app"


def upgrade() -> None:
    op.create_table(
        "platform_addresses",
        sa.Column("address", sa.String(120), nullable=False),
        sa.Column("network", sa.String(20), nullable=False),
        sa.Column("public_key", sa.String(64), nullable=False, comment="Raw Ed25519, hex."),
        sa.Column(
            "since",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When its first transaction was built.",
        ),
        sa.Column(
            "until",
            sa.DateTime(timezone=True),
            comment="No block after this holds a transaction of it; NULL while it may pay.",
        ),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_platform_addresses")),
        sa.CheckConstraint("until >= since", name=op.f("ck_platform_addresses_until_after_since")),
        sa.CheckConstraint(
            "public_key ~ '^[0-9a-f]{64}$'", name=op.f("ck_platform_addresses_public_key_is_hex")
        ),
    )
    # What an address is and since when is written once; only its end comes later.
    op.execute(f"REVOKE ALL ON platform_addresses FROM {ROLE}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE (until) ON platform_addresses TO {ROLE}")
    # Closing an address asks for what it has in flight.
    op.create_index(
        "ix_chain_transactions_unsettled",
        "chain_transactions",
        ["wallet_address"],
        postgresql_where=sa.text("status IN ('signed', 'submitted', 'confirmed')"),
    )
