"""Certificates as they are served, those they took the place of, and what in them is corrected."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    LargeBinary,
    Sequence,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import UUID

from adapters.postgres.tables.schema import RANDOM, Moment, metadata, sha256_hex

certificates = Table(
    "certificates",
    metadata,
    Column("retirement_id", ForeignKey("retirements.id"), primary_key=True),
    Column(
        "status",
        String(20),
        nullable=False,
        comment="accepted: not all of its records are confirmed; sealed: signed over the "
        "confirmed ones.",
    ),
    Column(
        "document", LargeBinary, nullable=False, comment="Canonical JSON (RFC 8785), as served."
    ),
    Column("digest", String(64), comment="SHA-256 the registry signed; NULL until sealed."),
    Column("created_at", Moment, nullable=False),
    Column("sealed_at", Moment, comment="When this seal was made; NULL until sealed."),
    Column(
        "trouble",
        Text,
        comment="Public: why it cannot be sealed as things stand; NULL when nothing is in the way.",
    ),
    CheckConstraint("status IN ('accepted', 'sealed')", name="status_known"),
    CheckConstraint(
        "(status = 'sealed') = (sealed_at IS NOT NULL AND digest IS NOT NULL)", name="sealed_whole"
    ),
    comment="The certificate of each retirement, as it is served now.",
)

superseded_certificates = Table(
    "superseded_certificates",
    metadata,
    Column("digest", String(64), primary_key=True, comment="SHA-256 the registry signed."),
    Column("retirement_id", ForeignKey("certificates.retirement_id"), nullable=False, index=True),
    Column(
        "document",
        LargeBinary,
        nullable=False,
        comment="Canonical JSON (RFC 8785), as it was served.",
    ),
    Column("sealed_at", Moment, nullable=False, comment="When its seal was made."),
    Column("superseded_at", Moment, nullable=False, comment="When a newer seal took its place."),
    comment="Sealed certificates that gave way to a newer seal (ADR 0021). Rows never change.",
)

certificate_credentials = Table(
    "certificate_credentials",
    metadata,
    Column(
        "digest",
        String(64),
        primary_key=True,
        comment="SHA-256 of the sealed certificate that it carries, present or former.",
    ),
    Column("retirement_id", ForeignKey("certificates.retirement_id"), nullable=False, index=True),
    Column(
        "document",
        LargeBinary,
        nullable=False,
        comment="Canonical JSON (RFC 8785), as served: W3C Verifiable Credential 2.0.",
    ),
    Column("created_at", Moment, nullable=False, comment="When it was signed; as the certificate."),
    Column(
        "status_place",
        BigInteger,
        unique=True,
        info=RANDOM,
        comment="Its place in all status lists, from 0; NULL: signed before there were any.",
    ),
    sha256_hex("digest"),
    comment="Sealed certificates as credentials (ADR 0083). Rows never change.",
)

credential_status_places = Sequence(
    "credential_status_places", minvalue=0, start=0, metadata=metadata
)

status_lists = Table(
    "status_lists",
    metadata,
    Column(
        "purpose",
        String(20),
        primary_key=True,
        comment="What a bit tells: superseded, corrected or reversed.",
    ),
    Column(
        "number",
        BigInteger,
        primary_key=True,
        autoincrement=False,
        comment="Places number * 131072 and the following are in it.",
    ),
    Column(
        "version",
        BigInteger,
        primary_key=True,
        autoincrement=False,
        comment="1, 2, 3; the highest stands.",
    ),
    Column(
        "bits_sha256",
        String(64),
        nullable=False,
        info=RANDOM,
        comment="Of the bits, by which a change is noticed.",
    ),
    Column(
        "document",
        LargeBinary,
        nullable=False,
        info=RANDOM,
        comment="Canonical JSON (RFC 8785), as served: a signed credential.",
    ),
    Column("signed_at", Moment, nullable=False, comment="When it was signed."),
    CheckConstraint("purpose IN ('superseded', 'corrected', 'reversed')", name="purpose_known"),
    sha256_hex("bits_sha256"),
    comment="What became of credentials, by their places (ADR 0113). Rows never change.",
)

certificate_corrections = Table(
    "certificate_corrections",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("retirement_id", ForeignKey("certificates.retirement_id"), nullable=False, index=True),
    Column(
        "digest",
        String(64),
        nullable=False,
        comment="SHA-256 of the sealed certificate that says it wrongly, present or former.",
    ),
    Column("pointer", String(200), nullable=False, comment="Where in the certificate (RFC 6901)."),
    Column("stated", Text, comment="What the certificate says; NULL: nothing."),
    Column("correct", Text, comment="What is right; NULL: nothing."),
    Column("reason", Text, nullable=False, comment="Public: how it came to that."),
    Column("corrected_at", Moment, nullable=False, comment="When the registry said so."),
    sha256_hex("digest"),
    UniqueConstraint(
        "digest",
        "pointer",
        "correct",
        name="uq_certificate_corrections_once",
        postgresql_nulls_not_distinct=True,
    ),
    comment="What a sealed certificate says wrongly, and what is right. Public; rows never change.",
)
