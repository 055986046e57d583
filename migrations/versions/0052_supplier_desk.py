"""Forms that somebody has not finished, and documents of up to 5 GiB.

Why: a session that ended took a long form with it, and a file of gigabytes comes in parts now (ADR 0094).
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unfinished_forms",
        sa.Column("account_id", sa.UUID(), nullable=False, comment="Whose it is, and nobody else's."),
        sa.Column("form", sa.String(50), nullable=False, comment="Which form, as `new-project`."),
        sa.Column(
            "fields",
            postgresql.JSONB(),
            nullable=False,
            comment="What was typed, by the names of the fields; nothing of it was checked.",
        ),
        sa.Column(
            "saved_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When something was typed last.",
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["users.id"], name=op.f("fk_unfinished_forms_account_id_users")
        ),
        sa.PrimaryKeyConstraint("account_id", "form", name=op.f("pk_unfinished_forms")),
        comment="A form that somebody goes on with later; gone once it is sent, or after 90 days.",
    )
    op.create_index("ix_unfinished_forms_saved_at", "unfinished_forms", ["saved_at"])
    op.execute("ALTER TABLE unfinished_forms ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY rows_of_identity ON unfinished_forms USING"
        " ((SELECT karbonica_is_system()) OR account_id = (SELECT karbonica_account_id()))"
    )
    op.execute("GRANT DELETE ON unfinished_forms TO karbonica_app")
    op.drop_constraint(op.f("ck_documents_file_size_bounds"), "documents", type_="check")
    op.create_check_constraint(
        op.f("ck_documents_file_size_bounds"), "documents", "file_size BETWEEN 1 AND 5368709120"
    )
