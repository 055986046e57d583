"""Verifications and the events of each."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import DATERANGE, JSONB, UUID, ExcludeConstraint

from adapters.postgres.tables.schema import Moment, metadata, one_of, sha256_hex
from domain.projects.verification import EventType, VerificationStatus

verification_requests = Table(
    "verification_requests",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    Column(
        "developer_id",
        ForeignKey("users.id"),
        nullable=False,
        index=True,
        comment="The project's developer; never its verifier.",
    ),
    Column(
        "verifier_id",
        ForeignKey("users.id"),
        index=True,
        comment="Who was assigned by staff; NULL while it is pending.",
    ),
    Column(
        "status",
        String(50),
        nullable=False,
        index=True,
        comment="pending, in_review, then rejected or withdrawn for ever, or approved: for ever too, unless "
        "a countersignature that it needs is refused.",
    ),
    Column(
        "submitted_at",
        Moment,
        nullable=False,
        comment="When the round was opened; the first with the project's registration.",
    ),
    Column("assigned_at", Moment, comment="When it got its verifier, or came back to that one."),
    Column("completed_at", Moment, comment="When it was decided."),
    Column(
        "decided_by",
        ForeignKey("users.id"),
        comment="The assigned verifier, or staff; who withdrew it.",
    ),
    Column(
        "notes",
        Text,
        comment="The approval's notes, the rejection's reason or the withdrawal's note.",
    ),
    Column("verified_quantity_units", BigInteger, comment="Units of 0.01 t CO2e, of all vintages."),
    Column(
        "vintage",
        Integer,
        comment="The only calendar year with a quantity; NULL: several, see vintages.",
    ),
    Column("sign_off_digest", String(64), comment="SHA-256 of exactly what was approved."),
    Column(
        "needs_countersignature",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="Whether nothing is issued before a second approval; set by the approval.",
    ),
    Column("countersigned_by", ForeignKey("users.id"), comment="Staff, and never who approved it."),
    Column("countersigned_at", Moment, comment="When the second approval was given."),
    Column("updated_at", Moment, nullable=False),
    Column(
        "verification_body",
        Text,
        comment="Public: who signed off, as it was called then; staff say in whose stead.",
    ),
    Column(
        "countersignature_refused_by",
        ForeignKey("users.id"),
        comment="Staff who last gave an approval back; never who approved it.",
    ),
    Column("countersignature_refused_at", Moment, comment="When that was."),
    Column("countersignature_refusal", Text, comment="Why; for those who work on the project."),
    Column(
        "stead_reason",
        Text,
        comment="Why staff decided in the verifier's stead; for those who work on the project.",
    ),
    Column(
        "number",
        Integer,
        nullable=False,
        server_default=text("1"),
        comment="Counts the rounds of a project; 1 is its first verification.",
    ),
    Column(
        "monitoring_period",
        DATERANGE,
        comment="The days that were monitored; NULL: a first verification.",
    ),
    Column(
        "resubmits",
        ForeignKey("verification_requests.id"),
        comment="The rejected or withdrawn round that this one takes up again.",
    ),
    Column(
        "what_changed",
        Text,
        comment="What is other than in that round, as the developer says; for those who work on it.",
    ),
    Column(
        "vintages",
        JSONB(none_as_null=True),
        comment="Units of 0.01 t approved for each calendar year; NULL: verified_quantity_units of vintage.",
    ),
    Column(
        "sign_off_version",
        SmallInteger,
        nullable=False,
        server_default=text("1"),
        comment="The form that sign_off_digest was made in (ADR 0076, ADR 0091, ADR 0104).",
    ),
    Column(
        "methodology_version_id",
        ForeignKey("methodology_versions.id"),
        index=True,
        comment="What the round is verified by, whatever is withdrawn meanwhile; NULL: no methodology.",
    ),
    Column(
        "statement_sha256",
        String(64),
        comment="The verification statement that the approval is bound to; NULL: none.",
    ),
    Column(
        "quantification_sha256",
        String(64),
        comment="The quantification that the approval is bound to; NULL: none.",
    ),
    Column(
        "accreditation",
        Text,
        comment="Public: what verification_body was accredited by on the day of the approval.",
    ),
    Column(
        "public_reason",
        Text,
        comment="Public: what everybody is told of why it was rejected; NULL: nothing.",
    ),
    one_of("status", VerificationStatus),
    sha256_hex("sign_off_digest"),
    sha256_hex("statement_sha256"),
    sha256_hex("quantification_sha256"),
    CheckConstraint(
        "status = 'withdrawn' OR (status = 'pending') = (verifier_id IS NULL)",
        name="in_review_once_assigned",
    ),
    CheckConstraint(
        "(status IN ('approved', 'rejected', 'withdrawn')) = (completed_at IS NOT NULL)",
        name="completed_once_decided",
    ),
    CheckConstraint(
        "status <> 'approved' OR (verified_quantity_units > 0 AND (vintage IS NOT NULL OR vintages IS NOT NULL)"
        " AND sign_off_digest IS NOT NULL)",
        name="approval_says_what",
    ),
    CheckConstraint(
        "status NOT IN ('rejected', 'withdrawn') OR length(notes) > 0", name="rejection_says_why"
    ),
    CheckConstraint(
        "public_reason IS NULL OR status = 'rejected' AND length(public_reason) > 0",
        name="public_reason_of_rejection",
    ),
    CheckConstraint(
        "countersigned_by IS NULL OR countersigned_by <> decided_by", name="two_pairs_of_eyes"
    ),
    CheckConstraint(
        "(countersignature_refused_by IS NULL) = (countersignature_refusal IS NULL)"
        " AND (countersignature_refused_by IS NULL) = (countersignature_refused_at IS NULL)",
        name="refusal_whole",
    ),
    CheckConstraint(
        "stead_reason IS NULL OR status <> 'approved' OR needs_countersignature",
        name="stead_countersigned",
    ),
    CheckConstraint(
        "number > 0 AND (number > 1 OR monitoring_period IS NULL AND resubmits IS NULL)",
        name="first_has_no_period",
    ),
    CheckConstraint(
        "number = 1 OR monitoring_period IS NOT NULL OR resubmits IS NOT NULL",
        name="later_says_why",
    ),
    CheckConstraint(
        "NOT isempty(monitoring_period) AND lower(monitoring_period) > '-infinity'"
        " AND upper(monitoring_period) < 'infinity'",
        name="period_bounded",
    ),
    CheckConstraint(
        "(resubmits IS NULL) = (what_changed IS NULL) AND length(what_changed) > 0",
        name="resubmission_says_what_changed",
    ),
    CheckConstraint("sign_off_version IN (1, 2, 3, 4)", name="sign_off_version_known"),
    UniqueConstraint("project_id", "number"),
    # One round of a project is open at a time (ADR 0076).
    Index(
        "uq_verification_requests_one_open",
        "project_id",
        unique=True,
        postgresql_where=text(
            "status IN ('pending', 'in_review')"
            " OR status = 'approved' AND needs_countersignature AND countersigned_by IS NULL"
        ),
    ),
    # The stages of the board of staff, each in the order of its deadlines (ADR 0093).
    Index(
        "ix_verification_requests_to_assign",
        "submitted_at",
        "id",
        postgresql_where=text("status = 'pending'"),
    ),
    Index(
        "ix_verification_requests_to_review",
        "assigned_at",
        "id",
        postgresql_where=text("status = 'in_review'"),
    ),
    Index(
        "ix_verification_requests_reviewed_by",
        "verifier_id",
        "assigned_at",
        "id",
        postgresql_where=text("status = 'in_review'"),
    ),
    Index(
        "ix_verification_requests_to_countersign",
        "completed_at",
        "id",
        postgresql_where=text(
            "status = 'approved' AND needs_countersignature AND countersigned_by IS NULL"
        ),
    ),
    Index(
        "ix_verification_requests_decided",
        "completed_at",
        "id",
        postgresql_where=text(
            "status = 'rejected' OR status = 'approved'"
            " AND (NOT needs_countersignature OR countersigned_by IS NOT NULL)"
        ),
    ),
    # No day of a project is verified twice.
    ExcludeConstraint(
        (text("uuid_range(project_id, project_id, '[]')"), "&&"),
        ("monitoring_period", "&&"),
        name="ex_verification_requests_days_verified_once",
        using="gist",
        where=text("status NOT IN ('rejected', 'withdrawn')"),
    ),
    comment="The rounds of each project and their decisions: its first verification, and its monitoring "
    "periods.",
)

registry_policy = Table(
    "registry_policy",
    metadata,
    Column("only_row", Boolean, primary_key=True, server_default=text("true")),
    Column(
        "require_countersignature",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="Whether a second person must approve before credits are issued.",
    ),
    CheckConstraint("only_row", name="only_row"),
    comment="One row: what the operator decided about the registry's rules. Migrations alone "
    "write it.",
)

verification_events = Table(
    "verification_events",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("verification_id", ForeignKey("verification_requests.id"), nullable=False),
    Column(
        "event_type",
        String(50),
        nullable=False,
        comment="Which step; the constraint event_type_known lists them.",
    ),
    Column(
        "message",
        Text,
        nullable=False,
        comment="Public, except in note, site_visit and countersignature_refused, which people write.",
    ),
    Column("user_id", ForeignKey("users.id"), comment="NULL when the registry itself acted."),
    Column("created_at", Moment, nullable=False),
    one_of("event_type", EventType),
    Index("ix_verification_events_timeline", "verification_id", "created_at"),
    # Which approvals have their unit numbers, asked with every approval (ADR 0041).
    Index(
        "ix_verification_events_issued",
        "verification_id",
        postgresql_where=text("event_type = 'credits_issued'"),
    ),
    comment="The timeline of a verification. Rows never change.",
)
