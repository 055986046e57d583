"""Losses that the buffer does not cover block units until they are made good; buffer shares per project.

Why: credits of burnt forests stayed for sale, and said nothing (ADR 0043). What went into the buffer was a
setting of each process, nothing by default, and public nowhere (ADR 0044).
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

REGISTRY = "'00000000-0000-4000-8000-000000000001'"

# domain/credits/ledger.py, EntryStatus and CreditTransactionType; domain/projects/verification.py, EventType;
# domain/chain/records.py, RecordKind.
KNOWN = {
    ("credit_entries", "status"): (
        *("active", "transferred", "split", "retired", "cancelled", "buffer", "suspended"),
    ),
    ("credit_transactions", "type"): (
        *("issuance", "transfer", "retirement", "cancellation", "buffer_contribution"),
        *("buffer_release", "suspension", "reinstatement"),
    ),
    ("verification_events", "event_type"): (
        *("project_registered", "assignment_overdue", "verifier_assigned", "verifier_replaced"),
        *("document_completed", "note", "site_visit", "review_overdue", "escalated", "approved"),
        *("rejected", "countersignature_overdue", "countersignature_refused", "countersigned"),
        *("credits_issued", "loss_recorded", "obligation_overdue", "obligation_settled"),
    ),
    ("chain_records", "kind"): (
        *("issuance", "transfer", "retirement", "cancellation", "buffer_contribution"),
        *("buffer_release", "suspension", "reinstatement", "audit"),
    ),
}

# Who sends and who receives, by type; of a suspension and its end both are the holder.
PARTIES = f"""
coalesce(CASE type
    WHEN 'issuance' THEN sender_id IS NULL AND recipient_id <> {REGISTRY} AND entry_id = result_entry_id
    WHEN 'buffer_contribution' THEN
        sender_id IS NULL AND recipient_id = {REGISTRY} AND entry_id = result_entry_id
    WHEN 'transfer' THEN
        sender_id <> recipient_id AND sender_id <> {REGISTRY} AND recipient_id <> {REGISTRY}
        AND entry_id <> result_entry_id
    WHEN 'buffer_release' THEN
        sender_id = {REGISTRY} AND recipient_id <> {REGISTRY} AND entry_id <> result_entry_id
    WHEN 'suspension' THEN
        sender_id = recipient_id AND sender_id <> {REGISTRY} AND entry_id <> result_entry_id
    WHEN 'reinstatement' THEN
        sender_id = recipient_id AND sender_id <> {REGISTRY} AND entry_id <> result_entry_id
    ELSE sender_id IS NOT NULL AND recipient_id IS NULL
END, false)
"""
SUSPENDED = f"""
CASE WHEN status = 'suspended' THEN suspended_for IS NOT NULL AND owner_id <> {REGISTRY}
     WHEN status IN ('active', 'retired', 'buffer') THEN suspended_for IS NULL ELSE true END
AND (suspended_for IS NULL OR parent_id IS NOT NULL)
"""

# domain/credits/ledger.py, ENTRY_MOVES. Suspended units are never retired, and nobody's to hand on.
ENTRY_MOVES = """
CREATE OR REPLACE FUNCTION karbonica_guard_credit_entry() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF (NEW.id, NEW.serial, NEW.project_id, NEW.owner_id, NEW.parent_id, NEW.units, NEW.vintage, NEW.issued_at,
        NEW.suspended_for)
       IS DISTINCT FROM
       (OLD.id, OLD.serial, OLD.project_id, OLD.owner_id, OLD.parent_id, OLD.units, OLD.vintage, OLD.issued_at,
        OLD.suspended_for) THEN
        RAISE EXCEPTION 'only the status of credit entry % may change', OLD.serial
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.status <> OLD.status AND NOT (
        (OLD.status = 'active' AND NEW.status IN ('transferred', 'split', 'retired', 'cancelled'))
        OR (OLD.status IN ('buffer', 'suspended') AND NEW.status IN ('transferred', 'split', 'cancelled'))
    ) THEN
        RAISE EXCEPTION 'credit entry % is % for ever', OLD.serial, OLD.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION karbonica_guard_entry_traced() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM karbonica_check_entry_began(NEW);
    END IF;
    IF NEW.status NOT IN ('active', 'buffer', 'suspended') THEN
        PERFORM karbonica_check_entry_changed(NEW);
    END IF;
    RETURN NULL;
END $$;
"""

# Every child came of one transaction, so that this sees them all: what was moved, and what was left.
# Whoever hands suspended units on, or retires them, finds that the result says something else.
SUSPENSION_SHOWN = """
CREATE FUNCTION karbonica_guard_suspension() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    before uuid;
    now_for uuid;
