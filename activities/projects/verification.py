"""The steps of a verification: assignment, notes, the decision, deadlines."""

from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from temporalio import activity

from activities import lookups
from activities.audit_and_notify import Message, audit, by_topic, tell, tell_staff
from activities.payloads import Payload, PersonalRequest
from activities.payments.invoicing import Invoicing
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from activities.projects.assurance import AssuranceRules, require_assured
from activities.projects.buffer_share import fix_buffer_share
from activities.projects.countersignature import ask_for_countersignature
from activities.projects.duplicates import settle_duplicates
from activities.projects.impartiality import (
    declare_with_decision,
    require_able_to_verify,
    require_other_than_appealed,
    require_rotation,
)
from activities.projects.verification_steps import (
    VerificationStep,
    as_step,
    audit_step,
    decided_sentence,
    decided_subject,
    put_on_timeline,
    quantified_round,
    waiting_sentence,
    with_invoice,
)
from activities.run_once import run_once
from domain.accounts.notifications import (
    VERIFIERS_PLACE,
    NotificationKind,
    review_place,
    round_place,
)
from domain.accounts.roles import Account, Role
from domain.errors import Fault, Invalid
from domain.identifiers import derived_id
from domain.organisations.accreditation import DeclaredConflict
from domain.projects import verification as rules
from domain.projects.approvals import Approval, approve
from domain.projects.changes.review import ReviewedMaterial, require_unchanged
from domain.projects.findings import require_settled
from domain.projects.programme.consultations import ConsultationRules, require_consulted
from domain.projects.projects import Project, ProjectStatus, settle_status
from domain.projects.verification import (
    EventType,
    Verification,
    VerificationStatus,
    VintageQuantity,
)
from domain.publishing import events
from domain.publishing.events import EventName
from domain.visible_text import isolated


