"""Validation opinions, technical reviews and risk assessments, and who works on a round beside its verifier.

Why: a project's design was validated nowhere apart from its tonnes, one person alone stood behind a statement, and
the buffer share was a number that staff typed (ADR 0100). Rounds that are there have none of it, and go on.
"""

import re

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
EVENT_TYPES = "ck_verification_events_event_type_known"

ME, OURS = "(SELECT karbonica_account_id())", "(SELECT karbonica_holding_id())"
EVERYTHING = "(SELECT karbonica_sees_everything())"
OF_ROUND = f"""EXISTS (SELECT FROM verification_requests v WHERE v.id = verification_id
    AND (v.developer_id = {OURS} OR v.verifier_id = {ME}))"""
OF_PROJECT = f"""EXISTS (SELECT FROM verification_requests v WHERE v.project_id = risk_assessments.project_id
    AND (v.developer_id = {OURS} OR v.verifier_id = {ME}
         OR EXISTS (SELECT FROM round_assignments task WHERE task.verification_id = v.id AND task.user_id = {ME})))"""


def tasked(table: str) -> str:
    """Whoever validates or reviews the round sees what its verifier does."""
    return f"""EXISTS (SELECT FROM round_assignments task
    WHERE task.verification_id = {table}.verification_id AND task.user_id = {ME})"""


ROWS = {
    "round_assignments": f"{EVERYTHING} OR user_id = {ME} OR {OF_ROUND}",
    "validation_opinions": f"{EVERYTHING} OR {OF_ROUND} OR {tasked('validation_opinions')}",
    "technical_reviews": f"{EVERYTHING} OR {OF_ROUND} OR {tasked('technical_reviews')}",
    "risk_assessments": f"{EVERYTHING} OR {OF_PROJECT}",
    # Asks the table before it, whose own policy has decided.
    "risk_decisions": f"""{EVERYTHING} OR EXISTS (SELECT FROM risk_assessments a
        WHERE a.id = risk_decisions.assessment_id)""",
}
WRITTEN_ONCE = ("validation_opinions", "technical_reviews", "risk_assessments", "risk_decisions")
READ_BY_TASKED = ("documents", "findings", "verification_statements")

VIEWS = {
    "public_validation_opinions": (
        "The validation opinion on each approved project, without who wrote it.",
        """
SELECT DISTINCT ON (opinion.verification_id)
       opinion.verification_id, verification.project_id, verification.number, opinion.version,
       opinion.boundary, opinion.baseline, opinion.additionality, opinion.monitoring_plan, opinion.assurance,
       opinion.opinion, opinion.opinion_basis, opinion.body, opinion.accreditation, opinion.sha256,
       opinion.written_at
  FROM validation_opinions opinion
  JOIN verification_requests verification ON verification.id = opinion.verification_id
 WHERE verification.status = 'approved'
   AND (NOT verification.needs_countersignature OR verification.countersigned_by IS NOT NULL)
 ORDER BY opinion.verification_id, opinion.version DESC
""",
    ),
    "public_risk_assessments": (
        "Risk assessments that were countersigned: points and share, without the reasons of each factor.",
        """
SELECT assessment.id, assessment.project_id, assessment.number, assessment.tool, assessment.tool_version,
       (SELECT jsonb_object_agg(one->>'factor', (one->>'score')::integer)
          FROM jsonb_array_elements(assessment.factors) one) AS scores,
       assessment.internal_points, assessment.external_points, assessment.natural_points, assessment.percent,
       decision.decided_at
  FROM risk_assessments assessment JOIN risk_decisions decision ON decision.assessment_id = assessment.id
 WHERE decision.outcome = 'countersigned'
""",
    ),
}

