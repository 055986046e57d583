"""An issuance is exactly what one approval says, once; and what was approved stays as it was.

Why: two rows that fitted each other brought more credits into being than anybody had approved, also of
a project that nobody had verified; and the approval itself could be written to fit afterwards (ADR 0039).
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

ISSUES = "type IN ('issuance', 'buffer_contribution')"

# A project has one verification so far. The first issuance and the first contribution of each are
# taken to be its own; whatever else there is names none, and the checks of the ledger name it.
NAME_APPROVALS = (
    "ALTER TABLE credit_transactions DISABLE TRIGGER credit_transaction_stays",
    # Deferred, it would still wait when the guards are to wake, and PostgreSQL refuses that.
    "ALTER TABLE credit_transactions DISABLE TRIGGER credit_transaction_shown",
    """
UPDATE credit_transactions issued SET verification_id = first.verification_id
  FROM (SELECT DISTINCT ON (approval.id, made.type) made.id, approval.id AS verification_id
          FROM credit_transactions made
          JOIN credit_entries entry ON entry.id = made.result_entry_id
          JOIN verification_requests approval ON approval.project_id = entry.project_id
         WHERE made.type IN ('issuance', 'buffer_contribution') AND made.status = 'completed'
         ORDER BY approval.id, made.type, lower(made.units)) first
 WHERE issued.id = first.id
""",
    "ALTER TABLE credit_transactions ENABLE TRIGGER credit_transaction_shown",
    "ALTER TABLE credit_transactions ENABLE TRIGGER credit_transaction_stays",
)

# Deferred, because entry, transaction and the buffer's share are written one after another. That
# there is no second issuance beside the one that is seen here is what the unique index says, and
# that an approval is never taken back what APPROVAL_STAYS says: no lock is needed.
ISSUED_AS_APPROVED = """
CREATE FUNCTION karbonica_guard_issuance() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    approval verification_requests;
BEGIN
    SELECT verification.* INTO approval
      FROM verification_requests verification JOIN projects project ON project.id = verification.project_id
     WHERE verification.id = NEW.verification_id AND verification.status = 'approved'
       AND (NOT verification.needs_countersignature OR verification.countersigned_by IS NOT NULL)
       AND project.status = 'verified' AND project.developer_id = verification.developer_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION '% % rests on no approval of a verified project', NEW.type, NEW.id
            USING ERRCODE = 'check_violation';
    END IF;
    PERFORM FROM credit_transactions issued JOIN credit_entries entry ON entry.id = issued.result_entry_id
      WHERE issued.verification_id = approval.id AND issued.status = 'completed' AND issued.type IN ('issuance', 'buffer_contribution')
     HAVING count(*) FILTER (WHERE issued.type = 'issuance') = 1 AND count(*) <= 2
        AND sum(issued.quantity_units) = approval.verified_quantity_units
        AND bool_and(entry.project_id = approval.project_id AND entry.vintage = approval.vintage
                     AND issued.recipient_id = CASE issued.type WHEN 'issuance' THEN approval.developer_id
                                                                ELSE '00000000-0000-4000-8000-000000000001'::uuid END)
        AND range_agg(issued.units)
            = int8multirange(int8range(min(lower(issued.units)), max(upper(issued.units))))
        AND max(upper(issued.units)) <= (SELECT next_unit FROM unit_counter);
    IF NOT FOUND THEN
        RAISE EXCEPTION '% % is not what verification % approved', NEW.type, NEW.id, approval.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER issuance_as_approved AFTER INSERT OR UPDATE ON credit_transactions
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.status = 'completed' AND NEW.type IN ('issuance', 'buffer_contribution'))
    EXECUTE FUNCTION karbonica_guard_issuance();
