"""Who decides instead of a verifier says why, and another administrator countersigns.

Why: one administrator alone issued what nobody had verified (ADR 0066).
"""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

DOCUMENT_TYPES = (
    "document_type IN ('project_description', 'methodology', 'monitoring_plan', 'baseline_assessment', "
    "'monitoring_report', 'validation_report', 'verification_report', 'site_evidence', 'land_title', "
    "'laboratory_analysis', 'other')"
)

MOMENT = sa.DateTime(timezone=True)

# What was proposed is what is countersigned, and an answer is for ever.
PROPOSAL_STAYS = """
CREATE FUNCTION karbonica_guard_proposal() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF OLD.status <> 'waiting'
       OR to_jsonb(NEW) - '{status,settled_by,settled_at,refusal}'::text[]
       IS DISTINCT FROM to_jsonb(OLD) - '{status,settled_by,settled_at,refusal}'::text[] THEN
        RAISE EXCEPTION 'proposal % stays as it was made, and answered', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    op.drop_constraint(op.f("ck_documents_document_type_known"), "documents", type_="check")
    op.create_check_constraint(
        op.f("ck_documents_document_type_known"), "documents", DOCUMENT_TYPES
    )
    op.add_column(
        "verification_requests",
        sa.Column(
            "stead_reason",
            sa.Text(),
            nullable=True,
            comment="Why staff decided in the verifier's stead; for those who work on the project.",
        ),
    )
    op.create_check_constraint(
        op.f("ck_verification_requests_stead_countersigned"),
        "verification_requests",
        "stead_reason IS NULL OR status <> 'approved' OR needs_countersignature",
    )
    op.create_table(
        "proposals",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.String(30), nullable=False, comment="What is to be done."),
        sa.Column(
            "subject",
            sa.String(100),
            nullable=False,
            comment="The serial, project or account it is about, or `registry`.",
        ),
        sa.Column(
            "quantity_units",
            sa.BigInteger(),
            nullable=True,
            comment="Units of 0.01 t CO2e; NULL: it moves none.",
        ),
        sa.Column(
            "reason", sa.Text(), nullable=False, comment="Why, in the words of who proposed it."
        ),
        sa.Column(
            "terms_sha256",
            sa.String(64),
            nullable=False,
            comment="SHA-256 of all that is asked for.",
        ),
        sa.Column(
            "status",
            sa.String(20),
            nullable=False,
            comment="waiting, then one of three, for ever.",
        ),
        sa.Column("proposed_by", sa.UUID(), nullable=False, comment="One administrator."),
        sa.Column("proposed_at", MOMENT, nullable=False, comment="When it was asked for."),
        sa.Column(
            "expires_at", MOMENT, nullable=False, comment="Nobody countersigns it from then on."
        ),
        sa.Column(
            "settled_by",
            sa.UUID(),
            nullable=True,
            comment="Another administrator; NULL: it expired.",
        ),
        sa.Column(
            "settled_at", MOMENT, nullable=True, comment="When it was answered, or expired."
        ),
        sa.Column(
            "refusal", sa.Text(), nullable=True, comment="Why another administrator said no."
        ),
        sa.CheckConstraint(
            "kind IN ('cancellation', 'buffer_release', 'reversal', 'role_change', 'freeze')",
            name=op.f("ck_proposals_kind_known"),
        ),
        sa.CheckConstraint(
            "status IN ('waiting', 'countersigned', 'refused', 'expired')",
            name=op.f("ck_proposals_status_known"),
        ),
        sa.CheckConstraint(
            "terms_sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_proposals_terms_sha256_is_sha256")
        ),
        sa.CheckConstraint(
            "settled_by IS NULL OR settled_by <> proposed_by",
            name=op.f("ck_proposals_two_pairs_of_eyes"),
        ),
        sa.CheckConstraint(
            "(status = 'waiting') = (settled_at IS NULL)",
            name=op.f("ck_proposals_settled_once_answered"),
        ),
        sa.CheckConstraint(
            "(status = 'refused') = (refusal IS NOT NULL)",
            name=op.f("ck_proposals_refused_for_a_reason"),
        ),
        sa.CheckConstraint(
            "(status IN ('countersigned', 'refused')) = (settled_by IS NOT NULL)",
            name=op.f("ck_proposals_settled_by_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["users.id"], name=op.f("fk_proposals_proposed_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["settled_by"], ["users.id"], name=op.f("fk_proposals_settled_by_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
        comment="What one administrator asks for and another must countersign before it is carried out.",
    )
    op.create_index("ix_proposals_newest", "proposals", ["proposed_at", "id"])
    op.execute(PROPOSAL_STAYS)
    op.execute(
        "CREATE TRIGGER proposal_stays BEFORE UPDATE ON proposals"
        " FOR EACH ROW EXECUTE FUNCTION karbonica_guard_proposal()"
    )
