"""Appeals against decisions, and grievances about projects and the registry."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, String, Table, Text, text
from sqlalchemy.dialects.postgresql import UUID

from adapters.postgres.tables.schema import Moment, metadata, one_of
from domain.projects.programme.appeals import AppealKind, AppealStatus

appeals = Table(
    "appeals",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("kind", String(20), nullable=False, comment="appeal or grievance."),
    Column(
        "project_id",
        ForeignKey("projects.id"),
        comment="Which project it is about; NULL: the registry.",
    ),
    Column(
        "verification_id",
        ForeignKey("verification_requests.id"),
        comment="The round appealed against; NULL of a grievance.",
    ),
    Column("filed_by", ForeignKey("users.id"), nullable=False, comment="Who filed it."),
    Column(
        "filed_for",
        ForeignKey("users.id"),
        nullable=False,
        comment="Whose organisation it is: the account that it holds under.",
    ),
    Column(
        "public_text", Text, nullable=False, comment="Everybody reads it once it is acknowledged."
    ),
    Column(
        "confidential_text", Text, comment="For staff and who filed it; NULL: nothing was said so."
    ),
    Column(
        "status",
        String(20),
        nullable=False,
        comment="filed, acknowledged; upheld or dismissed, for ever.",
    ),
    Column("filed_at", Moment, nullable=False, comment="When it was filed."),
    Column(
        "acknowledge_by",
        Moment,
        nullable=False,
        comment="Until when staff must say that they read it.",
    ),
    Column("answer_by", Moment, nullable=False, comment="Until when staff must decide."),
    Column("acknowledged_at", Moment, comment="When staff said so; NULL: they did not yet."),
    Column("acknowledged_by", ForeignKey("users.id"), comment="Who of staff said so."),
    Column(
        "withheld_reason",
        Text,
        comment="Why the public does not read its text, which it reads in its place; NULL: it does.",
    ),
    Column("decided_at", Moment, comment="When it was decided; NULL: it is open."),
    Column(
        "decided_by", ForeignKey("users.id"), comment="Who of staff decided, without a part in it."
    ),
    Column("public_reason", Text, comment="Why it was upheld or dismissed, for everybody."),
    one_of("kind", AppealKind),
    one_of("status", AppealStatus),
    CheckConstraint("(kind = 'appeal') = (verification_id IS NOT NULL)", name="of_a_round"),
    CheckConstraint("verification_id IS NULL OR project_id IS NOT NULL", name="round_of_a_project"),
    CheckConstraint("length(public_text) > 0", name="text_some"),
    CheckConstraint(
        "(status = 'filed') = (acknowledged_at IS NULL)"
        " AND (acknowledged_at IS NULL) = (acknowledged_by IS NULL)",
        name="acknowledged_at_once",
    ),
    CheckConstraint(
        "(status IN ('upheld', 'dismissed')) = (decided_at IS NOT NULL)"
        " AND (decided_at IS NULL) = (decided_by IS NULL)"
        " AND (decided_at IS NULL) = (public_reason IS NULL)",
        name="decided_at_once",
    ),
    CheckConstraint("decided_by IS NULL OR decided_by <> filed_by", name="decided_by_another"),
    Index(
        "uq_appeals_against",
        "verification_id",
        unique=True,
        postgresql_where=text("kind = 'appeal'"),
    ),
    Index("ix_appeals_newest", "filed_at", "id"),
    Index("ix_appeals_project", "project_id", "filed_at", "id"),
    Index("ix_appeals_filed_for", "filed_for", "filed_at", "id"),
    comment="Appeals and grievances, and what was answered (ADR 0101).",
)
