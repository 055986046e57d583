"""What holders offer, and what they set aside for who asks."""

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
    text,
)
from sqlalchemy.dialects.postgresql import UUID

from adapters.postgres.tables.schema import Moment, metadata, one_of
from domain.credits.reservation import NOTE_LENGTH_MAX, ReservationStatus

reservations = Table(
    "reservations",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column(
        "entry_id",
        ForeignKey("credit_entries.id"),
        nullable=False,
        comment="The entry that was asked for.",
    ),
    Column(
        "requester_id",
        ForeignKey("users.id"),
        nullable=False,
        comment="Whose organisation asked: the account it holds credits under.",
    ),
    Column("requested_by", ForeignKey("users.id"), nullable=False, comment="Who asked."),
    Column("holder_id", ForeignKey("users.id"), nullable=False, comment="Who held the entry then."),
    Column("quantity_units", BigInteger, nullable=False, comment="Units of 0.01 t CO2e."),
    Column(
        "note",
        String(NOTE_LENGTH_MAX),
        nullable=False,
        comment="What the requester wrote to the holder; for both and staff.",
    ),
    Column(
        "until",
        Moment,
        nullable=False,
        comment="When the request ends, and what was set aside comes back.",
    ),
    Column(
        "status",
        String(20),
        nullable=False,
        comment="requested or accepted; then refused, cancelled, expired, fulfilled or lapsed, each"
        " for ever.",
    ),
    Column(
        "reserved_entry_id",
        ForeignKey("credit_entries.id"),
        unique=True,
        comment="What was set aside; NULL: it was never accepted.",
    ),
    Column("requested_at", Moment, nullable=False, comment="When it was asked for."),
    Column("decided_at", Moment, comment="When the holder answered; NULL: they did not."),
    Column("ended_at", Moment, comment="When it ended; NULL: it is open."),
    one_of("status", ReservationStatus),
    CheckConstraint("quantity_units > 0", name="quantity_positive"),
    CheckConstraint("requester_id <> holder_id", name="of_another"),
    CheckConstraint(
        "(status IN ('requested', 'accepted')) = (ended_at IS NULL)", name="ended_at_once"
    ),
    CheckConstraint(
        "CASE WHEN status IN ('accepted', 'fulfilled', 'lapsed') THEN reserved_entry_id IS NOT NULL"
        " WHEN status IN ('requested', 'refused') THEN reserved_entry_id IS NULL ELSE true END",
        name="set_aside_when_accepted",
    ),
    Index("ix_reservations_holder_newest", "holder_id", "requested_at", "id"),
    Index("ix_reservations_requester_newest", "requester_id", "requested_at", "id"),
    comment="Units that somebody asked a holder for, and what became of it (ADR 0092).",
)

offers = Table(
    "offers",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column(
        "holder_id", ForeignKey("users.id"), nullable=False, comment="Who offers what they hold."
    ),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    Column(
        "vintage", Integer, nullable=False, comment="Calendar year of the reduction or removal."
    ),
    Column(
        "name_shown",
        Boolean,
        nullable=False,
        comment="Whether the holder's legal name stands beside it in public.",
    ),
    Column("offered_at", Moment, nullable=False, comment="Since when."),
    Column("ended_at", Moment, comment="When it was taken back; NULL: it stands."),
    Index(
        "uq_offers_standing",
        "holder_id",
        "project_id",
        "vintage",
        unique=True,
        postgresql_where=text("ended_at IS NULL"),
    ),
    Index("ix_offers_project", "project_id", "vintage", postgresql_where=text("ended_at IS NULL")),
    comment="What holders let be asked for: all that they have of a project's vintage (ADR 0092).",
)
