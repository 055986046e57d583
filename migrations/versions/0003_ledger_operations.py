"""Buffer, reversals, freeze, events and webhooks, and the ledger's own checks.

Why: the ledger does more than issue, transfer and retire, and everything it does is published.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# No column can say which status follows which (domain/ledger.py, ENTRY_MOVES).
ENTRY_MOVES = """
CREATE OR REPLACE FUNCTION karbonica_guard_credit_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.serial, NEW.project_id, NEW.owner_id, NEW.parent_id, NEW.units, NEW.vintage, NEW.issued_at)
       IS DISTINCT FROM
       (OLD.id, OLD.serial, OLD.project_id, OLD.owner_id, OLD.parent_id, OLD.units, OLD.vintage, OLD.issued_at) THEN
        RAISE EXCEPTION 'only the status of credit entry % may change', OLD.serial
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.status <> OLD.status AND NOT (
        (OLD.status = 'active' AND NEW.status IN ('transferred', 'split', 'retired', 'cancelled'))
        OR (OLD.status = 'buffer' AND NEW.status IN ('transferred', 'split', 'cancelled'))
    ) THEN
        RAISE EXCEPTION 'credit entry % is % for ever', OLD.serial, OLD.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""

EVENTS_STAY = """
CREATE FUNCTION karbonica_guard_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.position, NEW.name, NEW.payload, NEW.occurred_at) IS DISTINCT FROM
       (OLD.id, OLD.position, OLD.name, OLD.payload, OLD.occurred_at) THEN
        RAISE EXCEPTION 'event % is fixed', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER event_stays BEFORE UPDATE ON outbox_events
    FOR EACH ROW EXECUTE FUNCTION karbonica_guard_event();
"""

WRITTEN_ONCE = ("reversals", "reversal_cancellations", "reversal_coverings", "ledger_checks")

# The registry itself holds the buffer. Its password was thrown away when it was hashed, and the
# account is locked: nobody signs in as it.
REGISTRY_ACCOUNT = """
INSERT INTO users (id, email, password_hash, name, company, role, email_verified, locked_until)
VALUES ('00000000-0000-4000-8000-000000000001', 'registry@karbonica.invalid',
        '$2b$12$qotRCWPJqPeovikoRaQODeRdYvk3PH4uSs./guGIA7W9vTxJTrxaO',
        'Karbonica Registry', 'Karbonica Registry', 'administrator', false, 'infinity')
"""


