"""Findings of a round: raised, answered, closed, reopened, carried into the next round, and not answered in time."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from temporalio import activity

from activities import lookups
from activities.audit_and_notify import Message, audit, by_topic, tell, tell_staff
from activities.heartbeats import heartbeating
from activities.payloads import Payload, PersonalRequest
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from activities.ports.object_store import ObjectStore
from activities.ports.projects import PageCounter
from activities.projects.documents import permanent_key
from activities.projects.verification_steps import put_on_timeline
from activities.run_once import run_once
from domain.accounts.notifications import NotificationKind
from domain.identifiers import derived_id
from domain.projects import findings as rules
from domain.projects.documents import Document, DocumentStatus
from domain.projects.findings import (
    Finding,
    FindingAct,
    FindingKind,
    FindingPlace,
    FindingSide,
    FindingState,
    NewFinding,
    NewMessage,
)
from domain.projects.projects import Project
from domain.projects.verification import EventType, Verification
from domain.publishing import events
from domain.publishing.events import EventName
from domain.visible_text import isolated

PDF = "application/pdf"


class FindingPayload(Payload):
    """What a verifier wrote, and what it is about; pages and rows count from 1."""

    kind: FindingKind
    text: str
    document_id: UUID | None = None
    page: int | None = None
    field: str | None = None
    row: int | None = None


class RaiseFinding(PersonalRequest):
    """The words are the stored request `finding_id`, which is the finding's identifier too."""

    finding_id: UUID
    verification_id: UUID
    actor_id: UUID


class FindingMessagePayload(Payload):
    """What somebody wrote in a thread; `attachments` are documents of the same project."""

    text: str
    attachments: tuple[UUID, ...] = ()


class WriteInFinding(PersonalRequest):
    """Reply, close or reopen; the words are the stored request `message_id`."""

    message_id: UUID
    finding_id: UUID
    actor_id: UUID
    act: FindingAct


class FindingStep(Payload):
    """
    Where a finding stands after a step, and the notifications to be mailed.

    `messages` is how long its thread is. `awaits_answer`: the supplier's clock runs from here.
    """

    finding_id: UUID
    number: int
    state: FindingState
    messages: int = 0
    awaits_answer: bool = False
    notification_ids: tuple[UUID, ...] = ()


class NoteUnanswered(Payload):
    """A deadline for an answer passed; `messages` is how long the thread was when the clock began."""

    finding_id: UUID
    messages: int
    escalated: bool = False


class UnansweredNoted(Payload):
    """Nobody is told of what was answered meanwhile."""

    notification_ids: tuple[UUID, ...] = ()


class _Told(Payload):
    """What a step leaves behind beside its rows; `verb` as in “Finding 1 … {verb}.”"""

    event_type: EventType
    event_name: EventName
    kind: NotificationKind
    verb: str


RAISED = _Told(
    event_type=EventType.FINDING_RAISED,
    event_name=EventName.FINDING_RAISED,
    kind=NotificationKind.FINDING_RAISED,
    verb="was raised",
)
_CLOSED = _Told(
    event_type=EventType.FINDING_CLOSED,
    event_name=EventName.FINDING_CLOSED,
    kind=NotificationKind.FINDING_CLOSED,
    verb="was closed",
)
_REOPENED = _Told(
    event_type=EventType.FINDING_REOPENED,
    event_name=EventName.FINDING_REOPENED,
    kind=NotificationKind.FINDING_REOPENED,
    verb="was reopened",
)
_ANSWERED = _Told(
    event_type=EventType.FINDING_ANSWERED,
    event_name=EventName.FINDING_REPLIED,
    kind=NotificationKind.FINDING_ANSWERED,
    verb="was answered",
)
_FOLLOWED_UP = _Told(
    event_type=EventType.FINDING_FOLLOWED_UP,
    event_name=EventName.FINDING_REPLIED,
    kind=NotificationKind.FINDING_FOLLOWED_UP,
    verb="was taken up again by the verifier",
)


