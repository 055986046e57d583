"""
Public consultation: everybody may comment on a project before it is approved for the first time.

A consultation has its days and ends with the last of them (UTC), so that nothing has to close it. Comments and
answers are public and never change; a comment may be hidden with a reason, and is kept. Source: ICVCM Core Carbon
Principles, programme governance (stakeholder consultation before registration); ADR 0099.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from domain.accounts.roles import Account, Permission, Role
from domain.errors import (
    CommentSettled,
    ConsultationClosed,
    Fault,
    Forbidden,
    Invalid,
    NotConsulted,
    NotOpenToConsultation,
)
from domain.identifiers import derived_id
from domain.projects.projects import Project, ProjectStatus
from domain.projects.verification import Verification

COMMENTS_MAX = 500
"""Of a consultation, which is always answered whole."""

DAYS_MAX = 365
NAME_LENGTH_MAX = 120
WORDS_LENGTH_MAX = 5000


@dataclass(frozen=True)
class ConsultationRules:
    """What the operator asks for: a consultation of each project, and an answer to each comment."""

    required: bool = False
    answers_required: bool = True


@dataclass(frozen=True)
class Consultation:
    """The public is heard from the beginning of `opens_on` to the end of `closes_on` (UTC)."""

    id: UUID
    project_id: UUID
    opens_on: date
    closes_on: date
    opened_by: UUID
    opened_at: datetime

    def is_open(self, at: datetime) -> bool:
        return self.opens_on <= at.date() <= self.closes_on

    def is_over(self, at: datetime) -> bool:
        return at.date() > self.closes_on


@dataclass(frozen=True)
class CommentAnswer:
    """`by_role` says for whom it was answered: supplier or verifier."""

    comment_id: UUID
    text: str
    by_role: Role
    answered_by: UUID
    answered_at: datetime


@dataclass(frozen=True)
class Comment:
    """`number` counts those of a consultation from 1. `name` is what its author wished to be called; None: nothing."""

    id: UUID
    consultation_id: UUID
    number: int
    name: str | None
    text: str
    written_at: datetime
    hidden_at: datetime | None = None
    hidden_by: UUID | None = None
    hidden_reason: str | None = None
    answer: CommentAnswer | None = None

    @property
    def awaits_answer(self) -> bool:
        """What is hidden needs none."""
        return self.answer is None and self.hidden_at is None


def open_consultation(
    project: Project,
    verification: Verification,
    before: Consultation | None,
    *,
    consultation_id: UUID,
    opens_on: date,
    closes_on: date,
    days_min: int,
    actor: Account,
    at: datetime,
) -> Consultation:
    """
    Hear the public on a project; `verification` is its round, `before` the consultation it has already.

    Raises:
        Forbidden: only staff open consultations.
        NotOpenToConsultation: the project was decided, or is approved, or was consulted on.
        Invalid: it begins in the past, is shorter than `days_min` days or longer than `DAYS_MAX`; all at once.
    """
    actor.require(Permission.KEEP_CONSULTATIONS)
    if before is not None:
        raise NotOpenToConsultation(
            f"This project has its consultation, from {before.opens_on} to {before.closes_on}."
        )
    if project.status is not ProjectStatus.PENDING or verification.is_decided:
        raise NotOpenToConsultation(
            "The public is heard before a project is decided on; this one was decided."
        )
    faults = []
    if opens_on < at.date():
        faults.append(Fault("/from", f"A consultation begins today ({at.date()}) or later."))
    days = (closes_on - opens_on).days + 1
    if days < days_min:
        least = opens_on + timedelta(days=max(days_min, 1) - 1)
        faults.append(
            Fault("/to", f"A consultation takes {days_min} days at least: until {least} or later.")
        )
    elif days > DAYS_MAX:
        faults.append(Fault("/to", f"A consultation takes {DAYS_MAX} days at most."))
    if faults:
        raise Invalid(" ".join(fault.detail for fault in faults), *faults)
    return Consultation(consultation_id, project.id, opens_on, closes_on, actor.id, at)


def comment(
    consultation: Consultation,
    before: Sequence[Comment],
    *,
    name: str | None,
    text: str,
    at: datetime,
) -> Comment:
    """
    What anybody says, without an account. The very same words of the same name are one comment.

    Raises:
        ConsultationClosed: it has not begun, is over, or has `COMMENTS_MAX`.
    """
    comment_id = derived_id(consultation.id, f"comment/{len(name or '')}/{name or ''}/{text}")
    for one in before:
        if one.id == comment_id:
            return one
    if not consultation.is_open(at):
        raise ConsultationClosed(
            f"Comments are taken from {consultation.opens_on} to {consultation.closes_on} (UTC)."
        )
    if len(before) >= COMMENTS_MAX:
        raise ConsultationClosed(
            f"This consultation has {COMMENTS_MAX} comments and takes no more."
        )
    return Comment(comment_id, consultation.id, len(before) + 1, name, text, at)


def answer(
    asked: Comment,
    text: str,
    *,
    project: Project,
    verification: Verification,
    actor: Account,
    at: datetime,
) -> CommentAnswer:
    """
    Answer a comment once, for the project's supplier or as the verifier of its round.

    Raises:
        Forbidden: the actor is neither.
        CommentSettled: it has its answer, or is hidden.
    """
    actor.require(Permission.ANSWER_COMMENT)
    is_supplier = actor.role is Role.DEVELOPER and actor.acts_for == project.developer_id
    if not is_supplier and actor.id != verification.verifier_id:
        raise Forbidden("The project's supplier and its verifier answer comments.")
    if asked.hidden_at is not None:
        raise CommentSettled("This comment is hidden, and needs no answer.")
    if asked.answer is not None:
        raise CommentSettled("This comment has its answer, which stays as it is.")
    return CommentAnswer(asked.id, text, actor.role, actor.id, at)


def hide(hidden: Comment, reason: str, *, actor: Account, at: datetime) -> Comment:
    """
    Show a comment's words and name to nobody but staff; the reason is shown in their place.

    Raises:
        Forbidden: only staff hide comments.
        CommentSettled: it is hidden already.
    """
    actor.require(Permission.KEEP_CONSULTATIONS)
    if hidden.hidden_at is not None:
        raise CommentSettled("This comment is hidden already.")
    return replace(hidden, hidden_at=at, hidden_by=actor.id, hidden_reason=reason)


def require_consulted(
    verification: Verification,
    consultation: Consultation | None,
    comments: Sequence[Comment],
    *,
    rules: ConsultationRules,
    at: datetime,
) -> None:
    """
    Of a project's first approval; later rounds are of a project that was consulted on.

    Raises:
        NotConsulted: there was no consultation though the registry asks for it (`rules.required`), it is not over,
            or comments wait for their answers (`rules.answers_required`); the sentence says which.
    """
    if verification.monitoring_period is not None:
        return
    if consultation is None:
        if rules.required:
            raise NotConsulted(
                "The public has not been heard: staff open a consultation before this project is approved."
            )
        return
    if not consultation.is_over(at):
        raise NotConsulted(
            f"The public is heard on this project until the end of {consultation.closes_on} (UTC); "
            "it is approved after that."
        )
    waiting = [str(one.number) for one in comments if one.awaits_answer]
    if rules.answers_required and waiting:
        raise NotConsulted(
            f"Comments of the consultation wait for an answer: number {', '.join(waiting)}."
        )
