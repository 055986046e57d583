"""Projects, what of their issuances goes into the buffer, and which of them may be one and the same."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Numeric,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

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
        "title_key",
        String(200),
        comment="Letters and digits of the title in one case, by which duplicates are looked for; "
        "NULL: not looked for.",
    ),
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
        comment="pending, then verified for ever, rejected or withdrawn, as its newest first verification "
        "ends; pending again when that is resubmitted.",
    ),
    Column("created_at", Moment, nullable=False),
    Column(
        "updated_at",
        Moment,
        nullable=False,
        comment="When its status was last set, or a fact changed.",
    ),
    Column(
        "crediting_period_ends",
        Date,
        comment="Its last day, as the developer said; NULL: as long as any (function crediting_period).",
    ),
    Column(
        "search_text",
        Text,
        Computed("search_text(title) || '/' || search_text(location)", persisted=True),
        comment="Title and location as a search sees them, with / between (function search_text).",
    ),
    Column(
        "search_grams",
        ARRAY(Text),
        Computed(
            "search_grams(search_text(title) || '/' || search_text(location))", persisted=True
        ),
        comment="Parts of search_text, by which an index finds it (function search_grams).",
    ),
    one_of("type", ProjectType),
    one_of("status", ProjectStatus),
    CheckConstraint("length(title) BETWEEN 1 AND 200", name="title_length"),
    CheckConstraint("country ~ '^[A-Z]{3}$'", name="country_alpha3"),
    CheckConstraint("latitude BETWEEN -90 AND 90", name="latitude_degrees"),
    CheckConstraint("longitude BETWEEN -180 AND 180", name="longitude_degrees"),
    CheckConstraint("emissions_target_units > 0", name="emissions_target_positive"),
    CheckConstraint("crediting_period_ends >= start_date", name="crediting_period_in_order"),
    # The public list is newest first, whole or by status; the cursor is (created_at, id).
    # Where likely duplicates are looked for when a project is registered or approved.
    Index("ix_projects_title_key", "title_key"),
    Index("ix_projects_type_latitude", "type", "latitude"),
    Index("ix_projects_created_at_id", "created_at", "id"),
    Index("ix_projects_status_created_at_id", "status", "created_at", "id"),
    Index("ix_projects_search", "search_grams", postgresql_using="gin"),
    comment="What reduces or removes emissions, as its developer registered it. Public.",
)

project_changes = Table(
    "project_changes",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    Column(
        "verification_id",
        ForeignKey("verification_requests.id"),
        nullable=False,
        index=True,
        comment="The round that was open.",
    ),
    Column("number", Integer, nullable=False, comment="Counts the changes of a project, from 1."),
    Column("changed_by", ForeignKey("users.id"), nullable=False, comment="For the supplier."),
    Column("changed_at", Moment, nullable=False, comment="When it was."),
    Column(
        "changes",
        JSONB,
        nullable=False,
        comment="By the fact's name in the API: what it was before, and what it is after.",
    ),
    UniqueConstraint("project_id", "number"),
    CheckConstraint("number > 0", name="number_positive"),
    comment="What suppliers changed of their projects after they were registered (ADR 0090). Rows never "
    "change.",
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
    Column(
        "assessment_id",
        ForeignKey("risk_assessments.id"),
        comment="The risk assessment that it follows from; NULL: staff or the registry's table decided.",
    ),
    one_of("reversal_risk", ReversalRisk),
    CheckConstraint("percent BETWEEN 0 AND 60", name="percent_bounded"),
    CheckConstraint("(reason IS NULL) = (decided_by IS NULL)", name="staff_say_why"),
    comment="What of each project's issuances goes into the buffer; from its approval on a risk assessment alone "
    "changes it (ADR 0044, ADR 0100). Public.",
)

likely_duplicates = Table(
    "likely_duplicates",
    metadata,
    Column("project_id", ForeignKey("projects.id"), primary_key=True),
    Column(
        "other_project_id",
        ForeignKey("projects.id"),
        primary_key=True,
        index=True,
        comment="The project that it may be.",
    ),
    Column(
        "same_title",
        Boolean,
        nullable=False,
        comment="Whether both titles have one title_key.",
    ),
    Column(
        "same_place",
        Boolean,
        nullable=False,
        comment="Whether they have one type, stand within 5 km and start within five years.",
    ),
    Column(
        "distance_meters", Integer, nullable=False, comment="From one to the other, on the surface."
    ),
    Column(
        "found_at",
        Moment,
        nullable=False,
        comment="When one of the two was registered, or approved.",
    ),
    Column(
        "explanation",
        Text,
        comment="Why they are two, as the approval of project_id says; NULL: not approved.",
    ),
    Column("explained_by", ForeignKey("users.id"), comment="Who approved."),
    Column("explained_at", Moment, comment="When that was."),
    CheckConstraint("project_id <> other_project_id", name="two_projects"),
    CheckConstraint("same_title OR same_place", name="something_in_common"),
    CheckConstraint("distance_meters >= 0", name="distance_natural"),
    CheckConstraint(
        "(explanation IS NULL) = (explained_by IS NULL)"
        " AND (explanation IS NULL) = (explained_at IS NULL)",
        name="explanation_whole",
    ),
    comment="Projects that may be registered twice (ADR 0053): two rows for each pair, one for "
    "either side. For staff and verifiers.",
)
