"""Bounds of what can be: quantities, start dates, vintages, unit numbers; alerts of stuck activities.

Why: approvals beyond the last unit number were answered and never issued, projects began in year 1,
and credits were of years before their project (ADR 0041). Rows of before stay as they are, and can
still be decided: the bounds hold for what is written anew. Reasons may be 2,000 characters long.
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

ALERT_KINDS = (
    "chain_outage",
    "chain_stalled",
    "chain_misconfigured",
    "wallet_low",
    "wallet_frozen",
    "confirmation_slow",
    "chain_failures",
    "record_gone",
    "record_parked",
    "ledger_difference",
    "activity_stuck",
    "numbering_low",
)

# In the database as in domain/quantities.py and domain/projects/: in units of 0.01 t.
GUARDS = (
    """
CREATE FUNCTION karbonica_bound_project() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.start_date NOT BETWEEN DATE '1990-01-01'
       AND ((NEW.created_at AT TIME ZONE 'UTC')::date + INTERVAL '10 years')::date THEN
        RAISE EXCEPTION 'project % cannot begin on %', NEW.id, NEW.start_date
              USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.emissions_target_units > 100000000000 THEN
        RAISE EXCEPTION 'project % has a target of over 1,000,000,000 t', NEW.id
              USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
""",
    """
CREATE TRIGGER bounded BEFORE INSERT ON projects
    FOR EACH ROW EXECUTE FUNCTION karbonica_bound_project()
""",
    """
CREATE TRIGGER stays_bounded BEFORE UPDATE ON projects
    FOR EACH ROW WHEN ((NEW.start_date, NEW.emissions_target_units)
                       IS DISTINCT FROM (OLD.start_date, OLD.emissions_target_units))
    EXECUTE FUNCTION karbonica_bound_project()
""",
    """
CREATE FUNCTION karbonica_bound_approval() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    begins date;
BEGIN
    SELECT start_date INTO begins FROM projects WHERE id = NEW.project_id;
    IF NEW.vintage NOT BETWEEN greatest(1990, date_part('year', begins))
       AND date_part('year', NEW.completed_at AT TIME ZONE 'UTC') THEN
        RAISE EXCEPTION 'vintage % of verification % is none of its project', NEW.vintage, NEW.id
              USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.verified_quantity_units > 100000000000 THEN
        RAISE EXCEPTION 'verification % approves over 1,000,000,000 t', NEW.id
              USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
""",
    """
CREATE TRIGGER approval_bounded BEFORE UPDATE ON verification_requests
    FOR EACH ROW WHEN (NEW.status = 'approved'
                       AND (NEW.status, NEW.vintage, NEW.verified_quantity_units)
                       IS DISTINCT FROM (OLD.status, OLD.vintage, OLD.verified_quantity_units))
    EXECUTE FUNCTION karbonica_bound_approval()
""",
)

# asyncpg writes the first and the last day that Python knows as infinities; these are the days that
# were sent.
FINITE = (
    "ALTER TABLE projects DISABLE TRIGGER USER",
    "UPDATE projects SET start_date = DATE '0001-01-01' WHERE start_date = '-infinity'",
    "UPDATE projects SET start_date = DATE '9999-12-31' WHERE start_date = 'infinity'",
    "ALTER TABLE projects ENABLE TRIGGER USER",
)


def upgrade() -> None:
    for statement in (*FINITE, *GUARDS):
        op.execute(statement)
    op.execute(
        "ALTER TABLE unit_counter ADD CONSTRAINT ck_unit_counter_next_unit_within_numbering"
        " CHECK (next_unit <= 9007199254740992)"
    )
    op.create_index(
        "ix_verification_events_issued",
        "verification_events",
        ["verification_id"],
        postgresql_where=sa.text("event_type = 'credits_issued'"),
    )
    op.alter_column("retirements", "reason", type_=sa.String(2000))
    op.add_column(
        "alerts",
        sa.Column(
            "seen_at",
            sa.DateTime(timezone=True),
            comment="When its sentence was last found to be so.",
        ),
    )
    op.alter_column(
        "alerts",
        "subject",
        comment="A wallet, transaction, record, network, the ledger, or a workflow and its activity.",
    )
    named = ", ".join(f"'{kind}'" for kind in ALERT_KINDS)
    op.drop_constraint(op.f("ck_alerts_kind_known"), "alerts")
    op.create_check_constraint(op.f("ck_alerts_kind_known"), "alerts", f"kind IN ({named})")
