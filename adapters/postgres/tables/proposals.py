"""What one administrator asks for and another must countersign."""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, String, Table, Text
from sqlalchemy.dialects.postgresql import UUID

from adapters.postgres.tables.schema import Moment, metadata, one_of, sha256_hex
from domain.accounts.proposals import ProposalKind, ProposalStatus

proposals = Table(
    "proposals",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("kind", String(30), nullable=False, comment="What is to be done."),
    Column(
        "subject",
        String(100),
        nullable=False,
        comment="The serial, project or account it is about, or `registry`.",
    ),
    Column("quantity_units", BigInteger, comment="Units of 0.01 t CO2e; NULL: it moves none."),
    Column("reason", Text, nullable=False, comment="Why, in the words of who proposed it."),
    Column("terms_sha256", String(64), nullable=False, comment="SHA-256 of all that is asked for."),
    Column("status", String(20), nullable=False, comment="waiting, then one of three, for ever."),
    Column("proposed_by", ForeignKey("users.id"), nullable=False, comment="One administrator."),
    Column("proposed_at", Moment, nullable=False, comment="When it was asked for."),
    Column("expires_at", Moment, nullable=False, comment="Nobody countersigns it from then on."),
    Column(
        "settled_by", ForeignKey("users.id"), comment="Another administrator; NULL: it expired."
    ),
    Column("settled_at", Moment, comment="When it was answered, or expired."),
    Column("refusal", Text, comment="Why another administrator said no."),
    one_of("kind", ProposalKind),
    one_of("status", ProposalStatus),
    sha256_hex("terms_sha256"),
    CheckConstraint("settled_by IS NULL OR settled_by <> proposed_by", name="two_pairs_of_eyes"),
    CheckConstraint("(status = 'waiting') = (settled_at IS NULL)", name="settled_once_answered"),
    CheckConstraint("(status = 'refused') = (refusal IS NOT NULL)", name="refused_for_a_reason"),
    CheckConstraint(
        "(status IN ('countersigned', 'refused')) = (settled_by IS NOT NULL)",
        name="settled_by_staff",
    ),
    Index("ix_proposals_newest", "proposed_at", "id"),
    comment="What one administrator asks for and another must countersign before it is carried out.",
)
