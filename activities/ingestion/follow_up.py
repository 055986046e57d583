"""What people do about the issues of a file, and what happens where nobody does anything (ADR 0103)."""

from dataclasses import replace
from uuid import UUID

from temporalio import activity

from activities import lookups
from activities.audit_and_notify import Message, audit, by_topic, tell, tell_staff
from activities.ingestion.measures import measure_open
from activities.payloads import Payload, PersonalRequest
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from activities.run_once import run_once
from domain.accounts.notifications import Notification, NotificationKind
from domain.accounts.roles import Account
from domain.errors import Conflict
from domain.identifiers import derived_id
from domain.ingestion.follow_up.groups import (
    SETTLED,
    IssueAct,
    IssueGroup,
    IssueGroupState,
    IssueMessage,
    WhoMustAct,
    act_on,
)
from domain.ingestion.follow_up.separation import separated
from domain.ingestion.submissions import IngestionStatus, SubmittedFile, outcome

_FORBIDDEN_BY_REFUSAL = frozenset({IssueAct.WAIVE, IssueAct.CONFIRM_WAIVER})


class IssueActPayload(Payload):
    """What somebody wrote, and to whom it is assigned; kept out of workflow histories."""

    text: str = ""
    assignee_id: UUID | None = None
    line: int | None = None


class ActOnIssues(PersonalRequest):
    """The words are the stored request `message_id`; `number` is the group's within the file."""

    message_id: UUID
    ingestion_id: UUID
    number: int
    actor_id: UUID
    act: IssueAct


class IssuesStep(Payload):
    """
    Where a file's groups stand after a step: how many with errors and with warnings are not settled.

    `takes_rest`: all errors are waived, and none was mended, so that the good rows are taken now.
    """

    open_errors: int
    open_warnings: int
    takes_rest: bool = False
    notification_ids: tuple[UUID, ...] = ()


class TakeRest(PersonalRequest):
    ingestion_id: UUID


class NoteWaiting(Payload):
    """`occasion` counts the deadlines that passed; `escalated` from the second on."""

    ingestion_id: UUID
    occasion: int
    escalated: bool = False


class WaitingNoted(Payload):
    notification_ids: tuple[UUID, ...] = ()


class CloseIssues(Payload):
    """The end of it: `lapsed` where nobody settled what was left."""

    ingestion_id: UUID
    lapsed: bool


class IssuesClosed(Payload):
    left: int


class MeasureIssues(Payload):
    pass


class IssuesMeasured(Payload):
    groups: int
    age_seconds: int


