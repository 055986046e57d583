"""What is offered, asked for and set aside: reservations, and a status of entries for them.

Why: buyers and holders agreed by e-mail on what was to be handed over later, and the same units were retired or
promised to somebody else meanwhile (ADR 0092).
"""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

REGISTRY = "'00000000-0000-4000-8000-000000000001'"

# domain/credits/ledger.py, EntryStatus and CreditTransactionType.
KNOWN = {
    ("credit_entries", "status"): (
        *("active", "transferred", "split", "retired", "cancelled", "buffer", "suspended", "reserved"),
    ),
    ("credit_transactions", "type"): (
        *("issuance", "transfer", "retirement", "cancellation", "buffer_contribution"),
        *("buffer_release", "suspension", "reinstatement", "reservation", "reservation_release"),
    ),
}

# Who sends and who receives, by type; of a set-aside and its end both are the holder.
_STAYS = f"sender_id = recipient_id AND sender_id <> {REGISTRY} AND entry_id <> result_entry_id"
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
    WHEN 'suspension' THEN {_STAYS}
    WHEN 'reinstatement' THEN {_STAYS}
    WHEN 'reservation' THEN {_STAYS}
    WHEN 'reservation_release' THEN {_STAYS}
    ELSE sender_id IS NOT NULL AND recipient_id IS NULL
END, false)
"""
BUFFER = f"""
CASE WHEN owner_id = {REGISTRY} THEN status NOT IN ('active', 'reserved', 'retired')
     ELSE status <> 'buffer' END
"""
SUSPENDED = f"""
CASE WHEN status = 'suspended' THEN suspended_for IS NOT NULL AND owner_id <> {REGISTRY}
     WHEN status IN ('active', 'reserved', 'retired', 'buffer') THEN suspended_for IS NULL ELSE true END
AND (suspended_for IS NULL OR parent_id IS NOT NULL)
"""
CHECKS = {
    ("credit_transactions", "parties_fit_type"): PARTIES,
    ("credit_entries", "buffer_is_the_registrys"): BUFFER,
    ("credit_entries", "suspended_for_a_loss"): SUSPENDED,
}

# domain/credits/ledger.py, ENTRY_MOVES: what is reserved moves whole. Guards see everything (ADR 0067).
GUARDS = """
CREATE OR REPLACE FUNCTION karbonica_guard_credit_entry() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
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
        OR (OLD.status = 'reserved' AND NEW.status = 'transferred')
    ) THEN
        RAISE EXCEPTION 'credit entry % is % for ever', OLD.serial, OLD.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION karbonica_guard_entry_traced() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM karbonica_check_entry_began(NEW);
        -- Nothing becomes reserved but by being set aside, and a remainder never is.
        IF NEW.status = 'reserved' THEN
            PERFORM FROM credit_transactions
              WHERE result_entry_id = NEW.id AND type = 'reservation' AND status = 'completed';
            IF NOT FOUND THEN
                RAISE EXCEPTION 'credit entry % is reserved by no reservation', NEW.serial
                    USING ERRCODE = 'check_violation';
            END IF;
        END IF;
    END IF;
    IF NEW.status NOT IN ('active', 'reserved', 'buffer', 'suspended') THEN
        PERFORM karbonica_check_entry_changed(NEW);
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION karbonica_guard_reversal_stands() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM karbonica_check_blocked(NEW.id);
    -- Nothing that the loss touches stays active, or set aside, beside what is owed and not suspended.
    PERFORM FROM credit_entries
      WHERE project_id = NEW.project_id AND status IN ('active', 'reserved')
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
"""

# Each movement of set-aside units against the reservation it is for, and each reservation against its entry.
RESERVED = """
CREATE FUNCTION karbonica_guard_reserved_moves() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    was_reserved boolean;
    aside reservations;
BEGIN
    was_reserved := EXISTS (SELECT FROM credit_transactions made
                             WHERE made.result_entry_id = NEW.entry_id AND made.type = 'reservation');
    IF was_reserved <> (NEW.type = 'reservation_release')
       AND NOT (was_reserved AND NEW.type = 'transfer') THEN
        RAISE EXCEPTION '% % moves what is set aside, or gives back what is not', NEW.type, NEW.id
            USING ERRCODE = 'check_violation';
    END IF;
    IF was_reserved OR NEW.type = 'reservation' THEN
        SELECT * INTO aside FROM reservations
          WHERE reserved_entry_id = CASE NEW.type WHEN 'reservation' THEN NEW.result_entry_id
                                                  ELSE NEW.entry_id END;
        IF aside.id IS NULL OR aside.holder_id <> NEW.sender_id
           OR aside.quantity_units <> NEW.quantity_units
           OR NEW.type = 'transfer' AND (aside.requester_id <> NEW.recipient_id
                                         OR aside.status <> 'fulfilled') THEN
            RAISE EXCEPTION '% % is of no reservation', NEW.type, NEW.id
                USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER credit_reserved_moves AFTER INSERT OR UPDATE ON credit_transactions
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.status = 'completed' AND NEW.type NOT IN ('issuance', 'buffer_contribution'))
    EXECUTE FUNCTION karbonica_guard_reserved_moves();

