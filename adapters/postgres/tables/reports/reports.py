"""Compliance reports, whom they were opened to for a time, and each reading of those."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import UUID

from adapters.postgres.tables.schema import Moment, metadata, one_of, sha256_hex
from domain.reports.reports import ReportKind

reports = Table(
    "reports",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("kind", String(20), nullable=False, comment="What it states."),
    Column("first_day", Date, nullable=False, comment="Of the period, in UTC."),
    Column("last_day", Date, nullable=False, comment="Of the period, counted in."),
    Column(
        "known_at",
        Moment,
        nullable=False,
        comment="What was recorded later is not in it.",
    ),
    Column(
        "account_id",
        ForeignKey("users.id"),
        comment="Whose holdings it states; NULL: everybody's, or it is of another kind.",
    ),
    Column("party", String(3), comment="ISO 3166-1 alpha-3; whose agreed electronic format it is."),
    Column("terms_sha256", String(64), nullable=False, comment="Of all that it was asked for by."),
    Column(
        "version",
        Integer,
        nullable=False,
        comment="Counts those of the same terms whose bytes differ, from 1.",
    ),
    Column("made_at", Moment, nullable=False, comment="When it was made."),
    Column("made_by", ForeignKey("users.id"), comment="Who asked for it; NULL: it was due."),
    Column(
        "manifest", LargeBinary, nullable=False, comment="Canonical JSON (RFC 8785), as signed."
    ),
    Column("sha256", String(64), nullable=False, comment="Of the manifest; also in the audit log."),
    Column("public_key", String(64), nullable=False, comment="Ed25519, hex: the registry's then."),
    Column("signature", String(128), nullable=False, comment="Over the manifest's bytes, hex."),
    one_of("kind", ReportKind),
    sha256_hex("terms_sha256"),
    sha256_hex("sha256"),
    CheckConstraint("first_day <= last_day", name="period_in_order"),
    CheckConstraint("version > 0", name="version_counts"),
    CheckConstraint("party ~ '^[A-Z]{3}$'", name="party_alpha3"),
    CheckConstraint("public_key ~ '^[0-9a-f]{64}$'", name="public_key_is_hex"),
    CheckConstraint("signature ~ '^[0-9a-f]{128}$'", name="signature_is_hex"),
    UniqueConstraint("terms_sha256", "version"),
    Index("ix_reports_newest", "made_at", "id"),
    Index("ix_reports_account", "account_id", "made_at", "id"),
    comment="Compliance reports that were made; the files are in object storage (ADR 0121). Rows never change.",
)

report_accesses = Table(
    "report_accesses",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column(
        "report_id",
        ForeignKey("reports.id"),
        nullable=False,
        index=True,
        comment="Which report it opens.",
    ),
    Column(
        "authority", String(200), nullable=False, comment="Whom it was given, as staff call it."
    ),
    Column("purpose", String(500), nullable=False, comment="What for, in the words of staff."),
    Column("code_hash", String(64), nullable=False, unique=True, comment="SHA-256 of the code."),
    Column("granted_by", ForeignKey("users.id"), nullable=False, comment="Staff."),
    Column("granted_at", Moment, nullable=False, comment="When it was given."),
    Column("expires_at", Moment, nullable=False, comment="Nobody reads by it from then on."),
    Column("revoked_at", Moment, comment="When staff took it back; NULL: they did not."),
    Column("revoked_by", ForeignKey("users.id"), comment="Staff."),
    sha256_hex("code_hash"),
    CheckConstraint(
        "expires_at > granted_at AND expires_at <= granted_at + interval '90 days'",
        name="for_a_time",
    ),
    CheckConstraint("(revoked_at IS NULL) = (revoked_by IS NULL)", name="revoked_by_somebody"),
    comment="To whom a report is open by a code, for a time (ADR 0121).",
)

report_readings = Table(
    "report_readings",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column(
        "access_id",
        ForeignKey("report_accesses.id"),
        nullable=False,
        comment="By which access.",
    ),
    Column("read_at", Moment, nullable=False, comment="When it was shown."),
    Column("file", String(100), comment="Which file; NULL: the report's manifest."),
    Index("ix_report_readings_access", "access_id", "read_at"),
    comment="Each reading by a code; the audit log has it too. Rows never change.",
)
