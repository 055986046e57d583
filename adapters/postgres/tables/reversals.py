"""Reversals, the buffer units cancelled for them, the certificates they touch, and what they leave owed."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import INT8RANGE, UUID

from adapters.postgres.tables.schema import Moment, metadata, one_of
from domain.credits.obligation import ObligationStatus

reversals = Table(
    "reversals",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False, index=True),
    Column("vintage", Integer, comment="NULL: every vintage of the project."),
    Column("quantity_units", BigInteger, nullable=False, comment="Lost, in units of 0.01 t CO2e."),
    Column("cause", Text, nullable=False, comment="Public."),
    Column(
        "avoidable",
        Boolean,
        nullable=False,
        comment="Whether the developer could have prevented it, as staff judged.",
    ),
    Column("recorded_by", ForeignKey("users.id"), nullable=False, comment="Staff."),
    Column(
        "recorded_at",
        Moment,
        nullable=False,
        comment="When staff recorded it; it may have happened long before.",
    ),
    CheckConstraint("quantity_units > 0", name="quantity_positive"),
    CheckConstraint("length(cause) > 0", name="cause_said"),
    comment="Losses of stored carbon, recorded by staff. Rows never change.",
)

reversal_cancellations = Table(
    "reversal_cancellations",
    metadata,
    Column(
        "transaction_id",
        ForeignKey("credit_transactions.id"),
        primary_key=True,
        comment="A credit transaction of the type cancellation.",
    ),
    Column(
        "reversal_id",
        ForeignKey("reversals.id"),
        nullable=False,
        index=True,
        comment="The reversal for which these buffer units were cancelled.",
    ),
    comment="Which cancellations of buffer units were made for which reversal. Rows never change.",
)

reversal_coverings = Table(
    "reversal_coverings",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("reversal_id", ForeignKey("reversals.id"), nullable=False, index=True),
    Column("retirement_id", ForeignKey("retirements.id"), nullable=False, index=True),
    Column(
        "touched_units",
        BigInteger,
        nullable=False,
        comment="Of the retirement, in units of 0.01 t.",
    ),
    Column(
        "units", INT8RANGE, comment="The cancelled buffer units that stand for them; NULL: none do."
    ),
    CheckConstraint("touched_units > 0", name="touched_positive"),
    CheckConstraint(
        "units IS NULL OR upper(units) - lower(units) = touched_units",
        name="units_count_touched",
    ),
    comment="Pieces of retirements that a reversal touches, and what stands for each. Rows "
    "never change.",
)

obligations = Table(
    "obligations",
    metadata,
    Column("reversal_id", ForeignKey("reversals.id"), primary_key=True),
    Column(
        "quantity_units",
        BigInteger,
        nullable=False,
        comment="What the buffer did not cover of the loss, in units of 0.01 t CO2e.",
    ),
    Column("due_at", Moment, nullable=False, index=True, comment="When it becomes overdue."),
    Column("status", String(20), nullable=False, comment="open, overdue or, for ever, settled."),
    Column("settled_at", Moment, comment="When the last of it was made good."),
    one_of("status", ObligationStatus),
    CheckConstraint("quantity_units > 0", name="quantity_positive"),
    CheckConstraint("(status = 'settled') = (settled_at IS NOT NULL)", name="settled_at_once"),
    comment="What uncovered losses leave to be made good (ADR 0043). Public.",
)

obligation_cancellations = Table(
    "obligation_cancellations",
    metadata,
    Column(
        "transaction_id",
        ForeignKey("credit_transactions.id"),
        primary_key=True,
        comment="A credit transaction of the type cancellation.",
    ),
    Column(
        "reversal_id",
        ForeignKey("obligations.reversal_id"),
        nullable=False,
        index=True,
        comment="The obligation that it makes good, by the loss it is of.",
    ),
    comment="Which units were cancelled in the place of lost ones, or as those lost. Rows never change.",
)