"""

# The counter moves by what is issued and in no other way, so that no number is ever left free below it.
UNITS_COUNTED = """
CREATE FUNCTION karbonica_guard_unit_counter() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.next_unit <= OLD.next_unit THEN
        RAISE EXCEPTION 'unit numbers are never given again: the next one is %', OLD.next_unit
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER unit_counter_goes_on BEFORE UPDATE ON unit_counter
    FOR EACH ROW EXECUTE FUNCTION karbonica_guard_unit_counter();

CREATE FUNCTION karbonica_guard_units_taken() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM credit_transactions issued
      WHERE issued.type IN ('issuance', 'buffer_contribution') AND issued.status = 'completed'
        AND issued.units && int8range(OLD.next_unit, NEW.next_unit)
     HAVING range_agg(issued.units) = int8multirange(int8range(OLD.next_unit, NEW.next_unit));
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the unit numbers % to % were taken and not issued', OLD.next_unit, NEW.next_unit - 1
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER units_taken_are_issued AFTER UPDATE ON unit_counter
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION karbonica_guard_units_taken();
"""

# An approval that waits for its countersignature may be signed or go back to its verifier; one that
# is in force, and a rejection, stay in every column, also in those that later revisions add.
APPROVAL_STAYS = """
CREATE FUNCTION karbonica_guard_verification() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    waits boolean := OLD.status = 'approved' AND OLD.needs_countersignature AND OLD.countersigned_by IS NULL;
    still_changes text[] := '{updated_at}';
BEGIN
    IF (NEW.id, NEW.project_id, NEW.developer_id, NEW.submitted_at)
       IS DISTINCT FROM (OLD.id, OLD.project_id, OLD.developer_id, OLD.submitted_at) THEN
        RAISE EXCEPTION 'verification % stays that of its project', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF waits AND NEW.status = 'in_review' OR OLD.status NOT IN ('approved', 'rejected') THEN
        RETURN NEW;
    END IF;
    IF waits THEN
        still_changes := '{updated_at,countersigned_by,countersigned_at}';
    END IF;
    IF to_jsonb(NEW) - still_changes IS DISTINCT FROM to_jsonb(OLD) - still_changes THEN
        RAISE EXCEPTION 'verification % is % and stays as it was decided', OLD.id, OLD.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER verification_stays BEFORE UPDATE ON verification_requests
    FOR EACH ROW EXECUTE FUNCTION karbonica_guard_verification();
"""

def upgrade() -> None:
    op.add_column(
        "credit_transactions",
        sa.Column(
            "verification_id",
            sa.UUID(),
            nullable=True,
            comment="The approval it rests on, of an issuance and of the buffer's share; NULL for all others.",
        ),
    )
    op.create_foreign_key(
        op.f("fk_credit_transactions_verification_id_verification_requests"),
        "credit_transactions",
        "verification_requests",
        ["verification_id"],
        ["id"],
    )
    for statement in NAME_APPROVALS:
        op.execute(statement)
    op.create_index(
        "uq_credit_transactions_issued_once",
        "credit_transactions",
        ["verification_id", "type"],
        unique=True,
        postgresql_where=sa.text("verification_id IS NOT NULL"),
    )
    # The counter's guard looks here for what was issued under the numbers that were taken.
    op.create_exclude_constraint(
        op.f("ex_credit_transactions_units_issued_once"),
        "credit_transactions",
        (sa.column("units", postgresql.INT8RANGE), "&&"),
        using="gist",
        where=sa.text(f"{ISSUES} AND status = 'completed'"),
    )
    for script in (ISSUED_AS_APPROVED, UNITS_COUNTED, APPROVAL_STAYS):
        run(script)


def run(script: str) -> None:
    """Execute statement by statement: asyncpg prepares each, and takes one at a time."""
    statement: list[str] = []
    inside_body = False
    for line in script.strip().splitlines():
        statement.append(line)
        inside_body ^= line.count("$$") % 2 == 1
        if line.rstrip().endswith(";") and not inside_body:
            op.execute("\n".join(statement))
            statement = []