BEGIN
    SELECT source.suspended_for, result.suspended_for INTO before, now_for
      FROM credit_entries source, credit_entries result
     WHERE source.id = NEW.entry_id AND result.id = NEW.result_entry_id;
    IF (CASE NEW.type
            WHEN 'suspension' THEN before IS NOT NULL OR now_for IS NULL
            WHEN 'reinstatement' THEN before IS NULL OR now_for IS NOT NULL
            WHEN 'cancellation' THEN before IS DISTINCT FROM now_for
            ELSE before IS NOT NULL OR now_for IS NOT NULL END) THEN
        RAISE EXCEPTION '% % moves suspended units, or suspends what it moves', NEW.type, NEW.id
            USING ERRCODE = 'check_violation';
    END IF;
    PERFORM FROM credit_entries rest
      WHERE rest.parent_id = NEW.entry_id AND rest.id <> NEW.result_entry_id
        AND rest.suspended_for IS DISTINCT FROM before;
    IF FOUND THEN
        RAISE EXCEPTION 'what % % left is no longer suspended as it was', NEW.type, NEW.id
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.type = 'cancellation' AND before IS NOT NULL THEN
        PERFORM FROM obligation_cancellations
          WHERE transaction_id = NEW.id AND reversal_id = before;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'cancellation % takes suspended units away for nothing', NEW.id
                USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    -- Where this transaction also wrote the loss, or what makes it good, their own triggers count once
    -- for all its movements.
    IF NEW.type IN ('suspension', 'reinstatement') THEN
        PERFORM FROM reversals
          WHERE id = coalesce(now_for, before) AND xmin = pg_current_xact_id()::xid;
        IF NOT FOUND THEN
            PERFORM FROM obligation_cancellations
              WHERE reversal_id = coalesce(now_for, before) AND xmin = pg_current_xact_id()::xid;
        END IF;
        IF NOT FOUND THEN
            PERFORM karbonica_check_blocked(coalesce(now_for, before));
        END IF;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER credit_suspension_shown AFTER INSERT OR UPDATE ON credit_transactions
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.status = 'completed' AND NEW.type NOT IN ('issuance', 'buffer_contribution'))
    EXECUTE FUNCTION karbonica_guard_suspension();
"""

# domain/credits/checks/reversal_differences.py, loss_blocks_until_made_good, for one loss.
BLOCKED = """
CREATE FUNCTION karbonica_check_blocked(loss uuid) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    lost bigint;
    obligation obligations;
    uncovered bigint;
    suspended bigint;
    left_over bigint;
    cancelled bigint;
    made_good bigint;
BEGIN
    SELECT quantity_units INTO lost FROM reversals WHERE id = loss;
    SELECT * INTO obligation FROM obligations WHERE reversal_id = loss;
    SELECT lost - coalesce(sum(t.quantity_units), 0) INTO uncovered
      FROM reversal_cancellations c JOIN credit_transactions t ON t.id = c.transaction_id
     WHERE c.reversal_id = loss;
    SELECT coalesce(sum(t.quantity_units), 0) INTO made_good
      FROM obligation_cancellations c JOIN credit_transactions t ON t.id = c.transaction_id
     WHERE c.reversal_id = loss AND t.type = 'cancellation' AND t.status = 'completed';
    SELECT coalesce(sum(e.quantity_units) FILTER (WHERE e.status = 'suspended'), 0),
           coalesce(sum(e.quantity_units) FILTER (WHERE e.status = 'cancelled'), 0),
           coalesce(sum(e.quantity_units) FILTER (WHERE t.id IS NOT NULL), 0)
      INTO left_over, cancelled, suspended
      FROM credit_entries e
      LEFT JOIN credit_transactions t ON t.result_entry_id = e.id AND t.type = 'suspension'
     WHERE e.suspended_for = loss;
    IF uncovered <> coalesce(obligation.quantity_units, 0) THEN
        RAISE EXCEPTION 'reversal % leaves % units uncovered, and its obligation is of %',
            loss, uncovered, coalesce(obligation.quantity_units, 0) USING ERRCODE = 'check_violation';
    END IF;
    IF made_good > uncovered
       OR (obligation.status IS NOT DISTINCT FROM 'settled') <> (uncovered > 0 AND made_good = uncovered) THEN
        RAISE EXCEPTION 'of the obligation of reversal % % of % units are made good, and it is %',
            loss, made_good, uncovered, coalesce(obligation.status, 'not there')
            USING ERRCODE = 'check_violation';
    END IF;
    IF left_over <> least(suspended - cancelled, uncovered - made_good) THEN
        RAISE EXCEPTION 'reversal % is owed % units, and % are suspended for it',
            loss, uncovered - made_good, left_over USING ERRCODE = 'check_violation';
    END IF;
