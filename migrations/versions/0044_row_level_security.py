"""Which rows there are for whom, and columns that the application does not write.

Why: whoever got hold of the application's database password read every session, document and mail
that was ever written, and could make themselves an administrator by one UPDATE (ADR 0067).
"""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

# An identity is set for one transaction, and afterwards the setting is there, but empty.
IDENTITY = """
CREATE FUNCTION karbonica_role() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('karbonica.role', true), '');

CREATE FUNCTION karbonica_account_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('karbonica.account_id', true), '')::uuid;

CREATE FUNCTION karbonica_holding_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('karbonica.holding_id', true), '')::uuid;
CREATE FUNCTION karbonica_is_system() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(karbonica_role() = 'system', false);

CREATE FUNCTION karbonica_sees_everything() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(karbonica_role() IN ('system', 'administrator'), false);

CREATE FUNCTION karbonica_keeps_accounts() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(karbonica_role() IN ('system', 'administrator', 'sign_in'), false);

CREATE FUNCTION karbonica_signs_in() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(karbonica_role() IN ('system', 'sign_in'), false);
"""

# In a sub-select each is asked once for a statement, not once for a row.
ME = "(SELECT karbonica_account_id())"
# Projects and credits are an organisation's, and stand under its holding account (ADR 0068).
OURS = "(SELECT karbonica_holding_id())"
SYSTEM, EVERYTHING = "(SELECT karbonica_is_system())", "(SELECT karbonica_sees_everything())"
KEEPS_ACCOUNTS, SIGNS_IN = "(SELECT karbonica_keeps_accounts())", "(SELECT karbonica_signs_in())"

IS_PARTY = f"""EXISTS (SELECT FROM verification_requests v WHERE v.id = documents.verification_id
    AND (v.developer_id = {OURS} OR v.verifier_id = {ME}))"""

# Table: the rows there are for an identity, to read and to write.
ROWS = {
    "users": f"{KEEPS_ACCOUNTS} OR id = {ME}",
    "sessions": f"{KEEPS_ACCOUNTS} OR user_id = {ME}",
    "api_keys": f"{KEEPS_ACCOUNTS} OR user_id = {ME}",
    "account_tokens": f"{KEEPS_ACCOUNTS} OR user_id = {ME}",
    "account_messages": f"{KEEPS_ACCOUNTS} OR user_id = {ME}",
    "account_acts": KEEPS_ACCOUNTS,
    "sign_in_failures": SIGNS_IN,
    "wallet_challenges": f"{SIGNS_IN} OR user_id = {ME}",
    "notifications": f"{SIGNS_IN} OR user_id = {ME}",
    "idempotency_keys": f"{SYSTEM} OR account_id = {ME}",
    "drafts": f"{SYSTEM} OR account_id = {ME}",
    "documents": f"{EVERYTHING} OR uploaded_by = {ME} OR {IS_PARTY}",
    "credit_entries": f"{EVERYTHING} OR owner_id = {OURS}",
    "credit_transactions": f"{EVERYTHING} OR sender_id = {OURS} OR recipient_id = {OURS}",
    "chain_record_openings": f"{EVERYTHING} OR account_id = {OURS}",
    "passkeys": f"{KEEPS_ACCOUNTS} OR user_id = {ME}",
    "consents": f"{KEEPS_ACCOUNTS} OR user_id = {ME}",
    "erasures": f"{KEEPS_ACCOUNTS} OR user_id = {ME}",
    "data_exports": f"{KEEPS_ACCOUNTS} OR user_id = {ME}",
    "notification_preferences": f"{KEEPS_ACCOUNTS} OR user_id = {ME}",
    "notification_settings": f"{KEEPS_ACCOUNTS} OR user_id = {ME}",
    "webhooks": EVERYTHING,
    "webhook_deliveries": EVERYTHING,
}
PUBLIC_DOCUMENTS = "status = 'completed' AND disclosure = 'public'"

