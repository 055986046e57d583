"""Projects, retirements and credits as the public is told of them, kept ready as JSON by what changes them.

Why: a list of fifty was read as rows, and made into the same fifty pieces of JSON for each reader (ADR 0116).
As with the kept sums (0053), each statement notes whose piece it changes, and the commit makes those anew, in
one order, from what the transaction leaves behind.

The pieces are what api/rest/*/schemas make of the same rows, byte for byte; tests hold one to the other.
"""

import sqlalchemy as sa
from alembic import op

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None

DEFINER = "LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS"

KINDS = ("credit", "project", "retirement")
"""In the order in which their rows are locked."""

PLACES, PLACES_OF_KIND = 128, 6_500
"""Advisory locks of pieces that are not there yet: so many for each kind, under a number of its own."""


def text(value: str) -> str:
    return f"coalesce(to_json({value}::text)::text, 'null')"


def unescaped(value: str) -> str:
    """Of what holds nothing that JSON escapes: identifiers, hashes, words of ours."""
    return f"""coalesce('"' || {value} || '"', 'null')"""


def day(value: str) -> str:
    return unescaped(f"to_char({value}, 'YYYY-MM-DD')")


def moment(value: str) -> str:
    """In UTC; microseconds only where there are any."""
    at = f"({value} AT TIME ZONE 'UTC')"
    parts = f"CASE WHEN date_trunc('second', {at}) = {at} THEN '' ELSE to_char({at}, '.US') END"
    return unescaped(f"""to_char({at}, 'YYYY-MM-DD"T"HH24:MI:SS') || {parts} || 'Z'""")


def tonnes(units: str) -> str:
    return unescaped(f"(({units}) / 100)::text || '.' || lpad((({units}) % 100)::text, 2, '0')")


def number(value: str) -> str:
    return f"coalesce(({value})::text, 'null')"


def degrees(value: str) -> str:
    """Six decimals at most, written as the shortest float: 5.0, 27.0238, 1e-6."""
    return f"""CASE WHEN {value} <> 0 AND abs({value}) < 0.00001
                    THEN ({value} * 1000000)::int::text || 'e-6'
                    WHEN {value} = trunc({value}) THEN trunc({value})::int::text || '.0'
                    ELSE trim_scale({value})::text END"""


def units(value: str) -> str:
    return (
        f"""'{{"first":' || lower({value})::text || ',"last":' || (upper({value}) - 1)::text || '}}'"""
    )


def json(**members: str) -> str:
    """An object; values are SQL that is never NULL."""
    first, *others = members.items()
    parts = [f"""'{{"{first[0]}":' || {first[1]}"""]
    parts += [f"""',"{name}":' || {value}""" for name, value in others]
    return " || ".join([*parts, "'}'"])


PUBLIC_URL = r"E'\x01'"
"""Stands for where the registry is reached, which each process knows: JSON holds no such character."""

LABELS = r"E'\x02'"
"""Likewise, for the schemes that stand for the project today, which nobody writes when the day ends: readers add them."""

PROJECT = json(
    id=unescaped("p.id"),
    number=number("p.number"),
    title=text("p.title"),
    type=unescaped("p.type"),
    description=text("p.description"),
    location=text("p.location"),
    country=unescaped("p.country"),
    coordinates=json(latitude=degrees("p.latitude"), longitude=degrees("p.longitude")),
    emissionsTarget=tonnes("p.emissions_target_units"),
    startDate=day("p.start_date"),
    creditingPeriodEnd=day("upper(crediting_period(p)) - 1"),
    methodologyVersionId=unescaped(
        "(SELECT v.methodology_version_id FROM verification_requests v WHERE v.project_id = p.id"
        " ORDER BY v.number DESC LIMIT 1)"
    ),
    labels=LABELS,
    status=unescaped("p.status"),
    developer=text("o.legal_name"),
    createdAt=moment("p.created_at"),
    updatedAt=moment("p.updated_at"),
)
PROJECTS = f"""
    SELECT 'project'::varchar(20) AS kind, p.id, p.created_at AS at, {PROJECT} AS body
      FROM projects p JOIN organisations o ON o.holding_account_id = p.developer_id
     WHERE EXISTS (SELECT FROM verification_requests v
                    WHERE v.project_id = p.id AND v.monitoring_period IS NULL)
"""

