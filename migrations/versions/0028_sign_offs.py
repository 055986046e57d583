"""Who signed off as it was called then, countersignatures that are refused, and corrections of certificates.

Why: a certificate named the assigned verifier's body although staff had decided; an approval could
not be given back; and what was signed off could be rewritten beneath its digest (ADR 0040).
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
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
    "sign_off_difference",
    "document_difference",
)
EVENT_TYPES = (
    "project_registered",
    "assignment_overdue",
    "verifier_assigned",
    "verifier_replaced",
    "document_completed",
    "note",
    "site_visit",
    "review_overdue",
    "escalated",
    "approved",
    "rejected",
    "countersignature_overdue",
    "countersignature_refused",
    "countersigned",
    "credits_issued",
)

# As domain.projects.verification.signing_body says it. What companies were called at the time of a
# sign-off was not kept until now; what they are called today is the nearest that is known.
NAME_BODIES = """
UPDATE verification_requests v
   SET verification_body =
       CASE WHEN decider.role = 'verifier' THEN decider.company
            WHEN verifier.company IS NULL
            THEN coalesce(decider.company, 'Registry') || ' staff, in the verifier''s stead'
            ELSE coalesce(decider.company, 'Registry') || ' staff, in the stead of ' || verifier.company
       END
  FROM users decider, users verifier
 WHERE v.status = 'approved' AND decider.id = v.decided_by AND verifier.id = v.verifier_id
"""

# What was read stays what it was; after a decision nothing is added to it.
DOCUMENT_STAYS = """
CREATE FUNCTION karbonica_guard_document() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF OLD.status = 'completed' AND (
        (NEW.id, NEW.project_id, NEW.verification_id, NEW.name, NEW.description, NEW.document_type,
         NEW.disclosure, NEW.mime_type, NEW.file_size, NEW.sha256, NEW.status, NEW.uploaded_by,
         NEW.created_at, NEW.completed_at)
        IS DISTINCT FROM
        (OLD.id, OLD.project_id, OLD.verification_id, OLD.name, OLD.description, OLD.document_type,
         OLD.disclosure, OLD.mime_type, OLD.file_size, OLD.sha256, OLD.status, OLD.uploaded_by,
         OLD.created_at, OLD.completed_at)
    ) THEN
        RAISE EXCEPTION 'document % is complete and stays as it is', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.status <> OLD.status THEN
        -- Held against a decision that is being made just now.
        PERFORM FROM verification_requests
          WHERE id = OLD.verification_id AND status = 'approved' FOR SHARE;
        IF FOUND THEN
            RAISE EXCEPTION 'document % comes after what was signed off', OLD.id
                USING ERRCODE = 'restrict_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER document_stays BEFORE UPDATE ON documents
    FOR EACH ROW EXECUTE FUNCTION karbonica_guard_document();
"""

# The application completes documents that it has announced; it never adds one that is completed. Whole
# registries, as of a restore or a measurement, are loaded by the owner.
DOCUMENT_ADDED = """
CREATE FUNCTION karbonica_guard_document_added() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'document % was never announced', NEW.id USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER document_added BEFORE INSERT ON documents
    FOR EACH ROW WHEN (NEW.status = 'completed' AND current_user = 'karbonica_app')
    EXECUTE FUNCTION karbonica_guard_document_added();
"""

# A project is what was signed off, and its status follows from its verification alone.
PROJECT_STAYS = """
CREATE FUNCTION karbonica_guard_project() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    decided verification_requests%ROWTYPE;
BEGIN
    SELECT * INTO decided FROM verification_requests WHERE project_id = OLD.id;
    IF (decided.status = 'approved' OR OLD.status <> 'pending') AND (
        (NEW.id, NEW.developer_id, NEW.title, NEW.type, NEW.description, NEW.location, NEW.country,
         NEW.latitude, NEW.longitude, NEW.emissions_target_units, NEW.start_date, NEW.created_at)
        IS DISTINCT FROM
        (OLD.id, OLD.developer_id, OLD.title, OLD.type, OLD.description, OLD.location, OLD.country,
         OLD.latitude, OLD.longitude, OLD.emissions_target_units, OLD.start_date, OLD.created_at)
    ) THEN
        RAISE EXCEPTION 'project % is % and stays as it was decided', OLD.number, OLD.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.status <> OLD.status AND (
        OLD.status <> 'pending'
        OR NEW.status = 'verified' AND (
            decided.status IS DISTINCT FROM 'approved'
            OR decided.needs_countersignature AND decided.countersigned_by IS NULL
        )
        OR NEW.status = 'rejected' AND decided.status IS DISTINCT FROM 'rejected'
    ) THEN
        RAISE EXCEPTION 'project % has no decision that makes it %', OLD.id, NEW.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER project_stays BEFORE UPDATE ON projects
    FOR EACH ROW EXECUTE FUNCTION karbonica_guard_project();
