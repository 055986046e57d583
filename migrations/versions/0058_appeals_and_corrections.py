"""Appeals and grievances with their answers, and corrections of issuances with what is owed for them.

Why: who thought a decision or the registry wrong had a mailbox at best, and units that should not have been issued
could be cancelled only where they were still there, without a word beside them (ADR 0101).
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
EVENTS = ("appeal_filed", "appeal_decided", "issuance_corrected")

PUBLIC_APPEALS = """
SELECT a.id, a.kind, a.project_id, a.verification_id, a.status, a.filed_at, a.acknowledge_by, a.answer_by,
       a.acknowledged_at, a.decided_at, a.public_reason, a.withheld_reason,
       CASE WHEN a.status <> 'filed' AND a.withheld_reason IS NULL THEN a.public_text END AS public_text
  FROM appeals a
"""

APPEALS = """
CREATE FUNCTION karbonica_guard_appeal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF (NEW.id, NEW.kind, NEW.project_id, NEW.verification_id, NEW.filed_by, NEW.filed_for, NEW.public_text,
        NEW.confidential_text, NEW.filed_at, NEW.acknowledge_by, NEW.answer_by)
       IS DISTINCT FROM
       (OLD.id, OLD.kind, OLD.project_id, OLD.verification_id, OLD.filed_by, OLD.filed_for, OLD.public_text,
        OLD.confidential_text, OLD.filed_at, OLD.acknowledge_by, OLD.answer_by)
       OR OLD.status <> 'filed' AND (NEW.acknowledged_at, NEW.acknowledged_by, NEW.withheld_reason)
          IS DISTINCT FROM (OLD.acknowledged_at, OLD.acknowledged_by, OLD.withheld_reason) THEN
        RAISE EXCEPTION 'what appeal % says stays', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NOT (OLD.status = 'filed' AND NEW.status = 'acknowledged'
            OR OLD.status = 'acknowledged' AND NEW.status IN ('upheld', 'dismissed')) THEN
        RAISE EXCEPTION 'appeal % is %', OLD.id, OLD.status USING ERRCODE = 'restrict_violation';
    END IF;
    -- Whoever decides had no part in what was decided (domain/projects/programme/appeals.py).
    IF NEW.status IN ('upheld', 'dismissed') THEN
        PERFORM FROM verification_requests v
          WHERE (v.id = NEW.verification_id OR NEW.verification_id IS NULL AND v.project_id = NEW.project_id)
            AND NEW.decided_by IN (v.decided_by, v.verifier_id, v.countersigned_by,
                                   v.countersignature_refused_by);
        IF FOUND THEN
            RAISE EXCEPTION 'appeal % is decided by somebody who had a part in it', OLD.id
                USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER appeal_moves BEFORE UPDATE ON appeals
    FOR EACH ROW EXECUTE FUNCTION karbonica_guard_appeal();
CREATE TRIGGER never_deleted BEFORE DELETE ON appeals
    FOR EACH ROW EXECUTE FUNCTION karbonica_forbid();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON appeals
    FOR EACH STATEMENT EXECUTE FUNCTION karbonica_forbid();
"""

CORRECTIONS = """
CREATE FUNCTION karbonica_guard_issuance_correction_moves() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF (NEW.id, NEW.verification_id, NEW.project_id, NEW.vintage, NEW.quantity_units, NEW.reason, NEW.recorded_by,
        NEW.recorded_at, NEW.owed_units, NEW.due_at)
       IS DISTINCT FROM
       (OLD.id, OLD.verification_id, OLD.project_id, OLD.vintage, OLD.quantity_units, OLD.reason, OLD.recorded_by,
        OLD.recorded_at, OLD.owed_units, OLD.due_at) THEN
        RAISE EXCEPTION 'correction % is fixed', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.status <> OLD.status AND NOT (
        OLD.status = 'open' AND NEW.status IN ('overdue', 'settled')
        OR OLD.status = 'overdue' AND NEW.status = 'settled') THEN
        RAISE EXCEPTION 'correction % is % for ever', OLD.id, OLD.status USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER issuance_correction_moves BEFORE UPDATE ON issuance_corrections
    FOR EACH ROW EXECUTE FUNCTION karbonica_guard_issuance_correction_moves();

CREATE FUNCTION karbonica_guard_issuance_correction_stands() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    correction issuance_corrections;
    in_error bigint;
    handed_in bigint;
