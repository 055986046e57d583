"""Findings of a round with their threads, and how far an account has looked at a round.

Why: a verifier's questions and a supplier's answers went by mail, nothing held up an approval that they were
not settled for, and what was left for the next round was forgotten by then (ADR 0089).
"""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
EVENT_TYPES = (
    *("project_registered", "monitoring_period_opened", "resubmitted", "assignment_overdue"),
    *("verifier_assigned", "verifier_replaced", "document_completed", "note", "site_visit"),
    *("finding_raised", "finding_answered", "finding_followed_up", "finding_closed"),
    *("finding_reopened", "finding_overdue", "review_overdue", "escalated", "approved", "rejected"),
    *("countersignature_overdue", "countersignature_refused", "countersigned", "credits_issued"),
    *("loss_recorded", "obligation_overdue", "obligation_settled"),
)

ME, OURS = "(SELECT karbonica_account_id())", "(SELECT karbonica_holding_id())"
EVERYTHING, SYSTEM = "(SELECT karbonica_sees_everything())", "(SELECT karbonica_is_system())"
# Each condition asks the table before it, whose own policy has decided.
ROWS = {
    "findings": f"""{EVERYTHING} OR EXISTS (SELECT FROM verification_requests v
        WHERE v.id = findings.verification_id AND (v.developer_id = {OURS} OR v.verifier_id = {ME}))""",
    "finding_messages": f"""{EVERYTHING} OR EXISTS (SELECT FROM findings f
        WHERE f.id = finding_messages.finding_id)""",
    "finding_attachments": f"""{EVERYTHING} OR EXISTS (SELECT FROM finding_messages m
        WHERE m.id = finding_attachments.message_id)""",
    "round_looks": f"{SYSTEM} OR account_id = {ME}",
}
WRITTEN_ONCE = ("findings", "finding_messages", "finding_attachments")

# How many there are and how many are settled, without a word of them: what everybody may know of a round.
PUBLIC_FINDINGS = """
CREATE VIEW public_findings AS
SELECT f.verification_id, f.kind, count(*) AS raised,
       count(*) FILTER (WHERE last.act = 'close') AS closed
  FROM findings f
  LEFT JOIN LATERAL (SELECT m.act FROM finding_messages m WHERE m.finding_id = f.id
                      ORDER BY m.number DESC LIMIT 1) last ON true
 GROUP BY f.verification_id, f.kind
"""

