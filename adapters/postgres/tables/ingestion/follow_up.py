"""What people do about the issues of a file (ADR 0103)."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from adapters.postgres.tables.schema import Moment, metadata, one_of
from domain.ingestion.follow_up.groups import IssueAct, IssueGroupState
from domain.ingestion.issues import Severity

ingestion_issue_rows = Table(
    "ingestion_issue_rows",
    metadata,
    Column(
        "ingestion_id",
        UUID(as_uuid=True),
        primary_key=True,
        comment="The file it is a row of.",
    ),
    Column(
        "chunk", Integer, primary_key=True, autoincrement=False, comment="The part of the file."
    ),
    Column(
        "position",
        Integer,
        primary_key=True,
        autoincrement=False,
        comment="From 0, within the part.",
    ),
    Column("sheet", String(100), comment="Of a workbook; NULL for other files."),
    Column("line", BigInteger, nullable=False, comment="Where the row begins, from 1."),
    Column(
        "cells", JSONB, nullable=False, comment="Name and value of each cell as found, shortened."
    ),
    ForeignKeyConstraint(
        ["ingestion_id", "chunk"], ["ingestion_chunks.ingestion_id", "ingestion_chunks.chunk"]
    ),
    comment="The first rows that have an issue, to be shown beside it.",
)

ingestion_issue_groups = Table(
    "ingestion_issue_groups",
    metadata,
    Column(
        "ingestion_id",
        ForeignKey("ingestions.id"),
        primary_key=True,
        comment="The file they were found in.",
    ),
    Column(
        "number",
        Integer,
        primary_key=True,
        autoincrement=False,
        comment="From 1, within the file.",
    ),
    Column("rule", String(30), nullable=False, comment="What is broken, as `number`."),
    Column("severity", String(10), nullable=False, comment="An error keeps its row out."),
    Column("sheet", String(100), comment="Of a workbook; NULL for other files."),
    Column("column", String(200), comment="Name of the column; NULL: the whole row."),
    Column("advice", Text, nullable=False, comment="Of the first of them."),
    Column("line", BigInteger, comment="The first of them; NULL: the whole file."),
    Column("value", Text, comment="Of the first of them, as found, shortened."),
    Column("count", BigInteger, nullable=False, comment="Lines that have it."),
    Column("state", String(20), nullable=False, comment="How far people are with it."),
    Column(
        "assigned_to",
        ForeignKey("users.id"),
        comment="The administrator who acts; NULL: nobody yet.",
    ),
    Column(
        "waived_by",
        ForeignKey("users.id"),
        comment="Who proposed or gave the waiver; NULL: nobody.",
    ),
    Column(
        "separated_from",
        Integer,
        comment="The group whose one line it is, decided on apart; NULL: it is of all its lines.",
    ),
    Column("opened_at", Moment, nullable=False, comment="When the file's outcome was known."),
    Column("changed_at", Moment, nullable=False, comment="When anybody last acted on it."),
    one_of("severity", Severity),
    one_of("state", IssueGroupState),
    Index("ix_ingestion_issue_groups_oldest", "state", "opened_at"),
    comment="Issues of one rule in one column of a file: what people decide on together.",
)

ingestion_issue_messages = Table(
    "ingestion_issue_messages",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("ingestion_id", UUID(as_uuid=True), nullable=False, comment="The file."),
    Column("number", Integer, nullable=False, comment="The group within it."),
    Column("author_id", ForeignKey("users.id"), nullable=False, comment="Who did it."),
    Column("act", String(20), nullable=False, comment="What they did, as `ask`."),
    Column("text", Text, nullable=False, comment="What they wrote; empty: nothing."),
    Column("written_at", Moment, nullable=False, comment="When."),
    one_of("act", IssueAct),
    ForeignKeyConstraint(
        ["ingestion_id", "number"],
        ["ingestion_issue_groups.ingestion_id", "ingestion_issue_groups.number"],
    ),
    Index("ix_ingestion_issue_messages_ingestion_id", "ingestion_id", "number", "written_at"),
    comment="What people did about a group of issues, in its order.",
)
