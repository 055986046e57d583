"""
What everybody may see of rows that are somebody's: views, with the columns of the tables they show.

Row-level security hides the rows of `credit_entries`, `credit_transactions`, `documents` and `users`
from whoever is not a party; public reads ask these views, which hide columns instead (ADR 0067).
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Uuid,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from adapters.postgres.tables import methodology_versions, projects, verification_requests
from adapters.postgres.tables.credits.standards import (
    authorisation_steps,
    authorisations,
    foreign_ranges,
    standard_labels,
)
from adapters.postgres.tables.ledger import credit_entries, credit_transactions
from adapters.postgres.tables.monitoring.boundaries import BoxColumn
from domain.standards.records import StandardRecordStatus

# Apart from the tables, so that Alembic does not make tables of them.
_views = MetaData()


def _view_of(table: Table, name: str, *more: Column[str]) -> Table:
    """With the columns of the table; what is not for whoever asks is NULL."""
    shown = (Column(column.name, column.type) for column in table.columns)
    return Table(name, _views, *shown, *more)


public_credit_entries = _view_of(
    credit_entries, "public_credit_entries", Column("owner_role", String(50))
)
public_credit_transactions = _view_of(credit_transactions, "public_credit_transactions")
public_accounts = Table("public_accounts", _views, Column("id", Uuid), Column("role", String(50)))
public_documents = Table(
    "public_documents",
    _views,
    Column("verification_id", Uuid),
    Column("document_type", String(50)),
    Column("superseded_at", DateTime(timezone=True)),
)
"""Only what is asked of it here; other columns are named in hand-written queries."""

public_findings = Table(
    "public_findings",
    _views,
    Column("verification_id", Uuid),
    Column("kind", String(50)),
    Column("raised", BigInteger),
    Column("closed", BigInteger),
)

_OF_STAFF = {"recorded_by", "confirmed_by", "withdrawn_by"}


def _without_staff(table: Table) -> Table:
    """What was confirmed, with its whole record but for who of staff kept it."""
    shown = (Column(one.name, one.type) for one in table.columns if one.name not in _OF_STAFF)
    return Table(f"public_{table.name}", _views, *shown)


public_standard_labels = _without_staff(standard_labels)
public_authorisations = _without_staff(authorisations)
public_authorisation_steps = _without_staff(authorisation_steps)
public_foreign_ranges = _without_staff(foreign_ranges)

public_appeals = Table(
    "public_appeals",
    _views,
    Column("id", Uuid),
    Column("kind", String(20)),
    Column("project_id", Uuid),
    Column("verification_id", Uuid),
    Column("status", String(20)),
    Column("filed_at", DateTime(timezone=True)),
    Column("acknowledge_by", DateTime(timezone=True)),
    Column("answer_by", DateTime(timezone=True)),
    Column("acknowledged_at", DateTime(timezone=True)),
    Column("decided_at", DateTime(timezone=True)),
    Column("public_reason", String),
    Column("withheld_reason", String),
    Column("public_text", String),
)

public_consultations = Table(
    "public_consultations",
    _views,
    Column("id", Uuid),
    Column("project_id", Uuid),
    Column("opens_on", Date),
    Column("closes_on", Date),
    Column("opened_at", DateTime(timezone=True)),
    Column("comments", BigInteger),
    Column("unanswered", BigInteger),
)

public_consultation_comments = Table(
    "public_consultation_comments",
    _views,
    Column("id", Uuid),
    Column("consultation_id", Uuid),
    Column("number", Integer),
    Column("name", String),
    Column("text", String),
    Column("written_at", DateTime(timezone=True)),
    Column("hidden_at", DateTime(timezone=True)),
    Column("hidden_reason", String),
    Column("answer", String),
    Column("answered_by_role", String(50)),
    Column("answered_at", DateTime(timezone=True)),
)

public_ingestion_formats = Table(
    "public_ingestion_formats",
    _views,
    Column("id", String(50)),
    Column("version", Integer),
    Column("declared", JSONB),
    Column("sample", JSONB),
    Column("saved_at", DateTime(timezone=True)),
)

public_boundaries = Table(
    "public_boundaries",
    _views,
    Column("project_id", Uuid),
    Column("number", Integer),
    Column("geometry", JSONB),
    Column("area_hectares", Float),
    Column("box", BoxColumn),
    Column("set_at", DateTime(timezone=True)),
)

public_quantifications = Table(
    "public_quantifications",
    _views,
    Column("verification_id", Uuid),
    Column("project_id", Uuid),
    Column("round", Integer),
    Column("number", Integer),
    Column("calculation", String),
    Column("calculation_version", Integer),
    Column("period_from", Date),
    Column("period_to", Date),
    Column("inputs_sha256", String),
    Column("result", JSONB),
    Column("computed_at", DateTime(timezone=True)),
    Column("completed_at", DateTime(timezone=True)),
    Column("quantification_sha256", String),
    Column("content", LargeBinary),
)


def bears_label(scheme: str, *, vintage: ColumnElement[int] | None = None) -> ColumnElement[bool]:
    """Projects for which a standard or label of that scheme stands today; for credits of a vintage, if one is given."""
    of = public_standard_labels.c
    bearing = select(of.project_id).where(
        of.project_id == projects.c.id, of.scheme == scheme, *_stands_today()
    )
    if vintage is not None:
        covered = of.vintage_from.is_(None) | vintage.between(of.vintage_from, of.vintage_to)
        bearing = bearing.where(covered)
    return bearing.exists()


def labels_of_project() -> ColumnElement[Sequence[str]]:
    """The schemes whose standards and labels stand for a project today, in alphabetical order."""
    of = public_standard_labels.c
    schemes = (
        select(of.scheme)
        .distinct()
        .where(of.project_id == projects.c.id, *_stands_today())
        .order_by(of.scheme)
        .correlate(projects)
    )
    return func.array(schemes.scalar_subquery(), type_=ARRAY(String))


def _stands_today() -> Sequence[ColumnElement[bool]]:
    of = public_standard_labels.c
    today = func.current_date()
    return (
        of.status == StandardRecordStatus.CONFIRMED.value,
        of.valid_from <= today,
        of.valid_until.is_(None) | (of.valid_until >= today),
    )


def verified_by(methodology_id: UUID) -> ColumnElement[bool]:
    """Projects of which some round is verified by some version of a methodology."""
    rounds = select(verification_requests.c.project_id).join(
        methodology_versions,
        methodology_versions.c.id == verification_requests.c.methodology_version_id,
    )
    return projects.c.id.in_(rounds.where(methodology_versions.c.methodology_id == methodology_id))
