"""Whether the registry is open, in one statement.

Why: a ledger write first waits for a freeze under way and then reads the state. Reading must see
what was committed while it waited, which one plain statement does not: it sees the moment it began
at. Inside a function each statement has a moment of its own, and one round trip is saved.
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

OPEN_FOR_WRITING = """
CREATE FUNCTION karbonica_state_for_writing(writes_lock bigint) RETURNS SETOF registry_state
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(writes_lock);
    RETURN QUERY SELECT * FROM registry_state;
END $$;
"""


def upgrade() -> None:
    op.execute(OPEN_FOR_WRITING)