RECORD = json(
    status=unescaped("c.status"),
    txHash=unescaped("c.tx_hash"),
    blockHeight=number("x.block_height"),
    confirmations="coalesce(x.confirmations, 0)::text",
    checkedAt=moment("x.checked_at"),
    takenBackAt=moment("x.taken_back_at"),
)
LINE = json(
    serial=unescaped("e.serial"),
    projectId=unescaped("e.project_id"),
    vintage=number("e.vintage"),
    quantity=tonnes("e.quantity_units"),
    units=units("e.units"),
    chainRecord=f"CASE WHEN c.id IS NULL THEN 'null' ELSE {RECORD} END",
)
WAY = "ARRAY['parked', 'queued', 'submitted', 'confirmed', 'final']"

# Of all that a reversal touched of one retirement; what the buffer gave and what is owed is of the whole loss.
GIVEN = """(SELECT coalesce(sum(t.quantity_units), 0)::bigint FROM reversal_cancellations given
             JOIN credit_transactions t ON t.id = given.transaction_id WHERE given.reversal_id = v.id)"""
MADE_GOOD = """(SELECT coalesce(sum(t.quantity_units), 0)::bigint FROM obligation_cancellations good
                 JOIN credit_transactions t ON t.id = good.transaction_id
                WHERE good.reversal_id = v.id AND t.status = 'completed')"""
TOUCH = json(
    reversalId=unescaped("v.id"),
    recordedAt=moment("v.recorded_at"),
    cause=text("v.cause"),
    avoidable="v.avoidable::text",
    touchedQuantity=tonnes("sum(k.touched_units)::bigint"),
    coveredQuantity=tonnes("coalesce(sum(upper(k.units) - lower(k.units)), 0)::bigint"),
    coveredBy=f"""'[' || coalesce(string_agg({units("k.units")}, ',' ORDER BY k.units)
                          FILTER (WHERE k.units IS NOT NULL), '') || ']'""",
    bufferQuantity=tonnes(GIVEN),
    obligationStatus=unescaped("o.status"),
    owedQuantity=tonnes(f"CASE WHEN o.reversal_id IS NULL THEN 0 ELSE o.quantity_units - {MADE_GOOD} END"),
)
TOUCHES = f"""
    SELECT string_agg(touch.body, ',' ORDER BY touch.recorded_at, touch.id)
      FROM (SELECT v.id, v.recorded_at, {TOUCH} AS body
              FROM reversal_coverings k JOIN reversals v ON v.id = k.reversal_id
              LEFT JOIN obligations o ON o.reversal_id = v.id
             WHERE k.retirement_id = r.id GROUP BY v.id, o.reversal_id) touch
"""
CORRECTION = json(
    digest=text("n.digest"),
    pointer=text("n.pointer"),
    stated=text("n.stated"),
    correct=text("n.correct"),
    reason=text("n.reason"),
    correctedAt=moment("n.corrected_at"),
)
BENEFICIARY = json(
    name=text("r.beneficiary_name"),
    country=text("r.beneficiary_country"),
    identifier="CASE WHEN r.beneficiary_name IS NULL THEN 'null'"
    f" ELSE {text('r.beneficiary_identifier')} END",
    undisclosed="(r.beneficiary_name IS NULL)::text",
)
RETIREMENT = json(
    id=unescaped("r.id"),
    serial=unescaped("l.serials[1]"),
    projectId=unescaped("l.projects[1]"),
    quantity=tonnes("r.quantity_units"),
    vintage=number("l.vintages[1]"),
    beneficiary=BENEFICIARY,
    purpose=text("r.purpose"),
    reason=text("r.reason"),
    retiredAt=moment("r.retired_at"),
    certificateUrl=unescaped(f"{PUBLIC_URL} || '/retirements/' || r.id"),
    certificateStatus=unescaped("c.status"),
    chainRecord="CASE WHEN l.unqueued THEN 'null' ELSE l.records[1] END",
    lines="'[' || l.bodies || ']'",
    reversals=f"'[' || coalesce(({TOUCHES}), '') || ']'",
    corrections=f"""'[' || coalesce((SELECT string_agg({CORRECTION}, ',' ORDER BY n.corrected_at, n.pointer)
                      FROM certificate_corrections n WHERE n.retirement_id = r.id), '') || ']'""",
)
RETIREMENTS = f"""
    SELECT 'retirement'::varchar(20) AS kind, r.id, r.retired_at AS at, {RETIREMENT} AS body
      FROM retirements r JOIN certificates c ON c.retirement_id = r.id
      CROSS JOIN LATERAL (
           SELECT string_agg(line.body, ',' ORDER BY line.units) AS bodies,
                  array_agg(line.serial ORDER BY line.units) AS serials,
                  array_agg(line.project_id ORDER BY line.units) AS projects,
                  array_agg(line.vintage ORDER BY line.units) AS vintages,
                  bool_or(line.record IS NULL) AS unqueued,
                  array_agg(line.record ORDER BY line.way, line.confirmations, line.units) AS records
             FROM (SELECT e.units, e.serial, e.project_id, e.vintage, {LINE} AS body,
                          CASE WHEN c.id IS NOT NULL THEN {RECORD} END AS record,
                          array_position({WAY}, c.status::text) AS way,
                          coalesce(x.confirmations, 0) AS confirmations
                     FROM credit_transactions t JOIN credit_entries e ON e.id = t.result_entry_id
                     JOIN projects p ON p.id = e.project_id
                     LEFT JOIN chain_records c ON c.transaction_id = t.id
                     LEFT JOIN chain_transactions x ON x.tx_hash = c.tx_hash
                    WHERE t.retirement_id = r.id) line
      ) l
     WHERE l.bodies IS NOT NULL
"""