# What the rule says too (domain/projects/findings.py); the database has the last word.
APPROVED_WHEN_SETTLED = """
CREATE FUNCTION karbonica_guard_settled() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM findings f
         WHERE f.verification_id = NEW.id AND f.kind <> 'forward_action'
           AND (SELECT m.act FROM finding_messages m WHERE m.finding_id = f.id
                 ORDER BY m.number DESC LIMIT 1) IS DISTINCT FROM 'close'
    ) THEN
        RAISE EXCEPTION 'verification % has findings that are not closed', NEW.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    op.drop_constraint(op.f("ck_verification_events_event_type_known"), "verification_events")
    listed = ", ".join(f"'{one}'" for one in EVENT_TYPES)
    op.create_check_constraint(
        op.f("ck_verification_events_event_type_known"),
        "verification_events",
        f"event_type IN ({listed})",
    )
    op.create_table(
        "findings",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("verification_id", sa.UUID(), nullable=False),
        sa.Column(
            "number",
            sa.Integer(),
            nullable=False,
            comment="Counts the findings of a round from 1.",
        ),
        sa.Column(
            "kind",
            sa.String(50),
            nullable=False,
            comment="A forward action holds up no approval.",
        ),
        sa.Column(
            "text",
            sa.Text(),
            nullable=False,
            comment="What was found; for those who work on the project.",
        ),
        sa.Column("document_id", sa.UUID(), comment="Which document it is about."),
        sa.Column("page", sa.Integer(), comment="Which page of it, from 1."),
        sa.Column("field", sa.String(50), comment="Which field of the project it is about."),
        sa.Column("row_number", sa.Integer(), comment="Which row of the document, from 1."),
        sa.Column("raised_by", sa.UUID(), nullable=False, comment="The round's verifier."),
        sa.Column(
            "raised_at", MOMENT, nullable=False, comment="When it was raised, or carried here."
        ),
        sa.Column(
            "carried_from",
            sa.UUID(),
            comment="The forward action of an earlier round that this one takes up.",
        ),
        sa.CheckConstraint(
            "kind IN ('corrective_action', 'clarification', 'forward_action')",
            name=op.f("ck_findings_kind_known"),
        ),
        sa.CheckConstraint(
            "number > 0 AND page > 0 AND row_number > 0",
            name=op.f("ck_findings_counted_from_one"),
        ),
        sa.CheckConstraint(
            "document_id IS NOT NULL OR page IS NULL AND row_number IS NULL",
            name=op.f("ck_findings_place_in_a_document"),
        ),
        sa.CheckConstraint("length(text) > 0", name=op.f("ck_findings_text_some")),
        sa.CheckConstraint(
            "carried_from IS NULL OR kind = 'forward_action'",
            name=op.f("ck_findings_forward_actions_carried"),
        ),
        sa.ForeignKeyConstraint(
            ["verification_id"],
            ["verification_requests.id"],
            name=op.f("fk_findings_verification_id_verification_requests"),
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_findings_document_id_documents")
        ),
        sa.ForeignKeyConstraint(
            ["raised_by"], ["users.id"], name=op.f("fk_findings_raised_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["carried_from"], ["findings.id"], name=op.f("fk_findings_carried_from_findings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_findings")),
        sa.UniqueConstraint(
            "verification_id", "number", name=op.f("uq_findings_verification_id_number")
        ),
        sa.UniqueConstraint("carried_from", name=op.f("uq_findings_carried_from")),
        comment="What a verifier found in a round. Rows never change; the thread says what became of each.",
    )
    op.create_table(
        "finding_messages",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("finding_id", sa.UUID(), nullable=False, comment="Whose thread it is in."),
        sa.Column(
            "number",
            sa.Integer(),
            nullable=False,
            comment="Counts the messages of a thread from 1.",
        ),
        sa.Column("act", sa.String(50), nullable=False, comment="What it does to the finding."),
        sa.Column(
            "side", sa.String(50), nullable=False, comment="For whom it was written: one of two."
        ),
        sa.Column(
            "text",
            sa.Text(),
            nullable=False,
            comment="For those who work on the project; a closing note too.",
        ),
        sa.Column("written_by", sa.UUID(), nullable=False, comment="Who acted for that side."),
        sa.Column("written_at", MOMENT, nullable=False, comment="When it was written."),
        sa.CheckConstraint(
            "act IN ('reply', 'close', 'reopen')", name=op.f("ck_finding_messages_act_known")
        ),
        sa.CheckConstraint(
            "side IN ('verifier', 'supplier')", name=op.f("ck_finding_messages_side_known")
        ),
        sa.CheckConstraint("number > 0", name=op.f("ck_finding_messages_counted_from_one")),
        sa.CheckConstraint("length(text) > 0", name=op.f("ck_finding_messages_text_some")),
        sa.CheckConstraint(
            "act = 'reply' OR side = 'verifier'",
            name=op.f("ck_finding_messages_settled_by_verifier"),
        ),
        sa.ForeignKeyConstraint(
            ["finding_id"], ["findings.id"], name=op.f("fk_finding_messages_finding_id_findings")
        ),
        sa.ForeignKeyConstraint(
            ["written_by"], ["users.id"], name=op.f("fk_finding_messages_written_by_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding_messages")),
        sa.UniqueConstraint(
            "finding_id", "number", name=op.f("uq_finding_messages_finding_id_number")
        ),
        comment="The thread of a finding between verifier and supplier. Rows never change.",
    )
    op.create_table(
        "finding_attachments",
        sa.Column("message_id", sa.UUID(), nullable=False, comment="Which message."),
        sa.Column("document_id", sa.UUID(), nullable=False, comment="What it points to."),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["finding_messages.id"],
            name=op.f("fk_finding_attachments_message_id_finding_messages"),
        ),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["documents.id"],
            name=op.f("fk_finding_attachments_document_id_documents"),
        ),
        sa.PrimaryKeyConstraint("message_id", "document_id", name=op.f("pk_finding_attachments")),
        comment="Documents of the same project that a message points to. Rows never change.",
    )
    op.create_index("ix_finding_attachments_document_id", "finding_attachments", ["document_id"])
    op.create_table(
        "round_looks",
        sa.Column("account_id", sa.UUID(), nullable=False, comment="Who looked."),
        sa.Column("verification_id", sa.UUID(), nullable=False),
        sa.Column(
            "seq",
            sa.BigInteger(),
            nullable=False,
            comment="What the account has seen of the round: audit entries up to this number.",
        ),
        sa.Column("looked_at", MOMENT, nullable=False, comment="When the account last marked it as looked at."),
        sa.CheckConstraint("seq >= 0", name=op.f("ck_round_looks_seq_counted")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["users.id"], name=op.f("fk_round_looks_account_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["verification_id"],
            ["verification_requests.id"],
            name=op.f("fk_round_looks_verification_id_verification_requests"),
        ),
        sa.PrimaryKeyConstraint("account_id", "verification_id", name=op.f("pk_round_looks")),
        comment="How far an account has looked at a round; what came since is new to it.",
    )
    for table, rows in ROWS.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY rows_of_identity ON {table} USING ({rows})")
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
    op.execute("REVOKE UPDATE ON round_looks FROM karbonica_app")
    op.execute("GRANT UPDATE (seq, looked_at) ON round_looks TO karbonica_app")
    op.execute(PUBLIC_FINDINGS)
    op.execute(
        "COMMENT ON VIEW public_findings IS"
        " 'How many findings of each kind a round has, and how many are closed; no word of them.'"
    )
    op.execute("REVOKE ALL ON public_findings FROM karbonica_app")
    op.execute("GRANT SELECT ON public_findings TO karbonica_app")
    op.execute(APPROVED_WHEN_SETTLED)
    op.execute(
        "CREATE TRIGGER approval_settled BEFORE UPDATE OF status ON verification_requests"
        " FOR EACH ROW WHEN (NEW.status = 'approved' AND OLD.status <> 'approved')"
        " EXECUTE FUNCTION karbonica_guard_settled()"
    )
