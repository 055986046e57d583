"""The tables of the registry.

Why: the registry begins; every table is in its first useful form, quantities as whole units throughout.
"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "activity_effects",
        sa.Column(
            "key",
            sa.String(length=200),
            nullable=False,
            comment="What an activity brings about, once.",
        ),
        sa.Column(
            "result",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Its answer, given again when the activity runs again.",
        ),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_activity_effects")),
    )
    op.create_table(
        "audit_head",
        sa.Column("only_row", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint("only_row", name=op.f("ck_audit_head_only_row")),
        sa.PrimaryKeyConstraint("only_row", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "audit_logs",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("event_type", sa.String(length=100), nullable=False),
        sa.Column("action", sa.String(length=100), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=True),
        sa.Column("resource_type", sa.String(length=100), nullable=False),
        sa.Column("resource_id", sa.UUID(), nullable=False),
        sa.Column(
            "changes",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="Before and after, without personal data.",
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_logs")),
        sa.UniqueConstraint("hash", name=op.f("uq_audit_logs_hash")),
    )
    op.create_index(op.f("ix_audit_logs_at"), "audit_logs", ["at"], unique=False)
    op.create_index(op.f("ix_audit_logs_event_type"), "audit_logs", ["event_type"], unique=False)
    op.create_index(
        "ix_audit_logs_resource", "audit_logs", ["resource_type", "resource_id"], unique=False
    )
    op.create_index(op.f("ix_audit_logs_user_id"), "audit_logs", ["user_id"], unique=False)
    op.create_table(
        "chain_transactions",
        sa.Column("tx_hash", sa.String(length=64), nullable=False),
        sa.Column("wallet_address", sa.String(length=120), nullable=False),
        sa.Column(
            "cbor",
            sa.LargeBinary(),
            nullable=False,
            comment="Signed bytes, stored before they are sent.",
        ),
        sa.Column("ttl_slot", sa.BigInteger(), nullable=False),
        sa.Column("fee_lovelace", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("block_hash", sa.String(length=64), nullable=True),
        sa.Column("block_height", sa.BigInteger(), nullable=True),
        sa.Column("block_slot", sa.BigInteger(), nullable=True),
        sa.Column(
            "confirmations",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Blocks on top of the block that holds the transaction.",
        ),
        sa.Column("misses", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "expired_at_height",
            sa.BigInteger(),
            nullable=True,
            comment="Tip height when the TTL was first seen to have passed.",
        ),
        sa.Column("rollbacks", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("submissions", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("built_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "submitted_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="First time a node took the bytes.",
        ),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "checked_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When the chain was last asked.",
        ),
        sa.CheckConstraint(
            "status IN ('signed', 'submitted', 'confirmed', 'final', 'expired')",
            name=op.f("ck_chain_transactions_status_known"),
        ),
        sa.CheckConstraint(
            "tx_hash ~ '^[0-9a-f]{64}$'", name=op.f("ck_chain_transactions_tx_hash_is_sha256")
        ),
        sa.PrimaryKeyConstraint("tx_hash", name=op.f("pk_chain_transactions")),
    )
    op.create_index(
        "ix_chain_transactions_in_flight",
        "chain_transactions",
        ["built_at"],
        unique=False,
        postgresql_where=sa.text("status IN ('signed', 'submitted', 'confirmed')"),
    )
    op.create_table(
        "unit_counter",
        sa.Column("only_row", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column(
            "next_unit",
            sa.BigInteger(),
            nullable=False,
            comment="The next unit number never given before.",
        ),
        sa.CheckConstraint("next_unit > 0", name=op.f("ck_unit_counter_next_unit_positive")),
        sa.CheckConstraint("only_row", name=op.f("ck_unit_counter_only_row")),
        sa.PrimaryKeyConstraint("only_row", name=op.f("pk_unit_counter")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column(
            "email", sa.String(length=255), nullable=False, comment="Lower case; the log-in name."
        ),
        sa.Column("password_hash", sa.String(length=255), nullable=False, comment="bcrypt."),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("company", sa.String(length=255), nullable=True),
        sa.Column("role", sa.String(length=50), nullable=False),
        sa.Column("wallet_address", sa.String(length=255), nullable=True),
        sa.Column("email_verified", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "locked_until",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="The seed's accountLocked, with its end.",
        ),
        sa.Column(
            "failed_login_attempts", sa.Integer(), server_default=sa.text("0"), nullable=False
        ),
        sa.Column("last_login_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "role IN ('developer', 'verifier', 'administrator', 'buyer')",
            name=op.f("ck_users_role_known"),
        ),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_users_email_lower_case")),
        sa.CheckConstraint(
            "failed_login_attempts >= 0", name=op.f("ck_users_failed_login_attempts_natural")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
        sa.UniqueConstraint("wallet_address", name=op.f("uq_users_wallet_address")),
    )
    op.create_table(
        "drafts",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column(
            "body",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="What was asked for; workflows carry the id, so that their histories hold no person.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["users.id"], name=op.f("fk_drafts_account_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
    )
    op.create_index(op.f("ix_drafts_account_id"), "drafts", ["account_id"], unique=False)
    op.create_table(
        "idempotency_keys",
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column(
            "request_hash",
            sa.String(length=64),
            nullable=False,
            comment="SHA-256 of method, path and body.",
        ),
        sa.Column(
            "status",
            sa.SmallInteger(),
            nullable=True,
            comment="NULL until the first answer is known.",
        ),
        sa.Column(
            "body",
            sa.LargeBinary(),
            nullable=True,
            comment="The answer's bytes, given again to a repeated request.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "request_hash ~ '^[0-9a-f]{64}$'",
            name=op.f("ck_idempotency_keys_request_hash_is_sha256"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["users.id"], name=op.f("fk_idempotency_keys_account_id_users")
        ),
        sa.PrimaryKeyConstraint("account_id", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_table(
        "notifications",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.String(length=50), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("link", sa.String(length=255), nullable=False),
        sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_notifications_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
    )
    op.create_index(
        "ix_notifications_newest", "notifications", ["user_id", "created_at"], unique=False
    )
    op.create_table(
        "projects",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column(
            "number",
            sa.Integer(),
            sa.Identity(always=False, start=1),
            nullable=False,
            comment="The project number inside serials.",
        ),
        sa.Column("developer_id", sa.UUID(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("type", sa.String(length=50), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("location", sa.String(length=255), nullable=False),
        sa.Column("country", sa.String(length=3), nullable=False, comment="ISO 3166-1 alpha-3."),
        sa.Column(
            "latitude", sa.Numeric(precision=8, scale=6), nullable=False, comment="WGS 84 degrees."
        ),
        sa.Column(
            "longitude", sa.Numeric(precision=9, scale=6), nullable=False, comment="WGS 84 degrees."
        ),
        sa.Column(
            "emissions_target_units",
            sa.BigInteger(),
            nullable=False,
            comment="Units of 0.01 t CO2e.",
        ),
        sa.Column("start_date", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=50), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("country ~ '^[A-Z]{3}$'", name=op.f("ck_projects_country_alpha3")),
        sa.CheckConstraint(
            "status IN ('pending', 'verified', 'rejected')", name=op.f("ck_projects_status_known")
        ),
        sa.CheckConstraint(
            "type IN ('forest_conservation', 'renewable_energy', 'energy_efficiency', 'reforestation', 'improved_forest_management', 'soil_carbon', 'blue_carbon', 'biochar', 'cookstoves', 'methane_capture', 'waste_management', 'industrial_gases', 'direct_air_capture', 'enhanced_weathering', 'ocean_alkalinity_enhancement', 'other')",
            name=op.f("ck_projects_type_known"),
        ),
        sa.CheckConstraint(
            "emissions_target_units > 0", name=op.f("ck_projects_emissions_target_positive")
        ),
        sa.CheckConstraint(
            "latitude BETWEEN -90 AND 90", name=op.f("ck_projects_latitude_degrees")
        ),
        sa.CheckConstraint(
            "length(title) BETWEEN 1 AND 200", name=op.f("ck_projects_title_length")
        ),
        sa.CheckConstraint(
            "longitude BETWEEN -180 AND 180", name=op.f("ck_projects_longitude_degrees")
        ),
        sa.ForeignKeyConstraint(
            ["developer_id"], ["users.id"], name=op.f("fk_projects_developer_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_projects")),
        sa.UniqueConstraint("number", name=op.f("uq_projects_number")),
    )
    op.create_index(op.f("ix_projects_country"), "projects", ["country"], unique=False)
    op.create_index("ix_projects_created_at_id", "projects", ["created_at", "id"], unique=False)
    op.create_index(op.f("ix_projects_developer_id"), "projects", ["developer_id"], unique=False)
    op.create_index(
        "ix_projects_status_created_at_id", "projects", ["status", "created_at", "id"], unique=False
    )
    op.create_index(op.f("ix_projects_type"), "projects", ["type"], unique=False)
    op.create_index(
        "ix_projects_words",
        "projects",
        [sa.text("to_tsvector('simple'::regconfig, (((title)::text || ' '::text) || (location)::text))")],
        unique=False,
        postgresql_using="gin",
    )
    op.create_table(
        "retirements",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column(
            "quantity_units", sa.BigInteger(), nullable=False, comment="Units of 0.01 t CO2e."
        ),
        sa.Column(
            "beneficiary_name",
            sa.String(length=200),
            nullable=True,
            comment="NULL when explicitly undisclosed.",
        ),
        sa.Column(
            "beneficiary_country", sa.String(length=3), nullable=True, comment="ISO 3166-1 alpha-3."
        ),
        sa.Column("beneficiary_identifier", sa.String(length=100), nullable=True),
        sa.Column("purpose", sa.String(length=200), nullable=False),
        sa.Column(
            "reason",
            sa.String(length=1000),
            nullable=False,
            comment="Public, and on the chain for ever.",
        ),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(beneficiary_name IS NULL) = (beneficiary_country IS NULL)",
            name=op.f("ck_retirements_beneficiary_whole"),
        ),
        sa.CheckConstraint("quantity_units > 0", name=op.f("ck_retirements_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["users.id"], name=op.f("fk_retirements_account_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retirements")),
    )
    op.create_index(
        "ix_retirements_account", "retirements", ["account_id", "retired_at", "id"], unique=False
    )
    op.create_index("ix_retirements_newest", "retirements", ["retired_at", "id"], unique=False)
    op.create_index(
        "ix_retirements_beneficiary_words",
        "retirements",
        [sa.text("to_tsvector('simple', beneficiary_name)")],
        unique=False,
        postgresql_using="gin",
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column(
            "family_id",
            sa.UUID(),
            nullable=False,
            comment="All sessions rotated from one log-in; reuse of an old refresh token ends them all.",
        ),
        sa.Column(
            "access_token_hash", sa.String(length=64), nullable=False, comment="SHA-256, hex."
        ),
        sa.Column(
            "refresh_token_hash", sa.String(length=64), nullable=False, comment="SHA-256, hex."
        ),
        sa.Column("access_expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refresh_expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "rotated_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When the refresh token was used; it is good once.",
        ),
        sa.Column(
            "ended_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="Log-out, or the end of the family.",
        ),
        sa.Column("ip_address", sa.String(length=45), nullable=True),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sessions_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("access_token_hash", name=op.f("uq_sessions_access_token_hash")),
        sa.UniqueConstraint("refresh_token_hash", name=op.f("uq_sessions_refresh_token_hash")),
    )
    op.create_index(op.f("ix_sessions_family_id"), "sessions", ["family_id"], unique=False)
    op.create_index(op.f("ix_sessions_user_id"), "sessions", ["user_id"], unique=False)
    op.create_table(
        "wallet_outputs",
        sa.Column("tx_hash", sa.String(length=64), nullable=False),
        sa.Column("output_index", sa.Integer(), nullable=False),
        sa.Column("wallet_address", sa.String(length=120), nullable=False),
        sa.Column("lovelace", sa.BigInteger(), nullable=False),
        sa.Column(
            "spent_by",
            sa.String(length=64),
            nullable=True,
            comment="Our own transaction that spends it, sent or not.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("lovelace > 0", name=op.f("ck_wallet_outputs_lovelace_positive")),
        sa.ForeignKeyConstraint(
            ["spent_by"],
            ["chain_transactions.tx_hash"],
            name=op.f("fk_wallet_outputs_spent_by_chain_transactions"),
        ),
        sa.PrimaryKeyConstraint("tx_hash", "output_index", name=op.f("pk_wallet_outputs")),
    )
    op.create_index(
        "ix_wallet_outputs_unspent",
        "wallet_outputs",
        ["wallet_address"],
        unique=False,
        postgresql_where=sa.text("spent_by IS NULL"),
    )
    op.create_index(
        op.f("ix_wallet_outputs_wallet_address"), "wallet_outputs", ["wallet_address"], unique=False
    )
    op.create_table(
        "certificates",
        sa.Column("retirement_id", sa.UUID(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column(
            "document",
            sa.LargeBinary(),
            nullable=False,
            comment="Canonical JSON (RFC 8785), as served.",
        ),
        sa.Column(
            "digest",
            sa.String(length=64),
            nullable=True,
            comment="SHA-256 the registry signed; NULL until sealed.",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status = 'sealed') = (sealed_at IS NOT NULL AND digest IS NOT NULL)",
            name=op.f("ck_certificates_sealed_whole"),
        ),
        sa.CheckConstraint(
            "status IN ('accepted', 'sealed')", name=op.f("ck_certificates_status_known")
        ),
        sa.ForeignKeyConstraint(
            ["retirement_id"],
            ["retirements.id"],
            name=op.f("fk_certificates_retirement_id_retirements"),
        ),
        sa.PrimaryKeyConstraint("retirement_id", name=op.f("pk_certificates")),
    )
    op.create_table(
        "credit_entries",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("serial", sa.String(length=50), nullable=False, comment="The seed's creditId."),
        sa.Column("project_id", sa.UUID(), nullable=False),
        sa.Column("owner_id", sa.UUID(), nullable=False),
        sa.Column("parent_id", sa.UUID(), nullable=True),
        sa.Column(
            "units",
            postgresql.INT8RANGE(),
            nullable=False,
            comment="Unit numbers, [first, last + 1).",
        ),
        sa.Column(
            "quantity_units",
            sa.BigInteger(),
            sa.Computed("upper(units) - lower(units)", persisted=True),
            nullable=False,
            comment="Units of 0.01 t CO2e, derived from the range.",
        ),
        sa.Column("vintage", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_action_at", sa.DateTime(timezone=True), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("units"), "&&"),
            where=sa.text("status NOT IN ('transferred', 'split')"),
            using="gist",
            name="ex_credit_entries_units_once",
        ),
        sa.CheckConstraint(
            "split_part(serial, '-', 2)::int = vintage",
            name=op.f("ck_credit_entries_serial_says_vintage"),
        ),
        sa.CheckConstraint(
            "status IN ('active', 'transferred', 'split', 'retired', 'cancelled')",
            name=op.f("ck_credit_entries_status_known"),
        ),
        sa.CheckConstraint(
            "NOT isempty(units) AND lower(units) > 0 AND lower_inc(units) AND NOT upper_inc(units) AND NOT upper_inf(units)",
            name=op.f("ck_credit_entries_units_bounded"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["users.id"], name=op.f("fk_credit_entries_owner_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["credit_entries.id"],
            name=op.f("fk_credit_entries_parent_id_credit_entries"),
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_credit_entries_project_id_projects")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_entries")),
        sa.UniqueConstraint("serial", name=op.f("uq_credit_entries_serial")),
    )
    op.create_index(
        "ix_credit_entries_owner_status",
        "credit_entries",
        ["owner_id", "status", "issued_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_credit_entries_parent_id"), "credit_entries", ["parent_id"], unique=False
    )
    op.create_index(
        op.f("ix_credit_entries_project_id"), "credit_entries", ["project_id"], unique=False
    )
    op.create_index(
        "ix_credit_entries_sum", "credit_entries", ["project_id", "vintage", "status"], unique=False
    )
    op.create_index(
        "ix_credit_entries_project_newest",
        "credit_entries",
        ["project_id", "last_action_at", "id"],
        unique=False,
    )
    op.create_table(
        "serial_counters",
        sa.Column("project_id", sa.UUID(), nullable=False),
        sa.Column("vintage", sa.Integer(), nullable=False),
        sa.Column("next_number", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_serial_counters_project_id_projects")
        ),
        sa.PrimaryKeyConstraint("project_id", "vintage", name=op.f("pk_serial_counters")),
    )
    op.create_table(
        "verification_requests",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("project_id", sa.UUID(), nullable=False),
        sa.Column("developer_id", sa.UUID(), nullable=False),
        sa.Column("verifier_id", sa.UUID(), nullable=True),
        sa.Column("status", sa.String(length=50), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.UUID(), nullable=True),
        sa.Column(
            "notes",
            sa.Text(),
            nullable=True,
            comment="The approval's notes or the rejection's reason.",
        ),
        sa.Column(
            "verified_quantity_units",
            sa.BigInteger(),
            nullable=True,
            comment="Units of 0.01 t CO2e.",
        ),
        sa.Column("vintage", sa.Integer(), nullable=True),
        sa.Column(
            "sign_off_digest",
            sa.String(length=64),
            nullable=True,
            comment="SHA-256 of exactly what was approved.",
        ),
        sa.Column(
            "needs_countersignature", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
        sa.Column("countersigned_by", sa.UUID(), nullable=True),
        sa.Column("countersigned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(status = 'pending') = (verifier_id IS NULL)",
            name=op.f("ck_verification_requests_in_review_once_assigned"),
        ),
        sa.CheckConstraint(
            "(status IN ('approved', 'rejected')) = (completed_at IS NOT NULL)",
            name=op.f("ck_verification_requests_completed_once_decided"),
        ),
        sa.CheckConstraint(
            "sign_off_digest ~ '^[0-9a-f]{64}$'",
            name=op.f("ck_verification_requests_sign_off_digest_is_sha256"),
        ),
        sa.CheckConstraint(
            "status <> 'approved' OR (verified_quantity_units > 0 AND vintage IS NOT NULL AND sign_off_digest IS NOT NULL)",
            name=op.f("ck_verification_requests_approval_says_what"),
        ),
        sa.CheckConstraint(
            "status <> 'rejected' OR length(notes) > 0",
            name=op.f("ck_verification_requests_rejection_says_why"),
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'in_review', 'approved', 'rejected')",
            name=op.f("ck_verification_requests_status_known"),
        ),
        sa.CheckConstraint(
            "countersigned_by IS NULL OR countersigned_by <> decided_by",
            name=op.f("ck_verification_requests_two_pairs_of_eyes"),
        ),
        sa.ForeignKeyConstraint(
            ["countersigned_by"],
            ["users.id"],
            name=op.f("fk_verification_requests_countersigned_by_users"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["users.id"], name=op.f("fk_verification_requests_decided_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["developer_id"], ["users.id"], name=op.f("fk_verification_requests_developer_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["projects.id"],
            name=op.f("fk_verification_requests_project_id_projects"),
        ),
        sa.ForeignKeyConstraint(
            ["verifier_id"], ["users.id"], name=op.f("fk_verification_requests_verifier_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification_requests")),
        sa.UniqueConstraint("project_id", name=op.f("uq_verification_requests_project_id")),
    )
    op.create_index(
        op.f("ix_verification_requests_developer_id"),
        "verification_requests",
        ["developer_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_verification_requests_status"), "verification_requests", ["status"], unique=False
    )
    op.create_index(
        op.f("ix_verification_requests_verifier_id"),
        "verification_requests",
        ["verifier_id"],
        unique=False,
    )
    op.create_table(
        "credit_transactions",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("type", sa.String(length=20), nullable=False),
        sa.Column("entry_id", sa.UUID(), nullable=False),
        sa.Column("result_entry_id", sa.UUID(), nullable=False),
        sa.Column("sender_id", sa.UUID(), nullable=True),
        sa.Column("recipient_id", sa.UUID(), nullable=True),
        sa.Column("units", postgresql.INT8RANGE(), nullable=False),
        sa.Column(
            "quantity_units",
            sa.BigInteger(),
            sa.Computed("upper(units) - lower(units)", persisted=True),
            nullable=False,
        ),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("retirement_id", sa.UUID(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status = 'completed') = (completed_at IS NOT NULL)",
            name=op.f("ck_credit_transactions_completed_at_once"),
        ),
        sa.CheckConstraint(
            "(type = 'retirement') = (retirement_id IS NOT NULL)",
            name=op.f("ck_credit_transactions_retirement_named"),
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'completed', 'failed')",
            name=op.f("ck_credit_transactions_status_known"),
        ),
        sa.CheckConstraint(
            "type IN ('issuance', 'transfer', 'retirement', 'cancellation')",
            name=op.f("ck_credit_transactions_type_known"),
        ),
        sa.CheckConstraint(
            "NOT isempty(units)", name=op.f("ck_credit_transactions_units_not_empty")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["credit_entries.id"],
            name=op.f("fk_credit_transactions_entry_id_credit_entries"),
        ),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["users.id"], name=op.f("fk_credit_transactions_recipient_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["result_entry_id"],
            ["credit_entries.id"],
            name=op.f("fk_credit_transactions_result_entry_id_credit_entries"),
        ),
        sa.ForeignKeyConstraint(
            ["retirement_id"],
            ["retirements.id"],
            name=op.f("fk_credit_transactions_retirement_id_retirements"),
        ),
        sa.ForeignKeyConstraint(
            ["sender_id"], ["users.id"], name=op.f("fk_credit_transactions_sender_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_transactions")),
    )
    op.create_index(
        op.f("ix_credit_transactions_entry_id"), "credit_transactions", ["entry_id"], unique=False
    )
    op.create_index(
        op.f("ix_credit_transactions_recipient_id"),
        "credit_transactions",
        ["recipient_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_credit_transactions_result_entry_id"),
        "credit_transactions",
        ["result_entry_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_credit_transactions_retirement_id"),
        "credit_transactions",
        ["retirement_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_credit_transactions_sender_id"), "credit_transactions", ["sender_id"], unique=False
    )
    op.create_index(
        op.f("ix_credit_transactions_type"), "credit_transactions", ["type"], unique=False
    )
    op.create_table(
        "documents",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("project_id", sa.UUID(), nullable=False),
        sa.Column("verification_id", sa.UUID(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("document_type", sa.String(length=50), nullable=False),
        sa.Column("disclosure", sa.String(length=20), nullable=False),
        sa.Column("mime_type", sa.String(length=255), nullable=False),
        sa.Column("file_size", sa.BigInteger(), nullable=False, comment="Bytes."),
        sa.Column(
            "sha256",
            sa.String(length=64),
            nullable=False,
            comment="Announced before the upload, checked after.",
        ),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("uploaded_by", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status = 'completed') = (completed_at IS NOT NULL)",
            name=op.f("ck_documents_completed_at_once"),
        ),
        sa.CheckConstraint(
            "disclosure IN ('public', 'internal', 'confidential', 'restricted')",
            name=op.f("ck_documents_disclosure_known"),
        ),
        sa.CheckConstraint(
            "document_type IN ('project_description', 'methodology', 'baseline_assessment', 'monitoring_report', 'validation_report', 'verification_report', 'site_evidence', 'land_title', 'laboratory_analysis', 'other')",
            name=op.f("ck_documents_document_type_known"),
        ),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_documents_sha256_is_sha256")),
        sa.CheckConstraint(
            "status IN ('awaiting_upload', 'completed')", name=op.f("ck_documents_status_known")
        ),
        sa.CheckConstraint(
            "file_size BETWEEN 1 AND 104857600", name=op.f("ck_documents_file_size_bounds")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_documents_project_id_projects")
        ),
        sa.ForeignKeyConstraint(
            ["uploaded_by"], ["users.id"], name=op.f("fk_documents_uploaded_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["verification_id"],
            ["verification_requests.id"],
            name=op.f("fk_documents_verification_id_verification_requests"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
    )
    op.create_index(op.f("ix_documents_project_id"), "documents", ["project_id"], unique=False)
    op.create_index(
        op.f("ix_documents_verification_id"), "documents", ["verification_id"], unique=False
    )
    op.create_table(
        "verification_events",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("verification_id", sa.UUID(), nullable=False),
        sa.Column("event_type", sa.String(length=50), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column(
            "user_id", sa.UUID(), nullable=True, comment="NULL when the registry itself acted."
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "event_type IN ('project_registered', 'assignment_overdue', 'verifier_assigned', 'document_completed', 'note', 'site_visit', 'review_overdue', 'escalated', 'approved', 'rejected', 'countersigned', 'credits_issued')",
            name=op.f("ck_verification_events_event_type_known"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_verification_events_user_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["verification_id"],
            ["verification_requests.id"],
            name=op.f("fk_verification_events_verification_id_verification_requests"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification_events")),
    )
    op.create_index(
        "ix_verification_events_timeline",
        "verification_events",
        ["verification_id", "created_at"],
        unique=False,
    )
    op.create_table(
        "chain_records",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column(
            "transaction_id",
            sa.UUID(),
            nullable=False,
            comment="One record for each credit transaction, for ever.",
        ),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column(
            "record",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="What stands under label 674.",
        ),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("waiting_workflow_id", sa.String(length=255), nullable=False),
        sa.Column("tx_hash", sa.String(length=64), nullable=True),
        sa.Column("park_reason", sa.Text(), nullable=True),
        sa.Column(
            "announced_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When the waiting workflow was told of the confirmation.",
        ),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "position",
            sa.BigInteger(),
            sa.Identity(always=False),
            nullable=False,
            comment="Order in the queue.",
        ),
        sa.CheckConstraint(
            "(status = 'parked') = (park_reason IS NOT NULL)",
            name=op.f("ck_chain_records_parked_for_a_reason"),
        ),
        sa.CheckConstraint(
            "kind IN ('issuance', 'transfer', 'retirement')",
            name=op.f("ck_chain_records_kind_known"),
        ),
        sa.CheckConstraint(
            "status IN ('queued', 'parked') OR tx_hash IS NOT NULL",
            name=op.f("ck_chain_records_sent_in_something"),
        ),
        sa.CheckConstraint(
            "status IN ('queued', 'submitted', 'confirmed', 'final', 'parked')",
            name=op.f("ck_chain_records_status_known"),
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"],
            ["credit_transactions.id"],
            name=op.f("fk_chain_records_transaction_id_credit_transactions"),
        ),
        sa.ForeignKeyConstraint(
            ["tx_hash"],
            ["chain_transactions.tx_hash"],
            name=op.f("fk_chain_records_tx_hash_chain_transactions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chain_records")),
        sa.UniqueConstraint("transaction_id", name=op.f("uq_chain_records_transaction_id")),
    )
    op.create_index(
        "ix_chain_records_queue",
        "chain_records",
        ["position"],
        unique=False,
        postgresql_where=sa.text("status = 'queued'"),
    )
    op.create_index(op.f("ix_chain_records_tx_hash"), "chain_records", ["tx_hash"], unique=False)
