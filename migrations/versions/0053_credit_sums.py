"""Sums of the ledger per project and vintage, kept by the transactions that change them.

Why: totals, conservation and the list of projects added up every entry for each reader, 266 ms at a hundred
thousand entries (ADR 0096). Each statement notes what it changes, and the commit adds all of that at once
and in one order, so that sums are locked for no longer than the commit and nobody waits for each other in
a circle. What is noted is gone when the transaction can be seen, and needs no journal.
"""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

DEFINER = "LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS"

# A statement may write many entries, as a copy does; a change is of one or two.
NOTE_NEW = f"""
CREATE FUNCTION karbonica_note_new_entries() RETURNS trigger {DEFINER} $$
BEGIN
    INSERT INTO credit_sum_changes (project_id, vintage, part, quantity_units, entries)
    SELECT project_id, vintage, status, sum(quantity_units), count(*) FROM added GROUP BY 1, 2, 3;
    RETURN NULL;
END $$
"""

NOTE_CHANGED = f"""
CREATE FUNCTION karbonica_note_changed_entry() RETURNS trigger {DEFINER} $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO credit_sum_changes (project_id, vintage, part, quantity_units, entries)
        VALUES (OLD.project_id, OLD.vintage, OLD.status, -OLD.quantity_units, -1),
               (NEW.project_id, NEW.vintage, NEW.status, NEW.quantity_units, 1);
    ELSE
        INSERT INTO credit_sum_changes (project_id, vintage, part, quantity_units, entries)
        VALUES (OLD.project_id, OLD.vintage, OLD.status, -OLD.quantity_units, -1);
    END IF;
    RETURN NULL;
END $$
"""

# From the movements, not from the entries they make: the sum has two sides.
NOTE_ISSUED = f"""
CREATE FUNCTION karbonica_note_issued_units() RETURNS trigger {DEFINER} $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO credit_sum_changes (project_id, vintage, part, quantity_units, entries)
        SELECT project_id, vintage, 'issued', -OLD.quantity_units, 0
          FROM credit_entries WHERE id = OLD.entry_id;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO credit_sum_changes (project_id, vintage, part, quantity_units, entries)
        SELECT project_id, vintage, 'issued', NEW.quantity_units, 0
          FROM credit_entries WHERE id = NEW.entry_id;
    END IF;
    RETURN NULL;
END $$
"""

KEEP = f"""
CREATE FUNCTION karbonica_keep_credit_sums() RETURNS trigger {DEFINER} $$
BEGIN
    -- The first row of a transaction takes all of them; for the others nothing is left.
    IF NOT EXISTS (SELECT FROM credit_sum_changes WHERE xact_id = NEW.xact_id AND id = NEW.id) THEN
        RETURN NULL;
    END IF;
    WITH taken AS (
        DELETE FROM credit_sum_changes WHERE xact_id = NEW.xact_id
        RETURNING project_id, vintage, part, quantity_units, entries
    )
    INSERT INTO credit_sums AS kept (project_id, vintage, part, quantity_units, entries)
    SELECT project_id, vintage, part, sum(quantity_units), sum(entries) FROM taken
     GROUP BY 1, 2, 3 HAVING sum(quantity_units) <> 0 OR sum(entries) <> 0 ORDER BY 1, 2, 3
    ON CONFLICT (project_id, vintage, part) DO UPDATE
       SET quantity_units = kept.quantity_units + excluded.quantity_units,
           entries = kept.entries + excluded.entries;
    RETURN NULL;
END $$
"""

# Whoever commits meanwhile waits to add their changes to the new sums, of which the rebuilding
# statement has not seen anything; readers see the former sums until it commits.
REBUILD = """
CREATE FUNCTION karbonica_rebuild_credit_sums() RETURNS bigint
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    made bigint;
BEGIN
    LOCK TABLE credit_sums IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM credit_sums;
    INSERT INTO credit_sums (project_id, vintage, part, quantity_units, entries)
    SELECT project_id, vintage, status, sum(quantity_units), count(*)
      FROM credit_entries GROUP BY 1, 2, 3
    UNION ALL
    SELECT e.project_id, e.vintage, 'issued', sum(t.quantity_units), 0
      FROM credit_transactions t JOIN credit_entries e ON e.id = t.entry_id
     WHERE t.type IN ('issuance', 'buffer_contribution') AND t.status = 'completed'
     GROUP BY 1, 2;
    GET DIAGNOSTICS made = ROW_COUNT;
    RETURN made;
END $$
"""

