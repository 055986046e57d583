"""Methodologies and their versions."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from adapters.postgres.tables.schema import Moment, metadata

methodologies = Table(
    "methodologies",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("name", String(200), nullable=False, comment="As its standard calls it."),
    Column("standard", String(200), nullable=False, comment="Whose it is, as `Verra VCS`."),
    Column("sector", String(200), nullable=False, comment="In the standard's own words."),
    Column("recorded_by", ForeignKey("users.id"), nullable=False, comment="Staff."),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("standard", "name"),
    CheckConstraint("length(name) > 0 AND length(standard) > 0", name="named"),
    comment="How tonnes are quantified; what each asks for stands with its versions. Public; rows never "
    "change.",
)

methodology_versions = Table(
    "methodology_versions",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column(
        "methodology_id",
        ForeignKey("methodologies.id"),
        nullable=False,
        comment="What it is a version of.",
    ),
    Column("version", String(50), nullable=False, comment="As its standard counts it."),
    Column(
        "project_types",
        ARRAY(String(50)),
        nullable=False,
        comment="Types of project that may be verified by it.",
    ),
    Column(
        "required_document_types",
        ARRAY(String(50)),
        nullable=False,
        comment="What an approval rests on beside what every approval does.",
    ),
    Column(
        "parameters",
        JSONB,
        nullable=False,
        comment="What is measured or set: a list of objects with name, unit and description.",
    ),
    Column(
        "crediting_period_years",
        Integer,
        comment="The longest crediting period; NULL: it says nothing of it.",
    ),
    Column(
        "durability_years",
        Integer,
        comment="For how long what is removed stays removed; NULL: it says nothing of it.",
    ),
    Column(
        "requires_statement",
        Boolean,
        nullable=False,
        comment="Whether nothing is approved without a verification statement.",
    ),
    Column(
        "requires_checklist",
        Boolean,
        nullable=False,
        comment="Whether an approval waits for a countersignature, after the checklist.",
    ),
    Column("valid_from", Date, nullable=False, comment="First day, in UTC."),
    Column(
        "calculations",
        ARRAY(String(80)),
        nullable=False,
        server_default=text("'{}'"),
        comment="By which alone tonnes are worked out, as `id/version`; none: any of the project's type.",
    ),
    Column("withdrawn_at", Moment, comment="From when on no round chooses it; NULL: they do."),
    Column("withdrawal_reason", Text, comment="Why, as staff say; public."),
    Column("recorded_by", ForeignKey("users.id"), nullable=False, comment="Staff."),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("methodology_id", "version"),
    CheckConstraint("length(version) > 0", name="version_named"),
    CheckConstraint("cardinality(project_types) > 0", name="project_types_some"),
    CheckConstraint("crediting_period_years BETWEEN 1 AND 100", name="crediting_period_bounded"),
    CheckConstraint("durability_years BETWEEN 1 AND 100000", name="durability_bounded"),
    CheckConstraint(
        "(withdrawn_at IS NULL) = (withdrawal_reason IS NULL)", name="withdrawal_whole"
    ),
    comment="What a methodology asks for, version by version (ADR 0091). Public; withdrawal alone changes a "
    "row.",
)
