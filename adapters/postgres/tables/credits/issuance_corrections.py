"""What was issued in error, and what was cancelled for it."""

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
    Text,
)
from sqlalchemy.dialects.postgresql import UUID

from adapters.postgres.tables.schema import Moment, metadata, one_of
from domain.credits.obligation import ObligationStatus

issuance_corrections = Table(
    "issuance_corrections",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column(
        "verification_id",
        ForeignKey("verification_requests.id"),
        nullable=False,
        comment="The approval that was issued for.",
    ),
    Column("project_id", ForeignKey("projects.id"), nullable=False, index=True),
    Column(
        "vintage", Integer, nullable=False, comment="Calendar year of the reduction or removal."
    ),
    Column(
        "quantity_units",
        BigInteger,
        nullable=False,
        comment="Issued in error, in units of 0.01 t CO2e.",
    ),
    Column("reason", Text, nullable=False, comment="Public: how it came to that."),
    Column("recorded_by", ForeignKey("users.id"), nullable=False, comment="Staff."),
    Column("recorded_at", Moment, nullable=False, comment="When staff recorded it."),
    Column(
        "owed_units",
        BigInteger,
        nullable=False,
        comment="Of them, those that had moved on and are to be replaced; 0: none.",
    ),
    Column("due_at", Moment, comment="When it becomes overdue; NULL: nothing is owed."),
    Column("status", String(20), nullable=False, comment="open, overdue or, for ever, settled."),
    Column("settled_at", Moment, comment="When the last of it was handed in."),
    one_of("status", ObligationStatus),
    CheckConstraint("quantity_units > 0", name="quantity_positive"),
    CheckConstraint("owed_units BETWEEN 0 AND quantity_units", name="owed_within"),
    CheckConstraint("(owed_units > 0) = (due_at IS NOT NULL)", name="due_when_owed"),
    CheckConstraint("(status = 'settled') = (settled_at IS NOT NULL)", name="settled_at_once"),
    CheckConstraint("length(reason) > 0", name="reason_some"),
    Index("ix_issuance_corrections_newest", "recorded_at", "id"),
    Index("ix_issuance_corrections_of", "verification_id", "vintage"),
    comment="What was issued in error, and what is owed for it (ADR 0101). Public.",
)

correction_cancellations = Table(
    "correction_cancellations",
    metadata,
    Column(
        "transaction_id",
        ForeignKey("credit_transactions.id"),
        primary_key=True,
        comment="A credit transaction of the type cancellation.",
    ),
    Column(
        "correction_id",
        ForeignKey("issuance_corrections.id"),
        nullable=False,
        index=True,
        comment="The correction for which these units were cancelled.",
    ),
    Column(
        "replaces",
        Boolean,
        nullable=False,
        comment="Whether they were handed in for others; else they were issued in error themselves.",
    ),
    comment="Which cancellations were made for which correction. Rows never change.",
)
