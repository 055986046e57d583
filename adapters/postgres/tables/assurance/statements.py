"""Verification statements, and what staff have ticked on the checklist."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from adapters.postgres.tables.schema import Moment, metadata, one_of
from domain.projects.assurance.checklist import ChecklistItem
from domain.projects.assurance.statements import Assurance, Opinion

verification_statements = Table(
    "verification_statements",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("verification_id", ForeignKey("verification_requests.id"), nullable=False),
    Column("version", Integer, nullable=False, comment="Counts the writings of a round from 1."),
    Column("scope", Text, nullable=False, comment="What was verified; public once approved."),
    Column("criteria", Text, nullable=False, comment="Against what; public once approved."),
    Column("assurance", String(20), nullable=False, comment="Its level: reasonable or limited."),
    Column(
        "materiality_percent",
        Numeric(5, 2),
        nullable=False,
        comment="The threshold, in per cent of the quantity stated.",
    ),
    Column(
        "methodology_version_id",
        ForeignKey("methodology_versions.id"),
        comment="That of the round; NULL where it has none.",
    ),
    Column(
        "quantities",
        JSONB,
        nullable=False,
        comment="Units of 0.01 t by calendar year, after deductions.",
    ),
    Column(
        "uncertainty_percent",
        Numeric(5, 2),
        nullable=False,
        comment="Of the quantities, in per cent.",
    ),
    Column(
        "deductions",
        JSONB,
        nullable=False,
        comment="What was taken off: a list of objects with vintage, reason and quantity_units.",
    ),
    Column(
        "independence",
        Text,
        nullable=False,
        comment="The verifier's declaration; for those who work on the project.",
    ),
    Column(
        "opinion",
        String(20),
        nullable=False,
        comment="positive, qualified, adverse or disclaimed.",
    ),
    Column("opinion_basis", Text, comment="What an opinion that is not positive rests on."),
    Column("written_by", ForeignKey("users.id"), nullable=False, comment="The verifier."),
    Column("written_at", Moment, nullable=False, comment="When this version was."),
    one_of("assurance", Assurance),
    one_of("opinion", Opinion),
    UniqueConstraint("verification_id", "version"),
    CheckConstraint("version > 0", name="version_counts"),
    CheckConstraint("materiality_percent BETWEEN 0 AND 100", name="materiality_bounded"),
    CheckConstraint("uncertainty_percent BETWEEN 0 AND 100", name="uncertainty_bounded"),
    CheckConstraint("opinion = 'positive' OR length(opinion_basis) > 0", name="opinion_has_basis"),
    comment="What the assigned verifier states of a round; the newest counts, and is bound by its SHA-256 "
    "(ADR 0091). Rows never change.",
)

checklist_ticks = Table(
    "checklist_ticks",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("verification_id", ForeignKey("verification_requests.id"), nullable=False),
    Column("item", String(50), nullable=False, comment="Of the checklist in domain/projects."),
    Column("done", Boolean, nullable=False, comment="False takes back an earlier one."),
    Column("note", Text, comment="What its author adds; for staff."),
    Column("user_id", ForeignKey("users.id"), nullable=False, comment="Staff."),
    Column("ticked_at", Moment, nullable=False, comment="When that was."),
    one_of("item", ChecklistItem),
    Index("ix_checklist_ticks_of", "verification_id", "ticked_at"),
    comment="What staff have looked at before a countersignature; the newest of a person counts. For staff; "
    "rows never change.",
)
