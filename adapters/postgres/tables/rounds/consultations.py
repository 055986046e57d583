"""Consultations of the public, what was said in them, and what was answered."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import UUID

from adapters.postgres.tables.schema import Moment, metadata
from domain.projects.programme.consultations import NAME_LENGTH_MAX

consultations = Table(
    "consultations",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False, unique=True),
    Column("opens_on", Date, nullable=False, comment="The first day on which comments are taken."),
    Column("closes_on", Date, nullable=False, comment="The last day (UTC); nothing closes it."),
    Column("opened_by", ForeignKey("users.id"), nullable=False, comment="Who of staff opened it."),
    Column("opened_at", Moment, nullable=False, comment="When staff opened it."),
    CheckConstraint("closes_on >= opens_on", name="closes_after_it_opens"),
    Index("ix_consultations_newest", "opened_at", "id"),
    comment="On which days the public is heard on a project (ADR 0099). Rows never change.",
)

consultation_comments = Table(
    "consultation_comments",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column(
        "consultation_id",
        ForeignKey("consultations.id"),
        nullable=False,
        comment="In which it was said.",
    ),
    Column("number", Integer, nullable=False, comment="Counts those of a consultation from 1."),
    Column(
        "name",
        String(NAME_LENGTH_MAX),
        comment="What its author wished to be called in public; NULL: nothing.",
    ),
    Column("text", Text, nullable=False, comment="What was said, for everybody."),
    Column("written_at", Moment, nullable=False, comment="When it was sent."),
    UniqueConstraint("consultation_id", "number"),
    CheckConstraint("number > 0", name="counted_from_one"),
    CheckConstraint("length(text) > 0", name="text_some"),
    comment="What the public says about a project. Rows never change.",
)

consultation_answers = Table(
    "consultation_answers",
    metadata,
    Column(
        "comment_id",
        ForeignKey("consultation_comments.id"),
        primary_key=True,
        comment="Which comment.",
    ),
    Column("text", Text, nullable=False, comment="What was answered, for everybody."),
    Column("by_role", String(50), nullable=False, comment="Whose answer it is."),
    Column("answered_by", ForeignKey("users.id"), nullable=False, comment="Who wrote it."),
    Column("answered_at", Moment, nullable=False, comment="When it was answered."),
    CheckConstraint("by_role IN ('developer', 'verifier')", name="by_role_known"),
    CheckConstraint("length(text) > 0", name="text_some"),
    comment="The one answer that a comment has. Rows never change.",
)

consultation_hidings = Table(
    "consultation_hidings",
    metadata,
    Column(
        "comment_id",
        ForeignKey("consultation_comments.id"),
        primary_key=True,
        comment="Which comment.",
    ),
    Column("reason", Text, nullable=False, comment="Why; shown in the place of the comment."),
    Column("hidden_by", ForeignKey("users.id"), nullable=False, comment="Who of staff hid it."),
    Column("hidden_at", Moment, nullable=False, comment="Since when only staff read it."),
    CheckConstraint("length(reason) > 0", name="reason_some"),
    comment="Comments that are shown to nobody but staff. Rows never change.",
)
