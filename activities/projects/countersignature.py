"""The second pair of eyes: a countersignature that is wanted, given or refused (ADR 0040)."""

from uuid import UUID

from temporalio import activity

from activities import lookups
from activities.audit_and_notify import Message, by_topic, tell, tell_staff
from activities.payloads import Payload
from activities.payments.invoicing import Invoicing
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from activities.projects.checklist import require_checklist_of
from activities.projects.verification_steps import (
    VerificationStep,
    above_words,
    as_step,
    audit_step,
    decided_sentence,
    put_on_timeline,
    quantified_round,
    with_invoice,
)
from activities.run_once import run_once
from domain.accounts.notifications import NotificationKind, review_place, round_place
from domain.identifiers import derived_id
from domain.projects import verification as rules
from domain.projects.assurance.quantified import QuantifiedRound
from domain.projects.projects import Project, ProjectStatus, settle_status
from domain.projects.verification import EventType, Verification
from domain.publishing import events
from domain.publishing.events import EventName
from domain.visible_text import isolated


class Countersign(Payload):
    operation_id: UUID
    verification_id: UUID
    actor_id: UUID


class RefuseCountersignature(Payload):
    """The reason is the stored request `operation_id`."""

    operation_id: UUID
    verification_id: UUID
    actor_id: UUID


class RefusalPayload(Payload):
    """Why a countersignature is refused; for those who work on the project."""

    reason: str


class CountersignatureActivities:
    def __init__(
        self, database: Database, clock: Clock, invoicing: Invoicing | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self._invoicing = invoicing or Invoicing()

    @activity.defn
    async def countersign(self, request: Countersign) -> VerificationStep:
        """Add the second approval (domain.projects.verification.countersign); the project is verified now."""
        async with self._database.transaction() as work:
            return await run_once(
                work,
                f"countersign/{request.operation_id}",
                VerificationStep,
                lambda: self._countersign(work, request),
            )

    @activity.defn
    async def refuse_countersignature(self, request: RefuseCountersignature) -> VerificationStep:
        """
        Give an approval back to its verifier (domain.projects.verification.refuse_countersignature).

        Verifier, supplier and whoever approved are told; the reason stands on the timeline, where
        they read it and the public does not.
        """
        async with self._database.transaction() as work:
            return await run_once(
                work,
                f"refuse-countersignature/{request.operation_id}",
                VerificationStep,
                lambda: self._refuse(work, request),
            )

    async def _countersign(self, work: UnitOfWork, request: Countersign) -> VerificationStep:
        now = self._clock.now()
        before = await lookups.locked_verification(work, request.verification_id)
        project = await lookups.locked_project(work, before.project_id)
        actor = await lookups.account(work, request.actor_id)
        after = rules.countersign(before, actor=actor, at=now)
        await require_checklist_of(work, before, project, actor)
        await work.projects.verifications.save(after)
        # An approval of an earlier version has verified its project already, and told of it.
        notified_ids: tuple[UUID, ...] = ()
        is_first = after.monitoring_period is None
        if not is_first or project.status is ProjectStatus.PENDING:
            if is_first:
                await work.projects.projects.save(
                    settle_status(project, ProjectStatus.VERIFIED, at=now)
                )
            message = Message(
                NotificationKind.PROJECT_APPROVED,
                decided_sentence(project, after, "was approved"),
                f"/projects/{project.id}",
            )
            notification_id = derived_id(request.operation_id, "notification")
            notified_ids = await tell(
                work, message.to(project.developer_id, notification_id=notification_id, at=now)
            )
        decider_id = before.decided_by
        if decider_id is not None:
            countersigned = Message(
                NotificationKind.APPROVAL_COUNTERSIGNED,
                f"Your approval of “{isolated(project.title)}” has its second approval; credits are issued now.",
                review_place(after.id)
                if decider_id == after.verifier_id
                else round_place(after.id),
            )
            countersigned_id = derived_id(request.operation_id, "notification/countersigned")
            notified_ids += await tell(
                work, countersigned.to(decider_id, notification_id=countersigned_id, at=now)
            )
        await put_on_timeline(
            work,
            after,
            EventType.COUNTERSIGNED,
            actor.id,
            _countersigned_sentence(after, project, await quantified_round(work, after.id)),
            at=now,
        )
        await work.publishing.outbox.add(
            events.verification_step(EventName.VERIFICATION_COUNTERSIGNED, after)
        )
        audit_step(work, before, after, actor.id, "verification.countersigned", at=now)
        return await with_invoice(work, self._invoicing, after, as_step(after, notified_ids), now)

    async def _refuse(self, work: UnitOfWork, request: RefuseCountersignature) -> VerificationStep:
        now = self._clock.now()
        before = await lookups.locked_verification(work, request.verification_id)
        actor = await lookups.account(work, request.actor_id)
        body = await lookups.stored_request(work, request.operation_id)
        reason = RefusalPayload.model_validate(body).reason
        after = rules.refuse_countersignature(before, reason, actor=actor, at=now)
        await work.projects.verifications.save(after)
        await put_on_timeline(
            work,
            after,
            EventType.COUNTERSIGNATURE_REFUSED,
            actor.id,
            reason,
            at=now,
            event_id=derived_id(request.operation_id, "timeline"),
        )
        again = request.operation_id if before.countersignature_refused_at else None
        await work.publishing.outbox.add(
            events.verification_step(
                EventName.VERIFICATION_COUNTERSIGNATURE_REFUSED, after, again=again
            )
        )
        audit_step(work, before, after, actor.id, "verification.countersignature_refused", at=now)
        project = await lookups.project(work, after.project_id)
        notified_ids = await self._tell_of_refusal(work, request, before, project)
        return as_step(after, notified_ids)

    async def _tell_of_refusal(
        self,
        work: UnitOfWork,
        request: RefuseCountersignature,
        before: Verification,
        project: Project,
    ) -> tuple[UUID, ...]:
        sentence = (
            f"“{isolated(project.title)}”: the second approval was refused, and the verification is in review "
            "again. The reason stands on its timeline."
        )
        # A supplier reads the timeline at the project, a verifier and staff signed in.
        places = {
            before.verifier_id: review_place(before.id),
            before.developer_id: f"/projects/{project.id}",
        }
        places.setdefault(before.decided_by, round_place(before.id))
        named = by_topic(request.operation_id, "countersignature-refused")
        return await tell(
            work,
            *(
                Message(NotificationKind.COUNTERSIGNATURE_REFUSED, sentence, place).to(
                    user_id, notification_id=named(user_id), at=self._clock.now()
                )
                for user_id, place in places.items()
                if user_id is not None
            ),
        )


async def ask_for_countersignature(
    work: UnitOfWork, approved: Verification, project: Project, operation_id: UUID
) -> tuple[UUID, ...]:
    """Tell the second persons: all staff but who approved; that one too when there is nobody else."""
    message = Message(
        NotificationKind.COUNTERSIGNATURE_WANTED,
        f"“{isolated(project.title)}” was approved and waits for a second approval: countersign it, or refuse "
        "with a reason.",
        round_place(approved.id),
    )
    return await tell_staff(
        work,
        message,
        notification_id=by_topic(operation_id, "countersignature-wanted"),
        at=approved.updated_at,
        but_not=approved.decided_by,
    )


def _countersigned_sentence(
    approved: Verification, project: Project, quantified: QuantifiedRound | None
) -> str:
    """Public: also that more was approved than the project announced, or than was worked out."""
    why = above_words(approved, project, quantified)
    return f"A second pair of eyes approved{f': {why}' if why else ''}."