END $$;
"""

# REVERSALS_LOCK of adapters/postgres/credits/reversals.py: two losses at once do not see each other.
REVERSAL_STANDS = """
CREATE FUNCTION karbonica_guard_reversal_bounded() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7742358461542825986);
    IF NEW.quantity_units + coalesce((
           SELECT sum(quantity_units) FROM reversals
            WHERE project_id = NEW.project_id AND (NEW.vintage IS NULL OR vintage = NEW.vintage)), 0)
       > coalesce((
           SELECT sum(quantity_units) FROM credit_entries
            WHERE project_id = NEW.project_id AND parent_id IS NULL
              AND (NEW.vintage IS NULL OR vintage = NEW.vintage)), 0) THEN
        RAISE EXCEPTION 'reversal % loses more than was issued and not yet lost', NEW.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER reversal_bounded BEFORE INSERT ON reversals
    FOR EACH ROW EXECUTE FUNCTION karbonica_guard_reversal_bounded();
CREATE FUNCTION karbonica_guard_reversal_stands() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM karbonica_check_blocked(NEW.id);
    -- Nothing that the loss touches stays active beside what is owed and not suspended.
    PERFORM FROM credit_entries
      WHERE project_id = NEW.project_id AND status = 'active'
        AND (NEW.vintage IS NULL OR vintage = NEW.vintage)
        AND (SELECT quantity_units FROM obligations WHERE reversal_id = NEW.id)
            > coalesce((SELECT sum(quantity_units) FROM credit_entries
                         WHERE suspended_for = NEW.id AND status = 'suspended'), 0);
    IF FOUND THEN
        RAISE EXCEPTION 'reversal % leaves units active that it touches', NEW.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER reversal_stands AFTER INSERT ON reversals
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION karbonica_guard_reversal_stands();
"""

OBLIGATION_STANDS = """
CREATE FUNCTION karbonica_guard_obligation_moves() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF (NEW.reversal_id, NEW.quantity_units, NEW.due_at)
       IS DISTINCT FROM (OLD.reversal_id, OLD.quantity_units, OLD.due_at) THEN
        RAISE EXCEPTION 'obligation % is fixed', OLD.reversal_id USING ERRCODE = 'restrict_violation';
    END IF;
    IF (NEW.status, NEW.settled_at) IS DISTINCT FROM (OLD.status, OLD.settled_at) AND NOT (
        (OLD.status = 'open' AND NEW.status IN ('overdue', 'settled'))
        OR (OLD.status = 'overdue' AND NEW.status = 'settled')
    ) THEN
        RAISE EXCEPTION 'obligation % is % for ever', OLD.reversal_id, OLD.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER obligation_moves BEFORE UPDATE ON obligations
    FOR EACH ROW EXECUTE FUNCTION karbonica_guard_obligation_moves();
CREATE FUNCTION karbonica_guard_obligation_stands() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_TABLE_NAME = 'obligation_cancellations' THEN
        PERFORM FROM credit_transactions t JOIN credit_entries e ON e.id = t.result_entry_id
          WHERE t.id = NEW.transaction_id AND t.type = 'cancellation' AND t.status = 'completed'
            AND (e.suspended_for IS NULL OR e.suspended_for = NEW.reversal_id)
            AND NOT EXISTS (SELECT FROM reversal_cancellations WHERE transaction_id = t.id);
        IF NOT FOUND THEN
            RAISE EXCEPTION 'transaction % makes nothing good', NEW.transaction_id
                USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    PERFORM karbonica_check_blocked(NEW.reversal_id);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER obligation_stands AFTER INSERT OR UPDATE ON obligations
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION karbonica_guard_obligation_stands();
CREATE CONSTRAINT TRIGGER obligation_stands AFTER INSERT ON obligation_cancellations
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION karbonica_guard_obligation_stands();
CREATE TRIGGER never_deleted BEFORE DELETE ON obligations
    FOR EACH ROW EXECUTE FUNCTION karbonica_forbid();
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON obligation_cancellations
    FOR EACH ROW EXECUTE FUNCTION karbonica_forbid();