# Guards look at the whole ledger, whoever moved it: with an identity's eyes a gap would be no gap.
# They have a fixed search path, and none of them writes.
GUARDS_SEE_EVERYTHING = """
DO $$
DECLARE
    guard regprocedure;
BEGIN
    FOR guard IN
        SELECT oid::regprocedure FROM pg_proc
         WHERE pronamespace = 'public'::regnamespace AND prorettype = 'trigger'::regtype
           AND proname LIKE 'karbonica\\_%' AND prosrc NOT LIKE '%current_user%'
    LOOP
        EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = public, pg_temp', guard);
    END LOOP;
END $$
"""

# What only an owner's function changes (below). An account that nobody has confirmed yet is nobody's,
# and may be registered anew by whoever has the mailbox; never as one of staff or a verifier.
ACCOUNT_STAYS = """
CREATE FUNCTION karbonica_keep_account() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF current_user <> 'karbonica_app' THEN
        RETURN NEW;
    END IF;
    IF OLD.email_verified AND NOT NEW.email_verified AND NEW.erased_at IS NULL THEN
        RAISE EXCEPTION 'account % stays confirmed', OLD.id
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF (NEW.role, NEW.password_hash) IS DISTINCT FROM (OLD.role, OLD.password_hash)
       AND (OLD.email_verified OR OLD.invited_at IS NOT NULL OR OLD.locked_at IS NOT NULL
            OR NEW.role NOT IN ('developer', 'buyer')) THEN
        RAISE EXCEPTION 'role and password of account % are set by karbonica_set_role and karbonica_set_password', OLD.id
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER account_stays BEFORE UPDATE ON users
    FOR EACH ROW EXECUTE FUNCTION karbonica_keep_account();

CREATE FUNCTION karbonica_set_role(account uuid, becomes text, at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- Whoever is signed in; or, of the registry's own work, whose act this very transaction has written down.
    PERFORM FROM users u
      WHERE u.role = 'administrator' AND u.locked_at IS NULL AND u.id <> account
        AND (u.id = karbonica_account_id() OR karbonica_is_system() AND EXISTS (
                SELECT FROM account_acts a
                 WHERE a.actor_id = u.id AND a.user_id = account AND a.act = 'role_changed'
                   AND a.role = becomes AND a.xmin = pg_current_xact_id()::xid));
    IF NOT FOUND THEN
        RAISE EXCEPTION 'only another administrator sets the role of account %', account
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE users SET role = becomes, updated_at = at WHERE id = account;
END $$;

CREATE FUNCTION karbonica_set_password(account uuid, hash text, at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- No password has the hash “!”: so the registry closes an account.
    IF hash = '!' AND karbonica_is_system() THEN
        UPDATE users SET password_hash = hash, updated_at = at WHERE id = account;
        RETURN;
    END IF;
    IF hash !~ '^\\$2[aby]\\$[0-9]{2}\\$[./A-Za-z0-9]{53}$' THEN
        RAISE EXCEPTION 'that is no bcrypt hash' USING ERRCODE = 'check_violation';
    END IF;
    -- By its owner who is signed in, or by a mailed token that this very transaction has used up.
    IF account IS DISTINCT FROM karbonica_account_id() AND NOT EXISTS (
        SELECT FROM account_tokens t
         WHERE t.user_id = account AND t.purpose IN ('reset_password', 'invitation')
           AND t.used_at IS NOT NULL AND t.used_at = at AND t.expires_at > at
           AND pg_current_xact_id()::xid = t.xmin
    ) THEN
        RAISE EXCEPTION 'the password of account % is set by its owner, or by a link mailed to them', account
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE users SET password_hash = hash, locked_until = NULL, updated_at = at WHERE id = account;
END $$;
"""