BEGIN
    IF TG_TABLE_NAME = 'correction_cancellations' THEN
        PERFORM FROM credit_transactions
          WHERE id = NEW.transaction_id AND type = 'cancellation' AND status = 'completed';
        IF NOT FOUND THEN
            RAISE EXCEPTION 'transaction % cancels nothing', NEW.transaction_id USING ERRCODE = 'check_violation';
        END IF;
        SELECT * INTO correction FROM issuance_corrections WHERE id = NEW.correction_id;
    ELSE
        SELECT * INTO correction FROM issuance_corrections WHERE id = NEW.id;
    END IF;
    SELECT coalesce(sum(t.quantity_units) FILTER (WHERE NOT c.replaces), 0),
           coalesce(sum(t.quantity_units) FILTER (WHERE c.replaces), 0)
      INTO in_error, handed_in
      FROM correction_cancellations c JOIN credit_transactions t ON t.id = c.transaction_id
     WHERE c.correction_id = correction.id;
    IF in_error + correction.owed_units <> correction.quantity_units THEN
        RAISE EXCEPTION 'of correction % % of % units are cancelled, and % are owed',
            correction.id, in_error, correction.quantity_units, correction.owed_units
            USING ERRCODE = 'check_violation';
    END IF;
    IF handed_in > correction.owed_units
       OR (correction.status = 'settled') <> (handed_in = correction.owed_units) THEN
        RAISE EXCEPTION 'for correction % % of % units are handed in, and it is %',
            correction.id, handed_in, correction.owed_units, correction.status
            USING ERRCODE = 'check_violation';
    END IF;
    -- What was issued in error is of that issuance, and no more than was issued.
    PERFORM FROM correction_cancellations c
      JOIN credit_transactions t ON t.id = c.transaction_id
     WHERE c.correction_id = correction.id AND NOT c.replaces
       AND NOT EXISTS (SELECT FROM credit_transactions made
                        WHERE made.verification_id = correction.verification_id
                          AND made.vintage = correction.vintage AND made.units @> t.units);
    IF FOUND OR (SELECT sum(quantity_units) FROM issuance_corrections
                  WHERE verification_id = correction.verification_id AND vintage = correction.vintage)
       > coalesce((SELECT sum(quantity_units) FROM credit_transactions
                    WHERE verification_id = correction.verification_id AND vintage = correction.vintage
                      AND status = 'completed'), 0) THEN
        RAISE EXCEPTION 'correction % is of more than was issued, or of other units', correction.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER issuance_correction_stands AFTER INSERT OR UPDATE ON issuance_corrections
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION karbonica_guard_issuance_correction_stands();
CREATE CONSTRAINT TRIGGER issuance_correction_stands AFTER INSERT ON correction_cancellations
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION karbonica_guard_issuance_correction_stands();
CREATE TRIGGER never_deleted BEFORE DELETE ON issuance_corrections
    FOR EACH ROW EXECUTE FUNCTION karbonica_forbid();
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON correction_cancellations
    FOR EACH ROW EXECUTE FUNCTION karbonica_forbid();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON issuance_corrections
    FOR EACH STATEMENT EXECUTE FUNCTION karbonica_forbid();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON correction_cancellations
    FOR EACH STATEMENT EXECUTE FUNCTION karbonica_forbid();