CREATE FUNCTION karbonica_guard_reservation_moves() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF (NEW.id, NEW.entry_id, NEW.requester_id, NEW.requested_by, NEW.holder_id, NEW.quantity_units, NEW.until,
        NEW.requested_at)
       IS DISTINCT FROM
       (OLD.id, OLD.entry_id, OLD.requester_id, OLD.requested_by, OLD.holder_id, OLD.quantity_units, OLD.until,
        OLD.requested_at)
       OR OLD.reserved_entry_id IS NOT NULL AND NEW.reserved_entry_id IS DISTINCT FROM OLD.reserved_entry_id THEN
        RAISE EXCEPTION 'what reservation % is of stays', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.status <> OLD.status AND NOT (
        (OLD.status = 'requested' AND NEW.status IN ('accepted', 'refused', 'cancelled', 'expired'))
        OR (OLD.status = 'accepted' AND NEW.status IN ('fulfilled', 'cancelled', 'expired', 'lapsed'))
    ) THEN
        RAISE EXCEPTION 'reservation % is % for ever', OLD.id, OLD.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER reservation_moves BEFORE UPDATE ON reservations
    FOR EACH ROW EXECUTE FUNCTION karbonica_guard_reservation_moves();

CREATE FUNCTION karbonica_guard_reservation_stands() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- As it stands at the commit: what was set aside is reserved as long as that is accepted, and no longer.
    PERFORM FROM reservations r LEFT JOIN credit_entries e ON e.id = r.reserved_entry_id
      WHERE r.id = NEW.id AND (r.status = 'accepted') IS DISTINCT FROM (coalesce(e.status, '') = 'reserved');
    IF FOUND THEN
        RAISE EXCEPTION 'reservation % and what is set aside for it differ', NEW.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER reservation_stands AFTER INSERT OR UPDATE ON reservations
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION karbonica_guard_reservation_stands();
CREATE TRIGGER never_deleted BEFORE DELETE ON reservations
    FOR EACH ROW EXECUTE FUNCTION karbonica_forbid();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON reservations
    FOR EACH STATEMENT EXECUTE FUNCTION karbonica_forbid();
"""

EVERYTHING, OURS = "(SELECT karbonica_sees_everything())", "(SELECT karbonica_holding_id())"
ROWS = {
    "reservations": f"{EVERYTHING} OR holder_id = {OURS} OR requester_id = {OURS}",
    "offers": f"{EVERYTHING} OR holder_id = {OURS}",
}

# A person who acts for themselves has no legal name, and their own stands nowhere in public.
PUBLIC_OFFERS = """
SELECT o.id, o.project_id, o.vintage, o.offered_at, held.available_units, held.serial, held.largest_units,
       (SELECT role FROM users WHERE users.id = o.holder_id) AS holder_role,
       CASE WHEN o.name_shown THEN (SELECT g.legal_name FROM organisations g
                                     WHERE g.holding_account_id = o.holder_id) END AS holder_name
  FROM offers o,
       LATERAL (SELECT sum(e.quantity_units)::bigint AS available_units,
                       (array_agg(e.serial ORDER BY e.quantity_units DESC, e.units))[1] AS serial,
                       max(e.quantity_units) AS largest_units
                  FROM credit_entries e
                 WHERE e.owner_id = o.holder_id AND e.project_id = o.project_id
                   AND e.vintage = o.vintage AND e.status = 'active') held
 WHERE o.ended_at IS NULL AND held.available_units > 0
