"""
The tables, with the constraints that have the last word and a comment on each column that needs one.

Triggers that no column can express (children tile their parent, nothing is un-retired, the audit
log only grows) stand in the first migration.
"""

from collections.abc import Iterable
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import INT8RANGE, JSONB, UUID, ExcludeConstraint

from domain.accounts import Role
from domain.alerts import AlertKind
from domain.documents import FILE_SIZE_MAX, Disclosure, DocumentStatus, DocumentType
from domain.ledger import EntryStatus, TransactionStatus, TransactionType
from domain.projects import ProjectStatus, ProjectType
from domain.records import RecordKind, RecordStatus
from domain.verification import EventType, VerificationStatus

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Moment = DateTime(timezone=True)

RANDOM = {"random": True}
"""What depends on random salts: two registries that did the same differ in these columns."""


def one_of(column: str, values: Iterable[StrEnum]) -> CheckConstraint:
    listed = ", ".join(f"'{value.value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


def sha256_hex(column: str) -> CheckConstraint:
    return CheckConstraint(f"{column} ~ '^[0-9a-f]{{64}}$'", name=f"{column}_is_sha256")


users = Table(
    "users",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("email", String(255), nullable=False, comment="Lower case; the log-in name."),
    Column("password_hash", String(255), nullable=False, comment="bcrypt."),
    Column("name", String(255), nullable=False),
    Column("company", String(255)),
    Column("role", String(50), nullable=False),
    Column("wallet_address", String(255), unique=True),
    Column("email_verified", Boolean, nullable=False, server_default=text("false")),
    Column("locked_until", Moment, comment="The seed's accountLocked, with its end."),
    Column("failed_login_attempts", Integer, nullable=False, server_default=text("0")),
    Column("last_login_at", Moment),
    Column("created_at", Moment, nullable=False, server_default=text("now()")),
    Column("updated_at", Moment, nullable=False, server_default=text("now()")),
    one_of("role", Role),
    CheckConstraint("email = lower(email)", name="email_lower_case"),
    CheckConstraint("failed_login_attempts >= 0", name="failed_login_attempts_natural"),
    UniqueConstraint("email"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False, index=True),
    Column(
        "family_id",
        UUID(as_uuid=True),
        nullable=False,
        index=True,
        comment="All sessions rotated from one log-in; reuse of an old refresh token ends them all.",
    ),
    Column("access_token_hash", String(64), nullable=False, unique=True, comment="SHA-256, hex."),
    Column("refresh_token_hash", String(64), nullable=False, unique=True, comment="SHA-256, hex."),
    Column("access_expires_at", Moment, nullable=False),
    Column("refresh_expires_at", Moment, nullable=False),
    Column("rotated_at", Moment, comment="When the refresh token was used; it is good once."),
    Column("ended_at", Moment, comment="Log-out, or the end of the family."),
    Column("ip_address", String(45)),
    Column("user_agent", Text),
    Column("created_at", Moment, nullable=False, server_default=text("now()")),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("account_id", ForeignKey("users.id"), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("request_hash", String(64), nullable=False, comment="SHA-256 of method, path and body."),
    Column("status", SmallInteger, comment="NULL until the first answer is known."),
    Column("body", LargeBinary, comment="The answer's bytes, given again to a repeated request."),
    Column("created_at", Moment, nullable=False, server_default=text("now()")),
    Column(
        "answered_at",
        Moment,
        comment="When the first answer was given; its bytes are kept for a day.",
    ),
    Column("location", Text, comment="Where what was brought about is to be found."),
    sha256_hex("request_hash"),
    CheckConstraint("(status IS NULL) = (answered_at IS NULL)", name="answered_at_some_time"),
    Index("ix_idempotency_keys_kept", "answered_at", postgresql_where=text("body IS NOT NULL")),
)

drafts = Table(
    "drafts",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("account_id", ForeignKey("users.id"), nullable=False, index=True),
    Column(
        "body",
        JSONB,
        nullable=False,
        comment="What was asked for; workflows carry the id, so that their histories hold no person.",
    ),
    Column("created_at", Moment, nullable=False, server_default=text("now()")),
)

activity_effects = Table(
    "activity_effects",
    metadata,
    Column("key", String(200), primary_key=True, comment="What an activity brings about, once."),
    Column("result", JSONB, comment="Its answer, given again when the activity runs again."),
    Column("at", Moment, nullable=False, server_default=text("now()")),
)

projects = Table(
    "projects",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column(
        "number",
        Integer,
        Identity(start=1),
        nullable=False,
        unique=True,
        comment="The project number inside serials.",
    ),
    Column("developer_id", ForeignKey("users.id"), nullable=False, index=True),
    Column("title", String(200), nullable=False),
    Column("type", String(50), nullable=False, index=True),
    Column("description", Text, nullable=False),
    Column("location", String(255), nullable=False),
    Column("country", String(3), nullable=False, index=True, comment="ISO 3166-1 alpha-3."),
    Column("latitude", Numeric(8, 6), nullable=False, comment="WGS 84 degrees."),
    Column("longitude", Numeric(9, 6), nullable=False, comment="WGS 84 degrees."),
    Column("emissions_target_units", BigInteger, nullable=False, comment="Units of 0.01 t CO2e."),
    Column("start_date", Date, nullable=False),
    Column("status", String(50), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    one_of("type", ProjectType),
    one_of("status", ProjectStatus),
    CheckConstraint("length(title) BETWEEN 1 AND 200", name="title_length"),
    CheckConstraint("country ~ '^[A-Z]{3}$'", name="country_alpha3"),
    CheckConstraint("latitude BETWEEN -90 AND 90", name="latitude_degrees"),
    CheckConstraint("longitude BETWEEN -180 AND 180", name="longitude_degrees"),
    CheckConstraint("emissions_target_units > 0", name="emissions_target_positive"),
    # The public list is newest first, whole or by status; the cursor is (created_at, id).
    Index("ix_projects_created_at_id", "created_at", "id"),
    Index("ix_projects_status_created_at_id", "status", "created_at", "id"),
    Index(
        "ix_projects_words",
        text(
            "to_tsvector('simple'::regconfig, (((title)::text || ' '::text) || (location)::text))"
        ),
        postgresql_using="gin",
    ),
)

verification_requests = Table(
    "verification_requests",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False, unique=True),
    Column("developer_id", ForeignKey("users.id"), nullable=False, index=True),
    Column("verifier_id", ForeignKey("users.id"), index=True),
    Column("status", String(50), nullable=False, index=True),
    Column("submitted_at", Moment, nullable=False),
    Column("assigned_at", Moment),
    Column("completed_at", Moment),
    Column("decided_by", ForeignKey("users.id")),
    Column("notes", Text, comment="The approval's notes or the rejection's reason."),
    Column("verified_quantity_units", BigInteger, comment="Units of 0.01 t CO2e."),
    Column("vintage", Integer),
    Column("sign_off_digest", String(64), comment="SHA-256 of exactly what was approved."),
    Column("needs_countersignature", Boolean, nullable=False, server_default=text("false")),
    Column("countersigned_by", ForeignKey("users.id")),
    Column("countersigned_at", Moment),
    Column("updated_at", Moment, nullable=False),
    one_of("status", VerificationStatus),
    sha256_hex("sign_off_digest"),
    CheckConstraint("(status = 'pending') = (verifier_id IS NULL)", name="in_review_once_assigned"),
    CheckConstraint(
        "(status IN ('approved', 'rejected')) = (completed_at IS NOT NULL)",
        name="completed_once_decided",
    ),
    CheckConstraint(
        "status <> 'approved' OR (verified_quantity_units > 0 AND vintage IS NOT NULL"
        " AND sign_off_digest IS NOT NULL)",
        name="approval_says_what",
    ),
    CheckConstraint("status <> 'rejected' OR length(notes) > 0", name="rejection_says_why"),
    CheckConstraint(
        "countersigned_by IS NULL OR countersigned_by <> decided_by", name="two_pairs_of_eyes"
    ),
)

verification_events = Table(
    "verification_events",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("verification_id", ForeignKey("verification_requests.id"), nullable=False),
    Column("event_type", String(50), nullable=False),
    Column("message", Text, nullable=False),
    Column("user_id", ForeignKey("users.id"), comment="NULL when the registry itself acted."),
    Column("created_at", Moment, nullable=False),
    one_of("event_type", EventType),
    Index("ix_verification_events_timeline", "verification_id", "created_at"),
)

documents = Table(
    "documents",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False, index=True),
    Column("verification_id", ForeignKey("verification_requests.id"), nullable=False, index=True),
    Column("name", String(255), nullable=False),
    Column("description", Text, nullable=False),
    Column("document_type", String(50), nullable=False),
    Column("disclosure", String(20), nullable=False),
    Column("mime_type", String(255), nullable=False),
    Column("file_size", BigInteger, nullable=False, comment="Bytes."),
    Column(
        "sha256", String(64), nullable=False, comment="Announced before the upload, checked after."
    ),
    Column("status", String(20), nullable=False),
    Column("uploaded_by", ForeignKey("users.id"), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("completed_at", Moment),
    one_of("document_type", DocumentType),
    one_of("disclosure", Disclosure),
    one_of("status", DocumentStatus),
    sha256_hex("sha256"),
    CheckConstraint(f"file_size BETWEEN 1 AND {FILE_SIZE_MAX}", name="file_size_bounds"),
    CheckConstraint(
        "(status = 'completed') = (completed_at IS NOT NULL)", name="completed_at_once"
    ),
)

unit_counter = Table(
    "unit_counter",
    metadata,
    Column("only_row", Boolean, primary_key=True, server_default=text("true")),
    Column(
        "next_unit", BigInteger, nullable=False, comment="The next unit number never given before."
    ),
    CheckConstraint("only_row", name="only_row"),
    CheckConstraint("next_unit > 0", name="next_unit_positive"),
)

serial_counters = Table(
    "serial_counters",
    metadata,
    Column("project_id", ForeignKey("projects.id"), primary_key=True),
    Column("vintage", Integer, primary_key=True),
    Column("next_number", BigInteger, nullable=False),
)

credit_entries = Table(
    "credit_entries",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("serial", String(50), nullable=False, unique=True, comment="The seed's creditId."),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    Column("owner_id", ForeignKey("users.id"), nullable=False),
    Column("parent_id", ForeignKey("credit_entries.id"), index=True),
    Column("units", INT8RANGE, nullable=False, comment="Unit numbers, [first, last + 1)."),
    Column(
        "quantity_units",
        BigInteger,
        Computed("upper(units) - lower(units)", persisted=True),
        nullable=False,
        comment="Units of 0.01 t CO2e, derived from the range.",
    ),
    Column("vintage", Integer, nullable=False),
    Column("status", String(20), nullable=False),
    Column("issued_at", Moment, nullable=False),
    Column("last_action_at", Moment, nullable=False),
    one_of("status", EntryStatus),
    CheckConstraint(
        "NOT isempty(units) AND lower(units) > 0 AND lower_inc(units) AND NOT upper_inc(units)"
        " AND NOT upper_inf(units)",
        name="units_bounded",
    ),
    CheckConstraint("split_part(serial, '-', 2)::int = vintage", name="serial_says_vintage"),
    # A unit is in one entry at a time: entries that were split or handed on live on in their children.
    ExcludeConstraint(
        ("units", "&&"),
        name="ex_credit_entries_units_once",
        using="gist",
        where=text("status NOT IN ('transferred', 'split')"),
    ),
    Index("ix_credit_entries_owner_status", "owner_id", "status", "issued_at", "id"),
    Index("ix_credit_entries_owner_newest", "owner_id", "issued_at", "id"),
    Index("ix_credit_entries_newest", "issued_at", "id"),
    # Few entries of many; a reversal looks for them all.
    Index("ix_credit_entries_buffer", "serial", postgresql_where=text("status = 'buffer'")),
    Index("ix_credit_entries_sum", "project_id", "vintage", "status"),
    Index("ix_credit_entries_project_newest", "project_id", "last_action_at", "id"),
)

retirements = Table(
    "retirements",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("account_id", ForeignKey("users.id"), nullable=False),
    Column("quantity_units", BigInteger, nullable=False, comment="Units of 0.01 t CO2e."),
    Column("beneficiary_name", String(200), comment="NULL when explicitly undisclosed."),
    Column("beneficiary_country", String(3), comment="ISO 3166-1 alpha-3."),
    Column("beneficiary_identifier", String(100)),
    Column("purpose", String(200), nullable=False),
    Column("reason", String(1000), nullable=False, comment="Public, and on the chain for ever."),
    Column("retired_at", Moment, nullable=False),
    CheckConstraint("quantity_units > 0", name="quantity_positive"),
    CheckConstraint(
        "(beneficiary_name IS NULL) = (beneficiary_country IS NULL)", name="beneficiary_whole"
    ),
    Index("ix_retirements_newest", "retired_at", "id"),
    Index("ix_retirements_account", "account_id", "retired_at", "id"),
    Index(
        "ix_retirements_beneficiary_words",
        text("to_tsvector('simple', beneficiary_name)"),
        postgresql_using="gin",
    ),
)

credit_transactions = Table(
    "credit_transactions",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("type", String(20), nullable=False, index=True),
    Column("entry_id", ForeignKey("credit_entries.id"), nullable=False, index=True),
    Column("result_entry_id", ForeignKey("credit_entries.id"), nullable=False, index=True),
    Column("sender_id", ForeignKey("users.id"), index=True),
    Column("recipient_id", ForeignKey("users.id"), index=True),
    Column("units", INT8RANGE, nullable=False),
    Column(
        "quantity_units",
        BigInteger,
        Computed("upper(units) - lower(units)", persisted=True),
        nullable=False,
    ),
    Column("status", String(20), nullable=False),
    Column("retirement_id", ForeignKey("retirements.id"), index=True),
    Column("reason", Text, comment="What staff said of a cancellation or release; public."),
    Column("created_at", Moment, nullable=False),
    Column("completed_at", Moment),
    one_of("type", TransactionType),
    one_of("status", TransactionStatus),
    CheckConstraint("(type = 'retirement') = (retirement_id IS NOT NULL)", name="retirement_named"),
    CheckConstraint(
        "(status = 'completed') = (completed_at IS NOT NULL)", name="completed_at_once"
    ),
    CheckConstraint("NOT isempty(units)", name="units_not_empty"),
)

chain_transactions = Table(
    "chain_transactions",
    metadata,
    Column("tx_hash", String(64), primary_key=True),
    Column("wallet_address", String(120), nullable=False),
    Column(
        "cbor", LargeBinary, nullable=False, comment="Signed bytes, stored before they are sent."
    ),
    Column("ttl_slot", BigInteger, nullable=False),
    Column("fee_lovelace", BigInteger, nullable=False),
    Column("status", String(20), nullable=False),
    Column("block_hash", String(64)),
    Column("block_height", BigInteger),
    Column("block_slot", BigInteger),
    Column(
        "confirmations",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="Blocks on top of the block that holds the transaction.",
    ),
    Column("misses", Integer, nullable=False, server_default=text("0")),
    Column(
        "expired_at_height",
        BigInteger,
        comment="Tip height when the TTL was first seen to have passed.",
    ),
    Column("rollbacks", Integer, nullable=False, server_default=text("0")),
    Column("submissions", Integer, nullable=False, server_default=text("0")),
    Column("built_at", Moment, nullable=False),
    Column("submitted_at", Moment, comment="First time a node took the bytes."),
    Column("confirmed_at", Moment),
    Column("checked_at", Moment, comment="When the chain was last asked."),
    CheckConstraint(
        "status IN ('signed', 'submitted', 'confirmed', 'final', 'expired')", name="status_known"
    ),
    sha256_hex("tx_hash"),
    Index(
        "ix_chain_transactions_in_flight",
        "built_at",
        postgresql_where=text("status IN ('signed', 'submitted', 'confirmed')"),
    ),
    Index(
        "ix_chain_transactions_unsettled",
        "wallet_address",
        postgresql_where=text("status IN ('signed', 'submitted', 'confirmed')"),
    ),
)

wallet_outputs = Table(
    "wallet_outputs",
    metadata,
    Column("tx_hash", String(64), primary_key=True),
    Column("output_index", Integer, primary_key=True),
    Column("wallet_address", String(120), nullable=False, index=True),
    Column("lovelace", BigInteger, nullable=False),
    Column(
        "spent_by",
        ForeignKey("chain_transactions.tx_hash"),
        index=True,
        comment="Our own transaction that spends it, sent or not.",
    ),
    Column("created_at", Moment, nullable=False, server_default=text("now()")),
    CheckConstraint("lovelace > 0", name="lovelace_positive"),
    Index("ix_wallet_outputs_unspent", "wallet_address", postgresql_where=text("spent_by IS NULL")),
)

chain_records = Table(
    "chain_records",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column(
        "transaction_id",
        ForeignKey("credit_transactions.id"),
        unique=True,
        comment="One record for each credit transaction, for ever; NULL: an anchor of the audit log.",
    ),
    Column(
        "audit_seq",
        BigInteger,
        unique=True,
        comment="The audit entry that an anchor names; NULL: a record of a credit transaction.",
    ),
    Column("kind", String(20), nullable=False),
    Column("record", JSONB, nullable=False, comment="What stands under label 674."),
    Column("status", String(20), nullable=False),
    Column("waiting_workflow_id", String(255), nullable=False),
    Column("tx_hash", ForeignKey("chain_transactions.tx_hash"), index=True),
    Column("park_reason", Text),
    Column(
        "announced_at", Moment, comment="When the waiting workflow was told of the confirmation."
    ),
    Column("queued_at", Moment, nullable=False),
    Column("position", BigInteger, Identity(), nullable=False, comment="Order in the queue."),
    Column(
        "attempts",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="Its transactions that expired.",
    ),
    one_of("kind", RecordKind),
    one_of("status", RecordStatus),
    CheckConstraint(
        "status IN ('queued', 'parked') OR tx_hash IS NOT NULL", name="sent_in_something"
    ),
    CheckConstraint("(status = 'parked') = (park_reason IS NOT NULL)", name="parked_for_a_reason"),
    CheckConstraint(
        "(kind = 'audit') = (audit_seq IS NOT NULL) AND (kind = 'audit') = (transaction_id IS NULL)",
        name="of_a_transaction_or_the_audit_log",
    ),
    Index("ix_chain_records_queue", "position", postgresql_where=text("status = 'queued'")),
    Index("ix_chain_records_newest", "queued_at", "id"),
    Index("ix_chain_records_status_newest", "status", "queued_at", "id"),
    Index(
        "ix_chain_records_unannounced",
        "position",
        postgresql_where=text("status IN ('confirmed', 'final') AND announced_at IS NULL"),
    ),
)

wallets = Table(
    "wallets",
    metadata,
    Column("network", String(20), primary_key=True),
    Column("name", String(50), primary_key=True),
    Column(
        "address",
        String(120),
        nullable=False,
        comment="Where it keeps its lovelace; another once its key was changed.",
    ),
    Column("frozen_at", Moment, comment="NULL while it signs transactions."),
    Column("frozen_reason", Text),
    Column("frozen_by", ForeignKey("users.id")),
    CheckConstraint(
        "(frozen_at IS NULL) = (frozen_reason IS NULL) "
        "AND (frozen_at IS NULL) = (frozen_by IS NULL)",
        name="frozen_for_a_reason",
    ),
)

platform_addresses = Table(
    "platform_addresses",
    metadata,
    Column("address", String(120), primary_key=True),
    Column("network", String(20), nullable=False),
    Column("public_key", String(64), nullable=False, comment="Raw Ed25519, hex."),
    Column("since", Moment, nullable=False, comment="When its first transaction was built."),
    Column(
        "until",
        Moment,
        comment="No block after this holds a transaction of it; NULL while it may pay.",
    ),
    CheckConstraint("until >= since", name="until_after_since"),
    CheckConstraint("public_key ~ '^[0-9a-f]{64}$'", name="public_key_is_hex"),
)

certificates = Table(
    "certificates",
    metadata,
    Column("retirement_id", ForeignKey("retirements.id"), primary_key=True),
    Column("status", String(20), nullable=False),
    Column(
        "document", LargeBinary, nullable=False, comment="Canonical JSON (RFC 8785), as served."
    ),
    Column("digest", String(64), comment="SHA-256 the registry signed; NULL until sealed."),
    Column("created_at", Moment, nullable=False),
    Column("sealed_at", Moment),
    Column(
        "trouble",
        Text,
        comment="Public: why it cannot be sealed as things stand; NULL when nothing is in the way.",
    ),
    CheckConstraint("status IN ('accepted', 'sealed')", name="status_known"),
    CheckConstraint(
        "(status = 'sealed') = (sealed_at IS NOT NULL AND digest IS NOT NULL)", name="sealed_whole"
    ),
)

superseded_certificates = Table(
    "superseded_certificates",
    metadata,
    Column("digest", String(64), primary_key=True, comment="SHA-256 the registry signed."),
    Column("retirement_id", ForeignKey("certificates.retirement_id"), nullable=False, index=True),
    Column(
        "document",
        LargeBinary,
        nullable=False,
        comment="Canonical JSON (RFC 8785), as it was served.",
    ),
    Column("sealed_at", Moment, nullable=False),
    Column("superseded_at", Moment, nullable=False),
)

notifications = Table(
    "notifications",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("kind", String(50), nullable=False),
    Column("message", Text, nullable=False),
    Column("link", String(255), nullable=False),
    Column("mailed_at", Moment),
    Column("read_at", Moment),
    Column("created_at", Moment, nullable=False),
    Index("ix_notifications_newest", "user_id", "created_at"),
    Index(
        "ix_notifications_unmailed",
        "kind",
        "created_at",
        postgresql_where=text("mailed_at IS NULL"),
    ),
)

audit_logs = Table(
    "audit_logs",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("previous_hash", String(64), nullable=False, info=RANDOM),
    Column("hash", String(64), nullable=False, unique=True, info=RANDOM),
    Column(
        "hash_version",
        SmallInteger,
        nullable=False,
        comment="Which rule it is hashed by (ADR 0022).",
    ),
    Column("salt", LargeBinary, info=RANDOM, comment="Secret; hides what an entry commits to."),
    Column("event_type", String(100), nullable=False, index=True),
    Column("action", String(100), nullable=False),
    Column("user_id", UUID(as_uuid=True), index=True),
    Column("resource_type", String(100), nullable=False),
    Column("resource_id", UUID(as_uuid=True), nullable=False),
    Column("changes", JSONB, nullable=False, comment="Before and after, without personal data."),
    Column("at", Moment, nullable=False, index=True),
    CheckConstraint(
        "(hash_version = 1) = (salt IS NULL) AND (salt IS NULL OR length(salt) = 32)",
        name="salted_since_version_2",
    ),
    Index("ix_audit_logs_resource", "resource_type", "resource_id"),
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("only_row", Boolean, primary_key=True, server_default=text("true")),
    Column("seq", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False, info=RANDOM),
    CheckConstraint("only_row", name="only_row"),
)

registry_state = Table(
    "registry_state",
    metadata,
    Column("only_row", Boolean, primary_key=True, server_default=text("true")),
    Column("frozen", Boolean, nullable=False, server_default=text("false")),
    Column("reason", Text, comment="Public; required while the registry is frozen."),
    Column("changed_by", ForeignKey("users.id")),
    Column("changed_at", Moment),
    CheckConstraint("only_row", name="only_row"),
    CheckConstraint("NOT frozen OR length(reason) > 0", name="frozen_for_a_reason"),
)

reconciliations = Table(
    "reconciliations",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("checked_at", Moment, nullable=False, index=True),
    Column("since_height", BigInteger, comment="NULL: everything was compared with the chain."),
    Column("tip_height", BigInteger, nullable=False),
    Column("transactions", BigInteger, nullable=False, comment="Read from the chain."),
    Column("records", BigInteger, nullable=False, comment="Of ours, compared field by field."),
    Column("differences", JSONB, nullable=False, comment="Kind, transaction, subject, detail."),
)

exports = Table(
    "exports",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("generated_at", Moment, nullable=False, index=True),
    Column("sha256", String(64), nullable=False, comment="Of the manifest; also in the audit log."),
    Column(
        "manifest", LargeBinary, nullable=False, comment="Canonical JSON (RFC 8785), as served."
    ),
    sha256_hex("sha256"),
)

reversals = Table(
    "reversals",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False, index=True),
    Column("vintage", Integer, comment="NULL: every vintage of the project."),
    Column("quantity_units", BigInteger, nullable=False, comment="Lost, in units of 0.01 t CO2e."),
    Column("cause", Text, nullable=False, comment="Public."),
    Column("avoidable", Boolean, nullable=False),
    Column("recorded_by", ForeignKey("users.id"), nullable=False),
    Column("recorded_at", Moment, nullable=False),
    CheckConstraint("quantity_units > 0", name="quantity_positive"),
    CheckConstraint("length(cause) > 0", name="cause_said"),
)

reversal_cancellations = Table(
    "reversal_cancellations",
    metadata,
    Column("transaction_id", ForeignKey("credit_transactions.id"), primary_key=True),
    Column(
        "reversal_id",
        ForeignKey("reversals.id"),
        nullable=False,
        index=True,
        comment="The reversal for which these buffer units were cancelled.",
    ),
)

reversal_coverings = Table(
    "reversal_coverings",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("reversal_id", ForeignKey("reversals.id"), nullable=False, index=True),
    Column("retirement_id", ForeignKey("retirements.id"), nullable=False, index=True),
    Column(
        "touched_units",
        BigInteger,
        nullable=False,
        comment="Of the retirement, in units of 0.01 t.",
    ),
    Column(
        "units", INT8RANGE, comment="The cancelled buffer units that stand for them; NULL: none do."
    ),
    CheckConstraint("touched_units > 0", name="touched_positive"),
)

outbox_events = Table(
    "outbox_events",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column(
        "position",
        BigInteger,
        Identity(),
        nullable=False,
        unique=True,
        comment="Order of publication.",
    ),
    Column("name", String(100), nullable=False, index=True, comment="As `retirement.completed`."),
    Column("payload", JSONB, nullable=False, comment="As documented in docs/events.md."),
    Column("occurred_at", Moment, nullable=False),
    Column("dispatched_at", Moment, comment="When its deliveries were planned."),
    Index("ix_outbox_events_waiting", "position", postgresql_where=text("dispatched_at IS NULL")),
    Index("ix_outbox_events_newest", "occurred_at", "id"),
)

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("url", String(2000), nullable=False),
    Column(
        "secret", String(200), nullable=False, comment="Signs deliveries (HMAC-SHA256); shown once."
    ),
    Column("events", JSONB, nullable=False, comment="Names it wants; an empty list means all."),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("created_by", ForeignKey("users.id"), nullable=False),
    Column("created_at", Moment, nullable=False),
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("webhook_id", ForeignKey("webhooks.id"), nullable=False),
    Column("event_id", ForeignKey("outbox_events.id"), nullable=False),
    Column("status", String(20), nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("last_status_code", Integer),
    Column("last_error", Text),
    Column("created_at", Moment, nullable=False),
    Column("last_attempt_at", Moment),
    Column("delivered_at", Moment),
    Column("replays", Integer, nullable=False, server_default=text("0")),
    Column(
        "taken_at", Moment, comment="When a workflow took it on; NULL: it waits for the dispatcher."
    ),
    CheckConstraint("status IN ('pending', 'delivered', 'failed')", name="status_known"),
    UniqueConstraint("webhook_id", "event_id"),
    Index(
        "ix_webhook_deliveries_waiting",
        "created_at",
        "id",
        postgresql_where=text("taken_at IS NULL AND status = 'pending'"),
    ),
    Index("ix_webhook_deliveries_newest", "webhook_id", "created_at", "id"),
)

ledger_checks = Table(
    "ledger_checks",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("checked_at", Moment, nullable=False, index=True),
    Column("holds", Boolean, nullable=False),
    Column("totals", JSONB, nullable=False, comment="Sums in units of 0.01 t."),
    Column("differences", JSONB, nullable=False, comment="What did not add up, one sentence each."),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("kind", String(50), nullable=False),
    Column(
        "subject", String(200), nullable=False, comment="A wallet, transaction, record or network."
    ),
    Column("sentence", Text, nullable=False, comment="How it stands now; names no person."),
    Column("raised_at", Moment, nullable=False),
    Column("cleared_at", Moment, comment="NULL as long as the condition holds."),
    one_of("kind", AlertKind),
    CheckConstraint("cleared_at >= raised_at", name="cleared_after_raised"),
    Index(
        "ix_alerts_open",
        "kind",
        "subject",
        unique=True,
        postgresql_where=text("cleared_at IS NULL"),
    ),
    Index("ix_alerts_newest", "raised_at", "id"),
    Index("ix_alerts_cleared_at", "cleared_at"),
)

chain_provider = Table(
    "chain_provider",
    metadata,
    Column("only_row", Boolean, primary_key=True, server_default=text("true")),
    Column("asked_at", Moment, comment="When the chain watch last asked for the tip."),
    Column("answered_at", Moment),
    Column("silent_since", Moment, comment="First question without an answer since the last one."),
    Column("refused_since", Moment, comment="Likewise for being turned away (402, 403, 418)."),
    Column("tip_height", BigInteger),
    Column("tip_slot", BigInteger),
    Column("tip_hash", String(64)),
    Column("tip_seen_at", Moment, comment="When the newest block was first seen."),
    CheckConstraint("only_row", name="only_row"),
)