CREDIT = json(
    serial=unescaped("e.serial"),
    projectId=unescaped("e.project_id"),
    quantity=tonnes("e.quantity_units"),
    vintage=number("e.vintage"),
    verificationId=unescaped("v.id"),
    round=number("v.number"),
    monitoringPeriod="CASE WHEN v.monitoring_period IS NULL THEN 'null' ELSE "
    + json(
        **{
            "from": day("lower(v.monitoring_period)"),
            "to": day("upper(v.monitoring_period) - 1"),
        }
    )
    + " END",
    status=unescaped("e.status"),
    units=units("e.units"),
    issuedAt=moment("e.issued_at"),
    lastActionAt=moment("e.last_action_at"),
    parentSerial="(SELECT " + unescaped("max(b.serial)") + " FROM credit_entries b WHERE b.id = e.parent_id)",
    childSerials="""'[' || coalesce((SELECT string_agg('"' || b.serial || '"', ',' ORDER BY b.units)
                      FROM credit_entries b WHERE b.parent_id = e.id), '') || ']'""",
    suspendedFor=unescaped("e.suspended_for"),
    retirementId="(SELECT " + unescaped("max(t.retirement_id::text)") + " FROM credit_transactions t"
    " WHERE t.result_entry_id = e.id AND t.type = 'retirement')",
)
CREDITS = f"""
    SELECT 'credit'::varchar(20) AS kind, e.id, e.issued_at AS at, {CREDIT} AS body
      FROM credit_entries e
      LEFT JOIN LATERAL (
           SELECT r.verification_id FROM credit_transactions r
            WHERE r.type IN ('issuance', 'buffer_contribution') AND r.status = 'completed'
              AND r.units @> lower(e.units) LIMIT 1
      ) root ON true
      LEFT JOIN verification_requests v ON v.id = root.verification_id
"""
COMPUTED = {"project": PROJECTS, "retirement": RETIREMENTS, "credit": CREDITS}

OF_A_LINE = "SELECT t.retirement_id FROM changed JOIN credit_transactions t ON {0} WHERE t.retirement_id IS NOT NULL"
OF_A_LOSS = "SELECT k.retirement_id FROM changed JOIN reversal_coverings k ON {0}"
UNDER_A_ROOT = "e.project_id = {0} AND e.units <@ {1}"

