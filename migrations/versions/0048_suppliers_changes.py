"""What a supplier changes: facts of a project, versions of a document, a round that is withdrawn.

Why: a supplier could not change a word, replace a document or take a round back, and a rejected project
told nobody why (ADR 0090). Verifications, projects and documents that are there stay as they are.
"""

import re

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

VERIFICATIONS, PROJECTS, DOCUMENTS = "verification_requests", "projects", "documents"
NEW_WORDS = {
    (VERIFICATIONS, "status"): ("withdrawn",),
    (PROJECTS, "status"): ("withdrawn",),
    ("verification_events", "event_type"): (
        *("project_changed", "document_replaced", "withdrawn"),
    ),
}
CHECKS = {
    "in_review_once_assigned": "status = 'withdrawn' OR (status = 'pending') = (verifier_id IS NULL)",
    "completed_once_decided": "(status IN ('approved', 'rejected', 'withdrawn')) = (completed_at IS NOT NULL)",
    "rejection_says_why": "status NOT IN ('rejected', 'withdrawn') OR length(notes) > 0",
    "public_reason_of_rejection": "public_reason IS NULL OR status = 'rejected' AND length(public_reason) > 0",
}
NEW_CHECKS = {"public_reason_of_rejection"}

# As of revision 0043; a round that was withdrawn stays too.
VERIFICATION_STAYS = """
CREATE OR REPLACE FUNCTION karbonica_guard_verification() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    waits boolean := OLD.status = 'approved' AND OLD.needs_countersignature AND OLD.countersigned_by IS NULL;
    still_changes text[] := '{updated_at}';
BEGIN
    IF (NEW.id, NEW.project_id, NEW.developer_id, NEW.submitted_at, NEW.number, NEW.monitoring_period,
        NEW.resubmits, NEW.what_changed)
       IS DISTINCT FROM
       (OLD.id, OLD.project_id, OLD.developer_id, OLD.submitted_at, OLD.number, OLD.monitoring_period,
        OLD.resubmits, OLD.what_changed) THEN
        RAISE EXCEPTION 'verification % stays that of its project', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF waits AND NEW.status = 'in_review' OR OLD.status NOT IN ('approved', 'rejected', 'withdrawn') THEN
        RETURN NEW;
    END IF;
    IF waits THEN
        still_changes := '{updated_at,countersigned_by,countersigned_at}';
    END IF;
    IF to_jsonb(NEW) - still_changes IS DISTINCT FROM to_jsonb(OLD) - still_changes THEN
        RAISE EXCEPTION 'verification % is % and stays as it was decided', OLD.id, OLD.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""

# As of revision 0043; what was withdrawn may be resubmitted too.
ROUND_OPENED = """
CREATE OR REPLACE FUNCTION karbonica_guard_round() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM projects project
      WHERE project.id = NEW.project_id AND project.developer_id = NEW.developer_id
        AND CASE WHEN NEW.monitoring_period IS NULL THEN project.status = 'pending'
                 ELSE project.status = 'verified' AND NEW.monitoring_period <@ crediting_period(project) END;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'round % of project % has nothing to rest on', NEW.number, NEW.project_id
            USING ERRCODE = 'check_violation';
    END IF;
    PERFORM FROM verification_requests ended
      WHERE ended.id = NEW.resubmits AND ended.project_id = NEW.project_id
        AND ended.status IN ('rejected', 'withdrawn');
    IF NEW.resubmits IS NOT NULL AND NOT FOUND THEN
        RAISE EXCEPTION 'round % of project % resubmits nothing that was rejected or withdrawn', NEW.number, NEW.project_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""

# As of revision 0043; a project is withdrawn with its first verification. Every change of a fact stands in
# project_changes, written next.
PROJECT_STAYS = """
CREATE OR REPLACE FUNCTION karbonica_guard_project() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    decided verification_requests%ROWTYPE;
    resubmitted boolean := OLD.status IN ('rejected', 'withdrawn') AND NEW.status = 'pending';
BEGIN
    SELECT * INTO decided FROM verification_requests
     WHERE project_id = OLD.id AND monitoring_period IS NULL ORDER BY number DESC LIMIT 1;
    IF (decided.status = 'approved' OR OLD.status <> 'pending') AND (
        (NEW.id, NEW.developer_id, NEW.title, NEW.type, NEW.description, NEW.location, NEW.country,
         NEW.latitude, NEW.longitude, NEW.emissions_target_units, NEW.start_date, NEW.crediting_period_ends,
         NEW.created_at)
        IS DISTINCT FROM
        (OLD.id, OLD.developer_id, OLD.title, OLD.type, OLD.description, OLD.location, OLD.country,
         OLD.latitude, OLD.longitude, OLD.emissions_target_units, OLD.start_date, OLD.crediting_period_ends,
         OLD.created_at)
    ) THEN
        RAISE EXCEPTION 'project % is % and stays as it was decided', OLD.number, OLD.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.status <> OLD.status AND NOT resubmitted AND (
        OLD.status <> 'pending'
        OR NEW.status = 'verified' AND (
            decided.status IS DISTINCT FROM 'approved'
            OR decided.needs_countersignature AND decided.countersigned_by IS NULL
        )
        OR NEW.status IN ('rejected', 'withdrawn') AND decided.status IS DISTINCT FROM NEW.status
    ) THEN
        RAISE EXCEPTION 'project % has no decision that makes it %', OLD.id, NEW.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""
RESUBMITTED_WHEN = """
CREATE CONSTRAINT TRIGGER project_resubmitted AFTER UPDATE ON projects
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.status IN ('rejected', 'withdrawn') AND NEW.status = 'pending')
    EXECUTE FUNCTION karbonica_guard_resubmission()