"""

BUFFER_SHARE_STAYS = """
CREATE FUNCTION karbonica_guard_buffer_share() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM projects WHERE id = NEW.project_id AND status = 'pending';
    IF NOT FOUND OR TG_OP = 'UPDATE' AND NEW.project_id <> OLD.project_id THEN
        RAISE EXCEPTION 'the buffer share of project % is decided', NEW.project_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER buffer_share_stays BEFORE INSERT OR UPDATE ON buffer_shares
    FOR EACH ROW EXECUTE FUNCTION karbonica_guard_buffer_share();
CREATE TRIGGER never_deleted BEFORE DELETE ON buffer_shares
    FOR EACH ROW EXECUTE FUNCTION karbonica_forbid();
"""

# What was lost before stays owed, from now on; what of it could be suspended, nobody recorded.
FORMER_LOSSES = """
INSERT INTO obligations (reversal_id, quantity_units, due_at, status)
SELECT r.id, r.quantity_units - coalesce(covered.units, 0), now() + interval '180 days', 'open'
  FROM reversals r
  LEFT JOIN (SELECT c.reversal_id, sum(t.quantity_units) AS units FROM reversal_cancellations c
               JOIN credit_transactions t ON t.id = c.transaction_id GROUP BY 1) covered
    ON covered.reversal_id = r.id
 WHERE r.quantity_units > coalesce(covered.units, 0)
"""

# What projects approved before gave, so that the page says what was so; those that have not been
# issued yet give what their type gives.
FORMER_SHARES = """
INSERT INTO buffer_shares (project_id, reversal_risk, percent, decided_at)
SELECT p.id, 'not_rated',
       CASE WHEN given.issued IS NOT NULL
            THEN least(round(100 * given.buffer / given.issued, 2), 60)
            WHEN p.type IN ('forest_conservation', 'reforestation', 'improved_forest_management',
                            'soil_carbon', 'blue_carbon') THEN 20
            ELSE 0 END,
       p.updated_at
  FROM projects p
  LEFT JOIN (SELECT e.project_id, sum(t.quantity_units) AS issued,
                    coalesce(sum(t.quantity_units) FILTER (WHERE t.type = 'buffer_contribution'), 0)
                        AS buffer
               FROM credit_transactions t JOIN credit_entries e ON e.id = t.result_entry_id
              WHERE t.type IN ('issuance', 'buffer_contribution') GROUP BY 1) given
    ON given.project_id = p.id
 WHERE p.status = 'verified'