SOURCES: dict[str, tuple[str, dict[str, str]]] = {
    "projects": (
        "id, number, developer_id, title, type, description, location, country, latitude, longitude,"
        " emissions_target_units, start_date, crediting_period_ends, status, created_at, updated_at",
        {"project": "SELECT id FROM changed"},
    ),
    "organisations": (
        "id, holding_account_id, legal_name",
        {
            "project": "SELECT p.id FROM changed JOIN projects p ON p.developer_id = changed.holding_account_id"
        },
    ),
    "verification_requests": (
        "id, project_id, number, monitoring_period, methodology_version_id",
        {
            "project": "SELECT project_id FROM changed",
            "credit": "SELECT e.id FROM changed JOIN credit_transactions t ON t.verification_id = changed.id"
            f" JOIN credit_entries e ON {UNDER_A_ROOT.format('changed.project_id', 't.units')}",
        },
    ),
    "credit_entries": (
        "id, serial, project_id, vintage, status, units, issued_at, last_action_at, parent_id, suspended_for",
        {
            "credit": "SELECT id FROM changed UNION SELECT parent_id FROM changed WHERE parent_id IS NOT NULL"
            " UNION SELECT e.id FROM changed JOIN credit_entries e ON e.parent_id = changed.id",
            "retirement": OF_A_LINE.format("t.result_entry_id = changed.id"),
        },
    ),
    "credit_transactions": (
        "id, type, entry_id, result_entry_id, units, quantity_units, status, retirement_id, verification_id",
        {
            "credit": "SELECT result_entry_id FROM changed WHERE type = 'retirement' UNION"
            " SELECT e.id FROM changed JOIN credit_entries root ON root.id = changed.result_entry_id"
            f" JOIN credit_entries e ON {UNDER_A_ROOT.format('root.project_id', 'changed.units')}"
            " WHERE changed.type IN ('issuance', 'buffer_contribution')",
            "retirement": "SELECT retirement_id FROM changed WHERE retirement_id IS NOT NULL UNION "
            + OF_A_LOSS.format(
                "k.reversal_id IN (SELECT reversal_id FROM reversal_cancellations WHERE transaction_id = changed.id"
                " UNION SELECT reversal_id FROM obligation_cancellations WHERE transaction_id = changed.id)"
            )
            + " WHERE changed.type = 'cancellation'",
        },
    ),
    "retirements": (
        "id, quantity_units, beneficiary_name, beneficiary_country, beneficiary_identifier, purpose,"
        " reason, retired_at",
        {"retirement": "SELECT id FROM changed"},
    ),
    "certificates": ("retirement_id, status", {"retirement": "SELECT retirement_id FROM changed"}),
    "certificate_corrections": (
        "retirement_id, digest, pointer, stated, correct, reason, corrected_at",
        {"retirement": "SELECT retirement_id FROM changed"},
    ),
    "chain_records": (
        "transaction_id, status, tx_hash",
        {"retirement": OF_A_LINE.format("t.id = changed.transaction_id")},
    ),
    "chain_transactions": (
        "tx_hash, block_height, confirmations, checked_at, taken_back_at",
        {
            "retirement": "SELECT t.retirement_id FROM changed JOIN chain_records c ON c.tx_hash = changed.tx_hash"
            " JOIN credit_transactions t ON t.id = c.transaction_id WHERE t.retirement_id IS NOT NULL"
        },
    ),
    "reversals": (
        "id, cause, avoidable, recorded_at",
        {"retirement": OF_A_LOSS.format("k.reversal_id = changed.id")},
    ),
    "reversal_coverings": (
        "id, reversal_id, retirement_id, touched_units, units",
        {"retirement": "SELECT retirement_id FROM changed"},
    ),
    "obligations": (
        "reversal_id, quantity_units, status",
        {"retirement": OF_A_LOSS.format("k.reversal_id = changed.reversal_id")},
    ),
    **{
        table: (
            "transaction_id, reversal_id",
            {"retirement": OF_A_LOSS.format("k.reversal_id = changed.reversal_id")},
        )
        for table in ("reversal_cancellations", "obligation_cancellations")
    },
}
"""What of each table is in some piece, and in whose, of the rows `changed`."""

CHANGED = {
    "INSERT": "SELECT {0} FROM added",
    "DELETE": "SELECT {0} FROM removed",
    "UPDATE": "(SELECT {0} FROM removed EXCEPT SELECT {0} FROM added)"
    " UNION ALL (SELECT {0} FROM added EXCEPT SELECT {0} FROM removed)",
}
TRANSITIONS = {
    "INSERT": "NEW TABLE AS added",
    "DELETE": "OLD TABLE AS removed",
    "UPDATE": "OLD TABLE AS removed NEW TABLE AS added",
}


def note(table: str) -> str:
    columns, subjects = SOURCES[table]
    branches = "".join(
        f"""
    IF TG_OP = '{event}' THEN
        WITH changed AS MATERIALIZED ({changed.format(columns)}), subjects (kind, id) AS (
            {" UNION ALL ".join(f"SELECT '{kind}', found.* FROM ({sql}) found" for kind, sql in subjects.items())}
        )
        INSERT INTO public_fragment_changes (kind, ids)
        SELECT kind, array_agg(DISTINCT id) FROM subjects GROUP BY kind;
    END IF;"""
        for event, changed in CHANGED.items()
    )
    return f"""
CREATE FUNCTION karbonica_note_fragments_of_{table}() RETURNS trigger {DEFINER} $$
BEGIN{branches}
    RETURN NULL;
END $$
"""


