"""Hearing the public before a project is approved: opening a consultation, commenting, answering, hiding (ADR 0099)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from activities import lookups
from activities.audit_and_notify import Message, audit, by_topic, tell
from activities.ports.database import UnitOfWork
from adapters.postgres.identity import SYSTEM, done_as
from adapters.postgres.projects.reads import consultations as reads_consultations
from adapters.postgres.projects.reads.consultations import CommentView, ConsultationView
from api.commands.notices import mail_notice
from api.commands.projects.projects import visible_project
from api.http.resources import Resources
from domain.accounts.notifications import NotificationKind
from domain.accounts.roles import Account, Permission
from domain.accounts.session_origins import one_host
from domain.errors import NotFound
from domain.identifiers import operation_id
from domain.projects.programme import consultations as rules
from domain.projects.programme.consultations import Comment, Consultation
from domain.projects.projects import Project
from domain.projects.verification import Verification
from domain.publishing import events
from domain.publishing.events import EventName
from domain.visible_text import isolated


@dataclass(frozen=True)
class WholeConsultation:
    consultation: ConsultationView
    comments: Sequence[CommentView]

    def comment(self, number: int) -> CommentView:
        """
        Raises:
            NotFound: there is no such comment.
        """
        for one in self.comments:
            if one.number == number:
                return one
        raise NotFound("There is no such comment.")


def consultation_page(project_id: UUID) -> str:
    """Where the public reads and comments, the supplier and the verifier answer, and staff hide."""
    return f"/projects/{project_id}/consultation"


async def found_consultation(
    parts: Resources, project_id: UUID, *, account: Account | None = None
) -> WholeConsultation:
    """
    Raises:
        NotFound: there is no such project, or the public is not heard on it.
    """
    async with parts.reading() as connection:
        consultation = await reads_consultations.consultation_of(connection, project_id)
        if consultation is None:
            raise NotFound("There is no consultation on such a project.")
        comments = await reads_consultations.comments_of(
            connection, consultation.id, account=account
        )
    return WholeConsultation(consultation, comments)


@done_as(SYSTEM)
async def open_consultation(
    parts: Resources,
    account: Account,
    key: str,
    project_id: UUID,
    *,
    opens_on: date | None,
    closes_on: date,
) -> WholeConsultation:
    """
    Hear the public on a project, from `opens_on` (None: today) to `closes_on`; supplier and verifier are told.

    Raises:
        NotFound: there is no such project, or this account may not see it.
        Forbidden, NotOpenToConsultation, Invalid: as `domain.projects.programme.consultations.open_consultation`.
    """
    view = await visible_project(parts, account, project_id)
    account.require(Permission.KEEP_CONSULTATIONS)
    now = parts.clock.now()
    consultation_id = operation_id(account.id, "open-consultation", key)
    told: tuple[UUID, ...] = ()
    async with parts.database.transaction() as work:
        # As an approval does: of the two, the later one sees the other.
        verification = await lookups.locked_verification(work, view.verification_id)
        project = await lookups.locked_project(work, project_id)
        before = await work.projects.consultations.of_project(project_id)
        if before is None or before.id != consultation_id:
            opened = rules.open_consultation(
                project,
                verification,
                before,
                consultation_id=consultation_id,
                opens_on=opens_on or now.date(),
                closes_on=closes_on,
                days_min=parts.settings.rules.consultation_days_min,
                actor=account,
                at=now,
            )
            await work.projects.consultations.add(opened)
            await work.publishing.outbox.add(events.consultation_opened(opened))
            audit(
                work,
                "consultation.opened",
                ("consultation", opened.id),
                actor_id=account.id,
                before=None,
                after={
                    "projectId": str(project_id),
                    "from": opened.opens_on.isoformat(),
                    "to": opened.closes_on.isoformat(),
                },
                at=now,
            )
            message = Message(
                NotificationKind.CONSULTATION_OPENED,
                f"“{isolated(project.title)}”: everybody may comment from {opened.opens_on} to "
                f"{opened.closes_on}; it is approved after that.",
                consultation_page(project_id),
            )
            told = await _tell_parties(work, project, verification, message, opened.id, at=now)
    await _mail(parts, told)
    return await found_consultation(parts, project_id)


@done_as(SYSTEM)
async def comment(
    parts: Resources, project_id: UUID, *, name: str | None, text: str, address: str
) -> WholeConsultation:
    """
    Say something about a project, as anybody; supplier and verifier are told once a day.

    Raises:
        TooManyRequests: this address has written enough for a minute.
        NotFound: the public is not heard on such a project.
        ConsultationClosed: comments are not taken now.
    """
    await parts.comment_limit.count(one_host(address))
    await found_consultation(parts, project_id)
    now = parts.clock.now()
    async with parts.database.transaction() as work:
        project, consultation = await _locked(work, project_id)
        before = await work.projects.consultations.comments(consultation.id)
        said = rules.comment(consultation, before, name=name, text=text, at=now)
        if said not in before:
            await work.projects.consultations.add_comment(said)
            await _leave_traces(
                work, EventName.CONSULTATION_COMMENTED, consultation, said, None, at=now
            )
            if not any(one.written_at.date() == now.date() for one in before):
                # Mailed by the hourly sweep: what strangers send starts no workflows.
                message = Message(
                    NotificationKind.CONSULTATION_COMMENTED,
                    f"“{isolated(project.title)}” has new comments of the public, which wait for an answer.",
                    consultation_page(project_id),
                )
                verification = await work.projects.verifications.for_project(project_id)
                await _tell_parties(work, project, verification, message, said.id, at=now)
    return await found_consultation(parts, project_id)


@done_as(SYSTEM)
async def answer(
    parts: Resources, account: Account, project_id: UUID, number: int, *, text: str
) -> WholeConsultation:
    """
    Answer a comment, once, for everybody to read.

    Raises:
        NotFound: there is no such project or comment, or this account may not see the project.
        Forbidden, CommentSettled: as `domain.projects.programme.consultations.answer`.
    """
    await visible_project(parts, account, project_id)
    account.require(Permission.ANSWER_COMMENT)
    (await found_consultation(parts, project_id)).comment(number)
    now = parts.clock.now()
    async with parts.database.transaction() as work:
        project, consultation = await _locked(work, project_id)
        asked = await _comment(work, consultation, number)
        verification = lookups.found(
            await work.projects.verifications.for_project(project_id), "verification"
        )
        answered = rules.answer(
            asked, text, project=project, verification=verification, actor=account, at=now
        )
        await work.projects.consultations.answer(answered)
        await _leave_traces(
            work, EventName.CONSULTATION_ANSWERED, consultation, asked, account, at=now
        )
    return await found_consultation(parts, project_id)


@done_as(SYSTEM)
async def hide(
    parts: Resources, account: Account, project_id: UUID, number: int, *, reason: str
) -> WholeConsultation:
    """
    Show a comment to nobody but staff, with the reason in its place.

    Raises:
        NotFound: there is no such project or comment, or this account may not see the project.
        Forbidden, CommentSettled: as `domain.projects.programme.consultations.hide`.
    """
    await visible_project(parts, account, project_id)
    account.require(Permission.KEEP_CONSULTATIONS)
    (await found_consultation(parts, project_id)).comment(number)
    now = parts.clock.now()
    async with parts.database.transaction() as work:
        _, consultation = await _locked(work, project_id)
        hidden = rules.hide(
            await _comment(work, consultation, number), reason, actor=account, at=now
        )
        await work.projects.consultations.hide(hidden)
        await _leave_traces(
            work, EventName.CONSULTATION_COMMENT_HIDDEN, consultation, hidden, account, at=now
        )
    return await found_consultation(parts, project_id)


async def _locked(work: UnitOfWork, project_id: UUID) -> tuple[Project, Consultation]:
    """Whoever writes holds the project, so that numbers are given and comments are settled once."""
    project = await lookups.locked_project(work, project_id)
    consultation = await work.projects.consultations.of_project(project_id)
    return project, lookups.found(consultation, "consultation")


async def _comment(work: UnitOfWork, consultation: Consultation, number: int) -> Comment:
    comments = await work.projects.consultations.comments(consultation.id)
    return lookups.found(next((one for one in comments if one.number == number), None), "comment")


async def _leave_traces(
    work: UnitOfWork,
    name: EventName,
    consultation: Consultation,
    comment: Comment,
    actor: Account | None,
    *,
    at: datetime,
) -> None:
    """Without words and names, which stay where they can be hidden."""
    await work.publishing.outbox.add(events.comment_changed(name, comment, consultation, at))
    audit(
        work,
        name.value,
        ("consultation", consultation.id),
        actor_id=actor.id if actor else None,
        before=None,
        after={"projectId": str(consultation.project_id), "comment": comment.number},
        at=at,
    )


async def _tell_parties(
    work: UnitOfWork,
    project: Project,
    verification: Verification | None,
    message: Message,
    cause_id: UUID,
    *,
    at: datetime,
) -> tuple[UUID, ...]:
    named = by_topic(cause_id, "notification")
    verifier_id = verification.verifier_id if verification else None
    parties = [one for one in (project.developer_id, verifier_id) if one is not None]
    return await tell(
        work, *(message.to(one, notification_id=named(one), at=at) for one in parties)
    )


async def _mail(parts: Resources, told: Sequence[UUID]) -> None:
    for notification_id in told:
        await mail_notice(parts, notification_id)
