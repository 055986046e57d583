"""Fee schedules, invoices and payments, and an alert for a transparency log that is broken off.

Why: registries live on fees for issuing and retiring, which were invoiced beside this one, by hand; an issuance
did not know whether it was paid for (ADR 0122). Where staff decided no fees nothing is charged, and nothing changes.
The alert tells of a restore that lost signed checkpoints (ADR 0107).
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
ROLE = "karbonica_app"

OURS = "(SELECT karbonica_holding_id())"
EVERYTHING = "(SELECT karbonica_sees_everything())"
ROWS = {
    "fee_schedules": EVERYTHING,
    "fee_decisions": EVERYTHING,
    "invoices": f"{EVERYTHING} OR payer_id = {OURS}",
    # Asks the table before it, whose own policy has decided.
    "payments": f"{EVERYTHING} OR EXISTS (SELECT FROM invoices i WHERE i.id = payments.invoice_id)",
}
WRITTEN_ONCE = ("fee_schedules", "fee_decisions")
CHANGED = {
    "invoices": "status, settled_at, reason, checkout_url, checkout_until",
    "payments": "outcome, decided_by, decided_at, reason",
}

# What the rules say too (domain/payments); the database has the last word.
GUARDS = (
    """
CREATE FUNCTION karbonica_guard_fee_decision() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM fee_schedules schedule JOIN users person ON person.id = NEW.decided_by
      WHERE schedule.id = NEW.schedule_id AND schedule.proposed_by <> NEW.decided_by
        AND person.role = 'administrator';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'fee schedule % is not decided by %', NEW.schedule_id, NEW.decided_by
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$""",
    """
CREATE TRIGGER fees_decided BEFORE INSERT ON fee_decisions
    FOR EACH ROW EXECUTE FUNCTION karbonica_guard_fee_decision()""",
    """
CREATE FUNCTION karbonica_guard_invoice() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM FROM fee_decisions WHERE schedule_id = NEW.schedule_id AND outcome = 'countersigned';
        IF NOT FOUND OR NEW.status <> 'due' THEN
            RAISE EXCEPTION 'invoice % follows from no fee schedule that was countersigned', NEW.id
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.number, NEW.kind, NEW.subject_id, NEW.payer_id, NEW.schedule_id, NEW.quantity_units, NEW.amount_minor,
        NEW.currency, NEW.issued_at, NEW.due_at) IS DISTINCT FROM
       (OLD.id, OLD.number, OLD.kind, OLD.subject_id, OLD.payer_id, OLD.schedule_id, OLD.quantity_units, OLD.amount_minor,
        OLD.currency, OLD.issued_at, OLD.due_at) THEN
        RAISE EXCEPTION 'what invoice % is over does not change', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF (OLD.status, NEW.status) NOT IN (('due', 'due'), ('due', 'overdue'), ('due', 'paid'), ('due', 'cancelled'),
            ('overdue', 'overdue'), ('overdue', 'paid'), ('overdue', 'cancelled'), ('paid', 'refunded')) THEN
        RAISE EXCEPTION 'invoice % does not become % after %', NEW.id, NEW.status, OLD.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.status = 'paid' AND OLD.status <> 'paid' THEN
        PERFORM FROM payments WHERE invoice_id = NEW.id AND kind = 'payment'
            AND (outcome = 'accepted'
                 OR outcome = 'counted' AND amount_minor = NEW.amount_minor AND currency = NEW.currency);
        IF NOT FOUND THEN
            RAISE EXCEPTION 'nothing was paid for invoice %', NEW.id USING ERRCODE = 'restrict_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$""",
    """
CREATE TRIGGER invoice_goes_on BEFORE INSERT OR UPDATE ON invoices
    FOR EACH ROW EXECUTE FUNCTION karbonica_guard_invoice()""",
    """
CREATE FUNCTION karbonica_guard_payment() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF (NEW.id, NEW.invoice_id, NEW.kind, NEW.provider, NEW.event_id, NEW.amount_minor, NEW.currency, NEW.occurred_at,
        NEW.recorded_at, NEW.held_because, NEW.recorded_by) IS DISTINCT FROM
       (OLD.id, OLD.invoice_id, OLD.kind, OLD.provider, OLD.event_id, OLD.amount_minor, OLD.currency, OLD.occurred_at,
        OLD.recorded_at, OLD.held_because, OLD.recorded_by) THEN
        RAISE EXCEPTION 'what came as payment % does not change', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.outcome <> 'held' OR NEW.outcome NOT IN ('accepted', 'returned') OR NEW.decided_by IS NULL THEN
        RAISE EXCEPTION 'payment % does not wait for a person', NEW.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$""",
    """
CREATE TRIGGER payment_decided_once BEFORE UPDATE ON payments
    FOR EACH ROW EXECUTE FUNCTION karbonica_guard_payment()""",
    # An approval that was invoiced issues nothing before that is paid, or staff charge nothing after all.
    """
CREATE FUNCTION karbonica_guard_paid_issuance() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM invoices WHERE kind = 'issuance' AND subject_id = NEW.verification_id
                AND status IN ('due', 'overdue')) THEN
        RAISE EXCEPTION 'the issuance of verification % is not paid', NEW.verification_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$""",
    """
CREATE TRIGGER issuance_is_paid BEFORE INSERT ON credit_transactions
    FOR EACH ROW WHEN (NEW.verification_id IS NOT NULL) EXECUTE FUNCTION karbonica_guard_paid_issuance()""",
)