def make(kind: str) -> str:
    """Locked before they are computed: so each sees what those who held them have left behind."""
    return f"""
CREATE FUNCTION karbonica_make_{kind}_fragments(wanted uuid[]) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF wanted IS NULL THEN
        RETURN;
    END IF;
    PERFORM FROM public_fragments WHERE kind = '{kind}' AND id = ANY (wanted) ORDER BY id FOR UPDATE;
    -- What is not there yet cannot be locked as a row, and two may be about to make it. In few places, whatever
    -- their number: thousands of locks would be more than the server has room for.
    PERFORM pg_advisory_xact_lock({PLACES_OF_KIND + KINDS.index(kind)}, absent.place)
       FROM (SELECT DISTINCT hashtext(one::text) & {PLACES - 1} AS place FROM unnest(wanted) AS one
              WHERE NOT EXISTS (SELECT FROM public_fragments f WHERE f.kind = '{kind}' AND f.id = one)
              ORDER BY place) absent;
    INSERT INTO public_fragments AS kept (kind, id, at, body)
    SELECT kind, id, at, body FROM computed_{kind}_fragments WHERE id = ANY (wanted)
    ON CONFLICT (kind, id) DO UPDATE SET at = excluded.at, body = excluded.body
     WHERE (kept.at, kept.body) IS DISTINCT FROM (excluded.at, excluded.body);
    DELETE FROM public_fragments kept WHERE kind = '{kind}' AND id = ANY (wanted)
       AND NOT EXISTS (SELECT FROM computed_{kind}_fragments made WHERE made.id = kept.id);
END $$
"""


KEEP = f"""
CREATE FUNCTION karbonica_keep_public_fragments() RETURNS trigger {DEFINER} $$
DECLARE
    credits uuid[];
    projects uuid[];
    retirements uuid[];
BEGIN
    -- The first row of a transaction takes all of them; for the others nothing is left.
    IF NOT EXISTS (SELECT FROM public_fragment_changes WHERE xact_id = NEW.xact_id AND id = NEW.id) THEN
        RETURN NULL;
    END IF;
    WITH taken AS (
        DELETE FROM public_fragment_changes WHERE xact_id = NEW.xact_id RETURNING kind, ids
    ), each AS (SELECT DISTINCT kind, unnest(ids) AS id FROM taken)
    SELECT array_agg(id) FILTER (WHERE kind = 'credit'), array_agg(id) FILTER (WHERE kind = 'project'),
           array_agg(id) FILTER (WHERE kind = 'retirement')
      INTO credits, projects, retirements FROM each;
    PERFORM karbonica_make_credit_fragments(credits);
    PERFORM karbonica_make_project_fragments(projects);
    PERFORM karbonica_make_retirement_fragments(retirements);
    RETURN NULL;
END $$
"""

# Whoever commits meanwhile waits, and then makes theirs of what they have changed; readers see the former ones.
REBUILD = """
CREATE FUNCTION karbonica_rebuild_public_fragments() RETURNS bigint
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    made bigint;
BEGIN
    LOCK TABLE public_fragments IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM public_fragments;
    INSERT INTO public_fragments (kind, id, at, body) SELECT kind, id, at, body FROM computed_fragments;
    GET DIAGNOSTICS made = ROW_COUNT;
    RETURN made;
END $$
"""


def create_triggers() -> None:
    """They fire always, also where somebody has put the guards to sleep (session_replication_role)."""
    for table in SOURCES:
        op.execute(note(table))
        function = f"karbonica_note_fragments_of_{table}()"
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        for event, transition in TRANSITIONS.items():
            name = f"fragments_noted_of_{event.lower()}"
            op.execute(
                f"CREATE TRIGGER {name} AFTER {event} ON {table} REFERENCING {transition}"
                f" FOR EACH STATEMENT EXECUTE FUNCTION {function}"
            )
            op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
    op.execute(
        "CREATE CONSTRAINT TRIGGER fragments_kept AFTER INSERT ON public_fragment_changes"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION karbonica_keep_public_fragments()"
    )
    op.execute("ALTER TABLE public_fragment_changes ENABLE ALWAYS TRIGGER fragments_kept")


