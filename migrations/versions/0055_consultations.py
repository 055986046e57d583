"""Consultations of the public before a project is approved, with comments, answers and what was hidden.

Why: the public could read what was registered and was heard nowhere, which programmes are asked for (ADR 0099).
"""

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TABLES = (
    "consultations",
    "consultation_comments",
    "consultation_answers",
    "consultation_hidings",
)
# Everybody reads them by the views below; what is hidden, staff alone.
ROWS = "(SELECT karbonica_sees_everything())"

VIEWS = {
    "public_consultations": (
        "On which days the public is heard on a project, and how much was said.",
        """
SELECT c.id, c.project_id, c.opens_on, c.closes_on, c.opened_at,
       (SELECT count(*) FROM consultation_comments m WHERE m.consultation_id = c.id) AS comments,
       (SELECT count(*) FROM consultation_comments m WHERE m.consultation_id = c.id
           AND NOT EXISTS (SELECT FROM consultation_answers a WHERE a.comment_id = m.id)
           AND NOT EXISTS (SELECT FROM consultation_hidings h WHERE h.comment_id = m.id)) AS unanswered
  FROM consultations c
""",
    ),
    "public_consultation_comments": (
        "What the public said and what was answered; of what is hidden, the reason alone.",
        """
SELECT m.id, m.consultation_id, m.number,
       CASE WHEN h.comment_id IS NULL THEN m.name END AS name,
       CASE WHEN h.comment_id IS NULL THEN m.text END AS text,
       m.written_at, h.hidden_at, h.reason AS hidden_reason,
       CASE WHEN h.comment_id IS NULL THEN a.text END AS answer,
       a.by_role AS answered_by_role, a.answered_at
  FROM consultation_comments m
  LEFT JOIN consultation_answers a ON a.comment_id = m.id
  LEFT JOIN consultation_hidings h ON h.comment_id = m.id
""",
    ),
}

# What the rule says too (domain/projects/programme/consultations.py); the database has the last word.
APPROVED_AFTER_CONSULTATION = """
CREATE FUNCTION karbonica_guard_consulted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM consultations c
         WHERE c.project_id = NEW.project_id
           AND c.closes_on >= (NEW.completed_at AT TIME ZONE 'UTC')::date
    ) THEN
        RAISE EXCEPTION 'the public is still heard on the project of verification %', NEW.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    _make_tables()
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY rows_of_identity ON {table} USING ({ROWS})")
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
    op.execute(APPROVED_AFTER_CONSULTATION)
    op.execute(
        "CREATE TRIGGER approval_consulted BEFORE UPDATE OF status ON verification_requests"
        " FOR EACH ROW WHEN (NEW.status = 'approved' AND OLD.status <> 'approved')"
        " EXECUTE FUNCTION karbonica_guard_consulted()"
    )


def _make_tables() -> None:
    op.create_table(
        "consultations",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("project_id", sa.UUID(), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False, comment="The first day on which comments are taken."),
        sa.Column("closes_on", sa.Date(), nullable=False, comment="The last day (UTC); nothing closes it."),
        sa.Column("opened_by", sa.UUID(), nullable=False, comment="Who of staff opened it."),
        sa.Column("opened_at", MOMENT, nullable=False, comment="When staff opened it."),
        sa.CheckConstraint("closes_on >= opens_on", name=op.f("ck_consultations_closes_after_it_opens")),
        _key("consultations", "project_id", "projects"),
        _key("consultations", "opened_by", "users"),
        sa.UniqueConstraint("project_id", name=op.f("uq_consultations_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultations")),
        comment="On which days the public is heard on a project (ADR 0099). Rows never change.",
    )
    op.create_index("ix_consultations_newest", "consultations", ["opened_at", "id"])
    op.create_table(
        "consultation_comments",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("consultation_id", sa.UUID(), nullable=False, comment="In which it was said."),
        sa.Column("number", sa.Integer(), nullable=False, comment="Counts those of a consultation from 1."),
        sa.Column(
            "name",
            sa.String(120),
            comment="What its author wished to be called in public; NULL: nothing.",
        ),
        sa.Column("text", sa.Text(), nullable=False, comment="What was said, for everybody."),
        sa.Column("written_at", MOMENT, nullable=False, comment="When it was sent."),
        sa.CheckConstraint("number > 0", name=op.f("ck_consultation_comments_counted_from_one")),
        sa.CheckConstraint("length(text) > 0", name=op.f("ck_consultation_comments_text_some")),
        _key("consultation_comments", "consultation_id", "consultations"),
        sa.UniqueConstraint(
            "consultation_id", "number", name=op.f("uq_consultation_comments_consultation_id_number")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultation_comments")),
        comment="What the public says about a project. Rows never change.",
    )
    op.create_table(
        "consultation_answers",
        sa.Column("comment_id", sa.UUID(), nullable=False, comment="Which comment."),
        sa.Column("text", sa.Text(), nullable=False, comment="What was answered, for everybody."),
        sa.Column("by_role", sa.String(50), nullable=False, comment="Whose answer it is."),
        sa.Column("answered_by", sa.UUID(), nullable=False, comment="Who wrote it."),
        sa.Column("answered_at", MOMENT, nullable=False, comment="When it was answered."),
        sa.CheckConstraint(
            "by_role IN ('developer', 'verifier')", name=op.f("ck_consultation_answers_by_role_known")
        ),
        sa.CheckConstraint("length(text) > 0", name=op.f("ck_consultation_answers_text_some")),
        _key("consultation_answers", "comment_id", "consultation_comments"),
        _key("consultation_answers", "answered_by", "users"),
        sa.PrimaryKeyConstraint("comment_id", name=op.f("pk_consultation_answers")),
        comment="The one answer that a comment has. Rows never change.",
    )
    op.create_table(
        "consultation_hidings",
        sa.Column("comment_id", sa.UUID(), nullable=False, comment="Which comment."),
        sa.Column("reason", sa.Text(), nullable=False, comment="Why; shown in the place of the comment."),
        sa.Column("hidden_by", sa.UUID(), nullable=False, comment="Who of staff hid it."),
        sa.Column("hidden_at", MOMENT, nullable=False, comment="Since when only staff read it."),
        sa.CheckConstraint("length(reason) > 0", name=op.f("ck_consultation_hidings_reason_some")),
        _key("consultation_hidings", "comment_id", "consultation_comments"),
        _key("consultation_hidings", "hidden_by", "users"),
        sa.PrimaryKeyConstraint("comment_id", name=op.f("pk_consultation_hidings")),
        comment="Comments that are shown to nobody but staff. Rows never change.",
    )


def _key(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))