TABLES = (
    """
CREATE TABLE fee_schedules (
    id UUID NOT NULL,
    number INTEGER NOT NULL,
    currency VARCHAR(3) NOT NULL,
    issuance_rate NUMERIC(12, 4) NOT NULL,
    retirement_rate NUMERIC(12, 4) NOT NULL,
    minimum_minor BIGINT NOT NULL,
    days_to_pay INTEGER NOT NULL,
    reason TEXT NOT NULL,
    proposed_by UUID NOT NULL,
    proposed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_fee_schedules PRIMARY KEY (id),
    CONSTRAINT ck_fee_schedules_currency_code CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT ck_fee_schedules_nothing_negative CHECK (issuance_rate >= 0 AND retirement_rate >= 0 AND minimum_minor >= 0 AND days_to_pay > 0),
    CONSTRAINT uq_fee_schedules_number UNIQUE (number),
    CONSTRAINT fk_fee_schedules_proposed_by_users FOREIGN KEY(proposed_by) REFERENCES users (id)
)""",
    """
COMMENT ON TABLE fee_schedules IS 'What the registry charges, by version (ADR 0122). Rows never change.'""",
    """
COMMENT ON COLUMN fee_schedules.number IS '1, 2, 3; of those that were countersigned the highest is in force.'""",
    """
COMMENT ON COLUMN fee_schedules.currency IS 'ISO 4217.'""",
    """
COMMENT ON COLUMN fee_schedules.issuance_rate IS 'Minor units of the currency for each tonne that is issued; 0: nothing is charged.'""",
    """
COMMENT ON COLUMN fee_schedules.retirement_rate IS 'Likewise, for each tonne that is retired.'""",
    """
COMMENT ON COLUMN fee_schedules.minimum_minor IS 'The least of an invoice, in minor units.'""",
    """
COMMENT ON COLUMN fee_schedules.days_to_pay IS 'From an invoice''s issue until it is due.'""",
    """
COMMENT ON COLUMN fee_schedules.reason IS 'Why it is so, in the words of staff.'""",
    """
COMMENT ON COLUMN fee_schedules.proposed_by IS 'An administrator.'""",
    """
COMMENT ON COLUMN fee_schedules.proposed_at IS 'When it was proposed.'""",
    """
CREATE TABLE fee_decisions (
    schedule_id UUID NOT NULL,
    outcome VARCHAR(20) NOT NULL,
    reason TEXT,
    decided_by UUID NOT NULL,
    decided_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_fee_decisions PRIMARY KEY (schedule_id),
    CONSTRAINT ck_fee_decisions_outcome_known CHECK (outcome IN ('countersigned', 'refused')),
    CONSTRAINT ck_fee_decisions_refused_why CHECK (outcome = 'countersigned' OR length(reason) > 0),
    CONSTRAINT fk_fee_decisions_schedule_id_fee_schedules FOREIGN KEY(schedule_id) REFERENCES fee_schedules (id),
    CONSTRAINT fk_fee_decisions_decided_by_users FOREIGN KEY(decided_by) REFERENCES users (id)
)""",
    """
COMMENT ON TABLE fee_decisions IS 'What a second administrator said of a fee schedule (ADR 0122). Rows never change.'""",
    """
COMMENT ON COLUMN fee_decisions.schedule_id IS 'Each is decided once.'""",
    """
COMMENT ON COLUMN fee_decisions.outcome IS 'countersigned or refused.'""",
    """
COMMENT ON COLUMN fee_decisions.reason IS 'Why it is refused.'""",
    """
COMMENT ON COLUMN fee_decisions.decided_by IS 'Another administrator.'""",
    """
COMMENT ON COLUMN fee_decisions.decided_at IS 'From when on it is in force.'""",
    """
CREATE TABLE invoices (
    id UUID NOT NULL,
    number INTEGER NOT NULL,
    kind VARCHAR(20) NOT NULL,
    subject_id UUID NOT NULL,
    payer_id UUID NOT NULL,
    schedule_id UUID NOT NULL,
    quantity_units BIGINT NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    status VARCHAR(20) NOT NULL,
    issued_at TIMESTAMP WITH TIME ZONE NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    settled_at TIMESTAMP WITH TIME ZONE,
    reason TEXT,
    checkout_url TEXT,
    checkout_until TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_invoices PRIMARY KEY (id),
    CONSTRAINT ck_invoices_kind_known CHECK (kind IN ('issuance', 'retirement')),
    CONSTRAINT ck_invoices_status_known CHECK (status IN ('due', 'paid', 'overdue', 'cancelled', 'refunded')),
    CONSTRAINT ck_invoices_of_something CHECK (quantity_units > 0 AND amount_minor > 0),
    CONSTRAINT ck_invoices_settled_at_once CHECK ((status IN ('due', 'overdue')) = (settled_at IS NULL)),
    CONSTRAINT ck_invoices_page_with_its_end CHECK ((checkout_url IS NULL) = (checkout_until IS NULL)),
    CONSTRAINT uq_invoices_kind_subject_id UNIQUE (kind, subject_id),
    CONSTRAINT uq_invoices_number UNIQUE (number),
    CONSTRAINT fk_invoices_payer_id_users FOREIGN KEY(payer_id) REFERENCES users (id),
    CONSTRAINT fk_invoices_schedule_id_fee_schedules FOREIGN KEY(schedule_id) REFERENCES fee_schedules (id)
)""",
    """
CREATE INDEX ix_invoices_newest ON invoices (issued_at, id)""",
    """
CREATE INDEX ix_invoices_payer ON invoices (payer_id, issued_at, id)""",
    """
COMMENT ON TABLE invoices IS 'Invoices over fees (ADR 0122). What is owed never changes, and what is settled is never awaited again.'""",
    """
COMMENT ON COLUMN invoices.number IS 'Counts all invoices, without a gap.'""",
    """
COMMENT ON COLUMN invoices.kind IS 'issuance or retirement.'""",
    """
COMMENT ON COLUMN invoices.subject_id IS 'The verification or the retirement that it is for.'""",
    """
COMMENT ON COLUMN invoices.payer_id IS 'Whose organisation pays: the account it holds credits under.'""",
    """
COMMENT ON COLUMN invoices.schedule_id IS 'What the amount follows from.'""",
    """
COMMENT ON COLUMN invoices.quantity_units IS 'Charged for, of 0.01 t CO2e.'""",
    """
COMMENT ON COLUMN invoices.amount_minor IS 'In minor units of the currency.'""",
    """
COMMENT ON COLUMN invoices.currency IS 'ISO 4217.'""",
    """
COMMENT ON COLUMN invoices.status IS 'due, overdue, paid, cancelled or refunded.'""",
    """
COMMENT ON COLUMN invoices.issued_at IS 'With what it is for.'""",
    """
COMMENT ON COLUMN invoices.due_at IS 'When it becomes overdue.'""",
    """
COMMENT ON COLUMN invoices.settled_at IS 'When it was paid, cancelled or refunded.'""",
    """
COMMENT ON COLUMN invoices.reason IS 'Why staff cancelled or refunded it.'""",
    """
COMMENT ON COLUMN invoices.checkout_url IS 'The provider''s page on which it is paid.'""",
    """
COMMENT ON COLUMN invoices.checkout_until IS 'Until when that page is open.'""",
    """
CREATE TABLE payments (
    id UUID NOT NULL,
    invoice_id UUID NOT NULL,
    kind VARCHAR(20) NOT NULL,
    provider VARCHAR(20) NOT NULL,
    event_id VARCHAR(200) NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    outcome VARCHAR(20) NOT NULL,
    held_because VARCHAR(20),
    recorded_by UUID,
    decided_by UUID,
    decided_at TIMESTAMP WITH TIME ZONE,
    reason TEXT,
    CONSTRAINT pk_payments PRIMARY KEY (id),
    CONSTRAINT ck_payments_kind_known CHECK (kind IN ('payment', 'refund')),
    CONSTRAINT ck_payments_provider_known CHECK (provider IN ('checkout', 'bank_transfer')),
    CONSTRAINT ck_payments_outcome_known CHECK (outcome IN ('counted', 'held', 'accepted', 'returned')),
    CONSTRAINT ck_payments_held_because_known CHECK (held_because IN ('other_amount', 'other_currency', 'not_awaited')),
    CONSTRAINT ck_payments_of_something CHECK (amount_minor > 0),
    CONSTRAINT ck_payments_held_for_a_reason CHECK ((outcome = 'counted') = (held_because IS NULL)),
    CONSTRAINT ck_payments_decided_when_said CHECK ((outcome IN ('accepted', 'returned')) = (decided_at IS NOT NULL)),
    CONSTRAINT uq_payments_provider_event_id UNIQUE (provider, event_id),
    CONSTRAINT fk_payments_invoice_id_invoices FOREIGN KEY(invoice_id) REFERENCES invoices (id),
    CONSTRAINT fk_payments_recorded_by_users FOREIGN KEY(recorded_by) REFERENCES users (id),
    CONSTRAINT fk_payments_decided_by_users FOREIGN KEY(decided_by) REFERENCES users (id)
)""",
    """
CREATE INDEX ix_payments_invoice_id ON payments (invoice_id)""",
    """
COMMENT ON TABLE payments IS 'What came for invoices, and what went back (ADR 0122). No card data.'""",
    """
COMMENT ON COLUMN payments.invoice_id IS 'What it came for.'""",
    """
COMMENT ON COLUMN payments.kind IS 'payment or refund.'""",
    """
COMMENT ON COLUMN payments.provider IS 'checkout or bank_transfer.'""",
    """
COMMENT ON COLUMN payments.event_id IS 'The provider''s own name for it, or the bank''s; it counts once.'""",
    """
COMMENT ON COLUMN payments.amount_minor IS 'As it came, in minor units.'""",
    """
COMMENT ON COLUMN payments.currency IS 'As it came.'""",
    """
COMMENT ON COLUMN payments.occurred_at IS 'When, as the provider or the bank says.'""",
    """
COMMENT ON COLUMN payments.recorded_at IS 'When the registry heard of it.'""",
    """
COMMENT ON COLUMN payments.outcome IS 'counted, held, accepted or returned.'""",
    """
COMMENT ON COLUMN payments.held_because IS 'Why it waited for a person; NULL: it was what is owed.'""",
    """
COMMENT ON COLUMN payments.recorded_by IS 'Staff who found it on the bank statement; NULL: the provider told.'""",
    """
COMMENT ON COLUMN payments.decided_by IS 'Staff who decided what was held.'""",
    """
COMMENT ON COLUMN payments.decided_at IS 'When.'""",
    """
COMMENT ON COLUMN payments.reason IS 'Why they decided so.'""",
)


