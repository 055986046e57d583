"""Who decides instead of a verifier says why, and another administrator countersigns.

Why: one administrator alone issued what nobody had verified (ADR 0066).
"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

DOCUMENT_TYPES = (
    "document_type IN ('project_description', 'methodology', 'monitoring_plan', 'baseline_assessment', "
    "'monitoring_report', 'validation_report', 'verification_report', 'site_evidence', 'land_title', "
    "'laboratory_analysis', 'other')"
)


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