class IssueActivities:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @activity.defn
    async def act_on_issues(self, request: ActOnIssues) -> IssuesStep:
        """Assign, ask, answer or waive (domain.ingestion.follow_up.groups), and tell whom it concerns."""
        async with self._database.transaction() as work:
            return await run_once(
                work,
                f"act-on-issues/{request.message_id}",
                IssuesStep,
                lambda: self._act(work, request),
            )

    @activity.defn
    async def take_rest(self, request: TakeRest) -> IssuesStep:
        """Take the good rows of a refused file whose errors are all waived."""
        async with self._database.transaction() as work:
            return await run_once(
                work,
                f"take-rest/{request.ingestion_id}",
                IssuesStep,
                lambda: self._take_rest(work, request.ingestion_id),
            )

    @activity.defn
    async def note_waiting(self, request: NoteWaiting) -> WaitingNoted:
        """Remind whoever must act; when it escalates, tell all of staff."""
        async with self._database.transaction() as work:
            return await run_once(
                work,
                f"note-waiting/{request.ingestion_id}/{request.occasion}",
                WaitingNoted,
                lambda: self._note_waiting(work, request),
            )

    @activity.defn
    async def close_issues(self, request: CloseIssues) -> IssuesClosed:
        """Settle what is left, and forget the records of a file that stays refused; safe to repeat."""
        async with self._database.transaction() as work:
            submission = lookups.found(
                await work.ingestion.submissions.lock(request.ingestion_id), "ingestion"
            )
            left = 0
            if request.lapsed:
                left = await work.ingestion.issue_groups.settle(
                    submission.id, IssueGroupState.LAPSED, at=self._clock.now()
                )
            if submission.status is IngestionStatus.REFUSED:
                await work.ingestion.submissions.forget_records(submission.id)
        return IssuesClosed(left=left)

    @activity.defn
    async def measure_issues(self, request: MeasureIssues) -> IssuesMeasured:  # noqa: ARG002 -- all of them
        """Tell Prometheus how many groups of errors wait, and for how long."""
        now = self._clock.now()
        async with self._database.transaction() as work:
            oldest = await work.ingestion.issue_groups.oldest_open()
            groups = await work.ingestion.issue_groups.open_count()
        measure_open(groups=groups, oldest=oldest, at=now)
        age = int((now - oldest).total_seconds()) if oldest else 0
        return IssuesMeasured(groups=groups, age_seconds=age)

    async def _act(self, work: UnitOfWork, request: ActOnIssues) -> IssuesStep:
        now = self._clock.now()
        body = await lookups.stored_request(work, request.message_id)
        written = IssueActPayload.model_validate(body)
        submission = lookups.found(
            await work.ingestion.submissions.lock(request.ingestion_id), "ingestion"
        )
        before = lookups.found(
            await work.ingestion.issue_groups.lock(submission.id, request.number), "issue"
        )
        if submission.refusal is not None and request.act in _FORBIDDEN_BY_REFUSAL:
            raise Conflict("The file as a whole was refused: only another file helps.")
        actor = await lookups.account(work, request.actor_id)
        if request.act is IssueAct.SEPARATE:
            after = await self._separate(work, submission, before, written.line, actor)
        else:
            after = act_on(
                before,
                request.act,
                written.text,
                actor=actor,
                submitted_by=submission.submitted_by,
                at=now,
                assignee=await work.accounts.accounts.get(written.assignee_id)
                if written.assignee_id
                else None,
            )
        await work.ingestion.issue_groups.save(after)
        message = IssueMessage(
            request.message_id,
            submission.id,
            after.number,
            actor.id,
            request.act,
            f"Line {written.line:,}" if request.act is IssueAct.SEPARATE else written.text.strip(),
            now,
        )
        await work.ingestion.issue_groups.add_message(message)
        audit(
            work,
            f"ingestion_issue.{request.act.value}",
            ("ingestion", submission.id),
            action=request.act.value,
            actor_id=actor.id,
            before={"number": before.number, "state": before.state.value},
            after={
                "number": after.number,
                "state": after.state.value,
                "rule": after.rule.value,
                "count": after.count,
            },
            at=now,
        )
        told = await self._tell(work, submission, after, message, actor)
        return await self._step(work, submission, told)

    async def _separate(
        self,
        work: UnitOfWork,
        submission: SubmittedFile,
        group: IssueGroup,
        line: int | None,
        actor: Account,
    ) -> IssueGroup:
        """The group without one line, which is a group of its own from here on; the submission is locked."""
        groups = await work.ingestion.issue_groups.of_submission(submission.id)
        apart = [one.line for one in groups if one.separated_from == group.number]
        if group.separated_from is not None or line in apart:
            raise Conflict("This line is decided on apart already.")
        issue_groups = work.ingestion.issue_groups
        rest, alone = separated(
            group,
            line,
            await issue_groups.issues_at(group, line) if line is not None else (),
            first_left=await issue_groups.first_left(
                group, [one for one in (*apart, line) if one is not None]
            ),
            number=max(one.number for one in groups) + 1,
            actor=actor,
            submitted_by=submission.submitted_by,
            at=self._clock.now(),
        )
        await issue_groups.add(alone)
        return rest

    async def _step(
        self, work: UnitOfWork, submission: SubmittedFile, told: tuple[UUID, ...] = ()
    ) -> IssuesStep:
        groups = await work.ingestion.issue_groups.of_submission(submission.id)
        hard = [group for group in groups if group.is_hard]
        open_errors = sum(group.state not in SETTLED for group in hard)
        return IssuesStep(
            open_errors=open_errors,
            open_warnings=sum(group.state not in SETTLED for group in groups if not group.is_hard),
            takes_rest=submission.status is IngestionStatus.REFUSED
            and submission.refusal is None
            and bool(hard)
            and all(group.state is IssueGroupState.WAIVED for group in hard),
            notification_ids=told,
        )

    async def _take_rest(self, work: UnitOfWork, ingestion_id: UUID) -> IssuesStep:
        submissions, now = work.ingestion.submissions, self._clock.now()
        before = lookups.found(await submissions.lock(ingestion_id), "ingestion")
        # What other files have brought meanwhile is not taken again.
        await submissions.settle_repeats(before.id)
        counts = await submissions.counts(before.id)
        status = outcome(
            errors=counts.errors,
            warnings=counts.warnings,
            accepted=counts.records,
            known=counts.known,
            accept_partly=True,
        )
        after = replace(
            before,
            status=status,
            records_accepted=counts.records,
            records_known=counts.known,
            warnings=counts.warnings,
        )
        await submissions.save(after)
        audit(
            work,
            "ingestion.waived",
            ("ingestion", after.id),
            actor_id=None,
            before={"status": before.status.value},
            after={"status": after.status.value, "recordsAccepted": after.records_accepted},
            at=now,
        )
        sentence = (
            f"What was wrong with a file that you sent in was waived: {after.records_accepted:,} records were"
            " taken, and the faulty rows stay out."
            if after.records_accepted
            else "What was wrong with a file that you sent in was waived; no good row was left to take."
        )
        message = Message(NotificationKind.INGESTION_FINISHED, sentence, f"/ingestions/{after.id}")
        told = await tell(
            work,
            message.to(
                after.submitted_by, notification_id=derived_id(after.id, "rest-taken"), at=now
            ),
        )
        return await self._step(work, after, told)

    async def _tell(
        self,
        work: UnitOfWork,
        submission: SubmittedFile,
        group: IssueGroup,
        message: IssueMessage,
        actor: Account,
    ) -> tuple[UUID, ...]:
        """Whom an act concerns; what was written stays on the page, as a mail goes through foreign hands."""
        link = issue_place(submission.id, group.number)
        named = f"Issue {group.number} of a file ({group.rule.replace('_', ' ')}, {group.count:,} lines)"
        at = message.written_at

        def to(user_id: UUID | None, kind: NotificationKind, words: str) -> list[Notification]:
            if user_id is None:
                return []
            notification_id = derived_id(message.id, f"notification/{user_id}")
            return [
                Message(kind, f"{named} {words}", link).to(
                    user_id, notification_id=notification_id, at=at
                )
            ]

        async def to_staff(kind: NotificationKind, words: str) -> tuple[UUID, ...]:
            return await tell_staff(
                work,
                Message(kind, f"{named} {words}", link),
                notification_id=by_topic(message.id, message.act.value),
                at=at,
                but_not=actor.id,
            )

        kinds, sender, assignee = NotificationKind, submission.submitted_by, group.assigned_to
        told: list[Notification] = []
        match message.act:
            case IssueAct.ASSIGN if assignee != actor.id:
                told = to(assignee, kinds.INGESTION_ISSUE_ASSIGNED, "is yours to settle.")
            case IssueAct.ASK:
                words = "raises a question to you. Answer it, or send the mended file."
                told = to(sender, kinds.INGESTION_ISSUE_ASKED, words)
            case IssueAct.REFUSE_WAIVER:
                words = "is not waived: mend it and send the file again."
                told = to(sender, kinds.INGESTION_ISSUE_ASKED, words)
            case IssueAct.ANSWER if assignee is not None:
                told = to(assignee, kinds.INGESTION_ISSUE_ANSWERED, "was answered.")
            case IssueAct.ANSWER:
                return await to_staff(kinds.INGESTION_ISSUE_ANSWERED, "was answered.")
            case IssueAct.WAIVE if group.state is IssueGroupState.WAIVER_PROPOSED:
                words = "has a waiver that waits for a second administrator."
                return await to_staff(kinds.COUNTERSIGNATURE_WANTED, words)
        return await tell(work, *told) if told else ()

    async def _note_waiting(self, work: UnitOfWork, request: NoteWaiting) -> WaitingNoted:
        now = self._clock.now()
        submission = lookups.found(
            await work.ingestion.submissions.lock(request.ingestion_id), "ingestion"
        )
        groups = [
            group
            for group in await work.ingestion.issue_groups.of_submission(submission.id)
            if group.waits_for is not WhoMustAct.NOBODY
            and (group.is_hard or group.state is IssueGroupState.ASKED)
        ]
        if not groups:
            return WaitingNoted()
        message = Message(
            NotificationKind.INGESTION_ISSUES_OVERDUE,
            f"{len(groups)} kinds of faults of a file still wait for somebody.",
            f"/ingestions/{submission.id}",
        )
        cause = f"waiting/{request.occasion}"
        people = _people(groups, submission)
        told = await tell(
            work,
            *(
                message.to(
                    one,
                    notification_id=derived_id(submission.id, f"{cause}/{one}"),
                    at=now,
                )
                for one in people
            ),
        )
        if request.escalated or any(group.waits_for in _STAFF for group in groups):
            kind = (
                NotificationKind.INGESTION_ISSUES_ESCALATED
                if request.escalated
                else NotificationKind.INGESTION_ISSUES_OVERDUE
            )
            told += await tell_staff(
                work,
                Message(kind, message.text, message.link),
                notification_id=by_topic(submission.id, f"staff/{cause}"),
                at=now,
            )
        audit(
            work,
            f"ingestion.{'escalated' if request.escalated else 'overdue'}",
            ("ingestion", submission.id),
            actor_id=None,
            before=None,
            after={"groups": len(groups), "occasion": request.occasion},
            at=now,
        )
        return WaitingNoted(notification_ids=told)


_STAFF = frozenset({WhoMustAct.STAFF, WhoMustAct.SECOND_ADMINISTRATOR})


def _people(groups: list[IssueGroup], submission: SubmittedFile) -> list[UUID]:
    """Those that some group waits for by name."""
    people: dict[UUID, None] = {}
    for group in groups:
        if group.waits_for is WhoMustAct.SUBMITTER:
            people[submission.submitted_by] = None
        elif group.waits_for is WhoMustAct.ASSIGNEE and group.assigned_to is not None:
            people[group.assigned_to] = None
    return list(people)


def issue_place(ingestion_id: UUID, number: int) -> str:
    """Where a group of issues is shown, below the registry's public address."""
    return f"/ingestions/{ingestion_id}/issues/{number}"
