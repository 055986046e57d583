"""Methodologies, verification statements, and the checklist before issuance.

Why: what a tonne rests on stood nowhere: by which methodology it was quantified, what the verifier states
of it and how sure they are, and what staff looked at before they let it be issued (ADR 0091). Rounds that
are there have no methodology and no statement; what was signed off keeps its digest.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

VERIFICATIONS = "verification_requests"
ITEMS = (
    *("evidence_complete", "methodology_applies", "statement_read", "qualification_accepted"),
    *("quantities_compared", "buffer_share_right", "independence_looked_at"),
    *("duplicates_looked_at", "above_target_explained", "stead_reason_read"),
)

# The last word on a choice: of a withdrawal and a choice at once, one waits for the other.
METHODOLOGY_CHOSEN = """
CREATE FUNCTION karbonica_guard_methodology() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM methodology_versions version JOIN projects project ON project.id = NEW.project_id
      WHERE version.id = NEW.methodology_version_id AND version.withdrawn_at IS NULL
        AND project.type = ANY (version.project_types)
        FOR SHARE OF version;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'methodology version % is withdrawn, or not for project %',
            NEW.methodology_version_id, NEW.project_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER methodology_chosen BEFORE INSERT ON verification_requests
    FOR EACH ROW WHEN (NEW.methodology_version_id IS NOT NULL)
    EXECUTE FUNCTION karbonica_guard_methodology();
CREATE TRIGGER methodology_changed BEFORE UPDATE ON verification_requests
    FOR EACH ROW WHEN (NEW.methodology_version_id IS NOT NULL
                       AND NEW.methodology_version_id IS DISTINCT FROM OLD.methodology_version_id)
    EXECUTE FUNCTION karbonica_guard_methodology();

CREATE FUNCTION karbonica_guard_withdrawal() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF OLD.withdrawn_at IS NOT NULL
       OR to_jsonb(NEW) - '{withdrawn_at,withdrawal_reason}'::text[]
          IS DISTINCT FROM to_jsonb(OLD) - '{withdrawn_at,withdrawal_reason}'::text[] THEN
        RAISE EXCEPTION 'methodology version % stays as it was recorded', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER methodology_version_stays BEFORE UPDATE ON methodology_versions
    FOR EACH ROW EXECUTE FUNCTION karbonica_guard_withdrawal();
"""

# A statement is the assigned verifier's, and written in review; one that is asked for is there.
STATEMENT_WRITTEN = """
CREATE FUNCTION karbonica_guard_statement() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM verification_requests verification
      WHERE verification.id = NEW.verification_id AND verification.status = 'in_review'
        AND verification.verifier_id = NEW.written_by
        FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'verification % is not in review by %', NEW.verification_id, NEW.written_by
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER statement_written BEFORE INSERT ON verification_statements
    FOR EACH ROW EXECUTE FUNCTION karbonica_guard_statement();

CREATE FUNCTION karbonica_require_statement() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM methodology_versions version
      WHERE version.id = NEW.methodology_version_id
        AND (version.requires_statement AND NEW.statement_sha256 IS NULL
             OR version.requires_checklist AND NOT NEW.needs_countersignature);
    IF FOUND THEN
        RAISE EXCEPTION 'verification % has not what its methodology asks for', NEW.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER statement_required BEFORE UPDATE ON verification_requests
    FOR EACH ROW WHEN (NEW.status = 'approved' AND OLD.status <> 'approved'
                       AND NEW.methodology_version_id IS NOT NULL)
    EXECUTE FUNCTION karbonica_require_statement();
