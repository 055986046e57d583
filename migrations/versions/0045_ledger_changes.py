"""A number for each movement of the ledger, in the order of commits; certificates as credentials.

Why: whoever follows the ledger asks for what comes after the last number they have (ADR 0082), so that
no movement may ever appear below a number that was already given out. A sequence gives numbers when
rows are written, and a row that is committed late then appears behind its readers. These are given at
the commit, one transaction after the other.

A certificate that is sealed from now on is also signed as a W3C Verifiable Credential (ADR 0083), whose
bytes are kept beside it: only the worker that seals has the key.
"""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

NUMBERED = """
CREATE FUNCTION karbonica_number_ledger_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    next bigint;
BEGIN
    -- Deferred to the commit, when nothing else is left to lock: whoever commits later waits here, and
    -- the lock is let go when the movement can be seen.
    UPDATE ledger_head SET seq = seq + 1 RETURNING seq INTO STRICT next;
    INSERT INTO ledger_changes (seq, transaction_id) VALUES (next, NEW.id);
    RETURN NULL;
END $$
"""

TRIGGER = """
CREATE CONSTRAINT TRIGGER credit_transaction_numbered AFTER INSERT ON credit_transactions
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'completed')
    EXECUTE FUNCTION karbonica_number_ledger_change()
"""

# In the order of time, and never before what it moves, whatever the clocks of the time said: a movement
# stands where the latest moment on its units' way up to it does.
NUMBER_WHAT_IS_THERE = """
WITH RECURSIVE born AS (
    SELECT e.id, t.created_at AS at, 0 AS depth
      FROM credit_entries e
      JOIN credit_transactions t
        ON t.entry_id = e.id AND t.type IN ('issuance', 'buffer_contribution')
    UNION ALL
    SELECT child.id, greatest(born.at, t.created_at), born.depth + 1
      FROM born
      JOIN credit_transactions t
        ON t.entry_id = born.id AND t.type NOT IN ('issuance', 'buffer_contribution')
      JOIN credit_entries child ON child.parent_id = born.id
), numbered AS (
    SELECT t.id, greatest(born.at, t.created_at) AS at,
           born.depth + (t.type NOT IN ('issuance', 'buffer_contribution'))::int AS depth
      FROM credit_transactions t JOIN born ON born.id = t.entry_id
     WHERE t.status = 'completed'
)
INSERT INTO ledger_changes (seq, transaction_id)
SELECT row_number() OVER (ORDER BY at, depth, id), id FROM numbered
"""

COMPARE = """
DO $$
BEGIN
    IF (SELECT count(*) FROM ledger_changes)
       <> (SELECT count(*) FROM credit_transactions WHERE status = 'completed') THEN
        RAISE EXCEPTION 'some movements of the ledger have no way from an issuance';
    END IF;
END $$
"""


def upgrade() -> None:
    op.execute("SET LOCAL statement_timeout = '30min'")
    op.execute("LOCK TABLE credit_transactions IN SHARE ROW EXCLUSIVE MODE")
    op.create_table(
        "ledger_head",
        sa.Column("only_row", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False,
                  comment="The number of the last movement; 0 before the first."),
        sa.CheckConstraint("only_row", name=op.f("ck_ledger_head_only_row")),
        sa.PrimaryKeyConstraint("only_row", name=op.f("pk_ledger_head")),
        comment="One row: how far the movements of the ledger are numbered (ADR 0082).",
    )
    op.create_table(
        "ledger_changes",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False,
                  comment="1, 2, 3, without gaps, in the order of commits."),
        sa.Column("transaction_id", sa.UUID(), nullable=False, comment="The movement."),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["credit_transactions.id"],
            name=op.f("fk_ledger_changes_transaction_id_credit_transactions"),
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_ledger_changes")),
        sa.UniqueConstraint("transaction_id", name=op.f("uq_ledger_changes_transaction_id")),
        comment="The movements of the ledger in the order in which they can be followed (ADR 0082)."
        " Written by a trigger; rows never change.",
    )
    for table in ("ledger_head", "ledger_changes"):
        op.execute(f"REVOKE INSERT, UPDATE ON {table} FROM karbonica_app")
    op.execute(NUMBER_WHAT_IS_THERE)
    op.execute(COMPARE)
    op.execute("INSERT INTO ledger_head (seq) SELECT count(*) FROM ledger_changes")
    op.execute(
        "CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON ledger_changes"
        " FOR EACH ROW EXECUTE FUNCTION karbonica_forbid()"
    )
    op.execute(
        "CREATE TRIGGER never_truncated BEFORE TRUNCATE ON ledger_changes"
        " FOR EACH STATEMENT EXECUTE FUNCTION karbonica_forbid()"
    )
    _create_credentials()
    op.execute(NUMBERED)
    op.execute("REVOKE ALL ON FUNCTION karbonica_number_ledger_change() FROM PUBLIC")
    op.execute(TRIGGER)


def _create_credentials() -> None:
    op.create_table(
        "certificate_credentials",
        sa.Column("digest", sa.String(64), nullable=False,
                  comment="SHA-256 of the sealed certificate that it carries, present or former."),
        sa.Column("retirement_id", sa.UUID(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False,
                  comment="Canonical JSON (RFC 8785), as served: W3C Verifiable Credential 2.0."),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False,
                  comment="When it was signed; as the certificate."),
        sa.ForeignKeyConstraint(
            ["retirement_id"], ["certificates.retirement_id"],
            name=op.f("fk_certificate_credentials_retirement_id_certificates"),
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_certificate_credentials")),
        sa.CheckConstraint("digest ~ '^[0-9a-f]{64}$'",
                           name=op.f("ck_certificate_credentials_digest_is_sha256")),
        comment="Sealed certificates as credentials (ADR 0083). Rows never change.",
    )
    op.create_index(
        op.f("ix_certificate_credentials_retirement_id"), "certificate_credentials", ["retirement_id"]
    )
    op.execute("REVOKE UPDATE ON certificate_credentials FROM karbonica_app")
    op.execute(
        "CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON certificate_credentials"
        " FOR EACH ROW EXECUTE FUNCTION karbonica_forbid()"
    )
    op.execute(
        "CREATE TRIGGER never_truncated BEFORE TRUNCATE ON certificate_credentials"
        " FOR EACH STATEMENT EXECUTE FUNCTION karbonica_forbid()"
    )
