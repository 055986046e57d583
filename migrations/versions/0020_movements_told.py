"""No entry without its transaction, no transaction without its entries, and nothing kept twice that may differ.

Why: until now the guards looked at entries alone. A status could change, a holder could change, and
units could come into being by rows that fitted each other and that no transaction told of (ADR 0029).
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

REGISTRY = "'00000000-0000-4000-8000-000000000001'"

# Uniqueness cannot be left to triggers: two sessions at once do not see each other's rows. Each
# index stands in for the one that was there, since lookups know its first column.
BRINGS_INTO_BEING = "type IN ('issuance', 'buffer_contribution')"
ENDS = "type IN ('retirement', 'cancellation')"
ONCE = {
    "uq_credit_transactions_issued_and_moved_once": ("entry_id", BRINGS_INTO_BEING),
    "uq_credit_transactions_made_and_ended_once": ("result_entry_id", ENDS),
}

# Who sends and who receives, by type. The registry itself holds the buffer and nothing else, so
# that a buffer entry is known by its holder, also after it has been superseded.
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
    ELSE sender_id IS NOT NULL AND recipient_id IS NULL
END, false)
"""
BUFFER = f"""
CASE WHEN owner_id = {REGISTRY} THEN status NOT IN ('active', 'retired') ELSE status <> 'buffer' END
"""

# A superseded entry, when it becomes so. A child that is added later finds no transaction that
# would have room for it (karbonica_guard_entry_traced).
TILING = """
CREATE OR REPLACE FUNCTION karbonica_check_tiling(parent credit_entries) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    tiles boolean;
BEGIN
    SELECT range_agg(child.units) = int8multirange(parent.units)
           AND sum(child.quantity_units) = parent.quantity_units
           AND bool_and(child.project_id = parent.project_id AND child.vintage = parent.vintage
                        AND split_part(child.serial, '-', 3) = split_part(parent.serial, '-', 3))
      INTO tiles
      FROM credit_entries child WHERE child.parent_id = parent.id;
    IF tiles IS NOT TRUE THEN
        RAISE EXCEPTION 'the children of credit entry % do not tile it exactly', parent.serial
            USING ERRCODE = 'check_violation';
    END IF;
END $$;
CREATE OR REPLACE FUNCTION karbonica_guard_tiling() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM karbonica_check_tiling(NEW);
    RETURN NULL;
END $$;
DROP TRIGGER credit_entry_tiling ON credit_entries;
CREATE CONSTRAINT TRIGGER credit_entry_tiling AFTER INSERT OR UPDATE OF status ON credit_entries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status IN ('split', 'transferred'))
    EXECUTE FUNCTION karbonica_guard_tiling();
"""

# Each question is answered by one index. That there is no second answer is what ONCE says.
ENTRY_TRACED = """
CREATE FUNCTION karbonica_check_entry_began(entry credit_entries) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF entry.parent_id IS NULL THEN
        PERFORM FROM credit_transactions made
          WHERE made.result_entry_id = entry.id AND made.status = 'completed'
            AND made.type IN ('issuance', 'buffer_contribution');
    ELSE
        -- It is what was moved, or it is all that was left, with him who had it.
        PERFORM FROM credit_transactions moved JOIN credit_entries parent ON parent.id = moved.entry_id
          WHERE moved.entry_id = entry.parent_id AND moved.status = 'completed'
            AND moved.type NOT IN ('issuance', 'buffer_contribution')
            AND (moved.result_entry_id = entry.id
                 OR entry.units = int8range(upper(moved.units), upper(parent.units))
                    AND entry.owner_id = parent.owner_id);
    END IF;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'credit entry % came from no transaction', entry.serial
            USING ERRCODE = 'check_violation';
    END IF;
    IF entry.parent_id IS NULL THEN
        PERFORM FROM projects
          WHERE id = entry.project_id AND number = split_part(entry.serial, '-', 3)::bigint;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'credit entry % is of another project than its serial says', entry.serial
                USING ERRCODE = 'check_violation';
        END IF;
    END IF;
END $$;
CREATE FUNCTION karbonica_check_entry_changed(entry credit_entries) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF entry.status IN ('retired', 'cancelled') THEN
        PERFORM FROM credit_transactions ended
          WHERE ended.result_entry_id = entry.id AND ended.status = 'completed'
            AND ended.type = CASE entry.status WHEN 'retired' THEN 'retirement' ELSE 'cancellation' END;
    ELSE
        PERFORM FROM credit_transactions moved
          WHERE moved.entry_id = entry.id AND moved.result_entry_id <> entry.id
            AND moved.status = 'completed';
    END IF;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'credit entry % is % by no transaction', entry.serial, entry.status
            USING ERRCODE = 'check_violation';
    END IF;
END $$;
CREATE FUNCTION karbonica_guard_entry_traced() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM karbonica_check_entry_began(NEW);
    END IF;
    IF NEW.status NOT IN ('active', 'buffer') THEN
        PERFORM karbonica_check_entry_changed(NEW);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER credit_entry_traced AFTER INSERT OR UPDATE OF status ON credit_entries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION karbonica_guard_entry_traced();
"""