"""

ME, OURS = "(SELECT karbonica_account_id())", "(SELECT karbonica_holding_id())"
EVERYTHING = "(SELECT karbonica_sees_everything())"
IS_PARTY = f"""EXISTS (SELECT FROM verification_requests v WHERE v.id = verification_id
    AND (v.developer_id = {OURS} OR v.verifier_id = {ME}))"""

# With the owner's rights, as every public view (revision 0044).
PUBLIC_STATEMENTS = """
CREATE VIEW public_statements AS
SELECT DISTINCT ON (statement.verification_id)
       statement.verification_id, verification.project_id, verification.number, statement.version,
       statement.scope, statement.criteria, statement.assurance, statement.materiality_percent,
       statement.methodology_version_id, statement.quantities, statement.uncertainty_percent,
       statement.deductions, statement.opinion, statement.opinion_basis, statement.written_at,
       verification.statement_sha256, verification.verification_body, verification.accreditation,
       verification.completed_at
  FROM verification_statements statement
  JOIN verification_requests verification ON verification.id = statement.verification_id
 WHERE verification.status = 'approved' AND verification.statement_sha256 IS NOT NULL
   AND (NOT verification.needs_countersignature OR verification.countersigned_by IS NOT NULL)
 ORDER BY statement.verification_id, statement.version DESC