"""

WRITTEN_ONCE = (
    "CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON certificate_corrections "
    "FOR EACH ROW EXECUTE FUNCTION karbonica_forbid()",
    "CREATE TRIGGER never_truncated BEFORE TRUNCATE ON certificate_corrections "
    "FOR EACH STATEMENT EXECUTE FUNCTION karbonica_forbid()",
    "REVOKE UPDATE ON certificate_corrections FROM karbonica_app",
)


def upgrade() -> None:
    for column in (
        sa.Column(
            "verification_body",
            sa.Text(),
            comment="Public: who signed off, as it was called then; staff say in whose stead.",
        ),
        sa.Column(
            "countersignature_refused_by",
            sa.UUID(),
            sa.ForeignKey(
                "users.id",
                name=op.f("fk_verification_requests_countersignature_refused_by_users"),
            ),
            comment="Staff who last gave an approval back; never who approved it.",
        ),
        sa.Column(
            "countersignature_refused_at",
            sa.DateTime(timezone=True),
            comment="When that was.",
        ),
        sa.Column(
            "countersignature_refusal",
            sa.Text(),
            comment="Why; for those who work on the project.",
        ),
    ):
        op.add_column("verification_requests", column)
    for name, comment in {
        "status": "pending, in_review, then rejected for ever, or approved: for ever too, unless a "
        "countersignature that it needs is refused.",
        "assigned_at": "When it got its verifier, or came back to that one.",
    }.items():
        op.alter_column("verification_requests", name, comment=comment)
    op.create_check_constraint(
        op.f("ck_verification_requests_refusal_whole"),
        "verification_requests",
        "(countersignature_refused_by IS NULL) = (countersignature_refusal IS NULL)"
        " AND (countersignature_refused_by IS NULL) = (countersignature_refused_at IS NULL)",
    )
    # What was approved stays, but for the column that did not exist.
    op.execute("ALTER TABLE verification_requests DISABLE TRIGGER verification_stays")
    op.execute(NAME_BODIES)
    op.execute("ALTER TABLE verification_requests ENABLE TRIGGER verification_stays")
    _know("verification_events", "event_type", EVENT_TYPES)
    _know("alerts", "kind", ALERT_KINDS)
    op.alter_column(
        "verification_events",
        "message",
        comment="Public, except in note, site_visit and countersignature_refused, which people write.",
    )
    _create_corrections()
    for script in (DOCUMENT_STAYS, DOCUMENT_ADDED, PROJECT_STAYS):
        _run(script)
    for statement in WRITTEN_ONCE:
        op.execute(statement)


def _run(script: str) -> None:
    """Function, then trigger: asyncpg prepares each statement, and takes one at a time."""
    function, _, trigger = script.strip().partition("\nEND $$;\n")
    op.execute(f"{function}\nEND $$")
    op.execute(trigger)


def _create_corrections() -> None:
    op.create_table(
        "certificate_corrections",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("retirement_id", sa.UUID(), nullable=False),
        sa.Column(
            "digest",
            sa.String(length=64),
            nullable=False,
            comment="SHA-256 of the sealed certificate that says it wrongly, present or former.",
        ),
        sa.Column(
            "pointer",
            sa.String(length=200),
            nullable=False,
            comment="Where in the certificate (RFC 6901).",
        ),
        sa.Column("stated", sa.Text(), comment="What the certificate says; NULL: nothing."),
        sa.Column("correct", sa.Text(), comment="What is right; NULL: nothing."),
        sa.Column("reason", sa.Text(), nullable=False, comment="Public: how it came to that."),
        sa.Column(
            "corrected_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When the registry said so.",
        ),
        sa.CheckConstraint(
            "digest ~ '^[0-9a-f]{64}$'", name=op.f("ck_certificate_corrections_digest_is_sha256")
        ),
        sa.ForeignKeyConstraint(
            ["retirement_id"],
            ["certificates.retirement_id"],
            name=op.f("fk_certificate_corrections_retirement_id_certificates"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_corrections")),
        sa.UniqueConstraint("digest", "pointer", name="uq_certificate_corrections_once"),
        comment="What a sealed certificate says wrongly, and what is right. Public; rows never change.",
    )
    op.create_index(
        op.f("ix_certificate_corrections_retirement_id"),
        "certificate_corrections",
        ["retirement_id"],
    )


def _know(table: str, column: str, values: tuple[str, ...]) -> None:
    named = ", ".join(f"'{value}'" for value in values)
    constraint = op.f(f"ck_{table}_{column}_known")
    op.drop_constraint(constraint, table)
    op.create_check_constraint(constraint, table, f"{column} IN ({named})")