class Decision(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"


class AssignVerifier(PersonalRequest):
    operation_id: UUID
    verification_id: UUID
    verifier_id: UUID
    actor_id: UUID


class DecisionPayload(Payload):
    """
    What a verifier wrote: notes of an approval or the reason of a rejection.

    `duplicate_note` says why an approved project is none of its likely duplicates,
    `conflict_of_interest` what the verifier declares with the decision (None: nothing but the decision),
    `stead_reason` why staff decide instead of the assigned verifier, `public_reason` what everybody is told
    of a rejection, `review_digest` what there was to review for whoever decides (ADR 0090; None: not said).
    """

    text: str
    duplicate_note: str | None = None
    conflict_of_interest: DeclaredConflict | None = None
    stead_reason: str | None = None
    public_reason: str | None = None
    review_digest: str | None = None


class VintageApproved(Payload):
    """Units of 0.01 t CO2e of one calendar year; 0 says that nothing was verified of it."""

    vintage: int
    quantity_units: int


class RecordDecision(PersonalRequest):
    """
    The text is the stored request `operation_id`; quantity is in units of 0.01 t CO2e.

    `vintages` say how much of each year; without them it is the quantity of one vintage.

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
    vintages: tuple[VintageApproved, ...] | None = None


class EventPayload(Payload):
    event_type: EventType
    message: str


class AddEvent(PersonalRequest):
    """The message is the stored request `operation_id`, which is the event's identifier too."""

    operation_id: UUID
    verification_id: UUID
    actor_id: UUID


class EventAdded(Payload):
    """The note, and the notifications to be mailed."""

    event_id: UUID
    notification_ids: tuple[UUID, ...] = ()


class NoteDeadline(Payload):
    """
    `event_type` says which deadline passed; staff are told.

    `wait` counts the waits for people in this verification from 0: in each, staff are told anew.
    """

    verification_id: UUID
    event_type: EventType
    wait: int = 0


DEADLINE_SENTENCES = {
    EventType.ASSIGNMENT_OVERDUE: "No verifier was assigned in time; staff were reminded.",
    EventType.REVIEW_OVERDUE: "The review took longer than planned; staff were reminded.",
    EventType.COUNTERSIGNATURE_OVERDUE: "Nobody countersigned in time; staff were reminded.",
    EventType.ESCALATED: "The reminder passed without an answer; the matter was escalated.",
}


OVERDUE = {
    VerificationStatus.PENDING: NotificationKind.ASSIGNMENT_OVERDUE,
    VerificationStatus.IN_REVIEW: NotificationKind.REVIEW_OVERDUE,
    VerificationStatus.APPROVED: NotificationKind.COUNTERSIGNATURE_OVERDUE,
    # A rejection that came in the very moment of the deadline.
    VerificationStatus.REJECTED: NotificationKind.REVIEW_OVERDUE,
    VerificationStatus.WITHDRAWN: NotificationKind.REVIEW_OVERDUE,
}


@dataclass(frozen=True)
class _Outcome:
    """What follows from a decision: the project's status, and the words that tell of it."""

    status: ProjectStatus
    event_type: EventType
    event_name: EventName
    notification: NotificationKind
    verb: str


APPROVED = _Outcome(
    ProjectStatus.VERIFIED,
    EventType.APPROVED,
    EventName.VERIFICATION_APPROVED,
    NotificationKind.PROJECT_APPROVED,
    "was approved",
)
REJECTED = _Outcome(
    ProjectStatus.REJECTED,
    EventType.REJECTED,
    EventName.VERIFICATION_REJECTED,
    NotificationKind.PROJECT_REJECTED,
    "was rejected",
)


@dataclass(frozen=True)
class _Decided:
    """The verification and the project that a decision is about, locked; who decides, and what they wrote."""

    before: Verification
    project: Project
    actor: Account
    written: DecisionPayload


class VerificationActivities:
    """
    `declaration_required` is whether verifiers declare their interests before they decide (ADR 0068).

    `consultation` is what the operator asks for before a project's first approval, `rounds_of_one_body_max` after
    how many rounds in a row another body verifies a project (0: after none; ADR 0099). `assurance` is what must stand
    beside a statement (ADR 0100); `invoicing` writes what an issuance is charged (ADR 0122).
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        declaration_required: bool = False,
        consultation: ConsultationRules | None = None,
        rounds_of_one_body_max: int = 0,
        assurance: AssuranceRules | None = None,
        invoicing: Invoicing | None = None,
    ) -> None:
        self._invoicing = invoicing or Invoicing()
        self._assurance_rules = assurance or AssuranceRules()
        self._rounds_of_one_body_max = rounds_of_one_body_max
        self._consultation_rules = consultation or ConsultationRules()
        self._database = database
        self._clock = clock
        self._declaration_required = declaration_required

    @activity.defn
    async def assign_verifier(self, request: AssignVerifier) -> VerificationStep:
        """
        Give a verification to a verifier, the first or another one (domain.projects.verification.assign).

        Who had it before is told, and sees it no more.
        """
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
        Approve or reject (domain.projects.approvals.approve, domain.projects.verification.reject) and settle the project's status.

        Project, verification and documents are held until the commit, so that what is signed off
        is exactly what is there. One activity for both, because recorded histories name it so.
        """
        by_decision = {Decision.APPROVE: self._approve, Decision.REJECT: self._reject}
        async with self._database.transaction() as work:
            return await run_once(
                work,
                f"record-decision/{request.operation_id}",
                VerificationStep,
                lambda: by_decision[request.decision](work, request),
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
                f"note-deadline/{_deadline(request)}",
                VerificationStep,
                lambda: self._note_deadline(work, request),
            )

    async def _assign(self, work: UnitOfWork, request: AssignVerifier) -> VerificationStep:
        now = self._clock.now()
        before = await lookups.locked_verification(work, request.verification_id)
        verifier = await work.accounts.accounts.get(request.verifier_id)
        if verifier is None:
            detail = "There is no such verifier."
            raise Invalid(detail, Fault("/verifierId", detail))
        after = rules.assign(before, verifier, at=now)
        project = await lookups.project(work, after.project_id)
        await require_able_to_verify(work, verifier.id, project, at=now)
        await require_rotation(work, before, verifier.id, rounds_max=self._rounds_of_one_body_max)
        await require_other_than_appealed(work, before, verifier.id)
        await work.projects.verifications.save(after)
        former_id = before.verifier_id
        # What happens for the first time is named as it always was; another time, by its operation.
        again = None if former_id is None else request.operation_id
        await put_on_timeline(
            work,
            after,
            EventType.VERIFIER_REPLACED if former_id else EventType.VERIFIER_ASSIGNED,
            request.actor_id,
            "Another verifier was assigned." if former_id else "A verifier was assigned.",
            at=now,
            event_id=derived_id(again, "timeline") if again else None,
        )
        await work.publishing.outbox.add(
            events.verification_step(EventName.VERIFICATION_ASSIGNED, after, again=again)
        )
        change = "replaced" if former_id else "assigned"
        audit_step(work, before, after, request.actor_id, f"verification.{change}", at=now)
        notified_ids = await self._tell(
            work,
            request.operation_id,
            verifier.id,
            Message(
                NotificationKind.VERIFIER_ASSIGNED,
                f"You are to verify the project “{isolated(project.title)}”.",
                review_place(after.id),
            ),
        )
        begun = Message(
            NotificationKind.VERIFICATION_BEGUN,
            f"Your project “{isolated(project.title)}” has a verifier{' again' if former_id else ''}; the "
            "review begins.",
            f"/projects/{project.id}",
        )
        begun_id = derived_id(request.operation_id, "notification/begun")
        notified_ids += await tell(
            work, begun.to(project.developer_id, notification_id=begun_id, at=now)
        )
        if former_id is not None:
            relieved = Message(
                NotificationKind.VERIFIER_REPLACED,
                f"Another verifier has taken over the project “{isolated(project.title)}”.",
                VERIFIERS_PLACE,
            )
            relieved_id = derived_id(request.operation_id, "notification/replaced")
            notified_ids += await tell(
                work, relieved.to(former_id, notification_id=relieved_id, at=now)
            )
        return as_step(after, notified_ids)

    async def _approve(self, work: UnitOfWork, request: RecordDecision) -> VerificationStep:
        decided = await self._decided(work, request)
        accounts = work.accounts.accounts
        verifier_id = decided.before.verifier_id
        body = rules.signing_body(
            decided.actor,
            decider_company=await accounts.company(decided.actor.id),
            verifier_company=await accounts.company(verifier_id) if verifier_id else None,
        )
        after = approve(
            decided.before,
            Approval(
                decided.written.text,
                request.quantity_units,
                request.vintage,
                body,
                _vintages(request),
                decided.written.stead_reason,
            ),
            project=decided.project,
            documents=await work.projects.documents.completed_for(decided.before.id),
            actor=decided.actor,
            needs_countersignature=request.needs_countersignature
            or await work.projects.verifications.countersignature_is_required(),
            at=self._clock.now(),
            methodology=await lookups.methodology_of(work, decided.before),
            newest_statement=await work.projects.statements.newest(decided.before.id),
            quantified=await quantified_round(work, decided.before.id),
        )
        require_settled(await work.projects.findings.of_round(decided.before.id))
        await self._require_consulted(work, decided)
        await require_assured(
            work,
            decided.before,
            rules=self._assurance_rules,
            in_stead=rules.is_in_stead(decided.before, decided.actor),
        )
        accreditation = await self._require_impartial(work, request, decided)
        after = replace(after, accreditation=accreditation)
        await self._require_unchanged(work, decided)
        is_first = decided.before.monitoring_period is None
        if is_first:
            # Later rounds are of a project that is none of them, as its first approval said.
            await settle_duplicates(
                work,
                decided.project,
                decided.written.duplicate_note,
                actor_id=decided.actor.id,
                at=self._clock.now(),
            )
        # Held until the commit: of two decisions that want the last numbers, one is refused.
        numbering = await work.credits.entries.lock_numbering()
        numbering.require(after.verified_quantity_units or 0)
        if is_first:
            await fix_buffer_share(work, decided.project, at=self._clock.now())
        step = await self._settle(work, request, decided, after, APPROVED)
        return await with_invoice(work, self._invoicing, after, step, self._clock.now())

    async def _reject(self, work: UnitOfWork, request: RecordDecision) -> VerificationStep:
        decided = await self._decided(work, request)
        after = rules.reject(
            decided.before,
            decided.written.text,
            actor=decided.actor,
            at=self._clock.now(),
            stead_reason=decided.written.stead_reason,
            public_reason=decided.written.public_reason,
        )
        await self._require_impartial(work, request, decided)
        await self._require_unchanged(work, decided)
        return await self._settle(work, request, decided, after, REJECTED)

    async def _require_consulted(self, work: UnitOfWork, decided: _Decided) -> None:
        consultation = await work.projects.consultations.of_project(decided.project.id)
        require_consulted(
            decided.before,
            consultation,
            await work.projects.consultations.comments(consultation.id) if consultation else (),
            rules=self._consultation_rules,
            at=self._clock.now(),
        )

    @staticmethod
    async def _require_unchanged(work: UnitOfWork, decided: _Decided) -> None:
        """What is decided is what was looked at, where whoever decides says what that was (ADR 0090)."""
        digest = decided.written.review_digest
        if digest is None:
            return
        reviewed = ReviewedMaterial(
            decided.before,
            decided.project,
            await work.projects.documents.completed_ever(decided.before.id),
            await work.projects.changes.of(decided.project.id),
            await work.monitoring.quantifications.worked_out(decided.before.id),
        )
        require_unchanged(reviewed, digest)

    async def _require_impartial(
        self, work: UnitOfWork, request: RecordDecision, decided: _Decided
    ) -> str | None:
        """
        Of a verifier; staff who decide in their stead act for the registry.

        What the verifier's body is accredited by, in words.
        """
        if decided.actor.role is not Role.VERIFIER:
            return None
        at = self._clock.now()
        accreditation = await require_able_to_verify(work, decided.actor.id, decided.project, at=at)
        await declare_with_decision(
            work,
            decided.before,
            decided.actor.id,
            decided.written.conflict_of_interest,
            operation_id=request.operation_id,
            required=self._declaration_required,
            at=at,
        )
        return accreditation

    @staticmethod
    async def _decided(work: UnitOfWork, request: RecordDecision) -> _Decided:
        before = await lookups.locked_verification(work, request.verification_id)
        project = await work.projects.projects.lock(before.project_id)
        if project is None:
            raise RuntimeError("a verification without its project cannot be (foreign key)")
        actor = await lookups.account(work, request.actor_id)
        body = await lookups.stored_request(work, request.operation_id)
        written = DecisionPayload.model_validate(body)
        return _Decided(before, project, actor, written)

    async def _settle(
        self,
        work: UnitOfWork,
        request: RecordDecision,
        decided: _Decided,
        after: Verification,
        outcome: _Outcome,
    ) -> VerificationStep:
        """
        What an approval and a rejection leave behind alike.

        An approval that waits for a second one settles nothing yet: the project stays pending. What
        becomes of a monitoring period changes nothing of the project itself.
        """
        project, now = decided.project, self._clock.now()
        waits = after.waits_for_countersignature
        await work.projects.verifications.save(after)
        if not waits and after.monitoring_period is None:
            await work.projects.projects.save(settle_status(project, outcome.status, at=now))
        again = request.operation_id if decided.before.countersignature_refused_at else None
        # The text itself is for those who work on the project; the timeline is public.
        await put_on_timeline(
            work,
            after,
            outcome.event_type,
            decided.actor.id,
            waiting_sentence(after, project, await quantified_round(work, after.id))
            if waits
            else f"{decided_subject(after)} {outcome.verb}.",
            at=now,
            event_id=derived_id(again, "timeline") if again else None,
        )
        await work.publishing.outbox.add(
            events.verification_step(outcome.event_name, after, again=again)
        )
        event_type = f"verification.{outcome.event_type.value}"
        audit_step(work, decided.before, after, decided.actor.id, event_type, at=now)
        if waits:
            return as_step(
                after, await ask_for_countersignature(work, after, project, request.operation_id)
            )
        message = Message(
            outcome.notification,
            decided_sentence(project, after, outcome.verb),
            f"/projects/{project.id}",
        )
        notified_ids = await self._tell(work, request.operation_id, project.developer_id, message)
        return as_step(after, notified_ids)

    async def _add_event(self, work: UnitOfWork, request: AddEvent) -> EventAdded:
        verification = await lookups.locked_verification(work, request.verification_id)
        body = await lookups.stored_request(work, request.operation_id)
        payload = EventPayload.model_validate(body)
        rules.require_added_by_people(payload.event_type)
        await put_on_timeline(
            work,
            verification,
            payload.event_type,
            request.actor_id,
            payload.message,
            at=self._clock.now(),
            event_id=request.operation_id,
        )
        self._note_step(work, verification, payload.event_type, request.actor_id)
        told = await self._tell_of_note(work, verification, request)
        return EventAdded(event_id=request.operation_id, notification_ids=told)

    async def _tell_of_note(
        self, work: UnitOfWork, verification: Verification, request: AddEvent
    ) -> tuple[UUID, ...]:
        """
        Supplier and verifier hear of what either of them, or staff, wrote; whoever wrote it does not.

        What was written stays on the timeline: a mail goes through foreign hands. Before there is a
        verifier, it is staff who hear of what a supplier writes.
        """
        project = await lookups.project(work, verification.project_id)
        sentence = f"“{isolated(project.title)}”: somebody wrote on the verification's timeline."
        named = by_topic(request.operation_id, "note")
        now = self._clock.now()
        places = {project.developer_id: f"/projects/{project.id}"}
        if verification.verifier_id is not None:
            places.setdefault(verification.verifier_id, review_place(verification.id))
        told = await tell(
            work,
            *(
                Message(NotificationKind.VERIFICATION_NOTE, sentence, place).to(
                    user_id, notification_id=named(user_id), at=now
                )
                for user_id, place in places.items()
                if user_id != request.actor_id
            ),
        )
        if told:
            return told
        place = round_place(verification.id)
        message = Message(NotificationKind.VERIFICATION_NOTE, sentence, place)
        return await tell_staff(work, message, notification_id=named, at=now)

    async def _note_deadline(self, work: UnitOfWork, request: NoteDeadline) -> VerificationStep:
        verification = await lookups.locked_verification(work, request.verification_id)
        sentence = DEADLINE_SENTENCES[request.event_type]
        await put_on_timeline(
            work,
            verification,
            request.event_type,
            None,
            sentence,
            at=self._clock.now(),
            event_id=derived_id(verification.id, f"timeline/{_deadline(request)}")
            if request.wait
            else None,
        )
        self._note_step(work, verification, request.event_type, None)
        project = await lookups.project(work, verification.project_id)
        notified_ids = await tell_staff(
            work,
            Message(
                OVERDUE[verification.status],
                f"“{isolated(project.title)}”: {sentence}",
                round_place(verification.id),
            ),
            notification_id=lambda staff_id: derived_id(
                derived_id(verification.id, f"{_occasion(request)}/{staff_id}"), "notification"
            ),
            at=self._clock.now(),
        )
        return as_step(verification, notified_ids)

    def _note_step(
        self,
        work: UnitOfWork,
        verification: Verification,
        event_type: EventType,
        actor_id: UUID | None,
    ) -> None:
        """An audit entry of a step that changes no field; what people wrote is not in it."""
        audit(
            work,
            f"verification.{event_type.value}",
            ("verification", verification.id),
            actor_id=actor_id,
            before=None,
            after={"status": verification.status.value},
            at=self._clock.now(),
        )

    async def _tell(
        self, work: UnitOfWork, operation_id: UUID, user_id: UUID, message: Message
    ) -> tuple[UUID, ...]:
        notification_id = derived_id(operation_id, "notification")
        return await tell(
            work, message.to(user_id, notification_id=notification_id, at=self._clock.now())
        )


def _vintages(request: RecordDecision) -> tuple[VintageQuantity, ...] | None:
    if request.vintages is None:
        return None
    return tuple(VintageQuantity(one.vintage, one.quantity_units) for one in request.vintages)


def _deadline(request: NoteDeadline) -> str:
    return f"{request.verification_id}/{_occasion(request)}"


def _occasion(request: NoteDeadline) -> str:
    """The first wait keeps the name that deadlines had before waits were counted."""
    return f"{request.event_type}/{request.wait}" if request.wait else request.event_type.value
