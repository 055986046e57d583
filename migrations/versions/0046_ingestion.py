"""Files that come in, their chunks, what was taken from them, and what is wrong with them.

Why: other registries' exports and instruments' series are reference data (ADR 0080). No table of the
ledger refers to these, and none of these to the ledger.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "ingestions",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("submitted_by", sa.UUID(), nullable=False, comment="Who sent the file in."),
        sa.Column("format", sa.String(50), nullable=False, comment="Id of the declared format."),
        sa.Column(
            "format_version",
            sa.Integer(),
            nullable=False,
            comment="By which it is mapped, whatever version there is later.",
        ),
        sa.Column("file_name", sa.String(200), nullable=False, comment="As its sender named it."),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False, comment="As announced."),
        sa.Column("sha256", sa.String(64), nullable=False, comment="Of its bytes, as announced."),
        sa.Column(
            "accept_partly",
            sa.Boolean(),
            nullable=False,
            comment="True: the good rows are wanted though others are faulty.",
        ),
        sa.Column(
            "status",
            sa.String(30),
            nullable=False,
            comment="What has become of it; records count once it is accepted.",
        ),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("file_kind", sa.String(20), comment="By its content; NULL until it was read."),
        sa.Column("refusal", sa.Text(), comment="Why the file as a whole was refused; else NULL."),
        sa.Column("rows_read", sa.BigInteger(), nullable=False, comment="Rows that are data."),
        sa.Column("records_accepted", sa.BigInteger(), nullable=False, comment="Taken from it."),
        sa.Column(
            "records_known",
            sa.BigInteger(),
            nullable=False,
            comment="Not taken again: an earlier file has brought them.",
        ),
        sa.Column("errors", sa.BigInteger(), nullable=False, comment="Lines with an error."),
        sa.Column("warnings", sa.BigInteger(), nullable=False, comment="Lines with a warning."),
        sa.Column("finished_at", MOMENT, comment="When its outcome was known; NULL before."),
        sa.CheckConstraint(
            "status IN ('awaiting_upload', 'reading', 'accepted', 'accepted_with_warnings',"
            " 'partly_accepted', 'refused')",
            name=op.f("ck_ingestions_status_known"),
        ),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_ingestions_sha256_is_sha256")),
        sa.ForeignKeyConstraint(
            ["submitted_by"], ["users.id"], name=op.f("fk_ingestions_submitted_by_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ingestions")),
        sa.UniqueConstraint(
            "submitted_by",
            "sha256",
            "format",
            "format_version",
            "accept_partly",
            name=op.f("uq_ingestions_same_bytes"),
        ),
        comment="One file that somebody sent in. The same bytes for the same format are one.",
    )
    op.create_index("ix_ingestions_newest", "ingestions", ["created_at", "id"])
    op.create_index("ix_ingestions_of_account", "ingestions", ["submitted_by", "created_at", "id"])
    of_ingestion = ("ingestion_id", "chunk")
    op.create_table(
        "ingestion_chunks",
        sa.Column("ingestion_id", sa.UUID(), nullable=False, comment="The file it is a part of."),
        sa.Column("chunk", sa.Integer(), nullable=False, comment="From 0, in the file's order."),
        sa.Column("rows_read", sa.Integer(), nullable=False, comment="Rows that are data."),
        sa.ForeignKeyConstraint(
            ["ingestion_id"], ["ingestions.id"], name=op.f("fk_ingestion_chunks_ingestion_id_ingestions")
        ),
        sa.PrimaryKeyConstraint(*of_ingestion, name=op.f("pk_ingestion_chunks")),
        comment="A part of a file whose records and issues are stored, in one transaction.",
    )
    op.create_table(
        "ingested_records",
        sa.Column("ingestion_id", sa.UUID(), nullable=False, comment="The file it was taken from."),
        sa.Column("chunk", sa.Integer(), nullable=False, comment="The part of the file."),
        sa.Column("position", sa.Integer(), nullable=False, comment="From 0, within the part."),
        sa.Column("kind", sa.String(20), nullable=False, comment="Of the model, as `issuance`."),
        sa.Column("sheet", sa.String(100), comment="Of a workbook; NULL for other files."),
        sa.Column("line", sa.BigInteger(), nullable=False, comment="Where its row begins, from 1."),
        sa.Column(
            "identity",
            sa.String(64),
            nullable=False,
            comment="SHA-256 of the row as it came; the same row again is the same record.",
        ),
        sa.Column(
            "record",
            postgresql.JSONB(),
            nullable=False,
            comment="By the model's schema; numbers are decimals as text.",
        ),
        sa.ForeignKeyConstraint(
            list(of_ingestion),
            ["ingestion_chunks.ingestion_id", "ingestion_chunks.chunk"],
            name=op.f("fk_ingested_records_ingestion_id_ingestion_chunks"),
        ),
        sa.PrimaryKeyConstraint(*of_ingestion, "position", name=op.f("pk_ingested_records")),
        comment="What was taken from files. Reference data once its file is accepted, else nothing.",
    )
    op.create_index("ix_ingested_records_identity", "ingested_records", ["identity"])
    op.create_table(
        "ingested_ranges",
        sa.Column("ingestion_id", sa.UUID(), nullable=False, comment="The record's file."),
        sa.Column("chunk", sa.Integer(), nullable=False, comment="The record's part of it."),
        sa.Column("position", sa.Integer(), nullable=False, comment="The record's place there."),
        sa.Column("number", sa.Integer(), nullable=False, comment="From 0, within the record."),
        sa.Column("kind", sa.String(20), nullable=False, comment="The record's."),
        sa.Column(
            "block",
            sa.Text(),
            nullable=False,
            comment="The serial without its range; numbers count within it.",
        ),
        sa.Column("first", sa.Numeric(30, 0), nullable=False, comment="First credit, inclusive."),
        sa.Column("last", sa.Numeric(30, 0), nullable=False, comment="Last credit, inclusive."),
        sa.ForeignKeyConstraint(
            [*of_ingestion, "position"],
            ["ingested_records.ingestion_id", "ingested_records.chunk", "ingested_records.position"],
            name=op.f("fk_ingested_ranges_ingestion_id_ingested_records"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(*of_ingestion, "position", "number", name=op.f("pk_ingested_ranges")),
        comment="Serial ranges of other registries, to find those that overlap.",
    )
    op.create_table(
        "ingestion_issues",
        sa.Column("ingestion_id", sa.UUID(), nullable=False, comment="The file it was found in."),
        sa.Column(
            "chunk",
            sa.Integer(),
            nullable=False,
            comment="The part it was found in; below 0 what was found in the whole.",
        ),
        sa.Column("position", sa.Integer(), nullable=False, comment="From 0, within the part."),
        sa.Column("rule", sa.String(30), nullable=False, comment="What is broken, as `number`."),
        sa.Column(
            "severity", sa.String(10), nullable=False, comment="An error keeps its row out."
        ),
        sa.Column("advice", sa.Text(), nullable=False, comment="What to do, in a sentence."),
        sa.Column("sheet", sa.String(100), comment="Of a workbook; NULL for other files."),
        sa.Column("line", sa.BigInteger(), comment="Where it is, from 1; NULL: the whole file."),
        sa.Column("column", sa.String(200), comment="Name of the column; NULL: the whole row."),
        sa.Column("value", sa.Text(), comment="As found, shortened; NULL where it is empty."),
        sa.Column("count", sa.BigInteger(), nullable=False, comment="Lines that have it."),
        sa.Column(
            "more_lines",
            postgresql.ARRAY(sa.BigInteger()),
            nullable=False,
            comment="The next lines that have it, a few.",
        ),
        sa.CheckConstraint(
            "severity IN ('error', 'warning')", name=op.f("ck_ingestion_issues_severity_known")
        ),
        sa.ForeignKeyConstraint(
            ["ingestion_id"], ["ingestions.id"], name=op.f("fk_ingestion_issues_ingestion_id_ingestions")
        ),
        sa.PrimaryKeyConstraint(*of_ingestion, "position", name=op.f("pk_ingestion_issues")),
        comment="What is wrong with a file, and what to do about it.",
    )
    op.execute(
        "GRANT DELETE ON ingested_records, ingested_ranges, ingestion_issues TO karbonica_app"
    )
    op.execute(
        "REVOKE UPDATE ON ingestion_chunks, ingested_records, ingested_ranges, ingestion_issues"
        " FROM karbonica_app"
    )
