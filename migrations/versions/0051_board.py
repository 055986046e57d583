"""Rounds by the stage they stand in, in the order of their deadlines; proposals that are taken back.

Why: the board of staff shows a page of them and counts each stage; over the index of the status alone it
sorted all rounds of a stage for each page. Whoever proposes on a page leaves it, and carries it out from
another one later (ADR 0093).
"""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

IN_REVIEW = "status = 'in_review'"
STAGES = {
    "to_assign": (["submitted_at", "id"], "status = 'pending'"),
    "to_review": (["assigned_at", "id"], IN_REVIEW),
    "reviewed_by": (["verifier_id", "assigned_at", "id"], IN_REVIEW),
    "to_countersign": (
        ["completed_at", "id"],
        "status = 'approved' AND needs_countersignature AND countersigned_by IS NULL",
    ),
    "decided": (
        ["completed_at", "id"],
        "status = 'rejected' OR status = 'approved'"
        " AND (NOT needs_countersignature OR countersigned_by IS NOT NULL)",
    ),
}

PROPOSAL_COMMENTS = {
    "status": "waiting, then one of four, for ever.",
    "settled_by": "Another administrator; NULL: it expired or was withdrawn.",
    "settled_at": "When it was answered or withdrawn, or expired.",
}


def upgrade() -> None:
    for name, (columns, where) in STAGES.items():
        op.create_index(
            f"ix_verification_requests_{name}",
            "verification_requests",
            columns,
            postgresql_where=sa.text(where),
        )

    # What waits for a second approval is approved and needs one: without knowing that these go together,
    # PostgreSQL takes them for few, and sorts them all.
    op.execute(
        "CREATE STATISTICS st_verification_requests_stage (mcv)"
        " ON status, needs_countersignature, countersigned_by FROM verification_requests"
    )
    op.add_column(
        "proposals",
        sa.Column(
            "request_key",
            sa.String(255),
            nullable=True,
            comment="The key of the request, with which its proposer sends it again; NULL: it has none.",
        ),
    )
    for column, comment in PROPOSAL_COMMENTS.items():
        op.execute(f"COMMENT ON COLUMN proposals.{column} IS '{comment}'")
    op.drop_constraint(op.f("ck_proposals_status_known"), "proposals", type_="check")
    op.create_check_constraint(
        op.f("ck_proposals_status_known"),
        "proposals",
        "status IN ('waiting', 'countersigned', 'refused', 'expired', 'withdrawn')",
    )