_CHANGED = (
    "(OLD.status, OLD.quantity_units, OLD.vintage, OLD.project_id)"
    " IS DISTINCT FROM (NEW.status, NEW.quantity_units, NEW.vintage, NEW.project_id)"
)
_ISSUES = "{0}.type IN ('issuance', 'buffer_contribution') AND {0}.status = 'completed'"
TRIGGERS = {
    ("credit_entries", "new_entries_noted"): (
        "AFTER INSERT", "REFERENCING NEW TABLE AS added FOR EACH STATEMENT", "note_new_entries"
    ),
    ("credit_entries", "changed_entry_noted"): (
        "AFTER UPDATE", f"FOR EACH ROW WHEN ({_CHANGED})", "note_changed_entry"
    ),
    ("credit_entries", "deleted_entry_noted"): (
        "AFTER DELETE", "FOR EACH ROW", "note_changed_entry"
    ),
    ("credit_transactions", "issued_units_noted"): (
        "AFTER INSERT", f"FOR EACH ROW WHEN ({_ISSUES.format('NEW')})", "note_issued_units"
    ),
    ("credit_transactions", "changed_issuance_noted"): (
        "AFTER UPDATE", f"FOR EACH ROW WHEN ({_ISSUES.format('OLD')})", "note_issued_units"
    ),
    ("credit_transactions", "deleted_issuance_noted"): (
        "AFTER DELETE", f"FOR EACH ROW WHEN ({_ISSUES.format('OLD')})", "note_issued_units"
    ),
}


def create_triggers() -> None:
    """
    They fire always, also where somebody has put the guards to sleep (session_replication_role): what
    is then done to the rows is seen in the sums at once.
    """
    for (table, name), (event, how, function) in TRIGGERS.items():
        op.execute(
            f"CREATE TRIGGER {name} {event} ON {table} {how}"
            f" EXECUTE FUNCTION karbonica_{function}()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
    op.execute(
        "CREATE CONSTRAINT TRIGGER sums_kept AFTER INSERT ON credit_sum_changes"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION karbonica_keep_credit_sums()"
    )
    op.execute("ALTER TABLE credit_sum_changes ENABLE ALWAYS TRIGGER sums_kept")


def upgrade() -> None:
    op.execute("SET LOCAL statement_timeout = '30min'")
    op.execute("LOCK TABLE credit_entries, credit_transactions IN SHARE ROW EXCLUSIVE MODE")
    op.create_table(
        "credit_sums",
        sa.Column("project_id", sa.UUID(), nullable=False),
        sa.Column("vintage", sa.Integer(), nullable=False,
                  comment="Calendar year of the reduction or removal."),
        sa.Column("part", sa.String(20), nullable=False,
                  comment="A status of entries; or issued, which is summed from the issuances."),
        sa.Column("quantity_units", sa.BigInteger(), nullable=False,
                  comment="Units of 0.01 t CO2e of that part."),
        sa.Column("entries", sa.BigInteger(), nullable=False,
                  comment="How many entries have that status; 0 for issued."),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"],
                                name=op.f("fk_credit_sums_project_id_projects")),
        sa.PrimaryKeyConstraint("project_id", "vintage", "part", name=op.f("pk_credit_sums")),
        comment="What the ledger adds up to, kept by triggers in its own transactions (ADR 0096)."
        " Can be rebuilt from the ledger at any time.",
    )
    op.create_table(
        "credit_sum_changes",
        sa.Column("xact_id", sa.BigInteger(), nullable=False,
                  server_default=sa.text("(pg_current_xact_id()::text)::bigint"),
                  comment="The transaction of PostgreSQL that changes it."),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("project_id", sa.UUID(), nullable=False),
        sa.Column("vintage", sa.Integer(), nullable=False, comment="As in credit_sums."),
        sa.Column("part", sa.String(20), nullable=False, comment="As in credit_sums."),
        sa.Column("quantity_units", sa.BigInteger(), nullable=False, comment="More or less units."),
        sa.Column("entries", sa.BigInteger(), nullable=False, comment="More or fewer entries."),
        sa.PrimaryKeyConstraint("xact_id", "id", name=op.f("pk_credit_sum_changes")),
        comment="What transactions that are not committed yet change in credit_sums; nobody ever"
        " sees a row.",
        prefixes=["UNLOGGED"],
    )
    op.execute("REVOKE INSERT, UPDATE ON credit_sums FROM karbonica_app")
    op.execute("REVOKE INSERT, UPDATE ON credit_sum_changes FROM karbonica_app")
    for function in (NOTE_NEW, NOTE_CHANGED, NOTE_ISSUED, KEEP, REBUILD):
        op.execute(function)
    for name in ("note_new_entries", "note_changed_entry", "note_issued_units", "keep_credit_sums",
                 "rebuild_credit_sums"):
        op.execute(f"REVOKE ALL ON FUNCTION karbonica_{name}() FROM PUBLIC")
    op.execute("SELECT karbonica_rebuild_credit_sums()")
    create_triggers()
