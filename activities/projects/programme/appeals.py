"""Appeals and grievances: filed, acknowledged, decided, and told of when nobody does (domain.projects.programme.appeals)."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from temporalio import activity

from activities import lookups
from activities.audit_and_notify import Message, audit, by_topic, tell, tell_staff
from activities.payloads import Payload, PersonalRequest
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from activities.projects.verification_steps import put_on_timeline
from activities.run_once import run_once
from domain.accounts.notifications import NotificationKind, appeal_place, staff_appeal_place
from domain.accounts.roles import Account
from domain.errors import AppealSettled
from domain.identifiers import derived_id
from domain.projects.programme import appeals as rules
from domain.projects.programme.appeals import (
    Appeal,
    AppealKind,
    AppealRules,
    AppealStatus,
    Outcome,
    Said,
)
from domain.projects.programme.fresh_eyes import parties_of
from domain.projects.verification import EventType, VerificationStatus
from domain.publishing import events
from domain.publishing.events import EventName
from domain.visible_text import isolated


class AppealPayload(Payload):
    """What is said for everybody, and for staff alone."""

    public_text: str
    confidential_text: str | None = None


class AppealAnswerPayload(Payload):
    """Why the text is withheld from the public (None: it is not), or why it was decided so."""

    reason: str | None = None


class FileAppeal(PersonalRequest):
    """The texts are the stored request `appeal_id`; a grievance names no verification, and perhaps no project."""

    appeal_id: UUID
    kind: AppealKind
    project_id: UUID | None
    verification_id: UUID | None
    account_id: UUID


class AcknowledgeAppeal(PersonalRequest):
    """The reason, if any, is the stored request `operation_id`."""

    operation_id: UUID
    appeal_id: UUID
    account_id: UUID


class DecideAppeal(PersonalRequest):
    """The reason is the stored request `operation_id`."""

    operation_id: UUID
    appeal_id: UUID
    outcome: Outcome
    account_id: UUID


class AppealDeadline(StrEnum):
    ACKNOWLEDGEMENT = "acknowledgement"
    ANSWER = "answer"


class NoteAppealDeadline(Payload):
    """`overdue`: it has passed; else it comes soon."""

    appeal_id: UUID
    deadline: AppealDeadline
    overdue: bool


class AppealStep(Payload):
    """Where an appeal stands after a step, with its deadlines, and the notifications to be mailed."""

    appeal_id: UUID
    status: AppealStatus
    filed_at: datetime
    acknowledge_by: datetime
    answer_by: datetime
    notification_ids: tuple[UUID, ...] = ()


class AppealActivities:
    def __init__(self, database: Database, clock: Clock, rules: AppealRules | None = None) -> None:
        self._database = database
        self._clock = clock
        self._rules = rules or AppealRules()

    @activity.defn
    async def file_appeal(self, request: FileAppeal) -> AppealStep:
        """Keep what is said, and tell staff. The round is held meanwhile, so that there is one appeal against it."""
        async with self._database.transaction() as work:
            key = f"file-appeal/{request.appeal_id}"
            return await run_once(work, key, AppealStep, lambda: self._file(work, request))

    @activity.defn
    async def acknowledge_appeal(self, request: AcknowledgeAppeal) -> AppealStep:
        """Say that it is looked into, and tell whoever filed it. From now on the public reads of it."""

        async def acknowledge() -> AppealStep:
            now = self._clock.now()
            actor = await lookups.account(work, request.account_id)
            body = await lookups.stored_request(work, request.operation_id)
            before = await _locked(work, request.appeal_id)
            reason = AppealAnswerPayload.model_validate(body).reason
            after = rules.acknowledge(before, reason, actor=actor, at=now)
            await work.projects.appeals.save(after)
            await _leave_traces(work, EventName.APPEAL_ACKNOWLEDGED, before, after, actor, at=now)
            message = Message(
                NotificationKind.APPEAL_ACKNOWLEDGED,
                f"Your {after.kind} is looked into; it is answered by {after.answer_by:%Y-%m-%d}.",
                appeal_place(after.id),
            )
            return _step(
                after, await _tell(work, message, await _filers(work, after), after.id, at=now)
            )

        async with self._database.transaction() as work:
            key = f"acknowledge-appeal/{request.operation_id}"
            return await run_once(work, key, AppealStep, acknowledge)

    @activity.defn
    async def decide_appeal(self, request: DecideAppeal) -> AppealStep:
        """Uphold or dismiss it; tell whoever filed it, and who had decided what it is about."""
        async with self._database.transaction() as work:
            key = f"decide-appeal/{request.operation_id}"
            return await run_once(work, key, AppealStep, lambda: self._decide(work, request))

    @activity.defn
    async def note_appeal_deadline(self, request: NoteAppealDeadline) -> AppealStep:
        """Remind staff, or tell them and whoever filed it that the day has passed; nobody where it was kept."""

        async def note() -> AppealStep:
            filed = await _locked(work, request.appeal_id)
            kept = filed.is_settled or (
                request.deadline is AppealDeadline.ACKNOWLEDGEMENT
                and filed.status is not AppealStatus.FILED
            )
            return _step(filed) if kept else await self._note(work, request, filed)

        async with self._database.transaction() as work:
            key = f"appeal-deadline/{request.appeal_id}/{request.deadline}/{request.overdue}"
            return await run_once(work, key, AppealStep, note)

    async def _file(self, work: UnitOfWork, request: FileAppeal) -> AppealStep:
        now = self._clock.now()
        actor = await lookups.account(work, request.account_id)
        body = await lookups.stored_request(work, request.appeal_id)
        written = AppealPayload.model_validate(body)
        said = Said(request.appeal_id, written.public_text, written.confidential_text)
        if request.verification_id is None:
            if request.project_id is not None:
                await lookups.project(work, request.project_id)
            filed = rules.grievance(
                request.project_id,
                said,
                actor=actor,
                rules=self._rules,
                at=now,
            )
        else:
            verification = await lookups.locked_verification(work, request.verification_id)
            if await work.projects.appeals.against(verification.id) is not None:
                raise AppealSettled("There is an appeal against this decision already.")
            filed = rules.appeal(
                verification,
                said,
                actor=actor,
                rules=self._rules,
                at=now,
            )
            await put_on_timeline(
                work,
                verification,
                EventType.APPEAL_FILED,
                actor.id,
                "The supplier appeals against the decision.",
                at=now,
            )
        await work.projects.appeals.add(filed)
        await _leave_traces(work, EventName.APPEAL_FILED, None, filed, actor, at=now)
        message = Message(
            NotificationKind.APPEAL_FILED,
            f"{await _subject(work, filed)}: acknowledge it by {filed.acknowledge_by:%Y-%m-%d}, and decide by "
            f"{filed.answer_by:%Y-%m-%d}.",
            staff_appeal_place(filed.id),
        )
        told = await tell_staff(
            work, message, notification_id=by_topic(filed.id, "filed"), at=now, but_not=actor.id
        )
        return _step(filed, told)

    async def _decide(self, work: UnitOfWork, request: DecideAppeal) -> AppealStep:
        now = self._clock.now()
        actor = await lookups.account(work, request.account_id)
        body = await lookups.stored_request(work, request.operation_id)
        before = await _locked(work, request.appeal_id)
        rounds = []
        if before.project_id is not None:
            rounds = [
                one
                for one in await work.projects.verifications.rounds(before.project_id)
                if before.verification_id in {None, one.id}
            ]
        after = rules.decide(
            before,
            request.outcome,
            AppealAnswerPayload.model_validate(body).reason or "",
            parties=frozenset().union(*(parties_of(one) for one in rounds)),
            actor=actor,
            at=now,
        )
        await work.projects.appeals.save(after)
        await _leave_traces(work, EventName.APPEAL_DECIDED, before, after, actor, at=now)
        told = [*await _filers(work, after)]
        sentence = f"{await _subject(work, after)} was {after.status}."
        if after.verification_id is not None:
            appealed = await lookups.locked_verification(work, after.verification_id)
            told += [one for one in (appealed.decided_by,) if one is not None and one not in told]
            upheld = after.status is AppealStatus.UPHELD
            if upheld and appealed.status is VerificationStatus.REJECTED:
                sentence += f" Round {appealed.number} may be resubmitted, also unchanged."
            await put_on_timeline(
                work,
                appealed,
                EventType.APPEAL_DECIDED,
                actor.id,
                f"The appeal against the decision was {after.status}.",
                at=now,
            )
        message = Message(NotificationKind.APPEAL_DECIDED, sentence, appeal_place(after.id))
        return _step(after, await _tell(work, message, told, after.id, at=now))

    async def _note(
        self, work: UnitOfWork, request: NoteAppealDeadline, filed: Appeal
    ) -> AppealStep:
        now = self._clock.now()
        acknowledging = request.deadline is AppealDeadline.ACKNOWLEDGEMENT
        by = filed.acknowledge_by if acknowledging else filed.answer_by
        to_do = "acknowledged" if acknowledging else "decided"
        subject = await _subject(work, filed)
        if not request.overdue:
            message = Message(
                NotificationKind.APPEAL_DUE,
                f"{subject} is to be {to_do} by {by:%Y-%m-%d}.",
                staff_appeal_place(filed.id),
            )
            topic = by_topic(filed.id, f"due/{request.deadline}")
            return _step(filed, await tell_staff(work, message, notification_id=topic, at=now))
        sentence = f"{subject} was to be {to_do} by {by:%Y-%m-%d}, and is not."
        topic = by_topic(filed.id, f"overdue/{request.deadline}")
        message = Message(NotificationKind.APPEAL_OVERDUE, sentence, staff_appeal_place(filed.id))
        told = await tell_staff(work, message, notification_id=topic, at=now)
        to_filer = Message(NotificationKind.APPEAL_OVERDUE, sentence, appeal_place(filed.id))
        told += await _tell(
            work,
            to_filer,
            await _filers(work, filed),
            filed.id,
            at=now,
            topic=f"/{request.deadline}",
        )
        await work.publishing.outbox.add(
            events.appeal_changed(EventName.APPEAL_OVERDUE, filed, at=now)
        )
        audit(
            work,
            "appeal.overdue",
            ("appeal", filed.id),
            actor_id=None,
            before=None,
            after={"status": filed.status.value, "deadline": request.deadline.value},
            at=now,
        )
        return _step(filed, told)


async def _locked(work: UnitOfWork, appeal_id: UUID) -> Appeal:
    return lookups.found(await work.projects.appeals.lock(appeal_id), "appeal")


async def _filers(work: UnitOfWork, filed: Appeal) -> Sequence[UUID]:
    """Everybody who acts now for the organisation that filed it; else the person who did."""
    told = await work.organisations.memberships.told_under({filed.filed_for})
    return told[filed.filed_for] or [filed.filed_by]


async def _subject(work: UnitOfWork, filed: Appeal) -> str:
    """What is filed, at the beginning of a sentence."""
    if filed.project_id is None:
        return "The grievance about the registry"
    title = isolated((await lookups.project(work, filed.project_id)).title)
    if filed.kind is AppealKind.GRIEVANCE:
        return f"The grievance about “{title}”"
    return f"The appeal against a decision on “{title}”"


async def _tell(
    work: UnitOfWork,
    message: Message,
    user_ids: Sequence[UUID],
    appeal_id: UUID,
    *,
    at: datetime,
    topic: str = "",
) -> tuple[UUID, ...]:
    return await tell(
        work,
        *(
            message.to(
                one, notification_id=derived_id(appeal_id, f"{message.kind}{topic}/{one}"), at=at
            )
            for one in user_ids
        ),
    )


async def _leave_traces(
    work: UnitOfWork,
    name: EventName,
    before: Appeal | None,
    after: Appeal,
    actor: Account,
    *,
    at: datetime,
) -> None:
    """Without what is said in it."""
    await work.publishing.outbox.add(events.appeal_changed(name, after, at))
    audit(
        work,
        name.value,
        ("appeal", after.id),
        actor_id=actor.id,
        before=None if before is None else {"status": before.status.value},
        after={
            "kind": after.kind.value,
            "status": after.status.value,
            "projectId": str(after.project_id) if after.project_id else None,
            "verificationId": str(after.verification_id) if after.verification_id else None,
        },
        at=at,
    )


def _step(appeal: Appeal, notification_ids: Sequence[UUID] = ()) -> AppealStep:
    return AppealStep(
        appeal_id=appeal.id,
        status=appeal.status,
        filed_at=appeal.filed_at,
        acknowledge_by=appeal.acknowledge_by,
        answer_by=appeal.answer_by,
        notification_ids=tuple(notification_ids),
    )
