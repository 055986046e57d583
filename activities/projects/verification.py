"""The steps of a verification: assignment, notes, the decision, the second pair of eyes, deadlines."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from temporalio import activity

from activities import lookups
from activities.payloads import Payload
from activities.ports.database import Database, UnitOfWork
from activities.ports.outside import Clock
from activities.run_once import run_once
from domain.accounts.notifications import Notification, NotificationKind
from domain.audit.log import AuditEntry
from domain.errors import Fault, Forbidden, Invalid
from domain.identifiers import derived_id
from domain.projects import verification as rules
from domain.projects.projects import ProjectStatus, settle_status
from domain.projects.verification import (
    ADDED_BY_PEOPLE,
    Approval,
    EventType,
    TimelineEvent,
    Verification,
    VerificationStatus,
)
from domain.publishing import events
from domain.publishing.events import EventName


class Decision(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"


class AssignVerifier(Payload):
    operation_id: UUID
    verification_id: UUID
    verifier_id: UUID
    actor_id: UUID


class DecisionPayload(Payload):
    """What a verifier wrote: notes of an approval or the reason of a rejection."""

    text: str


class RecordDecision(Payload):
    """
    The text is the draft `operation_id`; quantity is in units of 0.01 t CO2e.

    `needs_countersignature` is nobody's to say any more: the registry's policy decides (ADR 0036).
    True in a request of an earlier version still holds.
    """

    operation_id: UUID
    verification_id: UUID
    actor_id: UUID
    decision: Decision
    quantity_units: int | None = None
    vintage: int | None = None
    needs_countersignature: bool = False


class Countersign(Payload):
    operation_id: UUID
    verification_id: UUID
    actor_id: UUID


class EventPayload(Payload):
    event_type: EventType
    message: str


class AddEvent(Payload):
    """The message is the draft `operation_id`, which is the event's identifier too."""

    operation_id: UUID
    verification_id: UUID
    actor_id: UUID


class EventAdded(Payload):
    event_id: UUID


class NoteDeadline(Payload):
    """`event_type` says which deadline passed; staff are told."""

    verification_id: UUID
    event_type: EventType


class VerificationStep(Payload):
    """Where a verification stands after a step, and the notifications to be mailed."""

    verification_id: UUID
    status: VerificationStatus
    waits_for_countersignature: bool = False
    notification_ids: tuple[UUID, ...] = ()


MESSAGES = {
    EventType.ASSIGNMENT_OVERDUE: "No verifier was assigned in time; staff were reminded.",
    EventType.REVIEW_OVERDUE: "The review took longer than planned; staff were reminded.",
    EventType.ESCALATED: "The reminder passed without an answer; the matter was escalated.",
}