class FindingActivities:
    def __init__(
        self, database: Database, object_store: ObjectStore, counter: PageCounter, clock: Clock
    ) -> None:
        self._database = database
        self._object_store = object_store
        self._counter = counter
        self._clock = clock

    @activity.defn
    @heartbeating
    async def raise_finding(self, request: RaiseFinding) -> FindingStep:
        """
        Raise a finding (domain.projects.findings.raise_finding) and tell the supplier.

        Whether the page exists is looked up in the kept bytes first, outside the transaction; they never
        change once the document is complete.
        """
        async with self._database.transaction() as work:
            written = await self._written(work, request)
            document = await self._document(work, written.document_id)
        pages = await self._pages(document) if written.page is not None else None
        async with self._database.transaction() as work:
            return await run_once(
                work,
                f"raise-finding/{request.finding_id}",
                FindingStep,
                lambda: self._raise(work, request, pages),
            )

    @activity.defn
    async def write_in_finding(self, request: WriteInFinding) -> FindingStep:
        """Reply to a finding, close or reopen it (domain.projects.findings), and tell the other side."""
        async with self._database.transaction() as work:
            return await run_once(
                work,
                f"write-in-finding/{request.message_id}",
                FindingStep,
                lambda: self._write(work, request),
            )

    @activity.defn
    async def note_unanswered(self, request: NoteUnanswered) -> UnansweredNoted:
        """Remind the supplier of a finding; when it escalates, tell verifier and staff too."""
        async with self._database.transaction() as work:
            return await run_once(
                work,
                f"note-unanswered/{_occasion(request)}",
                UnansweredNoted,
                lambda: self._note_unanswered(work, request),
            )

    @staticmethod
    async def _written(work: UnitOfWork, request: RaiseFinding) -> FindingPayload:
        body = await lookups.stored_request(work, request.finding_id)
        return FindingPayload.model_validate(body)

    @staticmethod
    async def _document(work: UnitOfWork, document_id: UUID | None) -> Document | None:
        return None if document_id is None else await work.projects.documents.lock(document_id)

    async def _pages(self, document: Document | None) -> int | None:
        if (
            document is None
            or document.status is not DocumentStatus.COMPLETED
            or document.mime_type != PDF
        ):
            return None
        with TemporaryDirectory(prefix="finding-") as folder:
            file = Path(folder) / "document"
            await self._object_store.fetch(permanent_key(document.sha256), file)
            return await self._counter.pages(file)

    async def _raise(
        self, work: UnitOfWork, request: RaiseFinding, pages: int | None
    ) -> FindingStep:
        written = await self._written(work, request)
        # Documents before rounds, as whoever completes one holds them.
        document = await self._document(work, written.document_id)
        verification = await lookups.locked_verification(work, request.verification_id)
        about = FindingPlace(written.document_id, written.page, written.field, written.row)
        raised = rules.raise_finding(
            verification,
            NewFinding(request.finding_id, written.kind, written.text, about),
            actor=await lookups.account(work, request.actor_id),
            before=await work.projects.findings.of_round(verification.id),
            document=document,
            pages=pages,
            at=self._clock.now(),
        )
        await work.projects.findings.add(raised)
        return await self._leave(work, verification, None, raised, RAISED, request.actor_id)

    async def _write(self, work: UnitOfWork, request: WriteInFinding) -> FindingStep:
        body = await lookups.stored_request(work, request.message_id)
        written = FindingMessagePayload.model_validate(body)
        documents = [await self._document(work, one) for one in sorted({*written.attachments})]
        verification, before = await _locked(work, request.finding_id)
        actor = await lookups.account(work, request.actor_id)
        asked = NewMessage(request.message_id, written.text, written.attachments)
        now = self._clock.now()
        if request.act is FindingAct.REPLY:
            after = rules.reply(
                before, verification, asked, actor=actor, documents=documents, at=now
            )
        elif request.act is FindingAct.CLOSE:
            after = rules.close(before, verification, asked, actor=actor, at=now)
        else:
            after = rules.reopen(before, verification, asked, actor=actor, at=now)
        await work.projects.findings.add_message(after.thread[-1])
        return await self._leave(work, verification, before, after, _told_of(after), actor.id)

    async def _leave(
        self,
        work: UnitOfWork,
        verification: Verification,
        before: Finding | None,
        after: Finding,
        told: _Told,
        actor_id: UUID,
    ) -> FindingStep:
        """What each step of a finding leaves behind alike."""
        project = await lookups.project(work, verification.project_id)
        await leave_traces(work, verification, before, after, told, actor_id)
        notified_ids = await self._tell(work, project, verification, after, told)
        return as_finding_step(after, notified_ids)

    async def _tell(
        self,
        work: UnitOfWork,
        project: Project,
        verification: Verification,
        after: Finding,
        told: _Told,
    ) -> tuple[UUID, ...]:
        """The other side; what was written stays at the finding, as a mail goes through foreign hands."""
        last = after.thread[-1] if after.thread else None
        by_supplier = last is not None and last.side is FindingSide.SUPPLIER
        other = verification.verifier_id if by_supplier else project.developer_id
        if other is None:
            # Carried into a round that nobody verifies yet: its verifier will find the answer there.
            return ()
        message = Message(
            told.kind,
            f"“{isolated(project.title)}”, round {verification.number}: {_named(after)} {told.verb}.",
            finding_place(after.id),
        )
        notification_id = derived_id(last.id if last else after.id, "notification")
        return await tell(
            work, message.to(other, notification_id=notification_id, at=after.changed_at)
        )

    async def _note_unanswered(self, work: UnitOfWork, request: NoteUnanswered) -> UnansweredNoted:
        verification, finding = await _locked(work, request.finding_id)
        is_over = verification.is_decided or not finding.awaits_answer
        if is_over or len(finding.thread) != request.messages:
            return UnansweredNoted()
        now = self._clock.now()
        project = await lookups.project(work, verification.project_id)
        cause = derived_id(finding.id, f"unanswered/{_occasion(request)}")
        if not request.escalated:
            await put_on_timeline(
                work,
                verification,
                EventType.FINDING_OVERDUE,
                None,
                f"{_named(finding, begins=True)} was not answered in time; the supplier was reminded.",
                at=now,
                event_id=derived_id(cause, "timeline"),
            )
        else:
            await put_on_timeline(
                work,
                verification,
                EventType.ESCALATED,
                None,
                f"{_named(finding, begins=True)} is still not answered; the matter was escalated.",
                at=now,
                event_id=derived_id(cause, "timeline"),
            )
        audit(
            work,
            f"finding.{'escalated' if request.escalated else 'overdue'}",
            ("finding", finding.id),
            actor_id=None,
            before=None,
            after={"state": finding.state.value},
            at=now,
        )
        told = await _remind(work, project, verification, finding, request, cause, at=now)
        return UnansweredNoted(notification_ids=told)