"""

# A version comes in the place of a completed document of its own round and type, once, and before a
# decision; whoever is superseded stays so.
DOCUMENT_SUPERSEDED = """
CREATE FUNCTION karbonica_guard_document_version() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF (NEW.version, NEW.supersedes) IS DISTINCT FROM (OLD.version, OLD.supersedes)
       OR OLD.superseded_by IS NOT NULL THEN
        RAISE EXCEPTION 'document % stays the version that it is', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    PERFORM FROM documents newer JOIN verification_requests round ON round.id = OLD.verification_id
      WHERE newer.id = NEW.superseded_by AND newer.supersedes = OLD.id AND newer.status = 'completed'
        AND newer.verification_id = OLD.verification_id AND newer.document_type = OLD.document_type
        AND newer.version = OLD.version + 1 AND round.status IN ('pending', 'in_review');
    IF NOT FOUND THEN
        RAISE EXCEPTION 'document % is superseded by nothing that could', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""
DOCUMENT_SUPERSEDED_WHEN = """
CREATE TRIGGER document_superseded BEFORE UPDATE ON documents
    FOR EACH ROW WHEN ((NEW.version, NEW.supersedes, NEW.superseded_by, NEW.superseded_at)
                       IS DISTINCT FROM (OLD.version, OLD.supersedes, OLD.superseded_by, OLD.superseded_at))
    EXECUTE FUNCTION karbonica_guard_document_version()
"""

# As of revision 0044, with what tells versions apart.
PUBLIC_DOCUMENTS = """
CREATE OR REPLACE VIEW public_documents AS
SELECT id, project_id, verification_id, document_type, disclosure, sha256, completed_at,
       CASE WHEN disclosure = 'public' THEN name END AS name,
       CASE WHEN disclosure = 'public' THEN mime_type END AS mime_type,
       CASE WHEN disclosure = 'public' THEN file_size END AS file_size,
       version, superseded_at
  FROM documents WHERE status = 'completed'
"""

CHANGES_STAY = (
    "CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON project_changes"
    " FOR EACH ROW EXECUTE FUNCTION karbonica_forbid()",
    "CREATE TRIGGER never_truncated BEFORE TRUNCATE ON project_changes"
    " FOR EACH STATEMENT EXECUTE FUNCTION karbonica_forbid()",
    "REVOKE UPDATE ON project_changes FROM karbonica_app",
)


def upgrade() -> None:
    for (table, column), words in NEW_WORDS.items():
        _know(table, column, words)
    _withdraw_rounds()
    _supersede_documents()
    _keep_changes()
    op.execute("DROP TRIGGER project_resubmitted ON projects")
    for statement in (
        *(VERIFICATION_STAYS, ROUND_OPENED, PROJECT_STAYS, RESUBMITTED_WHEN),
        *(DOCUMENT_SUPERSEDED, DOCUMENT_SUPERSEDED_WHEN, PUBLIC_DOCUMENTS, *CHANGES_STAY),
    ):
        op.execute(statement)


def _know(table: str, column: str, words: tuple[str, ...]) -> None:
    """Beside the words that the constraint lists already, whichever revision listed them."""
    name = f"ck_{table}_{column}_known"
    definition = op.get_bind().scalar(
        sa.text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name"),
        {"name": name},
    )
    known = [*re.findall(r"'(\w+)'", definition), *words]
    listed = ", ".join(f"'{word}'" for word in known)
    op.drop_constraint(op.f(name), table)
    op.create_check_constraint(op.f(name), table, f"{column} IN ({listed})")