def upgrade() -> None:
    op.create_table(
        "ledger_checks",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("holds", sa.Boolean(), nullable=False),
        sa.Column(
            "totals",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="Sums in units of 0.01 t.",
        ),
        sa.Column(
            "differences",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="What did not add up, one sentence each.",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_checks")),
    )
    op.create_index(
        op.f("ix_ledger_checks_checked_at"), "ledger_checks", ["checked_at"], unique=False
    )
    op.create_table(
        "outbox_events",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column(
            "position",
            sa.BigInteger(),
            sa.Identity(always=False),
            nullable=False,
            comment="Order of publication.",
        ),
        sa.Column(
            "name", sa.String(length=100), nullable=False, comment="As `retirement.completed`."
        ),
        sa.Column(
            "payload",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="As documented in docs/events.md.",
        ),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "dispatched_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When its deliveries were planned.",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_events")),
        sa.UniqueConstraint("position", name=op.f("uq_outbox_events_position")),
    )
    op.create_index(op.f("ix_outbox_events_name"), "outbox_events", ["name"], unique=False)
    op.create_index(
        "ix_outbox_events_waiting",
        "outbox_events",
        ["position"],
        unique=False,
        postgresql_where=sa.text("dispatched_at IS NULL"),
    )
    op.create_table(
        "registry_state",
        sa.Column("only_row", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("frozen", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "reason",
            sa.Text(),
            nullable=True,
            comment="Public; required while the registry is frozen.",
        ),
        sa.Column("changed_by", sa.UUID(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "NOT frozen OR length(reason) > 0", name=op.f("ck_registry_state_frozen_for_a_reason")
        ),
        sa.CheckConstraint("only_row", name=op.f("ck_registry_state_only_row")),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["users.id"], name=op.f("fk_registry_state_changed_by_users")
        ),
        sa.PrimaryKeyConstraint("only_row", name=op.f("pk_registry_state")),
    )
    op.create_table(
        "webhooks",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column(
            "secret",
            sa.String(length=200),
            nullable=False,
            comment="Signs deliveries (HMAC-SHA256); shown once.",
        ),
        sa.Column(
            "events",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="Names it wants; an empty list means all.",
        ),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_by", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by"], ["users.id"], name=op.f("fk_webhooks_created_by_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
    )
    op.create_table(
        "reversals",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("project_id", sa.UUID(), nullable=False),
        sa.Column(
            "vintage", sa.Integer(), nullable=True, comment="NULL: every vintage of the project."
        ),
        sa.Column(
            "quantity_units",
            sa.BigInteger(),
            nullable=False,
            comment="Lost, in units of 0.01 t CO2e.",
        ),
        sa.Column("cause", sa.Text(), nullable=False, comment="Public."),
        sa.Column("avoidable", sa.Boolean(), nullable=False),
        sa.Column("recorded_by", sa.UUID(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(cause) > 0", name=op.f("ck_reversals_cause_said")),
        sa.CheckConstraint("quantity_units > 0", name=op.f("ck_reversals_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_reversals_project_id_projects")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["users.id"], name=op.f("fk_reversals_recorded_by_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reversals")),
    )
    op.create_index(op.f("ix_reversals_project_id"), "reversals", ["project_id"], unique=False)
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("webhook_id", sa.UUID(), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_status_code", sa.Integer(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('pending', 'delivered', 'failed')",
            name=op.f("ck_webhook_deliveries_status_known"),
        ),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["outbox_events.id"],
            name=op.f("fk_webhook_deliveries_event_id_outbox_events"),
        ),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhooks.id"], name=op.f("fk_webhook_deliveries_webhook_id_webhooks")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
        sa.UniqueConstraint(
            "webhook_id", "event_id", name=op.f("uq_webhook_deliveries_webhook_id_event_id")
        ),
    )
    op.create_index(
        "ix_webhook_deliveries_newest",
        "webhook_deliveries",
        ["webhook_id", "created_at", "id"],
        unique=False,
    )
    op.create_table(
        "reversal_coverings",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("reversal_id", sa.UUID(), nullable=False),
        sa.Column("retirement_id", sa.UUID(), nullable=False),
        sa.Column(
            "touched_units",
            sa.BigInteger(),
            nullable=False,
            comment="Of the retirement, in units of 0.01 t.",
        ),
        sa.Column(
            "units",
            postgresql.INT8RANGE(),
            nullable=True,
            comment="The cancelled buffer units that stand for them; NULL: none do.",
        ),
        sa.CheckConstraint(
            "touched_units > 0", name=op.f("ck_reversal_coverings_touched_positive")
        ),
        sa.ForeignKeyConstraint(
            ["retirement_id"],
            ["retirements.id"],
            name=op.f("fk_reversal_coverings_retirement_id_retirements"),
        ),
        sa.ForeignKeyConstraint(
            ["reversal_id"],
            ["reversals.id"],
            name=op.f("fk_reversal_coverings_reversal_id_reversals"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reversal_coverings")),
    )
    op.create_index(
        op.f("ix_reversal_coverings_retirement_id"),
        "reversal_coverings",
        ["retirement_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_reversal_coverings_reversal_id"),
        "reversal_coverings",
        ["reversal_id"],
        unique=False,
    )
    op.create_table(
        "reversal_cancellations",
        sa.Column("transaction_id", sa.UUID(), nullable=False),
        sa.Column(
            "reversal_id",
            sa.UUID(),
            nullable=False,
            comment="The reversal for which these buffer units were cancelled.",
        ),
        sa.ForeignKeyConstraint(
            ["reversal_id"],
            ["reversals.id"],
            name=op.f("fk_reversal_cancellations_reversal_id_reversals"),
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"],
            ["credit_transactions.id"],
            name=op.f("fk_reversal_cancellations_transaction_id_credit_transactions"),
        ),
        sa.PrimaryKeyConstraint("transaction_id", name=op.f("pk_reversal_cancellations")),
    )
    op.create_index(
        op.f("ix_reversal_cancellations_reversal_id"),
        "reversal_cancellations",
        ["reversal_id"],
        unique=False,
    )
    op.add_column(
        "credit_transactions",
        sa.Column(
            "reason",
            sa.Text(),
            nullable=True,
            comment="What staff said of a cancellation or release; public.",
        ),
    )
    for table, column, values in (
        (
            "credit_entries",
            "status",
            ("active", "transferred", "split", "retired", "cancelled", "buffer"),
        ),
        (
            "credit_transactions",
            "type",
            (
                "issuance",
                "transfer",
                "retirement",
                "cancellation",
                "buffer_contribution",
                "buffer_release",
            ),
        ),
    ):
        listed = ", ".join(f"'{value}'" for value in values)
        op.drop_constraint(f"ck_{table}_{column}_known", table)
        op.create_check_constraint(
            op.f(f"ck_{table}_{column}_known"), table, f"{column} IN ({listed})"
        )
    run(ENTRY_MOVES)
    run(EVENTS_STAY)
    for table in WRITTEN_ONCE:
        op.execute(
            f"CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION karbonica_forbid()"
        )
        op.execute(
            f"CREATE TRIGGER never_truncated BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION karbonica_forbid()"
        )
    op.execute(REGISTRY_ACCOUNT)
    op.execute("INSERT INTO registry_state (frozen) VALUES (false)")


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