# Whoever has a token is shown whose it is, in one statement: each signed-in request begins with it.
SESSION_FOUND = """
CREATE FUNCTION karbonica_find_session(token_hash text, at timestamptz)
RETURNS TABLE (id uuid, name text, role text, email_verified boolean, locked_until timestamptz,
               holding_id uuid, session_id uuid, family_id uuid, access_expires_at timestamptz, refresh_expires_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT u.id, u.name::text, u.role::text, u.email_verified, u.locked_until,
           nullif(coalesce((
               SELECT o.holding_account_id FROM organisations o
                 JOIN organisation_members m ON m.organisation_id = o.id
                WHERE m.user_id = u.id AND m.left_at IS NULL
           ), '00000000-0000-0000-0000-000000000000'), u.id),
           s.id, s.family_id, s.access_expires_at, s.refresh_expires_at
      FROM sessions s JOIN users u ON u.id = s.user_id
     WHERE s.access_token_hash = $1 AND s.access_expires_at > $2 AND s.ended_at IS NULL
       -- Locking ends all sessions; one that was opened at that very moment is caught here.
       AND u.locked_at IS NULL
       -- Its refresh token was used: another access token has taken its place.
       AND s.rotated_at IS NULL
$$;
"""
OWNERS_FUNCTIONS = (
    "karbonica_find_session(text, timestamptz)",
    "karbonica_set_role(uuid, text, timestamptz)",
    "karbonica_set_password(uuid, text, timestamptz)",
    "karbonica_set_webhook_url(uuid, text)",
)

# Only staff send deliveries elsewhere: whoever could, would receive them all.
WEBHOOK_URL = """
CREATE FUNCTION karbonica_set_webhook_url(webhook uuid, becomes text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM users WHERE id = karbonica_account_id() AND role = 'administrator' AND locked_at IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'only an administrator changes where webhook % leads', webhook
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE webhooks SET url = becomes WHERE id = webhook;
END $$;
"""

# The head moves by the entry that follows it, and in no other way.
HEAD_FOLLOWED = """
CREATE FUNCTION karbonica_guard_audit_head() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- Several entries may follow at once; each guards that it follows the one before it.
    IF NEW.seq <= OLD.seq
       OR NOT EXISTS (SELECT FROM audit_logs entry
                       WHERE entry.seq = OLD.seq + 1 AND entry.previous_hash = OLD.hash)
       OR NOT EXISTS (SELECT FROM audit_logs entry
                       WHERE entry.seq = NEW.seq AND entry.hash = NEW.hash)
       OR (SELECT count(*) FROM audit_logs entry
            WHERE entry.seq > OLD.seq AND entry.seq <= NEW.seq) <> NEW.seq - OLD.seq THEN
        RAISE EXCEPTION 'the head of the audit log is its entry %, and moves with the next', OLD.seq
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER audit_head_followed AFTER UPDATE ON audit_head
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD IS DISTINCT FROM NEW)
    EXECUTE FUNCTION karbonica_guard_audit_head();
"""

# A first answer is written once, and forgotten, never written anew.
ANSWER_STAYS = """
CREATE FUNCTION karbonica_guard_answer() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF (NEW.account_id, NEW.key, NEW.request_hash, NEW.created_at)
       IS DISTINCT FROM (OLD.account_id, OLD.key, OLD.request_hash, OLD.created_at)
       OR OLD.status IS NOT NULL
       AND ((NEW.status, NEW.answered_at, NEW.location)
            IS DISTINCT FROM (OLD.status, OLD.answered_at, OLD.location)
            OR NEW.body IS DISTINCT FROM OLD.body AND NEW.body IS NOT NULL) THEN
        RAISE EXCEPTION 'the first answer to key % stays', OLD.key USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER answer_stays BEFORE UPDATE ON idempotency_keys
    FOR EACH ROW WHEN (current_user = 'karbonica_app') EXECUTE FUNCTION karbonica_guard_answer();
"""

# Of these rows the application changes these columns and no others; the rest is written once.
UPDATED_COLUMNS = {
    "sessions": (
        "access_expires_at", "rotated_at", "ended_at", "ip_address", "user_agent", "device_hash",
    ),
    # Sealed, and emptied when somebody is erased (ADR 0072).
    "account_acts": ("reason",),
    "webhooks": ("secret", "events", "active"),
    "account_tokens": ("used_at",),
    "audit_head": ("seq", "hash"),
    "unit_counter": ("next_unit",),
}
NEVER_UPDATED = ("drafts",)