def _withdraw_rounds() -> None:
    op.add_column(
        VERIFICATIONS,
        sa.Column(
            "public_reason",
            sa.Text(),
            comment="Public: what everybody is told of why it was rejected; NULL: nothing.",
        ),
    )
    for name, condition in CHECKS.items():
        if name not in NEW_CHECKS:
            op.drop_constraint(op.f(f"ck_{VERIFICATIONS}_{name}"), VERIFICATIONS)
        op.create_check_constraint(op.f(f"ck_{VERIFICATIONS}_{name}"), VERIFICATIONS, condition)
    op.execute(
        "ALTER TABLE verification_requests DROP CONSTRAINT ex_verification_requests_days_verified_once"
    )
    op.execute(
        "ALTER TABLE verification_requests ADD CONSTRAINT ex_verification_requests_days_verified_once"
        " EXCLUDE USING gist (uuid_range(project_id, project_id, '[]') WITH &&, monitoring_period WITH &&)"
        " WHERE (status NOT IN ('rejected', 'withdrawn'))"
    )
    for table, column, comment in (
        (
            *(VERIFICATIONS, "status"),
            "pending, in_review, then rejected or withdrawn for ever, or approved: for ever too, unless "
            "a countersignature that it needs is refused.",
        ),
        (VERIFICATIONS, "decided_by", "The assigned verifier, or staff; who withdrew it."),
        (
            *(VERIFICATIONS, "notes"),
            "The approval's notes, the rejection's reason or the withdrawal's note.",
        ),
        (
            *(VERIFICATIONS, "resubmits"),
            "The rejected or withdrawn round that this one takes up again.",
        ),
        (
            *(PROJECTS, "status"),
            "pending, then verified for ever, rejected or withdrawn, as its newest first verification "
            "ends; pending again when that is resubmitted.",
        ),
        (PROJECTS, "updated_at", "When its status was last set, or a fact changed."),
    ):
        op.alter_column(table, column, comment=comment)


def _supersede_documents() -> None:
    for column in (
        sa.Column(
            "version",
            sa.Integer(),
            server_default=sa.text("1"),
            nullable=False,
            comment="Counts the versions of one document; 1 is the first.",
        ),
        sa.Column(
            "supersedes",
            sa.UUID(),
            sa.ForeignKey("documents.id", name=op.f("fk_documents_supersedes_documents")),
            comment="The version before, in whose place this one comes once it is completed.",
        ),
        sa.Column(
            "superseded_by",
            sa.UUID(),
            sa.ForeignKey("documents.id", name=op.f("fk_documents_superseded_by_documents")),
            comment="The version that came in its place: it is no evidence any more. NULL: the newest.",
        ),
        sa.Column(
            "superseded_at",
            sa.DateTime(timezone=True),
            comment="When that one was completed.",
        ),
    ):
        op.add_column(DOCUMENTS, column)
    op.create_index(op.f("ix_documents_supersedes"), DOCUMENTS, ["supersedes"])
    for name, condition in {
        "later_versions_supersede": "(version > 1) = (supersedes IS NOT NULL)",
        "superseded_whole": "(superseded_by IS NULL) = (superseded_at IS NULL)"
        " AND (superseded_by IS NULL OR status = 'completed')",
    }.items():
        op.create_check_constraint(op.f(f"ck_{DOCUMENTS}_{name}"), DOCUMENTS, condition)


def _keep_changes() -> None:
    op.create_table(
        "project_changes",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("project_id", sa.UUID(), nullable=False),
        sa.Column(
            "verification_id", sa.UUID(), nullable=False, comment="The round that was open."
        ),
        sa.Column(
            "number",
            sa.Integer(),
            nullable=False,
            comment="Counts the changes of a project, from 1.",
        ),
        sa.Column("changed_by", sa.UUID(), nullable=False, comment="For the supplier."),
        sa.Column(
            "changed_at", sa.DateTime(timezone=True), nullable=False, comment="When it was."
        ),
        sa.Column(
            "changes",
            postgresql.JSONB(),
            nullable=False,
            comment="By the fact's name in the API: what it was before, and what it is after.",
        ),
        sa.CheckConstraint("number > 0", name=op.f("ck_project_changes_number_positive")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_project_changes_project_id_projects")
        ),
        sa.ForeignKeyConstraint(
            ["verification_id"],
            ["verification_requests.id"],
            name=op.f("fk_project_changes_verification_id_verification_requests"),
        ),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["users.id"], name=op.f("fk_project_changes_changed_by_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_changes")),
        sa.UniqueConstraint(
            "project_id", "number", name=op.f("uq_project_changes_project_id_number")
        ),
        comment="What suppliers changed of their projects after they were registered (ADR 0090). Rows never"
        " change.",
    )
    op.create_index(
        op.f("ix_project_changes_verification_id"), "project_changes", ["verification_id"]
    )