def upgrade() -> None:
    _know_more("alerts", "kind", "log_broken_off")
    _make_tables()
    for table, rows in ROWS.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY rows_of_identity ON {table} USING ({rows})")
        op.execute(
            f"CREATE TRIGGER never_truncated BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION karbonica_forbid()"
        )
        op.execute(f"REVOKE UPDATE ON {table} FROM {ROLE}")
    for table in WRITTEN_ONCE:
        op.execute(
            f"CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION karbonica_forbid()"
        )
    for table, columns in CHANGED.items():
        op.execute(f"GRANT UPDATE ({columns}) ON {table} TO {ROLE}")
        op.execute(
            f"CREATE TRIGGER never_deleted BEFORE DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION karbonica_forbid()"
        )
    for statement in GUARDS:
        op.execute(statement)


def _make_tables() -> None:
    for statement in TABLES:
        op.execute(statement)


def _know_more(table: str, column: str, *words: str) -> None:
    """Whatever words are known by now, and some more."""
    name = f"ck_{table}_{column}_known"
    condition = op.get_bind().scalar(
        sa.text(
            "SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint"
            " WHERE conname = :name AND conrelid = CAST(:of AS regclass)"
        ),
        {"name": name, "of": table},
    )
    known = [*re.findall(r"'(\w+)'", condition), *words]
    op.drop_constraint(op.f(name), table)
    listed = ", ".join(f"'{word}'" for word in known)
    op.create_check_constraint(op.f(name), table, f"{column} IN ({listed})")
