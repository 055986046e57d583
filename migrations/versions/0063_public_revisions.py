"""How often the rows behind public answers have changed, counted by the transactions that change them.

Why: a computed page costs 6 to 12 ms of processor time, and nearly always the last reader was told the same.
Whoever has an answer may ask for one number instead, whether anything has changed since (ADR 0106).

Nobody waits for anybody: a transaction counts itself in any row of its topic that no other one holds, and
what a topic has come to is the sum of its rows. So the sum is another as soon as a change can be seen, and
not before.
"""

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None

# More than there are connections that write at once, as they are deployed (docs/settings.md).
SLOTS = 32

TABLES = {
    "projects": (
        *("projects", "verification_requests", "verification_events", "verification_statements"),
        *("documents", "findings", "finding_messages", "buffer_shares", "methodologies"),
        *("methodology_versions", "consultations", "consultation_comments"),
        *("consultation_answers", "consultation_hidings", "organisations", "users"),
        *("round_assignments", "validation_opinions", "technical_reviews", "risk_assessments"),
        *("risk_decisions", "appeals", "issuance_corrections", "correction_cancellations"),
    ),
    "ledger": (
        *("credit_entries", "credit_transactions", "credit_sums", "retirements", "reversals"),
        *("reversal_cancellations", "reversal_coverings", "obligations"),
        *("obligation_cancellations", "registry_state"),
    ),
    "chain": (
        *("chain_records", "chain_transactions", "certificates", "superseded_certificates"),
        "certificate_corrections",
    ),
}
# By their binary form, which every type has; of accounts the public is told the role alone.
CHANGED = {"users": "OLD.role IS DISTINCT FROM NEW.role"}
USUALLY = "OLD.* *<> NEW.*"

COUNT = """
CREATE FUNCTION karbonica_count_public_revision() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    noted CONSTANT text := 'karbonica.counted_' || TG_ARGV[0];
    mine CONSTANT text := pg_current_xact_id()::text;
BEGIN
    -- Once for each transaction; what a savepoint takes back, it takes back with its note.
    IF current_setting(noted, true) IS NOT DISTINCT FROM mine THEN
        RETURN NULL;
    END IF;
    UPDATE public_revisions SET changes = changes + 1
     WHERE topic = TG_ARGV[0] AND slot = (
         SELECT slot FROM public_revisions WHERE topic = TG_ARGV[0]
          LIMIT 1 FOR UPDATE SKIP LOCKED);
    IF NOT FOUND THEN
        -- Each is held by somebody: then this one is waited for.
        UPDATE public_revisions SET changes = changes + 1
         WHERE topic = TG_ARGV[0] AND slot = pg_backend_pid() % (
             SELECT count(*) FROM public_revisions WHERE topic = TG_ARGV[0]);
    END IF;
    PERFORM set_config(noted, mine, true);
    RETURN NULL;
END $$
"""


def create_triggers() -> None:
    """
    They fire always, also where somebody has put the guards to sleep (session_replication_role): what
    is then done to the rows is read at once.
    """
    for topic, tables in TABLES.items():
        for table in tables:
            counted = f"EXECUTE FUNCTION karbonica_count_public_revision('{topic}')"
            triggers = {
                "revision_counted": "AFTER INSERT OR DELETE ON {0} FOR EACH ROW",
                "revision_counted_of_change": "AFTER UPDATE ON {0} FOR EACH ROW"
                f" WHEN ({CHANGED.get(table, USUALLY)})",
                "revision_counted_of_truncation": "AFTER TRUNCATE ON {0} FOR EACH STATEMENT",
            }
            for name, when in triggers.items():
                op.execute(f"CREATE TRIGGER {name} {when.format(table)} {counted}")
                op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")


def upgrade() -> None:
    op.create_table(
        "public_revisions",
        sa.Column(
            "topic", sa.String(20), nullable=False, comment="Which rows: projects, ledger or chain."
        ),
        sa.Column(
            "slot",
            sa.Integer(),
            nullable=False,
            comment="One of several counters, so that nobody waits for another.",
        ),
        sa.Column(
            "changes",
            sa.BigInteger(),
            nullable=False,
            comment="How many transactions were counted here.",
        ),
        sa.PrimaryKeyConstraint("topic", "slot", name=op.f("pk_public_revisions")),
        comment="How often the rows behind public answers have changed: the sum over a topic"
        " (ADR 0106).",
        # Each count is a new version of the row; there is room for it on the same page.
        postgresql_with={"fillfactor": 50},
    )
    op.execute("REVOKE INSERT, UPDATE ON public_revisions FROM karbonica_app")
    topics = ", ".join(f"('{topic}')" for topic in TABLES)
    op.execute(
        "INSERT INTO public_revisions (topic, slot, changes)"
        f" SELECT topic, slot, 0 FROM (VALUES {topics}) AS topics (topic),"
        f" generate_series(0, {SLOTS - 1}) AS slots (slot)"
    )
    op.execute(COUNT)
    op.execute("REVOKE ALL ON FUNCTION karbonica_count_public_revision() FROM PUBLIC")
    create_triggers()