# domain.ledger.move in reverse: what the entry acted upon and the result must look like.
TRANSACTION_SHOWN = """
CREATE FUNCTION karbonica_guard_transaction_shown() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM credit_entries source JOIN credit_entries result ON result.id = NEW.result_entry_id
      WHERE source.id = NEW.entry_id AND result.units = NEW.units
        AND result.owner_id = coalesce(NEW.recipient_id, source.owner_id)
        AND CASE
            WHEN NEW.type IN ('issuance', 'buffer_contribution') THEN source.parent_id IS NULL
            ELSE NEW.sender_id = source.owner_id
                 AND (NEW.type <> 'retirement' OR result.status = 'retired')
                 AND (NEW.type <> 'cancellation' OR result.status = 'cancelled')
                 AND (source.id = result.id
                      OR result.parent_id = source.id
                         AND CASE source.status
                             WHEN 'transferred' THEN source.units = NEW.units AND NEW.recipient_id IS NOT NULL
                             WHEN 'split' THEN source.units <> NEW.units
                                               AND lower(source.units) = lower(NEW.units)
                             ELSE false END)
            END;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the entries of % % are not what it says', NEW.type, NEW.id
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.retirement_id IS NOT NULL THEN
        PERFORM karbonica_check_retirement(NEW.retirement_id);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER credit_transaction_shown AFTER INSERT OR UPDATE ON credit_transactions
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'completed')
    EXECUTE FUNCTION karbonica_guard_transaction_shown();
"""

# Of the retirement when it is written, and of its lines, so that none is added later.
RETIREMENT_ADDS_UP = """
CREATE FUNCTION karbonica_check_retirement(checked uuid) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM retirements retirement
      WHERE retirement.id = checked
        AND (retirement.quantity_units, true) = (
            SELECT sum(line.quantity_units), bool_and(line.sender_id = retirement.account_id)
              FROM credit_transactions line
             WHERE line.retirement_id = checked AND line.status = 'completed');
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the lines of retirement % are not what it says', checked
            USING ERRCODE = 'check_violation';
    END IF;
END $$;
CREATE FUNCTION karbonica_guard_retirement() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM karbonica_check_retirement(NEW.id);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER retirement_adds_up AFTER INSERT ON retirements
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION karbonica_guard_retirement();
"""

# Serials say it for ever.
PROJECT_NUMBER_STAYS = """
CREATE FUNCTION karbonica_guard_project_number() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'project % keeps its number', OLD.number USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER project_number_stays BEFORE UPDATE ON projects
    FOR EACH ROW WHEN (NEW.number IS DISTINCT FROM OLD.number)
    EXECUTE FUNCTION karbonica_guard_project_number();
"""


def upgrade() -> None:
    for name, (column, expression) in ONCE.items():
        op.drop_index(f"ix_credit_transactions_{column}", "credit_transactions")
        counted = sa.text(f"(CASE WHEN status = 'completed' THEN {expression} END)")
        op.create_index(name, "credit_transactions", [column, counted], unique=True)
    op.create_check_constraint(
        op.f("ck_credit_transactions_parties_fit_type"), "credit_transactions", PARTIES.strip()
    )
    op.create_check_constraint(
        op.f("ck_credit_entries_buffer_is_the_registrys"), "credit_entries", BUFFER.strip()
    )
    op.create_check_constraint(
        op.f("ck_reversal_coverings_units_count_touched"),
        "reversal_coverings",
        "units IS NULL OR upper(units) - lower(units) = touched_units",
    )
    for script in (
        TILING,
        ENTRY_TRACED,
        RETIREMENT_ADDS_UP,
        TRANSACTION_SHOWN,
        PROJECT_NUMBER_STAYS,
    ):
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
