"""Compliance reports that were made, whom they are open to for a time, and each reading of those.

Why: what a regulator, a holder or a Party is told of a period has to be the same whenever it is asked for again,
and who read it has to be known (ADR 0121). The files are in object storage; here is what the registry signed.
"""

import sqlalchemy as sa
from alembic import op

revision = "0070"
down_revision = "0069"
branch_labels = None
depends_on = None

ROLE = "karbonica_app"
MOMENT = sa.DateTime(timezone=True)
WRITTEN_ONCE = ("reports", "report_readings")
EVERYTHING, OURS = "(SELECT karbonica_sees_everything())", "(SELECT karbonica_holding_id())"
ROWS = {
    "reports": f"{EVERYTHING} OR account_id = {OURS}",
    "report_accesses": EVERYTHING,
    "report_readings": EVERYTHING,
}
KINDS = (
    *("holdings", "retirements", "article_6", "corsia", "cad_trust", "buffer", "verification"),
    *("audit", "processing"),
)

# Of an access nothing changes but that it is revoked, once.
REVOKED_ONCE = """
CREATE FUNCTION karbonica_guard_report_access() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF (NEW.id, NEW.report_id, NEW.authority, NEW.purpose, NEW.code_hash, NEW.granted_by, NEW.granted_at,
        NEW.expires_at)
       IS DISTINCT FROM
       (OLD.id, OLD.report_id, OLD.authority, OLD.purpose, OLD.code_hash, OLD.granted_by, OLD.granted_at,
        OLD.expires_at)
       OR OLD.revoked_at IS NOT NULL
          AND (NEW.revoked_at, NEW.revoked_by) IS DISTINCT FROM (OLD.revoked_at, OLD.revoked_by) THEN
        RAISE EXCEPTION 'an access to a report is revoked once, and stays as it was given'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""


def upgrade() -> None:
    _create_reports()
    _create_accesses()
    for table, rows in ROWS.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY rows_of_identity ON {table} USING ({rows})")
        op.execute(f"REVOKE UPDATE ON {table} FROM {ROLE}")
        op.execute(
            f"CREATE TRIGGER never_truncated BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION karbonica_forbid()"
        )
    for table in WRITTEN_ONCE:
        op.execute(
            f"CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION karbonica_forbid()"
        )
    op.execute(f"GRANT UPDATE (revoked_at, revoked_by) ON report_accesses TO {ROLE}")
    op.execute(REVOKED_ONCE)
    op.execute(
        "CREATE TRIGGER revoked_once BEFORE UPDATE ON report_accesses"
        " FOR EACH ROW EXECUTE FUNCTION karbonica_guard_report_access()"
    )
    op.execute(
        "CREATE TRIGGER never_deleted BEFORE DELETE ON report_accesses"
        " FOR EACH ROW EXECUTE FUNCTION karbonica_forbid()"
    )


def _create_reports() -> None:
    op.create_table(
        "reports",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False, comment="What it states."),
        sa.Column("first_day", sa.Date(), nullable=False, comment="Of the period, in UTC."),
        sa.Column("last_day", sa.Date(), nullable=False, comment="Of the period, counted in."),
        sa.Column(
            "known_at", MOMENT, nullable=False, comment="What was recorded later is not in it."
        ),
        sa.Column(
            "account_id",
            sa.UUID(),
            comment="Whose holdings it states; NULL: everybody's, or it is of another kind.",
        ),
        sa.Column(
            "party",
            sa.String(3),
            comment="ISO 3166-1 alpha-3; whose agreed electronic format it is.",
        ),
        sa.Column(
            "terms_sha256",
            sa.String(64),
            nullable=False,
            comment="Of all that it was asked for by.",
        ),
        sa.Column(
            "version",
            sa.Integer(),
            nullable=False,
            comment="Counts those of the same terms whose bytes differ, from 1.",
        ),
        sa.Column("made_at", MOMENT, nullable=False, comment="When it was made."),
        sa.Column("made_by", sa.UUID(), comment="Who asked for it; NULL: it was due."),
        sa.Column(
            "manifest",
            sa.LargeBinary(),
            nullable=False,
            comment="Canonical JSON (RFC 8785), as signed.",
        ),
        sa.Column(
            "sha256",
            sa.String(64),
            nullable=False,
            comment="Of the manifest; also in the audit log.",
        ),
        sa.Column(
            "public_key",
            sa.String(64),
            nullable=False,
            comment="Ed25519, hex: the registry's then.",
        ),
        sa.Column(
            "signature", sa.String(128), nullable=False, comment="Over the manifest's bytes, hex."
        ),
        sa.CheckConstraint(
            f"kind IN ({', '.join(repr(kind) for kind in KINDS)})",
            name=op.f("ck_reports_kind_known"),
        ),
        sa.CheckConstraint(
            "terms_sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_reports_terms_sha256_is_sha256")
        ),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_reports_sha256_is_sha256")),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_reports_period_in_order")),
        sa.CheckConstraint("version > 0", name=op.f("ck_reports_version_counts")),
        sa.CheckConstraint("party ~ '^[A-Z]{3}$'", name=op.f("ck_reports_party_alpha3")),
        sa.CheckConstraint(
            "public_key ~ '^[0-9a-f]{64}$'", name=op.f("ck_reports_public_key_is_hex")
        ),
        sa.CheckConstraint(
            "signature ~ '^[0-9a-f]{128}$'", name=op.f("ck_reports_signature_is_hex")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["users.id"], name=op.f("fk_reports_account_id_users")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_reports_made_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint(
            "terms_sha256", "version", name=op.f("uq_reports_terms_sha256_version")
        ),
        comment="Compliance reports that were made; the files are in object storage (ADR 0121). Rows never change.",
    )
    op.create_index("ix_reports_newest", "reports", ["made_at", "id"])
    op.create_index("ix_reports_account", "reports", ["account_id", "made_at", "id"])


def _create_accesses() -> None:
    op.create_table(
        "report_accesses",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("report_id", sa.UUID(), nullable=False, comment="Which report it opens."),
        sa.Column(
            "authority",
            sa.String(200),
            nullable=False,
            comment="Whom it was given, as staff call it.",
        ),
        sa.Column(
            "purpose", sa.String(500), nullable=False, comment="What for, in the words of staff."
        ),
        sa.Column("code_hash", sa.String(64), nullable=False, comment="SHA-256 of the code."),
        sa.Column("granted_by", sa.UUID(), nullable=False, comment="Staff."),
        sa.Column("granted_at", MOMENT, nullable=False, comment="When it was given."),
        sa.Column("expires_at", MOMENT, nullable=False, comment="Nobody reads by it from then on."),
        sa.Column("revoked_at", MOMENT, comment="When staff took it back; NULL: they did not."),
        sa.Column("revoked_by", sa.UUID(), comment="Staff."),
        sa.CheckConstraint(
            "code_hash ~ '^[0-9a-f]{64}$'", name=op.f("ck_report_accesses_code_hash_is_sha256")
        ),
        sa.CheckConstraint(
            "expires_at > granted_at AND expires_at <= granted_at + interval '90 days'",
            name=op.f("ck_report_accesses_for_a_time"),
        ),
        sa.CheckConstraint(
            "(revoked_at IS NULL) = (revoked_by IS NULL)",
            name=op.f("ck_report_accesses_revoked_by_somebody"),
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name=op.f("fk_report_accesses_report_id_reports")
        ),
        sa.ForeignKeyConstraint(
            ["granted_by"], ["users.id"], name=op.f("fk_report_accesses_granted_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["revoked_by"], ["users.id"], name=op.f("fk_report_accesses_revoked_by_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_accesses")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_report_accesses_code_hash")),
        comment="To whom a report is open by a code, for a time (ADR 0121).",
    )
    op.create_index(op.f("ix_report_accesses_report_id"), "report_accesses", ["report_id"])
    op.create_table(
        "report_readings",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("access_id", sa.UUID(), nullable=False, comment="By which access."),
        sa.Column("read_at", MOMENT, nullable=False, comment="When it was shown."),
        sa.Column("file", sa.String(100), comment="Which file; NULL: the report's manifest."),
        sa.ForeignKeyConstraint(
            ["access_id"],
            ["report_accesses.id"],
            name=op.f("fk_report_readings_access_id_report_accesses"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_readings")),
        comment="Each reading by a code; the audit log has it too. Rows never change.",
    )
    op.create_index("ix_report_readings_access", "report_readings", ["access_id", "read_at"])
