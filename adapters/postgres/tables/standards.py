"""What others say of projects and credits: labels, authorisations under Article 6, and serials elsewhere (ADR 0120)."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, INT8RANGE, UUID, ExcludeConstraint
from sqlalchemy.schema import SchemaItem

from adapters.postgres.tables.schema import Moment, metadata, one_of
from domain.standards.article6 import (
    AuthorisationStatus,
    AuthorisedUse,
    FirstTransfer,
    StepKind,
)
from domain.standards.foreign_serials import ForeignRegistry
from domain.standards.labels import CorsiaPhase, Scheme
from domain.standards.records import RecordStatus


def _listed(values: Iterable[Any]) -> str:
    return ", ".join(f"'{one.value}'" for one in values)


def _record() -> tuple[SchemaItem, ...]:
    """Where it is written, and who of staff recorded, confirmed and withdrew it (domain.standards.records)."""
    return (
        Column(
            "source_document_id",
            ForeignKey("documents.id"),
            comment="In which document of the project it is written; NULL: in none of them.",
        ),
        Column("source_url", Text, comment="Where on the web it is written; NULL: nowhere."),
        Column("source_dated", Date, nullable=False, comment="The day that the source bears."),
        Column("recorded_by", ForeignKey("users.id"), nullable=False, comment="Who of staff."),
        Column("recorded_at", Moment, nullable=False, comment="When it was recorded."),
        Column(
            "status",
            String(20),
            nullable=False,
            comment="recorded, confirmed or, for ever, withdrawn.",
        ),
        Column("confirmed_by", ForeignKey("users.id"), comment="Another of staff."),
        Column(
            "confirmed_at", Moment, comment="Since when the public reads it; NULL: it does not."
        ),
        Column("withdrawn_by", ForeignKey("users.id"), comment="Who of staff withdrew it."),
        Column("withdrawn_at", Moment, comment="When it was withdrawn; NULL: it was not."),
        Column("withdrawn_reason", Text, comment="Public: why."),
        one_of("status", RecordStatus),
        CheckConstraint(
            "source_document_id IS NOT NULL OR source_url IS NOT NULL", name="source_named"
        ),
        CheckConstraint(
            "(confirmed_at IS NULL) = (confirmed_by IS NULL)"
            " AND (status <> 'confirmed' OR confirmed_at IS NOT NULL)"
            " AND (status <> 'recorded' OR confirmed_at IS NULL)",
            name="confirmed_at_once",
        ),
        CheckConstraint("confirmed_by <> recorded_by", name="confirmed_by_another"),
        CheckConstraint(
            "(status = 'withdrawn') = (withdrawn_at IS NOT NULL)"
            " AND (withdrawn_at IS NULL) = (withdrawn_by IS NULL)"
            " AND (withdrawn_at IS NULL) = (withdrawn_reason IS NULL)",
            name="withdrawn_at_once",
        ),
    )


def _vintages() -> tuple[SchemaItem, ...]:
    return (
        Column("vintage_from", Integer, comment="First vintage that it is of; NULL: it is of all."),
        Column("vintage_to", Integer, comment="Last vintage that it is of; NULL: it is of all."),
        CheckConstraint(
            "(vintage_from IS NULL) = (vintage_to IS NULL) AND vintage_from <= vintage_to",
            name="vintages_window",
        ),
    )


standard_labels = Table(
    "standard_labels",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    Column("scheme", String(20), nullable=False, comment="Whose standard or label it is."),
    Column("identifier", String(200), comment="Its number with the scheme; NULL: it gives none."),
    Column("programme", String(200), comment="Of CORSIA: the eligible programme."),
    Column("phase", String(20), comment="Of CORSIA: pilot, first or second."),
    Column(
        "goals",
        ARRAY(SmallInteger),
        nullable=False,
        comment="Sustainable Development Goals, 1 to 17, in order; empty of other schemes.",
    ),
    Column("valid_from", Date, nullable=False, comment="The first day for which it is given."),
    Column("valid_until", Date, comment="The last day; NULL: until it is withdrawn."),
    *_vintages(),
    *_record(),
    one_of("scheme", Scheme),
    one_of("phase", CorsiaPhase),
    CheckConstraint("valid_from <= valid_until", name="valid_days"),
    CheckConstraint(
        "(scheme = 'corsia') = (phase IS NOT NULL) AND (scheme = 'corsia') = (programme IS NOT NULL)"
        " AND (scheme <> 'corsia' OR vintage_from IS NOT NULL)",
        name="corsia_whole",
    ),
    CheckConstraint(
        "(scheme = 'sdg') = (cardinality(goals) > 0)"
        " AND goals <@ '{1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17}'",
        name="goals_of_sdg",
    ),
    Index("ix_standard_labels_project_id", "project_id", "recorded_at", "id"),
    Index(
        "ix_standard_labels_scheme",
        "scheme",
        "project_id",
        postgresql_where=text("status = 'confirmed'"),
    ),
    comment="Standards that projects follow and labels that their credits bear (ADR 0120).",
)

authorisations = Table(
    "authorisations",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    Column("host_party", String(3), nullable=False, comment="ISO 3166-1 alpha-3."),
    *_vintages(),
    Column(
        "status",
        String(20),
        nullable=False,
        comment="As the last confirmed step left it (decisions 2/CMA.3 and 4/CMA.6).",
    ),
    Column(
        "uses",
        ARRAY(String(20)),
        nullable=False,
        comment="What the Party authorised; empty: nothing (yet).",
    ),
    Column(
        "first_transfer",
        String(30),
        comment="What counts as first transfer; NULL: nothing is authorised (yet).",
    ),
    Column(
        "quantity_units",
        BigInteger,
        comment="For how much, in units of 0.01 t CO2e; NULL: for all that is issued.",
    ),
    Column(
        "changeable_after_transfer",
        Boolean,
        nullable=False,
        comment="Whether its terms let the Party change or revoke it for what was first transferred.",
    ),
    Column("recorded_by", ForeignKey("users.id"), nullable=False, comment="Who of staff."),
    Column("recorded_at", Moment, nullable=False, comment="When the request was recorded."),
    one_of("status", AuthorisationStatus),
    one_of("first_transfer", FirstTransfer),
    CheckConstraint(f"uses <@ ARRAY[{_listed(AuthorisedUse)}]::varchar[]", name="uses_known"),
    CheckConstraint(
        "(first_transfer IS NULL) = (cardinality(uses) = 0)"
        " AND (status NOT IN ('requested', 'refused') OR first_transfer IS NULL)"
        " AND (status IN ('requested', 'refused') OR first_transfer IS NOT NULL)",
        name="terms_whole",
    ),
    CheckConstraint("quantity_units > 0", name="quantity_positive"),
    CheckConstraint("host_party ~ '^[A-Z]{3}$'", name="host_party_iso"),
    Index("ix_authorisations_project_id", "project_id", "recorded_at", "id"),
    Index("ix_authorisations_status", "status", "project_id"),
    comment="Authorisations of host Parties under Article 6 of the Paris Agreement (ADR 0120).",
)

authorisation_steps = Table(
    "authorisation_steps",
    metadata,
    Column(
        "authorisation_id",
        ForeignKey("authorisations.id"),
        primary_key=True,
        comment="Which authorisation it is a step of.",
    ),
    Column(
        "number", Integer, primary_key=True, autoincrement=False, comment="Counts from 1 in each."
    ),
    Column("kind", String(20), nullable=False, comment="What the Party's document does."),
    Column("uses", ARRAY(String(20)), comment="As of authorisations; NULL: the step has no terms."),
    Column("first_transfer", String(30), comment="As of authorisations."),
    Column("quantity_units", BigInteger, comment="As of authorisations."),
    Column("changeable_after_transfer", Boolean, comment="As of authorisations."),
    *_record(),
    one_of("kind", StepKind),
    one_of("first_transfer", FirstTransfer),
    CheckConstraint(f"uses <@ ARRAY[{_listed(AuthorisedUse)}]::varchar[]", name="uses_known"),
    CheckConstraint(
        "(kind IN ('authorise', 'change')) = (uses IS NOT NULL)"
        " AND (uses IS NULL) = (first_transfer IS NULL)"
        " AND (uses IS NULL) = (changeable_after_transfer IS NULL)"
        " AND (uses IS NOT NULL OR quantity_units IS NULL)",
        name="terms_of_authorising",
    ),
    CheckConstraint("number > 0", name="number_positive"),
    CheckConstraint("(kind = 'request') = (number = 1)", name="request_first"),
    Index(
        "uq_authorisation_steps_waiting",
        "authorisation_id",
        unique=True,
        postgresql_where=text("status = 'recorded'"),
    ),
    comment="The documents by which an authorisation came where it stands (ADR 0120).",
)

foreign_ranges = Table(
    "foreign_ranges",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    Column(
        "verification_id",
        ForeignKey("verification_requests.id"),
        nullable=False,
        comment="The approval whose issuance stands on these units.",
    ),
    Column("vintage", Integer, nullable=False, comment="Of that approval."),
    Column("registry", String(20), nullable=False, comment="Where they were cancelled."),
    Column(
        "block",
        String(200),
        nullable=False,
        comment="Within which the registry counts; empty: through all that it has.",
    ),
    Column("numbers", INT8RANGE, nullable=False, comment="Which, in that block; each is a tonne."),
    Column("serial", String(200), nullable=False, comment="As the registry's record has it."),
    Column("quantity_units", BigInteger, nullable=False, comment="In units of 0.01 t CO2e."),
    *_record(),
    one_of("registry", ForeignRegistry),
    CheckConstraint(
        "NOT isempty(numbers) AND lower(numbers) > 0 AND NOT upper_inf(numbers)",
        name="numbers_bounded",
    ),
    CheckConstraint(
        "quantity_units = (upper(numbers) - lower(numbers)) * 100", name="length_agrees"
    ),
    # However they are spelt, and whoever writes at once: each number of another registry comes once.
    ExcludeConstraint(
        (text("text_range(registry, registry, '[]')"), "&&"),
        (text("text_range(block, block, '[]')"), "&&"),
        ("numbers", "&&"),
        name="ex_foreign_ranges_numbers_once",
        using="gist",
        where=text("status <> 'withdrawn'"),
    ),
    Index("ix_foreign_ranges_project_id", "project_id", "recorded_at", "id"),
    Index("ix_foreign_ranges_of", "verification_id", "vintage"),
    comment="Units of other registries that were cancelled there and issued here (ADR 0120).",
)
