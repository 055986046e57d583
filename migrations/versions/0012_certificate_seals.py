"""Certificates that are sealed again, and those that cannot be sealed.

Why: a transaction that is rolled back and expires takes the proof of a sealed certificate with it.
The certificate is then sealed anew over the transaction that took its place; the former document
stays, byte for byte, so that whoever holds a copy finds out what became of it (ADR 0021).
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ROLE = "karbonica_app"

# A sealed document gives way only to another sealed one, and only once it is kept among the former.
# Beside a sealed document nothing changes but the word on what is in the way of the next seal.
GUARD = """
CREATE OR REPLACE FUNCTION karbonica_guard_certificate() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_temp AS $$
BEGIN
    IF OLD.status = 'sealed' AND NOT (
        NEW.status = 'sealed'
        AND NEW.retirement_id = OLD.retirement_id AND NEW.created_at = OLD.created_at
        AND (
            (NEW.digest, NEW.document, NEW.sealed_at) = (OLD.digest, OLD.document, OLD.sealed_at)
            OR NEW.digest <> OLD.digest AND EXISTS (
                SELECT FROM superseded_certificates s
                 WHERE s.digest = OLD.digest AND s.retirement_id = OLD.retirement_id
                   AND s.document = OLD.document AND s.sealed_at = OLD.sealed_at
            )
        )
    ) THEN
        RAISE EXCEPTION 'certificate % is sealed', OLD.retirement_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""

WRITTEN_ONCE = (
    "CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON superseded_certificates "
    "FOR EACH ROW EXECUTE FUNCTION karbonica_forbid()",
    "CREATE TRIGGER never_truncated BEFORE TRUNCATE ON superseded_certificates "
    "FOR EACH STATEMENT EXECUTE FUNCTION karbonica_forbid()",
)


def upgrade() -> None:
    op.add_column(
        "certificates",
        sa.Column(
            "trouble",
            sa.Text(),
            nullable=True,
            comment="Public: why it cannot be sealed as things stand; NULL when nothing is in the way.",
        ),
    )
    op.create_table(
        "superseded_certificates",
        sa.Column(
            "digest", sa.String(length=64), nullable=False, comment="SHA-256 the registry signed."
        ),
        sa.Column("retirement_id", sa.UUID(), nullable=False),
        sa.Column(
            "document",
            sa.LargeBinary(),
            nullable=False,
            comment="Canonical JSON (RFC 8785), as it was served.",
        ),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["retirement_id"],
            ["certificates.retirement_id"],
            name=op.f("fk_superseded_certificates_retirement_id_certificates"),
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_superseded_certificates")),
    )
    op.create_index(
        op.f("ix_superseded_certificates_retirement_id"),
        "superseded_certificates",
        ["retirement_id"],
        unique=False,
    )
    op.execute(GUARD)
    for trigger in WRITTEN_ONCE:
        op.execute(trigger)
    op.execute(f"REVOKE ALL ON superseded_certificates FROM {ROLE}")
    op.execute(f"GRANT SELECT, INSERT ON superseded_certificates TO {ROLE}")
