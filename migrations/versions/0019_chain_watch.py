"""What the watch over the chain needs to tell rightly: of which tip a miss was, since when something waits.

Why: three looks at one block are one look, also for a worker that was started anew between them; a
record that a rollback took back after days has not waited for days; and a provider whose tip stands
still raises an alert.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

KINDS = (
    "chain_outage",
    "chain_misconfigured",
    "wallet_low",
    "wallet_frozen",
    "confirmation_slow",
    "chain_failures",
    "record_gone",
    "record_parked",
)


def upgrade() -> None:
    op.add_column(
        "chain_transactions",
        sa.Column("missed_at_slot", sa.BigInteger(), comment="Tip of the last of the misses."),
    )
    op.create_index("ix_chain_transactions_newest", "chain_transactions", ["built_at"])
    _know_kinds(*KINDS, "chain_stalled")


def _know_kinds(*kinds: str) -> None:
    named = ", ".join(f"'{kind}'" for kind in kinds)
    op.drop_constraint(op.f("ck_alerts_kind_known"), "alerts")
    op.create_check_constraint(op.f("ck_alerts_kind_known"), "alerts", f"kind IN ({named})")
