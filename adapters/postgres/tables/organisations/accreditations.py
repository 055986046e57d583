"""What verification bodies are accredited for, and what their verifiers declared."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from adapters.postgres.tables.schema import Moment, metadata, one_of
from domain.organisations.accreditation import DeclaredConflict

accreditations = Table(
    "accreditations",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("organisation_id", ForeignKey("organisations.id"), nullable=False),
    Column("scheme", String(255), nullable=False, comment="As `ISO 14065, ANAB`."),
    Column(
        "number", String(100), nullable=False, comment="The certificate's, as the scheme has it."
    ),
    Column(
        "project_types",
        ARRAY(String(50)),
        nullable=False,
        comment="The scope: types of project that the body may verify.",
    ),
    Column("valid_from", Date, nullable=False, comment="First day, in UTC."),
    Column("valid_until", Date, comment="Last day, in UTC; NULL only where it is inherited."),
    Column("evidence_url", String(2000), comment="Where the certificate can be read; public."),
    Column(
        "inherited",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="Given to who verified before accreditations were kept; staff put a real one in its place.",
    ),
    Column("recorded_by", ForeignKey("users.id"), comment="Staff; NULL: the registry itself."),
    Column("created_at", Moment, nullable=False, server_default=text("now()")),
    Column("updated_at", Moment, nullable=False, server_default=text("now()")),
    UniqueConstraint("organisation_id", "scheme", "number"),
    CheckConstraint("cardinality(project_types) > 0", name="project_types_some"),
    CheckConstraint("inherited OR valid_until IS NOT NULL", name="ends_once"),
    CheckConstraint("valid_until >= valid_from", name="valid_some_days"),
    comment="What a verification body may verify, and until when.",
)

conflict_declarations = Table(
    "conflict_declarations",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("verification_id", ForeignKey("verification_requests.id"), nullable=False),
    Column("user_id", ForeignKey("users.id"), nullable=False, comment="The verifier."),
    Column("declared", String(50), nullable=False, comment="none or present."),
    Column("words", Text, comment="Which interest; for staff and the verifier alone."),
    Column(
        "implied",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="Whether it was declared by the approval itself, whose terms say so.",
    ),
    Column("declared_at", Moment, nullable=False, comment="When the verifier said so."),
    one_of("declared", DeclaredConflict),
    CheckConstraint("declared <> 'present' OR length(words) > 0", name="present_says_which"),
    Index("ix_conflict_declarations_of", "verification_id", "user_id", "declared_at"),
    comment="What a verifier declared of interests in a project; the newest counts. Rows never change.",
)
