"""Manifests of the open data.

Why: the files of an export lie in object storage, and only what the registry itself says of them
tells anybody whether they are whole.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "exports",
        sa.Column("id", postgresql.UUID(as_uuid=True), nullable=False),
        sa.Column("generated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "sha256",
            sa.String(64),
            nullable=False,
            comment="Of the manifest; also in the audit log.",
        ),
        sa.Column(
            "manifest",
            sa.LargeBinary(),
            nullable=False,
            comment="Canonical JSON (RFC 8785), as served.",
        ),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_exports_sha256_is_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exports")),
    )
    op.create_index(op.f("ix_exports_generated_at"), "exports", ["generated_at"])
    op.execute(
        "CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON exports "
        "FOR EACH ROW EXECUTE FUNCTION karbonica_forbid()"
    )
    op.execute(
        "CREATE TRIGGER never_truncated BEFORE TRUNCATE ON exports "
        "FOR EACH STATEMENT EXECUTE FUNCTION karbonica_forbid()"
    )
