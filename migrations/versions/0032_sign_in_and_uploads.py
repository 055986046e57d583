"""Failed log-ins by source, known devices, shortened origins of sessions; uploads that can be swept.

Why: five wrong passwords of anybody locked an owner out for half an hour, again and again; sessions
kept whole addresses and browsers, which tell people apart; announced documents whose bytes never
came stayed for ever and counted for nothing (ADR 0050).
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

# As domain/accounts/session_origins.py: the network of an address, and the family of a browser.
# What is no address is forgotten.
SHORTEN_ADDRESS = """
CREATE FUNCTION pg_temp.shortened(address text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    found inet;
BEGIN
    found := replace(lower(split_part(address, '%', 1)), '::ffff:', '')::inet;
    RETURN network(set_masklen(found, CASE family(found) WHEN 4 THEN 24 ELSE 48 END))::text;
EXCEPTION WHEN invalid_text_representation THEN
    RETURN NULL;
END $$
"""
FAMILIES = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Opera", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("YaBrowser", "Yandex Browser"),
    ("Vivaldi", "Vivaldi"),
    ("FxiOS", "Firefox"),
    ("Firefox", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chromium", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
    ("curl", "curl"),
    ("python", "Python"),
    ("okhttp", "OkHttp"),
    ("Go-http-client", "Go"),
    ("Java", "Java"),
)
WHENS = " ".join(
    f"WHEN position('{mark}' IN user_agent) > 0 THEN '{name}'" for mark, name in FAMILIES
)
SHORTEN_SESSIONS = f"""
UPDATE sessions
   SET ip_address = pg_temp.shortened(ip_address),
       user_agent = CASE WHEN user_agent IS NULL OR user_agent = '' THEN NULL {WHENS} ELSE 'other' END
"""  # noqa: S608 -- both parts stand above

# What was completed is evidence and stays; what was only announced is nobody's.
GUARD_DOCUMENTS = (
    """
CREATE FUNCTION karbonica_keep_document() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF OLD.status <> 'awaiting_upload' THEN
        RAISE EXCEPTION 'document % was completed and stays', OLD.id
              USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END $$
""",
    """
CREATE TRIGGER completed_stays BEFORE DELETE ON documents
    FOR EACH ROW EXECUTE FUNCTION karbonica_keep_document()
""",
)


def upgrade() -> None:
    op.create_table(
        "sign_in_failures",
        sa.Column(
            "login_hash",
            sa.String(64),
            nullable=False,
            comment="SHA-256, hex, of the e-mail that was typed, in lower case; it may be nobody's.",
        ),
        sa.Column(
            "source_hash",
            sa.String(64),
            nullable=False,
            comment="SHA-256, hex, of that e-mail and the known device or the address it came from.",
        ),
        sa.Column(
            "failed",
            sa.Integer,
            nullable=False,
            comment="In a row, since the last success from there or the last lock's end.",
        ),
        sa.Column(
            "locked_until",
            sa.DateTime(timezone=True),
            comment="No log-in from there until then; NULL: it is not locked.",
        ),
        sa.Column(
            "last_failed_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="A day later the row is swept.",
        ),
        sa.CheckConstraint("failed >= 0", name=op.f("ck_sign_in_failures_failed_natural")),
        sa.PrimaryKeyConstraint("login_hash", "source_hash", name=op.f("pk_sign_in_failures")),
        comment="Wrong passwords, counted for each e-mail and source; kept for a day (ADR 0050).",
    )
    op.create_index("ix_sign_in_failures_last", "sign_in_failures", ["last_failed_at"])
    op.execute("GRANT DELETE ON sign_in_failures TO karbonica_app")

    # Locks of before held for everybody, the owner included.
    op.execute("UPDATE users SET locked_until = NULL, failed_login_attempts = 0")
    op.alter_column(
        "users",
        "locked_until",
        comment="No log-in until then, from anywhere; NULL: not locked. The seed's accountLocked. "
        "Failures no longer set it (ADR 0050).",
    )
    op.alter_column(
        "users",
        "failed_login_attempts",
        comment="Not written any more: failures are counted by source, in sign_in_failures.",
    )

    op.execute(SHORTEN_ADDRESS)
    op.execute(SHORTEN_SESSIONS)
    op.alter_column(
        "sessions",
        "ip_address",
        comment="The network of the client's address at log-in or renewal: a /24 of IPv4, a /48 of IPv6.",
    )
    op.alter_column(
        "sessions",
        "user_agent",
        comment="The browser's family at log-in or renewal, as `Firefox`; nothing else of it.",
    )
    op.add_column(
        "sessions",
        sa.Column(
            "device_hash",
            sa.String(64),
            comment="SHA-256, hex, of the device's cookie: where it signs in next, it is known.",
        ),
    )
    op.create_index(
        "ix_sessions_device",
        "sessions",
        ["device_hash", "user_id"],
        postgresql_where=sa.text("device_hash IS NOT NULL"),
    )

    for statement in GUARD_DOCUMENTS:
        op.execute(statement)
    op.execute("GRANT DELETE ON documents TO karbonica_app")
    op.create_index(
        "ix_documents_awaited",
        "documents",
        ["uploaded_by", "created_at"],
        postgresql_where=sa.text("status = 'awaiting_upload'"),
    )

    op.create_index("ix_drafts_created_at", "drafts", ["created_at"])
    op.create_table_comment(
        "drafts",
        "What somebody asked for, until a workflow takes it up; forgotten when it is refused, and a "
        "week later in any case (ADR 0012).",
    )