"""


def upgrade() -> None:
    _create_methodologies()
    _create_statements()
    _bind_rounds()
    for script in (METHODOLOGY_CHOSEN, STATEMENT_WRITTEN):
        _run(script)
    op.execute("REVOKE UPDATE ON methodologies, methodology_versions FROM karbonica_app")
    op.execute("GRANT UPDATE (withdrawn_at, withdrawal_reason) ON methodology_versions TO karbonica_app")
    op.execute("REVOKE UPDATE ON verification_statements, checklist_ticks FROM karbonica_app")
    for table, rows in {
        "verification_statements": f"{EVERYTHING} OR {IS_PARTY}",
        "checklist_ticks": EVERYTHING,
    }.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY rows_of_identity ON {table} USING ({rows})")
    op.execute(PUBLIC_STATEMENTS)
    op.execute(
        "COMMENT ON VIEW public_statements IS "
        "'The verification statement of each approved round, without the declaration of independence.'"
    )
    op.execute("REVOKE ALL ON public_statements FROM karbonica_app")
    op.execute("GRANT SELECT ON public_statements TO karbonica_app")


def _create_methodologies() -> None:
    op.create_table(
        "methodologies",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False, comment="As its standard calls it."),
        sa.Column("standard", sa.String(200), nullable=False, comment="Whose it is, as `Verra VCS`."),
        sa.Column("sector", sa.String(200), nullable=False, comment="In the standard's own words."),
        sa.Column("recorded_by", sa.UUID(), nullable=False, comment="Staff."),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "length(name) > 0 AND length(standard) > 0", name=op.f("ck_methodologies_named")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["users.id"], name=op.f("fk_methodologies_recorded_by_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_methodologies")),
        sa.UniqueConstraint("standard", "name", name=op.f("uq_methodologies_standard_name")),
        comment="How tonnes are quantified; what each asks for stands with its versions. Public; rows never change.",
    )
    op.create_table(
        "methodology_versions",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column(
            "methodology_id", sa.UUID(), nullable=False, comment="What it is a version of."
        ),
        sa.Column("version", sa.String(50), nullable=False, comment="As its standard counts it."),
        sa.Column(
            "project_types",
            postgresql.ARRAY(sa.String(50)),
            nullable=False,
            comment="Types of project that may be verified by it.",
        ),
        sa.Column(
            "required_document_types",
            postgresql.ARRAY(sa.String(50)),
            nullable=False,
            comment="What an approval rests on beside what every approval does.",
        ),
        sa.Column(
            "parameters",
            postgresql.JSONB(),
            nullable=False,
            comment="What is measured or set: a list of objects with name, unit and description.",
        ),
        sa.Column(
            "crediting_period_years",
            sa.Integer(),
            comment="The longest crediting period; NULL: it says nothing of it.",
        ),
        sa.Column(
            "durability_years",
            sa.Integer(),
            comment="For how long what is removed stays removed; NULL: it says nothing of it.",
        ),
        sa.Column(
            "requires_statement",
            sa.Boolean(),
            nullable=False,
            comment="Whether nothing is approved without a verification statement.",
        ),
        sa.Column(
            "requires_checklist",
            sa.Boolean(),
            nullable=False,
            comment="Whether an approval waits for a countersignature, after the checklist.",
        ),
        sa.Column("valid_from", sa.Date(), nullable=False, comment="First day, in UTC."),
        sa.Column(
            "withdrawn_at",
            sa.DateTime(timezone=True),
            comment="From when on no round chooses it; NULL: they do.",
        ),
        sa.Column("withdrawal_reason", sa.Text(), comment="Why, as staff say; public."),
        sa.Column("recorded_by", sa.UUID(), nullable=False, comment="Staff."),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(version) > 0", name=op.f("ck_methodology_versions_version_named")),
        sa.CheckConstraint(
            "cardinality(project_types) > 0", name=op.f("ck_methodology_versions_project_types_some")
        ),
        sa.CheckConstraint(
            "crediting_period_years BETWEEN 1 AND 100",
            name=op.f("ck_methodology_versions_crediting_period_bounded"),
        ),
        sa.CheckConstraint(
            "durability_years BETWEEN 1 AND 100000",
            name=op.f("ck_methodology_versions_durability_bounded"),
        ),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawal_reason IS NULL)",
            name=op.f("ck_methodology_versions_withdrawal_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["methodology_id"],
            ["methodologies.id"],
            name=op.f("fk_methodology_versions_methodology_id_methodologies"),
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["users.id"], name=op.f("fk_methodology_versions_recorded_by_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_methodology_versions")),
        sa.UniqueConstraint(
            "methodology_id", "version", name=op.f("uq_methodology_versions_methodology_id_version")
        ),
        comment="What a methodology asks for, version by version (ADR 0091). Public; withdrawal alone changes a row.",
    )


def _create_statements() -> None:
    op.create_table(
        "verification_statements",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("verification_id", sa.UUID(), nullable=False),
        sa.Column(
            "version", sa.Integer(), nullable=False, comment="Counts the writings of a round from 1."
        ),
        sa.Column(
            "scope", sa.Text(), nullable=False, comment="What was verified; public once approved."
        ),
        sa.Column("criteria", sa.Text(), nullable=False, comment="Against what; public once approved."),
        sa.Column(
            "assurance",
            sa.String(20),
            nullable=False,
            comment="Its level: reasonable or limited.",
        ),
        sa.Column(
            "materiality_percent",
            sa.Numeric(5, 2),
            nullable=False,
            comment="The threshold, in per cent of the quantity stated.",
        ),
        sa.Column(
            "methodology_version_id",
            sa.UUID(),
            comment="That of the round; NULL where it has none.",
        ),
        sa.Column(
            "quantities",
            postgresql.JSONB(),
            nullable=False,
            comment="Units of 0.01 t by calendar year, after deductions.",
        ),
        sa.Column(
            "uncertainty_percent",
            sa.Numeric(5, 2),
            nullable=False,
            comment="Of the quantities, in per cent.",
        ),
        sa.Column(
            "deductions",
            postgresql.JSONB(),
            nullable=False,
            comment="What was taken off: a list of objects with vintage, reason and quantity_units.",
        ),
        sa.Column(
            "independence",
            sa.Text(),
            nullable=False,
            comment="The verifier's declaration; for those who work on the project.",
        ),
        sa.Column(
            "opinion",
            sa.String(20),
            nullable=False,
            comment="positive, qualified, adverse or disclaimed.",
        ),
        sa.Column(
            "opinion_basis", sa.Text(), comment="What an opinion that is not positive rests on."
        ),
        sa.Column("written_by", sa.UUID(), nullable=False, comment="The verifier."),
        sa.Column(
            "written_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When this version was.",
        ),
        sa.CheckConstraint(
            "assurance IN ('reasonable', 'limited')",
            name=op.f("ck_verification_statements_assurance_known"),
        ),
        sa.CheckConstraint(
            "opinion IN ('positive', 'qualified', 'adverse', 'disclaimed')",
            name=op.f("ck_verification_statements_opinion_known"),
        ),
        sa.CheckConstraint("version > 0", name=op.f("ck_verification_statements_version_counts")),
        sa.CheckConstraint(
            "materiality_percent BETWEEN 0 AND 100",
            name=op.f("ck_verification_statements_materiality_bounded"),
        ),
        sa.CheckConstraint(
            "uncertainty_percent BETWEEN 0 AND 100",
            name=op.f("ck_verification_statements_uncertainty_bounded"),
        ),
        sa.CheckConstraint(
            "opinion = 'positive' OR length(opinion_basis) > 0",
            name=op.f("ck_verification_statements_opinion_has_basis"),
        ),
        sa.ForeignKeyConstraint(
            ["verification_id"],
            ["verification_requests.id"],
            name=op.f("fk_verification_statements_verification_id_verification_requests"),
        ),
        sa.ForeignKeyConstraint(
            ["methodology_version_id"],
            ["methodology_versions.id"],
            name=op.f("fk_verification_statements_methodology_version_id_methodology_versions"),
        ),
        sa.ForeignKeyConstraint(
            ["written_by"], ["users.id"], name=op.f("fk_verification_statements_written_by_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification_statements")),
        sa.UniqueConstraint(
            "verification_id", "version", name=op.f("uq_verification_statements_verification_id_version")
        ),
        comment="What the assigned verifier states of a round; the newest counts, and is bound by its SHA-256"
        " (ADR 0091). Rows never change.",
    )
    listed = ", ".join(f"'{item}'" for item in ITEMS)
    op.create_table(
        "checklist_ticks",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("verification_id", sa.UUID(), nullable=False),
        sa.Column(
            "item",
            sa.String(50),
            nullable=False,
            comment="Of the checklist in domain/projects.",
        ),
        sa.Column(
            "done", sa.Boolean(), nullable=False, comment="False takes back an earlier one."
        ),
        sa.Column("note", sa.Text(), comment="What its author adds; for staff."),
        sa.Column("user_id", sa.UUID(), nullable=False, comment="Staff."),
        sa.Column(
            "ticked_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When that was.",
        ),
        sa.CheckConstraint(f"item IN ({listed})", name=op.f("ck_checklist_ticks_item_known")),
        sa.ForeignKeyConstraint(
            ["verification_id"],
            ["verification_requests.id"],
            name=op.f("fk_checklist_ticks_verification_id_verification_requests"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_checklist_ticks_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checklist_ticks")),
        comment="What staff have looked at before a countersignature; the newest of a person counts. For staff;"
        " rows never change.",
    )
    op.create_index("ix_checklist_ticks_of", "checklist_ticks", ["verification_id", "ticked_at"])


def _bind_rounds() -> None:
    for column in (
        sa.Column(
            "methodology_version_id",
            sa.UUID(),
            sa.ForeignKey(
                "methodology_versions.id",
                name=op.f("fk_verification_requests_methodology_version_id_methodology_versions"),
            ),
            comment="What the round is verified by, whatever is withdrawn meanwhile; NULL: no methodology.",
        ),
        sa.Column(
            "statement_sha256",
            sa.String(64),
            comment="The verification statement that the approval is bound to; NULL: none.",
        ),
        sa.Column(
            "accreditation",
            sa.Text(),
            comment="Public: what verification_body was accredited by on the day of the approval.",
        ),
    ):
        op.add_column(VERIFICATIONS, column)
    op.create_index(
        op.f("ix_verification_requests_methodology_version_id"),
        VERIFICATIONS,
        ["methodology_version_id"],
    )
    op.alter_column(
        VERIFICATIONS,
        "sign_off_version",
        comment="The form that sign_off_digest was made in (ADR 0076, ADR 0091).",
    )
    op.drop_constraint(op.f("ck_verification_requests_sign_off_version_known"), VERIFICATIONS)
    for constraint, condition in {
        "sign_off_version_known": "sign_off_version IN (1, 2, 3)",
        "statement_sha256_is_sha256": "statement_sha256 ~ '^[0-9a-f]{64}$'",
    }.items():
        op.create_check_constraint(
            op.f(f"ck_verification_requests_{constraint}"), VERIFICATIONS, condition
        )


def _run(script: str) -> None:
    """Execute statement by statement: asyncpg prepares each, and takes one at a time."""
    statement: list[str] = []
    inside_body = False
    for line in script.strip().splitlines():
        statement.append(line)
        inside_body ^= line.count("$$") % 2 == 1
        if line.rstrip().endswith(";") and not inside_body:
            op.execute("\n".join(statement))
            statement = []
