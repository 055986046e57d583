"""The audit log can be recomputed by everybody and is anchored on the chain, and the chain is reconciled.

Why: a hash over the identifiers of persons cannot be checked by strangers, and a chain of hashes that
nobody outside has seen can be written anew as a whole. Entries from before keep their hashes: they
are of version 1, and whoever reads the database checks them by its rule. What is compared with the chain
each day is kept, so that the next comparison goes on from there.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ROLE = "karbonica_app"

FIXED_RECORD = """
CREATE OR REPLACE FUNCTION karbonica_guard_record() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_temp AS $$
BEGIN
    IF (NEW.id, NEW.transaction_id, NEW.audit_seq, NEW.kind, NEW.record) IS DISTINCT FROM
       (OLD.id, OLD.transaction_id, OLD.audit_seq, OLD.kind, OLD.record) THEN
        RAISE EXCEPTION 'chain record % is fixed', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    op.add_column(
        "audit_logs",
        sa.Column(
            "hash_version",
            sa.SmallInteger(),
            nullable=False,
            server_default="1",
            comment="Which rule it is hashed by (ADR 0022).",
        ),
    )
    # Whoever writes an entry from now on says which rule it is hashed by.
    op.alter_column("audit_logs", "hash_version", server_default=None)
    op.add_column(
        "audit_logs",
        sa.Column("salt", sa.LargeBinary(), comment="Secret; hides what an entry commits to."),
    )
    op.create_check_constraint(
        op.f("ck_audit_logs_salted_since_version_2"),
        "audit_logs",
        "(hash_version = 1) = (salt IS NULL) AND (salt IS NULL OR length(salt) = 32)",
    )
    op.alter_column(
        "chain_records",
        "transaction_id",
        nullable=True,
        existing_comment="One record for each credit transaction, for ever.",
        comment="One record for each credit transaction, for ever; NULL: an anchor of the audit log.",
    )
    op.add_column(
        "chain_records",
        sa.Column(
            "audit_seq",
            sa.BigInteger(),
            comment="The audit entry that an anchor names; NULL: a record of a credit transaction.",
        ),
    )
    op.create_unique_constraint(
        op.f("uq_chain_records_audit_seq"), "chain_records", ["audit_seq"]
    )
    op.drop_constraint(op.f("ck_chain_records_kind_known"), "chain_records")
    op.create_check_constraint(
        op.f("ck_chain_records_kind_known"),
        "chain_records",
        "kind IN ('issuance', 'transfer', 'retirement', 'audit')",
    )
    op.create_check_constraint(
        op.f("ck_chain_records_of_a_transaction_or_the_audit_log"),
        "chain_records",
        "(kind = 'audit') = (audit_seq IS NOT NULL) AND (kind = 'audit') = (transaction_id IS NULL)",
    )
    op.execute(FIXED_RECORD)
    op.create_table(
        "reconciliations",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "since_height",
            sa.BigInteger(),
            comment="NULL: everything was compared with the chain.",
        ),
        sa.Column("tip_height", sa.BigInteger(), nullable=False),
        sa.Column("transactions", sa.BigInteger(), nullable=False, comment="Read from the chain."),
        sa.Column(
            "records",
            sa.BigInteger(),
            nullable=False,
            comment="Of ours, compared field by field.",
        ),
        sa.Column(
            "differences",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="Kind, transaction, subject, detail.",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliations")),
    )
    op.create_index(op.f("ix_reconciliations_checked_at"), "reconciliations", ["checked_at"])
    # What was found once stays said.
    op.execute(f"REVOKE UPDATE ON reconciliations FROM {ROLE}")
