"""Documents; their bytes are in the object store."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import UUID

from adapters.postgres.tables.schema import Moment, metadata, one_of, sha256_hex
from domain.projects.documents import FILE_SIZE_MAX, Disclosure, DocumentStatus, DocumentType

documents = Table(
    "documents",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False, index=True),
    Column("verification_id", ForeignKey("verification_requests.id"), nullable=False, index=True),
    Column("name", String(255), nullable=False, comment="File name, as its uploader gave it."),
    Column("description", Text, nullable=False),
    Column(
        "document_type",
        String(50),
        nullable=False,
        comment="What it is; the constraint document_type_known lists the types.",
    ),
    Column(
        "disclosure",
        String(20),
        nullable=False,
        comment="Who may read the bytes: public, internal, confidential, restricted.",
    ),
    Column("mime_type", String(255), nullable=False, comment="As its uploader announced it."),
    Column("file_size", BigInteger, nullable=False, comment="Bytes."),
    Column(
        "sha256", String(64), nullable=False, comment="Announced before the upload, checked after."
    ),
    Column(
        "status",
        String(20),
        nullable=False,
        comment="awaiting_upload, then completed once the stored bytes are those announced.",
    ),
    Column(
        "uploaded_by",
        ForeignKey("users.id"),
        nullable=False,
        comment="Who announced it, and alone may complete it.",
    ),
    Column("created_at", Moment, nullable=False),
    Column(
        "completed_at", Moment, comment="When the registry found the bytes to be those announced."
    ),
    Column(
        "version",
        Integer,
        nullable=False,
        server_default=text("1"),
        comment="Counts the versions of one document; 1 is the first.",
    ),
    Column(
        "supersedes",
        ForeignKey("documents.id"),
        index=True,
        comment="The version before, in whose place this one comes once it is completed.",
    ),
    Column(
        "superseded_by",
        ForeignKey("documents.id"),
        comment="The version that came in its place: it is no evidence any more. NULL: the newest.",
    ),
    Column("superseded_at", Moment, comment="When that one was completed."),
    one_of("document_type", DocumentType),
    one_of("disclosure", Disclosure),
    one_of("status", DocumentStatus),
    sha256_hex("sha256"),
    CheckConstraint(f"file_size BETWEEN 1 AND {FILE_SIZE_MAX}", name="file_size_bounds"),
    CheckConstraint(
        "(status = 'completed') = (completed_at IS NOT NULL)", name="completed_at_once"
    ),
    CheckConstraint("(version > 1) = (supersedes IS NOT NULL)", name="later_versions_supersede"),
    CheckConstraint(
        "(superseded_by IS NULL) = (superseded_at IS NULL)"
        " AND (superseded_by IS NULL OR status = 'completed')",
        name="superseded_whole",
    ),
    Index(
        "ix_documents_awaited",
        "uploaded_by",
        "created_at",
        postgresql_where=text("status = 'awaiting_upload'"),
    ),
    comment="Evidence for a verification; the bytes are in object storage, named by their SHA-256.",
)