# What the rules say too (domain/projects/assurance); the database has the last word.
GUARDS = """
CREATE FUNCTION karbonica_guard_validation() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM verification_requests verification
      WHERE verification.id = NEW.verification_id AND verification.status IN ('pending', 'in_review')
        AND verification.monitoring_period IS NULL
        AND NEW.written_by = coalesce(
            (SELECT task.user_id FROM round_assignments task
              WHERE task.verification_id = verification.id AND task.task = 'validation'),
            verification.verifier_id)
        FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the project of verification % is not validated by %', NEW.verification_id, NEW.written_by
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER validation_written BEFORE INSERT ON validation_opinions
    FOR EACH ROW EXECUTE FUNCTION karbonica_guard_validation();

CREATE FUNCTION karbonica_guard_technical_review() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM verification_requests verification
      JOIN round_assignments task
        ON task.verification_id = verification.id AND task.task = 'technical_review'
      JOIN verification_statements statement
        ON statement.verification_id = verification.id AND statement.version = NEW.statement_version
      WHERE verification.id = NEW.verification_id AND verification.status = 'in_review'
        AND task.user_id = NEW.reviewer_id AND verification.verifier_id <> NEW.reviewer_id
        AND statement.written_by <> NEW.reviewer_id
        FOR SHARE OF verification;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the statement of verification % is not reviewed by %', NEW.verification_id, NEW.reviewer_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER statement_reviewed BEFORE INSERT ON technical_reviews
    FOR EACH ROW EXECUTE FUNCTION karbonica_guard_technical_review();

CREATE FUNCTION karbonica_guard_returned() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM technical_reviews review
                WHERE review.verification_id = NEW.id AND review.outcome = 'returned'
                  AND review.statement_sha256 = NEW.statement_sha256) THEN
        RAISE EXCEPTION 'the statement of verification % was returned', NEW.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER statement_not_returned BEFORE UPDATE OF status ON verification_requests
    FOR EACH ROW WHEN (NEW.status = 'approved' AND OLD.status <> 'approved' AND NEW.statement_sha256 IS NOT NULL)
    EXECUTE FUNCTION karbonica_guard_returned();

CREATE FUNCTION karbonica_guard_risk_decision() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM risk_assessments assessment JOIN users person ON person.id = NEW.decided_by
      WHERE assessment.id = NEW.assessment_id AND assessment.entered_by <> NEW.decided_by
        AND person.role = 'administrator';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'assessment % is not decided by %', NEW.assessment_id, NEW.decided_by
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER risk_decided BEFORE INSERT ON risk_decisions
    FOR EACH ROW EXECUTE FUNCTION karbonica_guard_risk_decision();

CREATE OR REPLACE FUNCTION karbonica_guard_buffer_share() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.project_id <> OLD.project_id THEN
        RAISE EXCEPTION 'the buffer share of project % is decided', OLD.project_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.assessment_id IS NULL THEN
        PERFORM FROM projects WHERE id = NEW.project_id AND status = 'pending';
        IF NOT FOUND OR TG_OP = 'UPDATE' AND OLD.assessment_id IS NOT NULL THEN
            RAISE EXCEPTION 'the buffer share of project % is decided', NEW.project_id
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    -- The last that was countersigned, and no other.
    PERFORM FROM risk_assessments assessment JOIN risk_decisions decision ON decision.assessment_id = assessment.id
      JOIN projects project ON project.id = assessment.project_id
      WHERE assessment.id = NEW.assessment_id AND assessment.project_id = NEW.project_id
        AND assessment.percent = NEW.percent AND decision.outcome = 'countersigned'
        AND project.status IN ('pending', 'verified')
        AND NOT EXISTS (SELECT FROM risk_assessments later JOIN risk_decisions said ON said.assessment_id = later.id
                         WHERE later.project_id = assessment.project_id AND later.number > assessment.number
                           AND said.outcome = 'countersigned');
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the buffer share of project % does not follow from assessment %', NEW.project_id,
            NEW.assessment_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""


def upgrade() -> None:
    _make_tables()
    op.add_column(
        "buffer_shares",
        sa.Column(
            "assessment_id",
            sa.UUID(),
            comment="The risk assessment that it follows from; NULL: staff or the registry's table decided.",
        ),
    )
    op.create_foreign_key(
        op.f("fk_buffer_shares_assessment_id_risk_assessments"),
        "buffer_shares",
        "risk_assessments",
        ["assessment_id"],
        ["id"],
    )
    op.execute(
        "COMMENT ON TABLE buffer_shares IS 'What of each project''s issuances goes into the buffer; from its approval"
        " on a risk assessment alone changes it (ADR 0044, ADR 0100). Public.'"
    )
    for table, rows in ROWS.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY rows_of_identity ON {table} USING ({rows})")
    for table in READ_BY_TASKED:
        op.execute(f"CREATE POLICY rows_of_tasked ON {table} FOR SELECT USING ({tasked(table)})")
    op.execute("REVOKE UPDATE ON round_assignments FROM karbonica_app")
    op.execute("GRANT UPDATE (user_id, given_by, given_at) ON round_assignments TO karbonica_app")
    for table in WRITTEN_ONCE:
        op.execute(f"REVOKE UPDATE ON {table} FROM karbonica_app")
        op.execute(
            f"CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION karbonica_forbid()"
        )
        op.execute(
            f"CREATE TRIGGER never_truncated BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION karbonica_forbid()"
        )
    for view, (comment, query) in VIEWS.items():
        op.execute(f"CREATE VIEW {view} AS {query}")
        op.execute(f"COMMENT ON VIEW {view} IS '{comment}'")
        op.execute(f"REVOKE ALL ON {view} FROM karbonica_app")
        op.execute(f"GRANT SELECT ON {view} TO karbonica_app")
    _run(GUARDS)
    _list_event_types()


def _list_event_types() -> None:
    # Beside the words that the constraint lists already, whichever revision listed them.
    definition = op.get_bind().scalar(
        sa.text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name"),
        {"name": EVENT_TYPES},
    )
    new = ["validation_written", "statement_confirmed", "statement_returned"]
    listed = ", ".join(f"'{word}'" for word in [*re.findall(r"'(\w+)'", definition), *new])
    op.drop_constraint(op.f(EVENT_TYPES), "verification_events")
    op.create_check_constraint(
        op.f(EVENT_TYPES), "verification_events", f"event_type IN ({listed})"
    )


def _make_tables() -> None:
    op.create_table(
        "round_assignments",
        sa.Column("verification_id", sa.UUID(), nullable=False),
        _words("task", "validation or technical_review of the round.", sa.String(50)),
        _somebody("user_id", "Who has it now."),
        _somebody("given_by", "Staff, or the verifier."),
        sa.Column("given_at", MOMENT, nullable=False, comment="Since when."),
        _known("round_assignments", "task", "validation", "technical_review"),
        *_keys("round_assignments", verification_id="verification_requests", user_id="users", given_by="users"),
        sa.PrimaryKeyConstraint("verification_id", "task", name=op.f("pk_round_assignments")),
        comment="Who works on a round beside its verifier, now; who did before stands in the audit log (ADR 0100).",
    )
    op.create_index(op.f("ix_round_assignments_user_id"), "round_assignments", ["user_id"])
    op.create_table(
        "validation_opinions",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("verification_id", sa.UUID(), nullable=False),
        _count("version", "Counts the writings of a round from 1."),
        _words("boundary", "On the project's boundary."),
        _words("baseline", "On the baseline scenario."),
        _words("additionality", "On additionality."),
        _words("monitoring_plan", "On the monitoring plan."),
        _words("assurance", "Its level: reasonable or limited.", sa.String(20)),
        _words("opinion", "positive, qualified, adverse or disclaimed.", sa.String(20)),
        sa.Column("opinion_basis", sa.Text(), comment="What an opinion that is not positive rests on."),
        sa.Column("body", sa.Text(), comment="The writer's body, as it was called on that day."),
        sa.Column("accreditation", sa.Text(), comment="What the body was accredited by on that day."),
        _words("sha256", "Of its canonical JSON, in hex.", sa.String(64)),
        _somebody("written_by", "The validator."),
        sa.Column("written_at", MOMENT, nullable=False, comment="When this version was."),
        _known("validation_opinions", "assurance", "reasonable", "limited"),
        _known("validation_opinions", "opinion", "positive", "qualified", "adverse", "disclaimed"),
        _check("validation_opinions", "version_counts", "version > 0"),
        _check("validation_opinions", "opinion_has_basis", "opinion = 'positive' OR length(opinion_basis) > 0"),
        _check("validation_opinions", "sha256_is_sha256", "sha256 ~ '^[0-9a-f]{64}$'"),
        *_keys("validation_opinions", verification_id="verification_requests", written_by="users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_validation_opinions")),
        sa.UniqueConstraint(
            "verification_id", "version", name=op.f("uq_validation_opinions_verification_id_version")
        ),
        comment="What a body states of a project's design, apart from its tonnes; the newest counts, public once"
        " the first round is approved (ADR 0100). Rows never change.",
    )
    op.create_table(
        "technical_reviews",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("verification_id", sa.UUID(), nullable=False),
        _count("statement_version", "Which writing of the verification statement was looked at."),
        _words("statement_sha256", "Of exactly what was looked at.", sa.String(64)),
        _words("outcome", "confirmed or returned.", sa.String(20)),
        sa.Column("words", sa.Text(), comment="Why it is returned, or what is said of it."),
        sa.Column("body", sa.Text(), comment="The reviewer's body, as it was called on that day."),
        _somebody("reviewer_id", "Of the same body."),
        sa.Column("reviewed_at", MOMENT, nullable=False, comment="When the reviewer said so."),
        _known("technical_reviews", "outcome", "confirmed", "returned"),
        _check("technical_reviews", "returned_says_why", "outcome = 'confirmed' OR length(words) > 0"),
        _check("technical_reviews", "statement_sha256_is_sha256", "statement_sha256 ~ '^[0-9a-f]{64}$'"),
        *_keys("technical_reviews", verification_id="verification_requests", reviewer_id="users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_technical_reviews")),
        sa.UniqueConstraint(
            "verification_id",
            "statement_version",
            name=op.f("uq_technical_reviews_verification_id_statement_version"),
        ),
        comment="What a second person of the verifier's body said of a verification statement, version by version"
        " (ADR 0100). Rows never change.",
    )
    op.create_table(
        "risk_assessments",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("project_id", sa.UUID(), nullable=False),
        _count("number", "Counts those of a project from 1."),
        _words("tool", "By what points were given.", sa.String(200)),
        _words("tool_version", "As it was on that day.", sa.String(50)),
        sa.Column(
            "factors",
            postgresql.JSONB(),
            nullable=False,
            comment="A list of objects with factor, score and reason; reasons are for those who work on it.",
        ),
        _count("internal_points", "Of all factors of the internal risk."),
        _count("external_points", "Of all factors of the external risk."),
        _count("natural_points", "Of all factors of the natural risk."),
        sa.Column(
            "percent",
            sa.Numeric(5, 2),
            nullable=False,
            comment="Of each issuance, in per cent, as the points have it by the tool's table.",
        ),
        _somebody("entered_by", "A verifier or staff."),
        sa.Column("entered_at", MOMENT, nullable=False, comment="When it was entered."),
        _check("risk_assessments", "number_counts", "number > 0"),
        _check(
            "risk_assessments",
            "points_not_negative",
            "internal_points >= 0 AND external_points >= 0 AND natural_points >= 0",
        ),
        _check("risk_assessments", "percent_bounded", "percent BETWEEN 10 AND 60"),
        *_keys("risk_assessments", project_id="projects", entered_by="users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_assessments")),
        sa.UniqueConstraint("project_id", "number", name=op.f("uq_risk_assessments_project_id_number")),
        comment="What of a project's carbon may be lost again, and the buffer share that follows; of those that were"
        " countersigned the last counts (ADR 0100). Rows never change.",
    )
    op.create_table(
        "risk_decisions",
        sa.Column("assessment_id", sa.UUID(), nullable=False, comment="Which assessment."),
        _words("outcome", "countersigned or refused.", sa.String(20)),
        sa.Column("reason", sa.Text(), comment="Why it is refused."),
        _somebody("decided_by", "Another administrator."),
        sa.Column("decided_at", MOMENT, nullable=False, comment="From when on it counts."),
        _known("risk_decisions", "outcome", "countersigned", "refused"),
        _check("risk_decisions", "refused_says_why", "outcome = 'countersigned' OR length(reason) > 0"),
        *_keys("risk_decisions", assessment_id="risk_assessments", decided_by="users"),
        sa.PrimaryKeyConstraint("assessment_id", name=op.f("pk_risk_decisions")),
        comment="What another administrator said of a risk assessment, once. Rows never change.",
    )


def _words(name: str, comment: str, type: sa.types.TypeEngine[str] | None = None) -> sa.Column[str]:
    return sa.Column(name, type or sa.Text(), nullable=False, comment=comment)


def _count(name: str, comment: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False, comment=comment)


def _somebody(name: str, comment: str) -> sa.Column[object]:
    return sa.Column(name, sa.UUID(), nullable=False, comment=comment)


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _known(table: str, column: str, *values: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return _check(table, f"{column}_known", f"{column} IN ({listed})")


def _keys(table: str, **columns: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))
        for column, to in columns.items()
    ]


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