async def carry_forward_actions(
    work: UnitOfWork, opened: Verification, actor_id: UUID
) -> Sequence[Finding]:
    """Begin a round with the forward actions that earlier ones left open (domain.projects.findings)."""
    earlier = await work.projects.findings.not_carried(opened.project_id)
    carried = rules.carry_forward(
        [one for one in earlier if one.verification_id != opened.id], opened, at=opened.submitted_at
    )
    for finding in carried:
        await work.projects.findings.add(finding)
        await leave_traces(work, opened, None, finding, RAISED, actor_id)
    return carried


async def leave_traces(
    work: UnitOfWork,
    verification: Verification,
    before: Finding | None,
    after: Finding,
    told: _Told,
    actor_id: UUID,
) -> None:
    """A place on the public timeline, an event and an audit entry; all without the words."""
    last = after.thread[-1] if after.thread else None
    carried = " from an earlier round" if after.carried_from and last is None else ""
    await put_on_timeline(
        work,
        verification,
        told.event_type,
        actor_id,
        f"{_named(after, begins=True)} {'was carried over' if carried else told.verb}{carried}.",
        at=after.changed_at,
        event_id=derived_id(last.id if last else after.id, "timeline"),
    )
    await work.publishing.outbox.add(events.finding_changed(told.event_name, after, verification))
    audit(
        work,
        f"finding.{'carried' if carried else told.event_name.value.partition('.')[2]}",
        ("finding", after.id),
        actor_id=actor_id,
        before=None if before is None else _audited(before),
        after=_audited(after),
        at=after.changed_at,
    )