"""

COMMENTS = {
    ("credit_entries", "status"): (
        "active, reserved, buffer or suspended; then transferred, split, retired or cancelled, each for ever."
    ),
    ("credit_transactions", "type"): (
        "issuance, transfer, retirement, cancellation, buffer_contribution, buffer_release, "
        "suspension, reinstatement, reservation, reservation_release."
    ),
    ("credit_transactions", "recipient_id"): (
        "Who holds them now; NULL: they were retired or cancelled. Of a suspension and a reservation the sender."
    ),
}


def upgrade() -> None:
    _make_tables()
    for (table, column), values in KNOWN.items():
        listed = ", ".join(f"'{value}'" for value in values)
        _check(table, f"{column}_known", f"{column} IN ({listed})")
    for (table, name), condition in CHECKS.items():
        _check(table, name, condition.strip())
    for (table, column), comment in COMMENTS.items():
        op.execute(f"COMMENT ON COLUMN {table}.{column} IS '{comment}'")
    run(GUARDS)
    run(RESERVED)
    for table, rows in ROWS.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY rows_of_identity ON {table} USING ({rows})")
    op.execute("REVOKE UPDATE ON reservations, offers FROM karbonica_app")
    op.execute(
        "GRANT UPDATE (status, reserved_entry_id, decided_at, ended_at) ON reservations TO karbonica_app"
    )
    op.execute("GRANT UPDATE (name_shown, ended_at) ON offers TO karbonica_app")
    op.execute(f"CREATE VIEW public_offers AS {PUBLIC_OFFERS}")
    op.execute(
        "COMMENT ON VIEW public_offers IS "
        "'What holders offer, and how much of it is there; whose it is where they let it be shown.'"
    )
    op.execute("REVOKE ALL ON public_offers FROM karbonica_app")
    op.execute("GRANT SELECT ON public_offers TO karbonica_app")


def _check(table: str, name: str, condition: str) -> None:
    op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)


def _make_tables() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "reservations",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("entry_id", sa.UUID(), nullable=False, comment="The entry that was asked for."),
        sa.Column("requester_id", sa.UUID(), nullable=False,
                  comment="Whose organisation asked: the account it holds credits under."),
        sa.Column("requested_by", sa.UUID(), nullable=False, comment="Who asked."),
        sa.Column("holder_id", sa.UUID(), nullable=False, comment="Who held the entry then."),
        sa.Column("quantity_units", sa.BigInteger(), nullable=False,
                  comment="Units of 0.01 t CO2e."),
        sa.Column("note", sa.String(1000), nullable=False,
                  comment="What the requester wrote to the holder; for both and staff."),
        sa.Column("until", moment, nullable=False,
                  comment="When the request ends, and what was set aside comes back."),
        sa.Column("status", sa.String(20), nullable=False,
                  comment="requested or accepted; then refused, cancelled, expired, fulfilled or lapsed, each"
                  " for ever."),
        sa.Column("reserved_entry_id", sa.UUID(),
                  comment="What was set aside; NULL: it was never accepted."),
        sa.Column("requested_at", moment, nullable=False, comment="When it was asked for."),
        sa.Column("decided_at", moment, comment="When the holder answered; NULL: they did not."),
        sa.Column("ended_at", moment, comment="When it ended; NULL: it is open."),
        sa.CheckConstraint(
            "status IN ('requested', 'accepted', 'refused', 'cancelled', 'expired', 'fulfilled', 'lapsed')",
            name=op.f("ck_reservations_status_known"),
        ),
        sa.CheckConstraint("quantity_units > 0", name=op.f("ck_reservations_quantity_positive")),
        sa.CheckConstraint("requester_id <> holder_id", name=op.f("ck_reservations_of_another")),
        sa.CheckConstraint(
            "(status IN ('requested', 'accepted')) = (ended_at IS NULL)",
            name=op.f("ck_reservations_ended_at_once"),
        ),
        sa.CheckConstraint(
            "CASE WHEN status IN ('accepted', 'fulfilled', 'lapsed') THEN reserved_entry_id IS NOT NULL"
            " WHEN status IN ('requested', 'refused') THEN reserved_entry_id IS NULL ELSE true END",
            name=op.f("ck_reservations_set_aside_when_accepted"),
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_reservations_{column}_{table}")
            )
            for column, table in (
                ("entry_id", "credit_entries"),
                ("requester_id", "users"),
                ("requested_by", "users"),
                ("holder_id", "users"),
                ("reserved_entry_id", "credit_entries"),
            )
        ),
        sa.UniqueConstraint("reserved_entry_id", name=op.f("uq_reservations_reserved_entry_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservations")),
        comment="Units that somebody asked a holder for, and what became of it (ADR 0092).",
    )
    op.create_index("ix_reservations_holder_newest", "reservations", ["holder_id", "requested_at", "id"])
    op.create_index(
        "ix_reservations_requester_newest", "reservations", ["requester_id", "requested_at", "id"]
    )
    op.create_table(
        "offers",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("holder_id", sa.UUID(), nullable=False, comment="Who offers what they hold."),
        sa.Column("project_id", sa.UUID(), nullable=False),
        sa.Column("vintage", sa.Integer(), nullable=False,
                  comment="Calendar year of the reduction or removal."),
        sa.Column("name_shown", sa.Boolean(), nullable=False,
                  comment="Whether the holder's legal name stands beside it in public."),
        sa.Column("offered_at", moment, nullable=False, comment="Since when."),
        sa.Column("ended_at", moment, comment="When it was taken back; NULL: it stands."),
        sa.ForeignKeyConstraint(["holder_id"], ["users.id"], name=op.f("fk_offers_holder_id_users")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_offers_project_id_projects")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offers")),
        comment="What holders let be asked for: all that they have of a project's vintage (ADR 0092).",
    )
    op.create_index(
        "uq_offers_standing", "offers", ["holder_id", "project_id", "vintage"],
        unique=True, postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "ix_offers_project", "offers", ["project_id", "vintage"],
        postgresql_where=sa.text("ended_at IS NULL"),
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
