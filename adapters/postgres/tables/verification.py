"""Verifications and the events of each."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import UUID

from adapters.postgres.tables.schema import Moment, metadata, one_of, sha256_hex
from domain.projects.verification import EventType, VerificationStatus

verification_requests = Table(
    "verification_requests",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False, unique=True),
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
        comment="pending, in_review, then rejected for ever, or approved: for ever too, unless a "
        "countersignature that it needs is refused.",
    ),
    Column("submitted_at", Moment, nullable=False, comment="When the project was registered."),
    Column("assigned_at", Moment, comment="When it got its verifier, or came back to that one."),
    Column("completed_at", Moment, comment="When it was decided."),
    Column("decided_by", ForeignKey("users.id"), comment="The assigned verifier, or staff."),
    Column("notes", Text, comment="The approval's notes or the rejection's reason."),
    Column("verified_quantity_units", BigInteger, comment="Units of 0.01 t CO2e."),
    Column("vintage", Integer, comment="Calendar year of what was verified; set by the approval."),
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
    CheckConstraint(
        "(countersignature_refused_by IS NULL) = (countersignature_refusal IS NULL)"
        " AND (countersignature_refused_by IS NULL) = (countersignature_refused_at IS NULL)",
        name="refusal_whole",
    ),
    CheckConstraint(
        "stead_reason IS NULL OR status <> 'approved' OR needs_countersignature",
        name="stead_countersigned",
    ),
    comment="The one verification of each project, and its decision.",
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