"""


def upgrade() -> None:
    _make_appeals()
    _make_corrections()
    run(APPEALS)
    run(CORRECTIONS)
    op.execute("ALTER TABLE appeals ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY rows_of_identity ON appeals USING ((SELECT karbonica_sees_everything())"
        " OR filed_for = (SELECT karbonica_holding_id()) OR filed_by = (SELECT karbonica_account_id()))"
    )
    op.execute("REVOKE UPDATE ON appeals FROM karbonica_app")
    op.execute(
        "GRANT UPDATE (status, acknowledged_at, acknowledged_by, withheld_reason, decided_at, decided_by,"
        " public_reason) ON appeals TO karbonica_app"
    )
    op.execute(f"CREATE VIEW public_appeals AS {PUBLIC_APPEALS}")
    op.execute(
        "COMMENT ON VIEW public_appeals IS "
        "'What is appealed against or complained of, and the answer; nobody who filed or answered is named.'"
    )
    op.execute("REVOKE ALL ON public_appeals FROM karbonica_app")
    op.execute("GRANT SELECT ON public_appeals TO karbonica_app")
    op.execute(
        "REVOKE UPDATE ON issuance_corrections, correction_cancellations FROM karbonica_app"
    )
    op.execute("GRANT UPDATE (status, settled_at) ON issuance_corrections TO karbonica_app")
    # Few of many; the public reads all of them (GET /registry/cancellations).
    op.create_index(
        "ix_credit_transactions_cancellations",
        "credit_transactions",
        ["created_at", "id"],
        postgresql_where=sa.text("type = 'cancellation'"),
    )
    # An issuance may be corrected again, and so may what a certificate says of it.
    op.drop_constraint("uq_certificate_corrections_once", "certificate_corrections")
    op.create_unique_constraint(
        "uq_certificate_corrections_once",
        "certificate_corrections",
        ["digest", "pointer", "correct"],
        postgresql_nulls_not_distinct=True,
    )
    # Beside the words that the constraints list already, whichever revision listed them.
    _also_known("proposals", "kind", "issuance_correction")
    _also_known("verification_events", "event_type", *EVENTS)


def _also_known(table: str, column: str, *words: str) -> None:
    name = f"ck_{table}_{column}_known"
    definition = op.get_bind().scalar(
        sa.text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name"),
        {"name": name},
    )
    known = [*re.findall(r"'(\w+)'", definition), *words]
    listed = ", ".join(f"'{word}'" for word in known)
    op.drop_constraint(op.f(name), table)
    op.create_check_constraint(op.f(name), table, f"{column} IN ({listed})")


def _make_appeals() -> None:
    op.create_table(
        "appeals",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False, comment="appeal or grievance."),
        sa.Column("project_id", sa.UUID(), comment="Which project it is about; NULL: the registry."),
        sa.Column(
            "verification_id",
            sa.UUID(),
            comment="The round appealed against; NULL of a grievance.",
        ),
        sa.Column("filed_by", sa.UUID(), nullable=False, comment="Who filed it."),
        sa.Column(
            "filed_for",
            sa.UUID(),
            nullable=False,
            comment="Whose organisation it is: the account that it holds under.",
        ),
        sa.Column(
            "public_text",
            sa.Text(),
            nullable=False,
            comment="Everybody reads it once it is acknowledged.",
        ),
        sa.Column(
            "confidential_text",
            sa.Text(),
            comment="For staff and who filed it; NULL: nothing was said so.",
        ),
        sa.Column(
            "status",
            sa.String(20),
            nullable=False,
            comment="filed, acknowledged; upheld or dismissed, for ever.",
        ),
        sa.Column("filed_at", MOMENT, nullable=False, comment="When it was filed."),
        sa.Column(
            "acknowledge_by",
            MOMENT,
            nullable=False,
            comment="Until when staff must say that they read it.",
        ),
        sa.Column("answer_by", MOMENT, nullable=False, comment="Until when staff must decide."),
        sa.Column("acknowledged_at", MOMENT, comment="When staff said so; NULL: they did not yet."),
        sa.Column("acknowledged_by", sa.UUID(), comment="Who of staff said so."),
        sa.Column(
            "withheld_reason",
            sa.Text(),
            comment="Why the public does not read its text, which it reads in its place; NULL: it does.",
        ),
        sa.Column("decided_at", MOMENT, comment="When it was decided; NULL: it is open."),
        sa.Column("decided_by", sa.UUID(), comment="Who of staff decided, without a part in it."),
        sa.Column(
            "public_reason", sa.Text(), comment="Why it was upheld or dismissed, for everybody."
        ),
        sa.CheckConstraint("kind IN ('appeal', 'grievance')", name=op.f("ck_appeals_kind_known")),
        sa.CheckConstraint(
            "status IN ('filed', 'acknowledged', 'upheld', 'dismissed')",
            name=op.f("ck_appeals_status_known"),
        ),
        sa.CheckConstraint(
            "(kind = 'appeal') = (verification_id IS NOT NULL)", name=op.f("ck_appeals_of_a_round")
        ),
        sa.CheckConstraint(
            "verification_id IS NULL OR project_id IS NOT NULL",
            name=op.f("ck_appeals_round_of_a_project"),
        ),
        sa.CheckConstraint("length(public_text) > 0", name=op.f("ck_appeals_text_some")),
        sa.CheckConstraint(
            "(status = 'filed') = (acknowledged_at IS NULL)"
            " AND (acknowledged_at IS NULL) = (acknowledged_by IS NULL)",
            name=op.f("ck_appeals_acknowledged_at_once"),
        ),
        sa.CheckConstraint(
            "(status IN ('upheld', 'dismissed')) = (decided_at IS NOT NULL)"
            " AND (decided_at IS NULL) = (decided_by IS NULL)"
            " AND (decided_at IS NULL) = (public_reason IS NULL)",
            name=op.f("ck_appeals_decided_at_once"),
        ),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> filed_by", name=op.f("ck_appeals_decided_by_another")
        ),
        _key("appeals", "project_id", "projects"),
        _key("appeals", "verification_id", "verification_requests"),
        *(
            _key("appeals", column, "users")
            for column in ("filed_by", "filed_for", "acknowledged_by", "decided_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeals")),
        comment="Appeals and grievances, and what was answered (ADR 0101).",
    )
    op.create_index(
        "uq_appeals_against",
        "appeals",
        ["verification_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'appeal'"),
    )
    op.create_index("ix_appeals_newest", "appeals", ["filed_at", "id"])
    op.create_index("ix_appeals_project", "appeals", ["project_id", "filed_at", "id"])
    op.create_index("ix_appeals_filed_for", "appeals", ["filed_for", "filed_at", "id"])


def _make_corrections() -> None:
    op.create_table(
        "issuance_corrections",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column(
            "verification_id",
            sa.UUID(),
            nullable=False,
            comment="The approval that was issued for.",
        ),
        sa.Column("project_id", sa.UUID(), nullable=False),
        sa.Column(
            "vintage",
            sa.Integer(),
            nullable=False,
            comment="Calendar year of the reduction or removal.",
        ),
        sa.Column(
            "quantity_units",
            sa.BigInteger(),
            nullable=False,
            comment="Issued in error, in units of 0.01 t CO2e.",
        ),
        sa.Column("reason", sa.Text(), nullable=False, comment="Public: how it came to that."),
        sa.Column("recorded_by", sa.UUID(), nullable=False, comment="Staff."),
        sa.Column("recorded_at", MOMENT, nullable=False, comment="When staff recorded it."),
        sa.Column(
            "owed_units",
            sa.BigInteger(),
            nullable=False,
            comment="Of them, those that had moved on and are to be replaced; 0: none.",
        ),
        sa.Column("due_at", MOMENT, comment="When it becomes overdue; NULL: nothing is owed."),
        sa.Column(
            "status",
            sa.String(20),
            nullable=False,
            comment="open, overdue or, for ever, settled.",
        ),
        sa.Column("settled_at", MOMENT, comment="When the last of it was handed in."),
        sa.CheckConstraint(
            "status IN ('open', 'overdue', 'settled')",
            name=op.f("ck_issuance_corrections_status_known"),
        ),
        sa.CheckConstraint(
            "quantity_units > 0", name=op.f("ck_issuance_corrections_quantity_positive")
        ),
        sa.CheckConstraint(
            "owed_units BETWEEN 0 AND quantity_units",
            name=op.f("ck_issuance_corrections_owed_within"),
        ),
        sa.CheckConstraint(
            "(owed_units > 0) = (due_at IS NOT NULL)",
            name=op.f("ck_issuance_corrections_due_when_owed"),
        ),
        sa.CheckConstraint(
            "(status = 'settled') = (settled_at IS NOT NULL)",
            name=op.f("ck_issuance_corrections_settled_at_once"),
        ),
        sa.CheckConstraint("length(reason) > 0", name=op.f("ck_issuance_corrections_reason_some")),
        _key("issuance_corrections", "verification_id", "verification_requests"),
        _key("issuance_corrections", "project_id", "projects"),
        _key("issuance_corrections", "recorded_by", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issuance_corrections")),
        comment="What was issued in error, and what is owed for it (ADR 0101). Public.",
    )
    op.create_index(
        op.f("ix_issuance_corrections_project_id"), "issuance_corrections", ["project_id"]
    )
    op.create_index("ix_issuance_corrections_newest", "issuance_corrections", ["recorded_at", "id"])
    op.create_index(
        "ix_issuance_corrections_of", "issuance_corrections", ["verification_id", "vintage"]
    )
    op.create_table(
        "correction_cancellations",
        sa.Column(
            "transaction_id",
            sa.UUID(),
            nullable=False,
            comment="A credit transaction of the type cancellation.",
        ),
        sa.Column(
            "correction_id",
            sa.UUID(),
            nullable=False,
            comment="The correction for which these units were cancelled.",
        ),
        sa.Column(
            "replaces",
            sa.Boolean(),
            nullable=False,
            comment="Whether they were handed in for others; else they were issued in error themselves.",
        ),
        _key("correction_cancellations", "transaction_id", "credit_transactions"),
        _key("correction_cancellations", "correction_id", "issuance_corrections"),
        sa.PrimaryKeyConstraint(
            "transaction_id", name=op.f("pk_correction_cancellations")
        ),
        comment="Which cancellations were made for which correction. Rows never change.",
    )
    op.create_index(
        op.f("ix_correction_cancellations_correction_id"),
        "correction_cancellations",
        ["correction_id"],
    )


def _key(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}")
    )


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
