"""Files that come in, their parts, and what is wrong with them (ADR 0080)."""

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
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from adapters.postgres.tables.schema import Moment, metadata, one_of, sha256_hex
from domain.ingestion.issues import Severity
from domain.ingestion.submissions import IngestionStatus, ScanOutcome

ingestions = Table(
    "ingestions",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("submitted_by", ForeignKey("users.id"), nullable=False, comment="Who sent the file in."),
    Column("format", String(50), nullable=False, comment="Id of the declared format."),
    Column(
        "format_version",
        Integer,
        nullable=False,
        comment="By which it is mapped, whatever version there is later.",
    ),
    Column("file_name", String(200), nullable=False, comment="As its sender named it."),
    Column("size_bytes", BigInteger, nullable=False, comment="As announced."),
    Column("sha256", String(64), nullable=False, comment="Of its bytes, as announced."),
    Column(
        "accept_partly",
        Boolean,
        nullable=False,
        comment="True: the good rows are wanted though others are faulty.",
    ),
    Column(
        "status",
        String(30),
        nullable=False,
        comment="What has become of it; records count once it is accepted.",
    ),
    Column("created_at", Moment, nullable=False),
    Column("file_kind", String(20), comment="By its content; NULL until it was read."),
    Column("refusal", Text, comment="Why the file as a whole was refused; else NULL."),
    Column("rows_read", BigInteger, nullable=False, comment="Rows that are data."),
    Column("records_accepted", BigInteger, nullable=False, comment="Taken from it."),
    Column(
        "records_known",
        BigInteger,
        nullable=False,
        comment="Not taken again: an earlier file has brought them.",
    ),
    Column("errors", BigInteger, nullable=False, comment="Lines with an error."),
    Column("warnings", BigInteger, nullable=False, comment="Lines with a warning."),
    Column("finished_at", Moment, comment="When its outcome was known; NULL before."),
    Column(
        "predecessor_id",
        ForeignKey("ingestions.id"),
        comment="The file that this one was sent in the place of.",
    ),
    Column(
        "scan", String(20), nullable=False, comment="What the malware scanner said of its bytes."
    ),
    Column(
        "project_id",
        ForeignKey("projects.id"),
        comment="Whose monitoring data it brings; NULL: reference data of nobody.",
    ),
    Column(
        "withdrawn_at",
        Moment,
        comment="Its rows count no longer from then on; NULL: it was not withdrawn.",
    ),
    Column(
        "withdrawal_reason",
        Text,
        comment="Why, as whoever sent it in says; NULL: it was not withdrawn.",
    ),
    CheckConstraint(
        "(status = 'withdrawn') = (withdrawn_at IS NOT NULL)", name="withdrawn_at_some_time"
    ),
    one_of("status", IngestionStatus),
    one_of("scan", ScanOutcome),
    sha256_hex("sha256"),
    Index(
        "uq_ingestions_same_bytes",
        *("submitted_by", "sha256", "format", "format_version", "accept_partly", "project_id"),
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=text("status <> 'withdrawn'"),
    ),
    Index(
        "ix_ingestions_project_id", "project_id", postgresql_where=text("project_id IS NOT NULL")
    ),
    UniqueConstraint("predecessor_id", name="uq_ingestions_predecessor_id"),
    Index("ix_ingestions_newest", "created_at", "id"),
    Index("ix_ingestions_of_account", "submitted_by", "created_at", "id"),
    comment="One file that somebody sent in. The same bytes for the same format are one.",
)

ingestion_chunks = Table(
    "ingestion_chunks",
    metadata,
    Column(
        "ingestion_id",
        ForeignKey("ingestions.id"),
        primary_key=True,
        comment="The file it is a part of.",
    ),
    Column(
        "chunk",
        Integer,
        primary_key=True,
        autoincrement=False,
        comment="From 0, in the file's order.",
    ),
    Column("rows_read", Integer, nullable=False, comment="Rows that are data."),
    comment="A part of a file whose records and issues are stored, in one transaction.",
)

ingestion_issues = Table(
    "ingestion_issues",
    metadata,
    Column(
        "ingestion_id",
        ForeignKey("ingestions.id"),
        primary_key=True,
        comment="The file it was found in.",
    ),
    Column(
        "chunk",
        Integer,
        primary_key=True,
        autoincrement=False,
        comment="The part it was found in; below 0 what was found in the whole.",
    ),
    Column(
        "position",
        Integer,
        primary_key=True,
        autoincrement=False,
        comment="From 0, within the part.",
    ),
    Column("rule", String(30), nullable=False, comment="What is broken, as `number`."),
    Column("severity", String(10), nullable=False, comment="An error keeps its row out."),
    Column("advice", Text, nullable=False, comment="What to do, in a sentence."),
    Column("sheet", String(100), comment="Of a workbook; NULL for other files."),
    Column("line", BigInteger, comment="Where it is, from 1; NULL: the whole file."),
    Column("column", String(200), comment="Name of the column; NULL: the whole row."),
    Column("value", Text, comment="As found, shortened; NULL where it is empty."),
    Column("count", BigInteger, nullable=False, comment="Lines that have it."),
    Column(
        "more_lines",
        ARRAY(BigInteger),
        nullable=False,
        comment="The next lines that have it, a few.",
    ),
    Column(
        "row_key",
        String(16),
        comment="What tells its row from others, whatever its line; NULL: it stands for many.",
    ),
    one_of("severity", Severity),
    comment="What is wrong with a file, and what to do about it.",
)
