"""Projects, and what of their issuances goes into the buffer."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Numeric,
    String,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import UUID

from adapters.postgres.tables.schema import Moment, metadata, one_of
from domain.projects.buffer_share import ReversalRisk
from domain.projects.projects import ProjectStatus, ProjectType

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
    Column(
        "developer_id",
        ForeignKey("users.id"),
        nullable=False,
        index=True,
        comment="Who registered it and receives what is issued.",
    ),
    Column("title", String(200), nullable=False),
    Column(
        "type",
        String(50),
        nullable=False,
        index=True,
        comment="What it does; the constraint type_known lists the types.",
    ),
    Column("description", Text, nullable=False),
    Column("location", String(255), nullable=False, comment="Where it is, in words."),
    Column("country", String(3), nullable=False, index=True, comment="ISO 3166-1 alpha-3."),
    Column("latitude", Numeric(8, 6), nullable=False, comment="WGS 84 degrees."),
    Column("longitude", Numeric(9, 6), nullable=False, comment="WGS 84 degrees."),
    Column("emissions_target_units", BigInteger, nullable=False, comment="Units of 0.01 t CO2e."),
    Column(
        "start_date",
        Date,
        nullable=False,
        comment="The first day of its activity, as the developer said.",
    ),
    Column(
        "status",
        String(50),
        nullable=False,
        comment="pending, then verified or rejected for ever, as its verification is decided.",
    ),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False, comment="When its status was last set."),
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
    comment="What reduces or removes emissions, as its developer registered it. Public.",
)

buffer_shares = Table(
    "buffer_shares",
    metadata,
    Column("project_id", ForeignKey("projects.id"), primary_key=True),
    Column(
        "reversal_risk",
        String(20),
        nullable=False,
        comment="As staff rated it: not_rated, low, medium or high.",
    ),
    Column(
        "percent",
        Numeric(5, 2),
        nullable=False,
        comment="Of each issuance, in per cent, rounded up to whole units.",
    ),
    Column("reason", Text, comment="What staff said; NULL: the registry's table decided."),
    Column("decided_by", ForeignKey("users.id"), comment="Staff; NULL: the registry's table."),
    Column("decided_at", Moment, nullable=False, comment="When; at the approval at the latest."),
    one_of("reversal_risk", ReversalRisk),
    CheckConstraint("percent BETWEEN 0 AND 60", name="percent_bounded"),
    CheckConstraint("(reason IS NULL) = (decided_by IS NULL)", name="staff_say_why"),
    comment="What of each project's issuances goes into the buffer; fixed from its approval on "
    "(ADR 0044). Public.",
)
