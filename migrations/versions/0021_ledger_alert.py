"""Alerts of a ledger that does not add up.

Why: staff were mailed of a difference once, and nothing on their desk stood open until it was mended.
"""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

KINDS = (
    "chain_outage",
    "chain_stalled",
    "chain_misconfigured",
    "wallet_low",
    "wallet_frozen",
    "confirmation_slow",
    "chain_failures",
    "record_gone",
    "record_parked",
)


def upgrade() -> None:
    _know_kinds(*KINDS, "ledger_difference")


def _know_kinds(*kinds: str) -> None:
    named = ", ".join(f"'{kind}'" for kind in kinds)
    op.drop_constraint(op.f("ck_alerts_kind_known"), "alerts")
    op.create_check_constraint(op.f("ck_alerts_kind_known"), "alerts", f"kind IN ({named})")
