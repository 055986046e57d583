"""Every movement of units has a chain record, and records commit to accounts instead of naming them.

Why: cancellations and what went into and out of the buffer stood on no chain, so that nobody could add up
a project's units from it (ADR 0045); and identifiers of accounts stood there for ever, so that anybody
could draw each account's balance (ADR 0046).
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

ROLE = "karbonica_app"
KINDS = (
    "issuance",
    "transfer",
    "retirement",
    "cancellation",
    "buffer_contribution",
    "buffer_release",
    "audit",
)


def upgrade() -> None:
    op.drop_constraint(op.f("ck_chain_records_kind_known"), "chain_records")
    listed = ", ".join(f"'{kind}'" for kind in KINDS)
    op.create_check_constraint(
        op.f("ck_chain_records_kind_known"), "chain_records", f"kind IN ({listed})"
    )
    op.alter_column(
        "chain_records",
        "kind",
        existing_type=sa.String(20),
        existing_nullable=False,
        comment="As the credit transaction's type, or audit (an anchor of the audit log).",
    )
    op.create_table_comment(
        "chain_records",
        "What is to stand on Cardano, and how far it has come: every movement of units, and anchors.",
    )
    op.create_table(
        "chain_record_openings",
        sa.Column(
            "record_id",
            sa.UUID(),
            nullable=False,
            comment="The record that commits to the account.",
        ),
        sa.Column(
            "field",
            sa.String(20),
            nullable=False,
            comment="The field of the record that holds the commitment.",
        ),
        sa.Column(
            "account_id", sa.UUID(), nullable=False, comment="Whose account it stands for."
        ),
        sa.Column(
            "salt",
            sa.LargeBinary(),
            nullable=False,
            comment="Secret; hides what the record commits to.",
        ),
        sa.CheckConstraint("length(salt) = 32", name=op.f("ck_chain_record_openings_salted")),
        sa.ForeignKeyConstraint(
            ["record_id"],
            ["chain_records.id"],
            name=op.f("fk_chain_record_openings_record_id_chain_records"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["users.id"],
            name=op.f("fk_chain_record_openings_account_id_users"),
        ),
        sa.PrimaryKeyConstraint("record_id", "field", name=op.f("pk_chain_record_openings")),
        comment="What shows whose accounts chain records commit to, told to these accounts alone "
        "(ADR 0046). Rows never change.",
    )
    # What was committed to once stays so.
    op.execute(f"REVOKE UPDATE ON chain_record_openings FROM {ROLE}")