def finding_place(finding_id: UUID) -> str:
    """Where both sides read and write it, signed in."""
    return f"/desk/findings/{finding_id}"


def as_finding_step(finding: Finding, notified_ids: tuple[UUID, ...] = ()) -> FindingStep:
    return FindingStep(
        finding_id=finding.id,
        number=finding.number,
        state=finding.state,
        messages=len(finding.thread),
        awaits_answer=finding.awaits_answer,
        notification_ids=notified_ids,
    )


async def _locked(work: UnitOfWork, finding_id: UUID) -> tuple[Verification, Finding]:
    """A finding with its round, which is held: nothing is added to the thread until the commit."""
    found = lookups.found(await work.projects.findings.get(finding_id), "finding")
    verification = await lookups.locked_verification(work, found.verification_id)
    # Again under the lock: the thread may have grown meanwhile.
    return verification, lookups.found(await work.projects.findings.get(finding_id), "finding")


async def _remind(
    work: UnitOfWork,
    project: Project,
    verification: Verification,
    finding: Finding,
    request: NoteUnanswered,
    cause: UUID,
    *,
    at: datetime,
) -> tuple[UUID, ...]:
    subject = f"“{isolated(project.title)}”, round {verification.number}: {_named(finding)}"
    place = finding_place(finding.id)
    reminder = Message(
        NotificationKind.FINDING_OVERDUE, f"{subject} waits for your answer; it is overdue.", place
    )
    to_supplier = reminder.to(
        project.developer_id, notification_id=derived_id(cause, "supplier"), at=at
    )
    told = await tell(work, to_supplier)
    if not request.escalated:
        return told
    unanswered = Message(
        NotificationKind.FINDING_UNANSWERED, f"{subject} was not answered in time.", place
    )
    if verification.verifier_id is not None:
        told += await tell(
            work,
            unanswered.to(
                verification.verifier_id, notification_id=derived_id(cause, "verifier"), at=at
            ),
        )
    return told + await tell_staff(
        work, unanswered, notification_id=by_topic(cause, "escalated"), at=at
    )


def _told_of(written: Finding) -> _Told:
    last = written.thread[-1]
    if last.act is FindingAct.CLOSE:
        return _CLOSED
    if last.act is FindingAct.REOPEN:
        return _REOPENED
    return _ANSWERED if last.side is FindingSide.SUPPLIER else _FOLLOWED_UP


def _named(finding: Finding, *, begins: bool = False) -> str:
    """As sentences name it: “finding 2 (corrective action)”."""
    return f"{'Finding' if begins else 'finding'} {finding.number} ({finding.kind.words})"


def _audited(finding: Finding) -> dict[str, object]:
    """Without what people wrote."""
    last = finding.thread[-1] if finding.thread else None
    about = finding.about
    return {
        "verificationId": str(finding.verification_id),
        "number": finding.number,
        "kind": finding.kind.value,
        "state": finding.state.value,
        "messages": len(finding.thread),
        "documentId": str(about.document_id) if about.document_id else None,
        "field": about.field,
        "carriedFrom": str(finding.carried_from) if finding.carried_from else None,
        "attachments": [str(one) for one in last.attachments] if last else [],
    }


def _occasion(request: NoteUnanswered) -> str:
    step = "escalated" if request.escalated else "reminded"
    return f"{request.finding_id}/{request.messages}/{step}"
