"""The application's own database role, which owns nothing and can take nothing back.

Why: triggers bind every writer except the tables' owner, who may switch them off. The API and the
worker therefore connect as `karbonica_app`; only migrations connect as the owner.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ROLE = "karbonica_app"

# Rows of these tables are written once: there is nothing to update.
NEVER_UPDATED = (
    "alembic_version",
    "audit_logs",
    "credit_transactions",
    "exports",
    "ledger_checks",
    "retirements",
    "reversal_cancellations",
    "reversal_coverings",
    "reversals",
    "verification_events",
)
NEVER_INSERTED = ("alembic_version", "audit_head", "registry_state", "unit_counter")
# Of these rows only a few columns ever move on; the guards say how.
UPDATED_COLUMNS = {"credit_entries": ("status", "last_action_at")}
# What was never a fact, or is none any more: refused requests, and outputs the chain took back.
DELETED = ("drafts", "wallet_outputs")

# A role without a password can sign in only where the server asks for none, as on a laptop. In
# production it is made beforehand, with a password, by somebody who may make roles.
MAKE_ROLE = f"""
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') THEN
        CREATE ROLE {ROLE} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN
        NULL;
    WHEN insufficient_privilege THEN
        RAISE EXCEPTION 'the role {ROLE} is missing, and % may not make it', current_user
            USING HINT = 'As a superuser: CREATE ROLE {ROLE} LOGIN PASSWORD ''...''; '
                         'then migrate again. docs/operations.md says more.';
END $$
"""

# Without a fixed path a temporary table named credit_entries would stand in front of the real one,
# and the guards would look at the wrong rows.
FIX_SEARCH_PATHS = """
DO $$
DECLARE
    guard regprocedure;
BEGIN
    FOR guard IN
        SELECT oid::regprocedure FROM pg_proc
         WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'karbonica\\_%'
    LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = public, pg_temp', guard);
    END LOOP;
END $$
"""


def upgrade() -> None:
    op.execute(MAKE_ROLE)
    op.execute(FIX_SEARCH_PATHS)
    op.execute(f"GRANT USAGE ON SCHEMA public TO {ROLE}")
    op.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    tables = sa.inspect(op.get_bind()).get_table_names(schema="public")
    for table in tables:
        op.execute(f"REVOKE ALL ON {table} FROM {ROLE}")
        op.execute(f"GRANT {', '.join(rights(table))} ON {table} TO {ROLE}")
    # Tables of later revisions; a revision that needs more, or less, says so itself.
    op.execute(
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public "
        f"GRANT SELECT, INSERT, UPDATE ON TABLES TO {ROLE}"
    )


def rights(table: str) -> list[str]:
    """What the application may do to the rows of a table; never TRUNCATE, TRIGGER or REFERENCES."""
    given = ["SELECT"]
    if table not in NEVER_INSERTED:
        given.append("INSERT")
    if table in UPDATED_COLUMNS:
        given.append(f"UPDATE ({', '.join(UPDATED_COLUMNS[table])})")
    elif table not in NEVER_UPDATED:
        given.append("UPDATE")
    if table in DELETED:
        given.append("DELETE")
    return given
