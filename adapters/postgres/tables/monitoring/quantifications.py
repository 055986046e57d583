"""What follows from monitoring data, and what it was worked out of."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from adapters.postgres.tables.schema import Moment, metadata, sha256_hex

quantification_inputs = Table(
    "quantification_inputs",
    metadata,
    Column("sha256", String(64), primary_key=True, comment="Of the content."),
    Column("content", LargeBinary, nullable=False, comment="Canonical JSON (RFC 8785), UTF-8."),
    sha256_hex("sha256"),
    comment="What quantifications were worked out of, as it was then. Rows never change.",
)

quantifications = Table(
    "quantifications",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column(
        "verification_id",
        ForeignKey("verification_requests.id"),
        nullable=False,
        comment="For which round.",
    ),
    Column("number", Integer, nullable=False, comment="Counts those of a round from 1."),
    Column("calculation", String(60), nullable=False, comment="Id of the declared calculation."),
    Column("calculation_version", Integer, nullable=False, comment="By which it was worked out."),
    Column("period_from", Date, nullable=False, comment="First day, UTC."),
    Column("period_to", Date, nullable=False, comment="Last day, UTC."),
    Column(
        "inputs_sha256",
        ForeignKey("quantification_inputs.sha256"),
        nullable=False,
        index=True,
        comment="Of what it was worked out of.",
    ),
    Column(
        "result",
        JSONB,
        nullable=False,
        comment="Tonnes and steps of each year, with the inputs' SHA-256; numbers are decimals as text.",
    ),
    Column("sha256", String(64), nullable=False, comment="Of the result's canonical JSON."),
    Column("computed_by", ForeignKey("users.id"), nullable=False, comment="Who had it worked out."),
    Column("computed_at", Moment, nullable=False, comment="When that was."),
    CheckConstraint("number > 0", name="counted_from_one"),
    CheckConstraint("period_from <= period_to", name="period_runs_on"),
    sha256_hex("sha256"),
    UniqueConstraint("verification_id", "number", name="uq_quantifications_verification_id_number"),
    comment="The tonnes that follow from monitoring data; the newest of a round counts (ADR 0104). Rows never change.",
)
