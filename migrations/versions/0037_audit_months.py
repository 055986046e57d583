"""The audit log in monthly partitions, a queue before it, and what is kept of months that were archived.

Why: reads and refusals are noted too (ADR 0070), which must not wait for the head of the chain; and a
month that is seven years old goes to object storage, while the chain stays checkable. Entries are copied
as they are: number, hashes and salts stay, and so do the head and the anchors.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
THIS_MONTH = "date_trunc('month', clock_timestamp() AT TIME ZONE 'UTC')::date"
COPIED = (
    "seq, previous_hash, hash, hash_version, salt, event_type, action, user_id, resource_type,"
    " resource_id, changes, source, at"
)

# The application has no right in this schema: it reads and appends by the parent alone. The functions
# below run as the owner, and each of them does one thing.
ADD_PARTITIONS = """
CREATE FUNCTION karbonica_add_audit_partitions(since date, months integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    first date := date_trunc('month', since)::date;
    month date;
    name text;
    added integer := 0;
BEGIN
    IF months NOT BETWEEN 1 AND 1200 THEN
        RAISE EXCEPTION 'between 1 and 1200 months, not %', months
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    -- Two workers that begin at once add each month once.
    PERFORM pg_advisory_xact_lock(hashtext('karbonica_add_audit_partitions'));
    FOR n IN 0..months - 1 LOOP
        month := (first + n * interval '1 month')::date;
        name := 'audit_logs_' || to_char(month, 'YYYY_MM');
        CONTINUE WHEN to_regclass('audit_partitions.' || name) IS NOT NULL
                   OR EXISTS (SELECT FROM audit_archives a WHERE a.month = first + n * interval '1 month');
        EXECUTE format(
            'CREATE TABLE audit_partitions.%I PARTITION OF public.audit_logs FOR VALUES FROM (%L) TO (%L)',
            name, month, (month + interval '1 month')::date);
        EXECUTE format(
            'CREATE TRIGGER never_truncated BEFORE TRUNCATE ON audit_partitions.%I'
            ' FOR EACH STATEMENT EXECUTE FUNCTION karbonica_forbid()', name);
        added := added + 1;
    END LOOP;
    RETURN added;
END $$
"""

CHAIN_QUEUE = """
CREATE FUNCTION karbonica_chain_audit_queue(entries_max integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    head audit_head;
    queued audit_queue;
    next_hash text;
    taken bigint[] := '{}';
BEGIN
    IF NOT EXISTS (SELECT FROM audit_queue) THEN
        RETURN 0;
    END IF;
    -- Whoever else chains waits here, so that nothing is taken twice.
    SELECT * INTO STRICT head FROM audit_head FOR UPDATE;
    FOR queued IN SELECT * FROM audit_queue ORDER BY id LIMIT entries_max LOOP
        next_hash := encode(sha256(convert_to(
            queued.before_hash || head.hash || queued.before_seq || (head.seq + 1)::text
            || queued.after_seq, 'UTF8')), 'hex');
        INSERT INTO audit_logs (seq, previous_hash, hash, hash_version, salt, event_type, action,
                                user_id, resource_type, resource_id, changes, source, at)
        VALUES (head.seq + 1, head.hash, next_hash, queued.hash_version, queued.salt,
                queued.event_type, queued.action, queued.user_id, queued.resource_type,
                queued.resource_id, queued.changes, queued.source, queued.at);
        head.seq := head.seq + 1;
        head.hash := next_hash;
        taken := taken || queued.id;
    END LOOP;
    UPDATE audit_head SET seq = head.seq, hash = head.hash;
    DELETE FROM audit_queue WHERE id = ANY (taken);
    RETURN cardinality(taken);
END $$
"""

DROP_PARTITION = """
CREATE FUNCTION karbonica_drop_audit_month(dropped date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    kept audit_archives;
    found record;
    name text := 'audit_logs_' || to_char(dropped, 'YYYY_MM');
BEGIN
    SELECT * INTO kept FROM audit_archives a WHERE a.month = dropped;
    IF kept.month IS NULL THEN
        RAISE EXCEPTION 'the audit log of % is not archived', dropped USING ERRCODE = 'restrict_violation';
    END IF;
    IF dropped + interval '1 month' + interval '7 years' > now() THEN
        RAISE EXCEPTION 'the audit log of % is not seven years old', dropped
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF to_regclass('audit_partitions.' || name) IS NULL THEN
        RETURN false;
    END IF;
    SELECT count(*) AS entries, min(seq) AS first_seq, max(seq) AS last_seq,
           (array_agg(previous_hash ORDER BY seq))[1] AS previous_hash,
           (array_agg(hash ORDER BY seq DESC))[1] AS hash
      INTO found FROM audit_logs l WHERE l.month = dropped;
    IF EXISTS (SELECT FROM audit_logs l WHERE l.month < dropped)
       OR (found.entries = 0 AND kept.last_seq <> kept.first_seq - 1)
       OR (found.entries > 0 AND
           (found.entries, found.first_seq, found.last_seq, found.previous_hash, found.hash)
           IS DISTINCT FROM
           (kept.last_seq - kept.first_seq + 1, kept.first_seq, kept.last_seq, kept.previous_hash,
            kept.last_hash)) THEN
        RAISE EXCEPTION 'the archive of % is not what the log has', dropped
            USING ERRCODE = 'restrict_violation';
    END IF;
    EXECUTE format('DROP TABLE audit_partitions.%I', name);
    RETURN true;
END $$
"""

FUNCTIONS = (
    "karbonica_add_audit_partitions(date, integer)",
    "karbonica_chain_audit_queue(integer)",
    "karbonica_drop_audit_month(date)",
)

COPY = f"""
INSERT INTO audit_logs ({COPIED}, month)
SELECT {COPIED}, max(date_trunc('month', at AT TIME ZONE 'UTC')::date) OVER (ORDER BY seq)
  FROM audit_partitions.audit_logs
"""

# Nothing is dropped before the copy was found to be the whole log, up to its head.
COMPARE = """
DO $$
DECLARE
    differing bigint;
BEGIN
    SELECT count(*) INTO differing
      FROM (SELECT seq, hash, previous_hash, salt, changes FROM audit_logs) copied
      FULL JOIN (SELECT seq, hash, previous_hash, salt, changes FROM audit_partitions.audit_logs) kept
             ON kept.seq = copied.seq
     WHERE copied IS DISTINCT FROM kept;
    IF differing > 0 OR NOT EXISTS (
        SELECT FROM audit_head h
         WHERE h.seq = (SELECT coalesce(max(seq), 0) FROM audit_logs)) THEN
        RAISE EXCEPTION 'the copied audit log is not the one that was there';
    END IF;
END $$
"""


def upgrade() -> None:
    # A log of some million entries takes minutes; whoever writes waits, and those who read do not.
    op.execute("SET LOCAL statement_timeout = '30min'")
    op.execute("LOCK TABLE audit_head IN EXCLUSIVE MODE")
    op.execute("CREATE SCHEMA audit_partitions")
    # Its indexes go along, so that their names are free.
    op.execute("ALTER TABLE audit_logs SET SCHEMA audit_partitions")
    _create_log()
    _create_archives()
    _create_queue()
    for function in (ADD_PARTITIONS, CHAIN_QUEUE, DROP_PARTITION):
        op.execute(function)
    for name in FUNCTIONS:
        op.execute(f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {name} TO karbonica_app")
    op.execute(f"""
        SELECT karbonica_add_audit_partitions(first, (
                   12 * extract(year FROM age({THIS_MONTH}, first))
                   + extract(month FROM age({THIS_MONTH}, first)) + 13)::integer)
          FROM (SELECT coalesce(date_trunc('month', min(at) AT TIME ZONE 'UTC')::date, {THIS_MONTH})
                       AS first
                  FROM audit_partitions.audit_logs) began
    """)
    op.execute(COPY)
    op.execute(COMPARE)
    op.execute("DROP TABLE audit_partitions.audit_logs")


def _create_log() -> None:
    op.create_table(
        "audit_logs",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False,
                  comment="Place in the chain: 1, 2, 3, without gaps."),
        sa.Column("previous_hash", sa.String(64), nullable=False,
                  comment="The hash of the entry before; 64 zeros in the first."),
        sa.Column("hash", sa.String(64), nullable=False,
                  comment="SHA-256, hex, over this entry, its number and previous_hash."),
        sa.Column("hash_version", sa.SmallInteger(), nullable=False,
                  comment="Which rule it is hashed by (ADR 0022)."),
        sa.Column("salt", sa.LargeBinary(), comment="Secret; hides what an entry commits to."),
        sa.Column("event_type", sa.String(100), nullable=False,
                  comment="What happened, as `certificate.sealed`."),
        sa.Column("action", sa.String(100), nullable=False, comment="What was done, in a word."),
        sa.Column("user_id", sa.UUID(),
                  comment="Who acted; NULL: the registry itself. No foreign key: people can be"
                  " forgotten, entries cannot."),
        sa.Column("resource_type", sa.String(100), nullable=False,
                  comment="What it was done to, as `credit_transaction`."),
        sa.Column("resource_id", sa.UUID(), nullable=False,
                  comment="Which one; no foreign key, as it may be in any table."),
        sa.Column("changes", postgresql.JSONB(), nullable=False,
                  comment="Before and after, without personal data."),
        sa.Column("source", postgresql.JSONB(none_as_null=True),
                  comment="Network and browser family it was asked from; for staff."
                  " The changes commit to it."),
        sa.Column("at", MOMENT, nullable=False,
                  comment="When it was done, by the clock of the process that did it;"
                  " the hash covers it."),
        sa.Column("month", sa.Date(), nullable=False, server_default=sa.text(THIS_MONTH),
                  comment="First day of the month (UTC) in which it was chained, by the clock of the"
                  " database: its partition. Under the head's lock, so that it grows with seq."),
        sa.CheckConstraint(
            "(hash_version = 1) = (salt IS NULL) AND (salt IS NULL OR length(salt) = 32)",
            name=op.f("ck_audit_logs_salted_since_version_2"),
        ),
        sa.PrimaryKeyConstraint("seq", "month", name=op.f("pk_audit_logs")),
        sa.UniqueConstraint("hash", "month", name=op.f("uq_audit_logs_hash")),
        comment="What was done and by whom, as a chain of hashes (ADR 0022), in a partition for each"
        " month (ADR 0070). Rows never change.",
        postgresql_partition_by="RANGE (month)",
    )
    op.create_index("ix_audit_logs_at", "audit_logs", ["at", "seq"])
    op.create_index("ix_audit_logs_event_type", "audit_logs", ["event_type", "seq"])
    op.create_index("ix_audit_logs_resource", "audit_logs", ["resource_type", "resource_id", "seq"])
    op.create_index("ix_audit_logs_user_id", "audit_logs", ["user_id", "seq"])
    op.execute("REVOKE UPDATE ON audit_logs FROM karbonica_app")
    # On the parent; each partition has them by that, and the one of TRUNCATE of its own.
    op.execute(
        "CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON audit_logs"
        " FOR EACH ROW EXECUTE FUNCTION karbonica_forbid()"
    )
    op.execute(
        "CREATE TRIGGER never_truncated BEFORE TRUNCATE ON audit_logs"
        " FOR EACH STATEMENT EXECUTE FUNCTION karbonica_forbid()"
    )


def _create_archives() -> None:
    op.create_table(
        "audit_archives",
        sa.Column("month", sa.Date(), nullable=False,
                  comment="First day of the month that was archived; its partition of audit_logs is dropped."),
        sa.Column("first_seq", sa.BigInteger(), nullable=False, comment="Its first entry."),
        sa.Column("last_seq", sa.BigInteger(), nullable=False,
                  comment="Its last entry; one less than the first: it had none."),
        sa.Column("previous_hash", sa.String(64), nullable=False,
                  comment="The hash of the entry before its first one."),
        sa.Column("last_hash", sa.String(64), nullable=False, comment="The hash of its last entry."),
        sa.Column("anchored", postgresql.JSONB(), nullable=False,
                  comment="Hashes of those of its entries that an anchor names, by their numbers."),
        sa.Column("told", postgresql.JSONB(), nullable=False,
                  comment="What its entries told of issuances and approvals: a list of eventType,"
                  " resourceType, resourceId and changes."),
        sa.Column("object_key", sa.String(200), nullable=False,
                  comment="The file in object storage: JSON Lines, gzipped."),
        sa.Column("sha256", sa.String(64), nullable=False, comment="Of the file, hex."),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False, comment="Of the file."),
        sa.Column("archived_at", MOMENT, nullable=False, comment="When the file was stored."),
        sa.CheckConstraint(
            "first_seq > 0 AND last_seq >= first_seq - 1",
            name=op.f("ck_audit_archives_range_in_order"),
        ),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_audit_archives")),
        comment="Months of the audit log that left the database, and what their place in the chain is"
        " checked by (ADR 0070). Rows never change.",
    )
    op.execute("REVOKE UPDATE ON audit_archives FROM karbonica_app")
    op.execute(
        "CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON audit_archives"
        " FOR EACH ROW EXECUTE FUNCTION karbonica_forbid()"
    )
    op.execute(
        "CREATE TRIGGER never_truncated BEFORE TRUNCATE ON audit_archives"
        " FOR EACH STATEMENT EXECUTE FUNCTION karbonica_forbid()"
    )


def _create_queue() -> None:
    op.create_table(
        "audit_queue",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("hash_version", sa.SmallInteger(), nullable=False, comment="As in audit_logs."),
        sa.Column("salt", sa.LargeBinary(), nullable=False, comment="As in audit_logs."),
        sa.Column("event_type", sa.String(100), nullable=False, comment="As in audit_logs."),
        sa.Column("action", sa.String(100), nullable=False, comment="As in audit_logs."),
        sa.Column("user_id", sa.UUID(), comment="As in audit_logs."),
        sa.Column("resource_type", sa.String(100), nullable=False, comment="As in audit_logs."),
        sa.Column("resource_id", sa.UUID(), nullable=False, comment="As in audit_logs."),
        sa.Column("changes", postgresql.JSONB(), nullable=False, comment="As in audit_logs."),
        sa.Column("source", postgresql.JSONB(none_as_null=True), comment="As in audit_logs."),
        sa.Column("at", MOMENT, nullable=False, comment="As in audit_logs."),
        sa.Column("before_hash", sa.Text(), nullable=False,
                  comment="What is hashed, up to the hash of the entry before."),
        sa.Column("before_seq", sa.Text(), nullable=False,
                  comment="What is hashed between that and the entry's number."),
        sa.Column("after_seq", sa.Text(), nullable=False, comment="What is hashed after it."),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_queue")),
        comment="Entries of reads and refusals on their way into audit_logs, for seconds (ADR 0070).",
    )
    op.execute("REVOKE UPDATE ON audit_queue FROM karbonica_app")