# What everybody may see of rows that are somebody's: with the owner's rights, so that a public read
# is planned as before. A condition on who asks would keep the indexes of units and words from use,
# because few operators are trusted not to tell of rows that they were not to see.
_KNOWS = f"({EVERYTHING} OR {{0}} = {OURS} OR {{0}} = '00000000-0000-4000-8000-000000000001')"
PUBLIC_VIEWS = {
    "public_credit_entries": (
        f"""
SELECT id, project_id, parent_id, suspended_for, serial, units, quantity_units, vintage, status,
       issued_at, last_action_at,
       (SELECT role FROM users WHERE users.id = owner_id) AS owner_role,
       CASE WHEN {_KNOWS.format("owner_id")} THEN owner_id END AS owner_id
  FROM credit_entries
""",
        "All credit entries; the holder of each is shown to the holder and to staff alone.",
    ),
    "public_credit_transactions": (
        f"""
SELECT id, type, entry_id, result_entry_id, units, quantity_units, status, retirement_id, reason,
       created_at, completed_at, verification_id,
       CASE WHEN {_KNOWS.format("sender_id")} THEN sender_id END AS sender_id,
       CASE WHEN {_KNOWS.format("recipient_id")} THEN recipient_id END AS recipient_id
  FROM credit_transactions
""",
        "All movements of credits; each party is shown to itself and to staff alone.",
    ),
    "public_documents": (
        """
SELECT id, project_id, verification_id, document_type, disclosure, sha256, completed_at,
       CASE WHEN disclosure = 'public' THEN name END AS name,
       CASE WHEN disclosure = 'public' THEN mime_type END AS mime_type,
       CASE WHEN disclosure = 'public' THEN file_size END AS file_size
  FROM documents WHERE status = 'completed'
""",
        "All completed documents; of what is not public, type and SHA-256 alone.",
    ),
    "public_accounts": (
        "SELECT id, role FROM users",
        "The role of each account; whose it is stands nowhere in public.",
    ),
}


def upgrade() -> None:
    for script in (
        IDENTITY,
        ACCOUNT_STAYS,
        SESSION_FOUND,
        WEBHOOK_URL,
        HEAD_FOLLOWED,
        ANSWER_STAYS,
    ):
        run(script)
    for function in OWNERS_FUNCTIONS:
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO karbonica_app")
    op.execute(GUARDS_SEE_EVERYTHING)
    for table, rows in ROWS.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY rows_of_identity ON {table} USING ({rows})")
    op.execute(f"CREATE POLICY public_rows ON documents FOR SELECT USING ({PUBLIC_DOCUMENTS})")
    for table, columns in UPDATED_COLUMNS.items():
        op.execute(f"REVOKE UPDATE ON {table} FROM karbonica_app")
        op.execute(f"GRANT UPDATE ({', '.join(columns)}) ON {table} TO karbonica_app")
    for table in NEVER_UPDATED:
        op.execute(f"REVOKE UPDATE ON {table} FROM karbonica_app")
    for name, (query, comment) in PUBLIC_VIEWS.items():
        op.execute(f"CREATE VIEW {name} AS {query}")
        op.execute(sa.text(f"COMMENT ON VIEW {name} IS '{comment}'"))
        op.execute(f"REVOKE ALL ON {name} FROM karbonica_app")
        op.execute(f"GRANT SELECT ON {name} TO karbonica_app")


def run(script: str) -> None:
    """Execute statement by statement: asyncpg prepares each, and takes one at a time."""
    statement: list[str] = []
    inside_body = False
    for line in script.strip().splitlines():
        statement.append(line)
        inside_body ^= line.count("$$") % 2 == 1
        if line.rstrip().endswith(";") and not inside_body:
            op.execute("\n".join(statement))
            statement = []