def count_changes() -> None:
    """As of every table behind a public answer (0063): lists of projects depend on projects alone."""
    for kind, topic in {"project": "projects", "retirement": "ledger", "credit": "ledger"}.items():
        counted = f"EXECUTE FUNCTION karbonica_count_public_revision('{topic}')"
        for event, row in {"INSERT OR UPDATE": "NEW", "DELETE": "OLD"}.items():
            name = f"revision_counted_of_{kind}_{'removal' if event == 'DELETE' else 'change'}"
            op.execute(
                f"CREATE TRIGGER {name} AFTER {event} ON public_fragments FOR EACH ROW"
                f" WHEN ({row}.kind = '{kind}') {counted}"
            )
            op.execute(f"ALTER TABLE public_fragments ENABLE ALWAYS TRIGGER {name}")


def upgrade() -> None:
    op.execute("SET LOCAL statement_timeout = '60min'")
    op.execute(f"LOCK TABLE {', '.join(SOURCES)} IN SHARE ROW EXCLUSIVE MODE")
    op.create_table(
        "public_fragments",
        sa.Column("kind", sa.String(20), nullable=False, comment="project, retirement or credit."),
        sa.Column("id", sa.UUID(), nullable=False, comment="Of the row of that kind."),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False,
                  comment="What its list is ordered by: created, retired or issued."),
        sa.Column("body", sa.Text(), nullable=False,
                  comment="JSON, as the public API has it; U+0001 stands for the registry's own address, U+0002 for"
                  " a project's labels of the day."),
        sa.CheckConstraint("kind IN ('project', 'retirement', 'credit')",
                           name=op.f("ck_public_fragments_kind_known")),
        sa.PrimaryKeyConstraint("kind", "id", name=op.f("pk_public_fragments")),
        comment="What the public API says of each project, retirement and credit, ready, kept by triggers in"
        " the transactions that change it (ADR 0116). Can be rebuilt at any time.",
    )
    # Credits have no public list.
    op.create_index("ix_public_fragments_newest", "public_fragments", ["kind", "at", "id"],
                    postgresql_where=sa.text("kind <> 'credit'"))
    op.create_table(
        "public_fragment_changes",
        sa.Column("xact_id", sa.BigInteger(), nullable=False,
                  server_default=sa.text("(pg_current_xact_id()::text)::bigint"),
                  comment="The transaction of PostgreSQL that changes it."),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False, comment="As in public_fragments."),
        sa.Column("ids", sa.ARRAY(sa.UUID()), nullable=False, comment="Whose pieces one statement changes."),
        sa.PrimaryKeyConstraint("xact_id", "id", name=op.f("pk_public_fragment_changes")),
        comment="Whose pieces transactions that are not committed yet change in public_fragments; nobody ever"
        " sees a row.",
        prefixes=["UNLOGGED"],
    )
    op.execute("REVOKE INSERT, UPDATE ON public_fragments FROM karbonica_app")
    op.execute("REVOKE INSERT, UPDATE ON public_fragment_changes FROM karbonica_app")
    for kind, query in COMPUTED.items():
        op.execute(f"CREATE VIEW computed_{kind}_fragments AS {query}")
    every = " UNION ALL ".join(f"SELECT * FROM computed_{kind}_fragments" for kind in KINDS)
    op.execute(f"CREATE VIEW computed_fragments AS {every}")
    views = [*(f"computed_{kind}_fragments" for kind in KINDS), "computed_fragments"]
    op.execute(f"REVOKE INSERT, UPDATE ON {', '.join(views)} FROM karbonica_app")
    for view in views:
        op.execute(f"COMMENT ON VIEW {view} IS 'What public_fragments has to hold, computed from the rows.'")
    for function in (*map(make, KINDS), KEEP, REBUILD):
        op.execute(function)
    for kind in KINDS:
        op.execute(f"REVOKE ALL ON FUNCTION karbonica_make_{kind}_fragments(uuid[]) FROM PUBLIC")
    for name in ("keep_public_fragments", "rebuild_public_fragments"):
        op.execute(f"REVOKE ALL ON FUNCTION karbonica_{name}() FROM PUBLIC")
    op.execute("SELECT karbonica_rebuild_public_fragments()")
    create_triggers()
    count_changes()