class VerificationActivities:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @activity.defn
    async def assign_verifier(self, request: AssignVerifier) -> VerificationStep:
        """Give a pending verification to a verifier (domain.projects.verification.assign)."""
        async with self._database.transaction() as work:
            return await run_once(
                work,
                f"assign-verifier/{request.operation_id}",
                VerificationStep,
                lambda: self._assign(work, request),
            )

    @activity.defn
    async def record_decision(self, request: RecordDecision) -> VerificationStep:
        """
        Approve or reject (domain.projects.verification.approve, reject) and settle the project's status.

        Project, verification and documents are held until the commit, so that what is signed off
        is exactly what is there.
        """
        async with self._database.transaction() as work:
            return await run_once(
                work,
                f"record-decision/{request.operation_id}",
                VerificationStep,
                lambda: self._decide(work, request),
            )

    @activity.defn
    async def countersign(self, request: Countersign) -> VerificationStep:
        """Add the second approval (domain.projects.verification.countersign)."""
        async with self._database.transaction() as work:
            return await run_once(
                work,
                f"countersign/{request.operation_id}",
                VerificationStep,
                lambda: self._countersign(work, request),
            )

    @activity.defn
    async def add_event(self, request: AddEvent) -> EventAdded:
        """Put a person's note on the timeline. Refuses kinds that only the registry writes."""
        async with self._database.transaction() as work:
            return await run_once(
                work,
                f"add-event/{request.operation_id}",
                EventAdded,
                lambda: self._add_event(work, request),
            )

    @activity.defn
    async def note_deadline(self, request: NoteDeadline) -> VerificationStep:
        """Put a passed deadline on the timeline, and tell every administrator."""
        async with self._database.transaction() as work:
            return await run_once(
                work,
                f"note-deadline/{request.verification_id}/{request.event_type}",
                VerificationStep,
                lambda: self._note_deadline(work, request),
            )

    async def _assign(self, work: UnitOfWork, request: AssignVerifier) -> VerificationStep:
        now = self._clock.now()
        before = await lookups.locked_verification(work, request.verification_id)
        verifier = await work.accounts.get(request.verifier_id)
        if verifier is None:
            detail = "There is no such verifier."
            raise Invalid(detail, Fault("/verifierId", detail))
        after = rules.assign(before, verifier, at=now)
        await work.verifications.save(after)
        await self._step(
            work, after, EventType.VERIFIER_ASSIGNED, request.actor_id, "A verifier was assigned."
        )
        await work.outbox.add(events.verification_step(EventName.VERIFICATION_ASSIGNED, after))
        self._audit(work, before, after, request.actor_id, "verification.assigned")
        project = await lookups.project(work, after.project_id)
        told = await self._tell(
            work,
            request.operation_id,
            verifier.id,
            NotificationKind.VERIFIER_ASSIGNED,
            f"You are to verify the project “{project.title}”.",
            f"/projects/{project.id}",
        )
        return self._as_step(after, told)

    async def _decide(self, work: UnitOfWork, request: RecordDecision) -> VerificationStep:
        now = self._clock.now()
        before = await lookups.locked_verification(work, request.verification_id)
        project = await work.projects.lock(before.project_id)
        if project is None:
            raise RuntimeError("a verification without its project cannot be (foreign key)")
        actor = await lookups.account(work, request.actor_id)
        body = await work.drafts.body(request.operation_id)
        text = DecisionPayload.model_validate(lookups.found(body, "draft")).text
        if request.decision is Decision.APPROVE:
            after = rules.approve(
                before,
                Approval(text, request.quantity_units, request.vintage),
                project=project,
                documents=await work.documents.completed_for(project.id),
                actor=actor,
                needs_countersignature=request.needs_countersignature
                or await work.verifications.countersignature_is_required(),
                at=now,
            )
            status, event = ProjectStatus.VERIFIED, EventType.APPROVED
            kind, said = NotificationKind.PROJECT_APPROVED, "was approved"
            published = EventName.VERIFICATION_APPROVED
        else:
            after = rules.reject(before, text, actor=actor, at=now)
            status, event = ProjectStatus.REJECTED, EventType.REJECTED
            kind, said = NotificationKind.PROJECT_REJECTED, "was rejected"
            published = EventName.VERIFICATION_REJECTED
        await work.verifications.save(after)
        await work.projects.save(settle_status(project, status, at=now))
        # The text itself is for those who work on the project; the timeline is public.
        await self._step(work, after, event, actor.id, f"The project {said}.")
        await work.outbox.add(events.verification_step(published, after))
        self._audit(work, before, after, actor.id, f"verification.{event.value}")
        told = await self._tell(
            work,
            request.operation_id,
            project.developer_id,
            kind,
            f"Your project “{project.title}” {said}.",
            f"/projects/{project.id}",
        )
        return self._as_step(after, told)

    async def _countersign(self, work: UnitOfWork, request: Countersign) -> VerificationStep:
        now = self._clock.now()
        before = await lookups.locked_verification(work, request.verification_id)
        actor = await lookups.account(work, request.actor_id)
        after = rules.countersign(before, actor=actor, at=now)
        await work.verifications.save(after)
        await self._step(
            work, after, EventType.COUNTERSIGNED, actor.id, "A second pair of eyes approved."
        )
        await work.outbox.add(events.verification_step(EventName.VERIFICATION_COUNTERSIGNED, after))
        self._audit(work, before, after, actor.id, "verification.countersigned")
        return self._as_step(after)

    async def _add_event(self, work: UnitOfWork, request: AddEvent) -> EventAdded:
        verification = await lookups.locked_verification(work, request.verification_id)
        body = await work.drafts.body(request.operation_id)
        draft = EventPayload.model_validate(lookups.found(body, "draft"))
        if draft.event_type not in ADDED_BY_PEOPLE:
            raise Forbidden(
                f"Events of type {draft.event_type} are written by the registry itself."
            )
        await self._step(
            work,
            verification,
            draft.event_type,
            request.actor_id,
            draft.message,
            event_id=request.operation_id,
        )
        return EventAdded(event_id=request.operation_id)

    async def _note_deadline(self, work: UnitOfWork, request: NoteDeadline) -> VerificationStep:
        verification = await lookups.locked_verification(work, request.verification_id)
        message = MESSAGES[request.event_type]
        await self._step(work, verification, request.event_type, None, message)
        project = await lookups.project(work, verification.project_id)
        kind = (
            NotificationKind.ASSIGNMENT_OVERDUE
            if verification.status is VerificationStatus.PENDING
            else NotificationKind.REVIEW_OVERDUE
        )
        told: list[UUID] = []
        for staff_id in await work.accounts.administrators():
            operation_id = derived_id(verification.id, f"{request.event_type}/{staff_id}")
            told += await self._tell(
                work,
                operation_id,
                staff_id,
                kind,
                f"“{project.title}”: {message}",
                f"/projects/{project.id}",
            )
        return self._as_step(verification, told)

    async def _step(
        self,
        work: UnitOfWork,
        verification: Verification,
        event_type: EventType,
        user_id: UUID | None,
        message: str,
        *,
        event_id: UUID | None = None,
    ) -> None:
        await work.verifications.add_event(
            TimelineEvent(
                id=event_id or derived_id(verification.id, f"{event_type}/{verification.status}"),
                verification_id=verification.id,
                event_type=event_type,
                message=message,
                user_id=user_id,
                created_at=self._clock.now(),
            )
        )

    async def _tell(
        self,
        work: UnitOfWork,
        operation_id: UUID,
        user_id: UUID,
        kind: NotificationKind,
        message: str,
        link: str,
    ) -> list[UUID]:
        notification = Notification(
            id=derived_id(operation_id, "notification"),
            user_id=user_id,
            kind=kind,
            message=message,
            link=link,
            created_at=self._clock.now(),
        )
        await work.notifications.add(notification)
        return [notification.id]

    def _audit(
        self,
        work: UnitOfWork,
        before: Verification,
        after: Verification,
        actor_id: UUID,
        event_type: str,
    ) -> None:
        work.audit(
            AuditEntry(
                event_type=event_type,
                action=event_type.rpartition(".")[2],
                user_id=actor_id,
                resource_type="verification",
                resource_id=after.id,
                changes={"before": _audited(before), "after": _audited(after)},
                at=self._clock.now(),
            )
        )

    @staticmethod
    def _as_step(verification: Verification, told: list[UUID] | None = None) -> VerificationStep:
        return VerificationStep(
            verification_id=verification.id,
            status=verification.status,
            waits_for_countersignature=(
                verification.status is VerificationStatus.APPROVED
                and verification.needs_countersignature
                and verification.countersigned_by is None
            ),
            notification_ids=tuple(told or ()),
        )


def _audited(verification: Verification) -> dict[str, Any]:
    """The fields a decision may change, without what people wrote."""
    return {
        "status": verification.status.value,
        "verifierId": str(verification.verifier_id) if verification.verifier_id else None,
        "verifiedQuantityUnits": verification.verified_quantity_units,
        "vintage": verification.vintage,
        "signOffDigest": verification.sign_off_digest,
        "countersignedBy": (
            str(verification.countersigned_by) if verification.countersigned_by else None
        ),
    }
