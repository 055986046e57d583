"""What no column constraint can say: history is not rewritten, and children tile their parents.

Why: the rules of product.md must hold against every writer, also one with a psql prompt.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

FORBID = """
CREATE FUNCTION karbonica_forbid() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is forbidden: the registry does not rewrite its history',
        TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
"""

# Tables whose rows are written once; and tables whose rows may still move on but never disappear.
WRITTEN_ONCE = ("audit_logs", "retirements", "verification_events")
NEVER_DELETED = (
    "credit_entries",
    "credit_transactions",
    "certificates",
    "chain_records",
    "chain_transactions",
    "verification_requests",
    "projects",
)

ENTRY_MOVES = """
CREATE FUNCTION karbonica_guard_credit_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.serial, NEW.project_id, NEW.owner_id, NEW.parent_id, NEW.units, NEW.vintage, NEW.issued_at)
       IS DISTINCT FROM
       (OLD.id, OLD.serial, OLD.project_id, OLD.owner_id, OLD.parent_id, OLD.units, OLD.vintage, OLD.issued_at) THEN
        RAISE EXCEPTION 'only the status of credit entry % may change', OLD.serial
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.status <> 'active' AND NEW.status <> OLD.status THEN
        RAISE EXCEPTION 'credit entry % is % for ever', OLD.serial, OLD.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER credit_entry_moves BEFORE UPDATE ON credit_entries
    FOR EACH ROW EXECUTE FUNCTION karbonica_guard_credit_entry();
"""

# Deferred to the commit, because parent and children change in several statements.
CHILDREN_TILE_PARENT = """
CREATE FUNCTION karbonica_check_tiling(parent credit_entries) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    tiles boolean;
BEGIN
    SELECT parent.status IN ('split', 'transferred')
           AND range_agg(child.units) = int8multirange(parent.units)
           AND sum(child.quantity_units) = parent.quantity_units
           AND bool_and(child.project_id = parent.project_id AND child.vintage = parent.vintage)
      INTO tiles
      FROM credit_entries child WHERE child.parent_id = parent.id;
    IF tiles IS NOT TRUE THEN
        RAISE EXCEPTION 'the children of credit entry % do not tile it exactly', parent.serial
            USING ERRCODE = 'check_violation';
    END IF;
END $$;
CREATE FUNCTION karbonica_guard_tiling() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    parent credit_entries;
BEGIN
    IF NEW.status IN ('split', 'transferred') THEN
        PERFORM karbonica_check_tiling(NEW);
    END IF;
    IF NEW.parent_id IS NOT NULL THEN
        SELECT * INTO parent FROM credit_entries WHERE id = NEW.parent_id;
        PERFORM karbonica_check_tiling(parent);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER credit_entry_tiling AFTER INSERT OR UPDATE ON credit_entries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION karbonica_guard_tiling();
"""

COMPLETED_STAYS = """
CREATE FUNCTION karbonica_guard_credit_transaction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status <> 'pending' THEN
        RAISE EXCEPTION 'credit transaction % is % for ever', OLD.id, OLD.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER credit_transaction_stays BEFORE UPDATE ON credit_transactions
    FOR EACH ROW EXECUTE FUNCTION karbonica_guard_credit_transaction();

CREATE FUNCTION karbonica_guard_certificate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'sealed' THEN
        RAISE EXCEPTION 'certificate % is sealed', OLD.retirement_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER certificate_stays BEFORE UPDATE ON certificates
    FOR EACH ROW EXECUTE FUNCTION karbonica_guard_certificate();

CREATE FUNCTION karbonica_guard_chain() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.tx_hash, NEW.wallet_address, NEW.cbor, NEW.ttl_slot, NEW.fee_lovelace, NEW.built_at)
       IS DISTINCT FROM
       (OLD.tx_hash, OLD.wallet_address, OLD.cbor, OLD.ttl_slot, OLD.fee_lovelace, OLD.built_at) THEN
        RAISE EXCEPTION 'signed bytes are kept as they were signed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER signed_bytes_stay BEFORE UPDATE ON chain_transactions
    FOR EACH ROW EXECUTE FUNCTION karbonica_guard_chain();

CREATE FUNCTION karbonica_guard_record() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.transaction_id, NEW.kind, NEW.record) IS DISTINCT FROM
       (OLD.id, OLD.transaction_id, OLD.kind, OLD.record) THEN
        RAISE EXCEPTION 'chain record % is fixed', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER record_stays BEFORE UPDATE ON chain_records
    FOR EACH ROW EXECUTE FUNCTION karbonica_guard_record();
"""

FIRST_ROWS = """
INSERT INTO unit_counter (next_unit) VALUES (1);
INSERT INTO audit_head (seq, hash) VALUES (0, repeat('0', 64));
"""


def upgrade() -> None:
    run(FORBID)
    for table in WRITTEN_ONCE:
        op.execute(
            f"CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION karbonica_forbid()"
        )
    for table in NEVER_DELETED:
        op.execute(
            f"CREATE TRIGGER never_deleted BEFORE DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION karbonica_forbid()"
        )
    for table in WRITTEN_ONCE + NEVER_DELETED:
        op.execute(
            f"CREATE TRIGGER never_truncated BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION karbonica_forbid()"
        )
    run(ENTRY_MOVES)
    run(CHILDREN_TILE_PARENT)
    run(COMPLETED_STAYS)
    run(FIRST_ROWS)


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
