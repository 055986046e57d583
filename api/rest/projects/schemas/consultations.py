"""Consultations of the public as JSON."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from adapters.postgres.projects.reads.consultations import CommentView, ConsultationView
from api.commands.projects.consultations import WholeConsultation
from api.http.fields import Day, Text
from api.http.schema import Moment, RequestSchema, ResponseSchema
from api.rest.projects.examples.consultations import (
    ANSWER_SENT,
    COMMENT,
    COMMENT_SENT,
    CONSULTATION,
    CONSULTATION_LINE,
    CONSULTATION_SENT,
    HIDING_SENT,
)
from domain.accounts.roles import Role
from domain.projects.programme.consultations import NAME_LENGTH_MAX, WORDS_LENGTH_MAX

Words = Annotated[str, Text(WORDS_LENGTH_MAX, lines=True)]


class ConsultationRequest(RequestSchema):
    """The days on which the public is heard (UTC), both included."""

    model_config = ConfigDict(json_schema_extra={"examples": [CONSULTATION_SENT]})

    opens_on: Day | None = Field(default=None, alias="from", description="Left out: today.")
    closes_on: Day = Field(alias="to")


class CommentRequest(RequestSchema):
    """What somebody says in public. Name and text are shown to everybody."""

    model_config = ConfigDict(json_schema_extra={"examples": [COMMENT_SENT]})

    name: Annotated[str, Text(NAME_LENGTH_MAX, shortest=0)] = Field(
        default="", description="What its author wishes to be called; empty: nothing."
    )
    text: Words


class CommentAnswerRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [ANSWER_SENT]})

    text: Words


class CommentHidingRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [HIDING_SENT]})

    reason: Words = Field(description="Everybody reads it in the comment's place.")


class CommentAnswerResponse(ResponseSchema):
    text: str
    by: Literal["supplier", "verifier"]
    answered_at: Moment


class CommentResponse(ResponseSchema):
    """What was said; of what staff have hidden, when and why stands alone."""

    model_config = ConfigDict(json_schema_extra={"examples": [COMMENT]})

    number: int = Field(description="Counts the comments of a consultation from 1.")
    name: str | None
    text: str | None = Field(description="Null where it is hidden.")
    written_at: Moment
    hidden_at: Moment | None
    hidden_reason: str | None
    answer: CommentAnswerResponse | None


class ConsultationResponse(ResponseSchema):
    """The days on which the public is heard on a project, all that it said, and what was answered."""

    model_config = ConfigDict(json_schema_extra={"examples": [CONSULTATION]})

    project_id: UUID
    opens_on: date = Field(alias="from")
    closes_on: date = Field(alias="to")
    open: bool = Field(description="Whether comments are taken now.")
    opened_at: Moment
    unanswered: int
    comments: list[CommentResponse]


class ConsultationLine(ResponseSchema):
    """A consultation in the list of them; `comments` is how many there are."""

    model_config = ConfigDict(json_schema_extra={"examples": [CONSULTATION_LINE]})

    project_id: UUID
    project_title: str
    country: str
    opens_on: date = Field(alias="from")
    closes_on: date = Field(alias="to")
    open: bool = Field(description="Whether comments are taken now.")
    opened_at: Moment
    comments: int
    unanswered: int


def consultation_response(whole: WholeConsultation, now: datetime) -> ConsultationResponse:
    view = whole.consultation
    return ConsultationResponse(
        project_id=view.project_id,
        opens_on=view.opens_on,
        closes_on=view.closes_on,
        open=view.is_open(now),
        opened_at=view.opened_at,
        unanswered=view.unanswered,
        comments=[_comment_response(one) for one in whole.comments],
    )


def consultation_line(view: ConsultationView, now: datetime) -> ConsultationLine:
    return ConsultationLine(
        project_id=view.project_id,
        project_title=view.project_title,
        country=view.country,
        opens_on=view.opens_on,
        closes_on=view.closes_on,
        open=view.is_open(now),
        opened_at=view.opened_at,
        comments=view.comments,
        unanswered=view.unanswered,
    )


def _comment_response(view: CommentView) -> CommentResponse:
    answer = None
    if view.answer is not None and view.answered_at is not None:
        answer = CommentAnswerResponse(
            text=view.answer,
            by="supplier" if view.answered_by_role == Role.DEVELOPER else "verifier",
            answered_at=view.answered_at,
        )
    return CommentResponse(
        number=view.number,
        name=view.name,
        text=view.text,
        written_at=view.written_at,
        hidden_at=view.hidden_at,
        hidden_reason=view.hidden_reason,
        answer=answer,
    )