"""

COMMENTS = {
    ("credit_entries", "status"): (
        "active, buffer or suspended; then transferred, split, retired or cancelled, each for ever."
    ),
    ("credit_transactions", "type"): (
        "issuance, transfer, retirement, cancellation, buffer_contribution, buffer_release, "
        "suspension, reinstatement."
    ),
    ("credit_transactions", "recipient_id"): (
        "Who holds them now; NULL: they were retired or cancelled. Of a suspension the sender."
    ),
    ("credit_transactions", "reason"): (
        "What was said of a cancellation, release, suspension or reinstatement; public."
    ),
}


def upgrade() -> None:
    make_tables()
    for (table, column), values in KNOWN.items():
        name = op.f(f"ck_{table}_{column}_known")
        listed = ", ".join(f"'{value}'" for value in values)
        op.drop_constraint(name, table)
        op.create_check_constraint(name, table, f"{column} IN ({listed})")
    parties = op.f("ck_credit_transactions_parties_fit_type")
    op.drop_constraint(parties, "credit_transactions")
    op.create_check_constraint(parties, "credit_transactions", PARTIES.strip())
    op.create_check_constraint(
        op.f("ck_credit_entries_suspended_for_a_loss"), "credit_entries", SUSPENDED.strip()
    )
    for (table, column), comment in COMMENTS.items():
        op.execute(f"COMMENT ON COLUMN {table}.{column} IS '{comment}'")
    op.execute(FORMER_LOSSES)
    op.execute(FORMER_SHARES)
    for script in (
        ENTRY_MOVES,
        BLOCKED,
        SUSPENSION_SHOWN,
        REVERSAL_STANDS,
        OBLIGATION_STANDS,
        BUFFER_SHARE_STAYS,
    ):
        run(script)
    for table in ("obligations", "obligation_cancellations", "buffer_shares"):
        op.execute(
            f"CREATE TRIGGER never_truncated BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION karbonica_forbid()"
        )
    op.execute("REVOKE UPDATE ON obligations, obligation_cancellations FROM karbonica_app")
    op.execute("GRANT UPDATE (status, settled_at) ON obligations TO karbonica_app")


def make_tables() -> None:
    op.add_column(
        "credit_entries",
        sa.Column(
            "suspended_for",
            sa.UUID(),
            comment="The loss that blocks or blocked its units; NULL: none did. It stays after they ended.",
        ),
    )
    op.create_foreign_key(
        op.f("fk_credit_entries_suspended_for_reversals"),
        "credit_entries",
        "reversals",
        ["suspended_for"],
        ["id"],
    )
    op.create_index(
        "ix_credit_entries_suspended_for",
        "credit_entries",
        ["suspended_for"],
        postgresql_where=sa.text("suspended_for IS NOT NULL"),
    )
    op.create_table(
        "obligations",
        sa.Column("reversal_id", sa.UUID(), nullable=False),
        sa.Column(
            "quantity_units",
            sa.BigInteger(),
            nullable=False,
            comment="What the buffer did not cover of the loss, in units of 0.01 t CO2e.",
        ),
        sa.Column(
            "due_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When it becomes overdue.",
        ),
        sa.Column(
            "status",
            sa.String(20),
            nullable=False,
            comment="open, overdue or, for ever, settled.",
        ),
        sa.Column(
            "settled_at",
            sa.DateTime(timezone=True),
            comment="When the last of it was made good.",
        ),
        sa.CheckConstraint(
            "status IN ('open', 'overdue', 'settled')", name=op.f("ck_obligations_status_known")
        ),
        sa.CheckConstraint("quantity_units > 0", name=op.f("ck_obligations_quantity_positive")),
        sa.CheckConstraint(
            "(status = 'settled') = (settled_at IS NOT NULL)",
            name=op.f("ck_obligations_settled_at_once"),
        ),
        sa.ForeignKeyConstraint(
            ["reversal_id"], ["reversals.id"], name=op.f("fk_obligations_reversal_id_reversals")
        ),
        sa.PrimaryKeyConstraint("reversal_id", name=op.f("pk_obligations")),
        comment="What uncovered losses leave to be made good (ADR 0043). Public.",
    )
    op.create_index(op.f("ix_obligations_due_at"), "obligations", ["due_at"])
    op.create_table(
        "obligation_cancellations",
        sa.Column(
            "transaction_id",
            sa.UUID(),
            nullable=False,
            comment="A credit transaction of the type cancellation.",
        ),
        sa.Column(
            "reversal_id",
            sa.UUID(),
            nullable=False,
            comment="The obligation that it makes good, by the loss it is of.",
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"],
            ["credit_transactions.id"],
            name=op.f("fk_obligation_cancellations_transaction_id_credit_transactions"),
        ),
        sa.ForeignKeyConstraint(
            ["reversal_id"],
            ["obligations.reversal_id"],
            name=op.f("fk_obligation_cancellations_reversal_id_obligations"),
        ),
        sa.PrimaryKeyConstraint("transaction_id", name=op.f("pk_obligation_cancellations")),
        comment="Which units were cancelled in the place of lost ones, or as those lost. Rows "
        "never change.",
    )
    op.create_index(
        op.f("ix_obligation_cancellations_reversal_id"), "obligation_cancellations", ["reversal_id"]
    )
    op.create_table(
        "buffer_shares",
        sa.Column("project_id", sa.UUID(), nullable=False),
        sa.Column(
            "reversal_risk",
            sa.String(20),
            nullable=False,
            comment="As staff rated it: not_rated, low, medium or high.",
        ),
        sa.Column(
            "percent",
            sa.Numeric(5, 2),
            nullable=False,
            comment="Of each issuance, in per cent, rounded up to whole units.",
        ),
        sa.Column(
            "reason", sa.Text(), comment="What staff said; NULL: the registry's table decided."
        ),
        sa.Column("decided_by", sa.UUID(), comment="Staff; NULL: the registry's table."),
        sa.Column(
            "decided_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When; at the approval at the latest.",
        ),
        sa.CheckConstraint(
            "reversal_risk IN ('not_rated', 'low', 'medium', 'high')",
            name=op.f("ck_buffer_shares_reversal_risk_known"),
        ),
        sa.CheckConstraint(
            "percent BETWEEN 0 AND 60", name=op.f("ck_buffer_shares_percent_bounded")
        ),
        sa.CheckConstraint(
            "(reason IS NULL) = (decided_by IS NULL)", name=op.f("ck_buffer_shares_staff_say_why")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_buffer_shares_project_id_projects")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["users.id"], name=op.f("fk_buffer_shares_decided_by_users")
        ),
        sa.PrimaryKeyConstraint("project_id", name=op.f("pk_buffer_shares")),
        comment="What of each project's issuances goes into the buffer; fixed from its approval on "
        "(ADR 0044). Public.",
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
