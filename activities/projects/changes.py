"""A supplier's changes: other facts of a project, and a round that is withdrawn (ADR 0090)."""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from temporalio import activity

from activities import lookups
from activities.audit_and_notify import Message, audit, by_topic, tell, tell_staff
from activities.payloads import Payload, PersonalRequest
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from activities.projects.duplicates import find_duplicates, tell_of_duplicates
from activities.projects.verification_steps import (
    VerificationStep,
    as_step,
    audit_step,
    decided_subject,
    put_on_timeline,
)
from activities.run_once import run_once
from domain.accounts.notifications import VERIFIERS_PLACE, NotificationKind
from domain.identifiers import derived_id
from domain.projects.assurance.methodologies import change_methodology
from domain.projects.changes.project_changes import (
    AskedChanges,
    FactChange,
    ProjectChange,
    change_project,
    differences,
)
from domain.projects.changes.withdrawal import withdraw
from domain.projects.projects import Coordinates, Project, ProjectStatus, ProjectType, settle_status
from domain.projects.verification import EventType, Verification
from domain.publishing import events
from domain.publishing.events import EventName
from domain.visible_text import isolated

METHODOLOGY = "methodologyVersionId"
LOOKED_FOR_BY = frozenset({"title", "type", "coordinates", "startDate"})
"""The facts by which likely duplicates are found."""


class ProjectChangesPayload(Payload):
    """What a supplier asks to change (domain.projects.changes); target in units of 0.01 t CO2e."""

    title: str | None = None
    type: ProjectType | None = None
    description: str | None = None
    location: str | None = None
    country: str | None = None
    latitude: str | None = None
    longitude: str | None = None
    emissions_target_units: int | None = None
    start_date: date | None = None
    crediting_period_ends: date | None = None
    without_crediting_period_end: bool = False
    methodology_version_id: UUID | None = None
    without_methodology: bool = False

    def methodology_for(self, verification: Verification) -> UUID | None:
        """By what the round is verified when this is done."""
        if self.without_methodology:
            return None
        return self.methodology_version_id or verification.methodology_version_id

    def asked(self) -> AskedChanges:
        place = None
        if self.latitude is not None and self.longitude is not None:
            place = Coordinates(self.latitude, self.longitude)
        return AskedChanges(
            title=self.title,
            type=self.type,
            description=self.description,
            location=self.location,
            country=self.country,
            coordinates=place,
            emissions_target_units=self.emissions_target_units,
            start_date=self.start_date,
            crediting_period_ends=self.crediting_period_ends,
            without_crediting_period_end=self.without_crediting_period_end,
        )


class ChangeProject(PersonalRequest):
    """What is asked for is the stored request `operation_id`; `verification_id` is the round that is open."""

    operation_id: UUID
    project_id: UUID
    verification_id: UUID
    actor_id: UUID


class ProjectChanged(Payload):
    """`change` is its number; None: nothing became other. `notification_ids` are to be mailed."""

    change: int | None = None
    notification_ids: tuple[UUID, ...] = ()


class WithdrawalPayload(Payload):
    """Why a supplier withdraws a round; for those who work on the project."""

    note: str


class WithdrawRound(PersonalRequest):
    """The note is the stored request `operation_id`."""

    operation_id: UUID
    verification_id: UUID
    actor_id: UUID


class ChangeActivities:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @activity.defn
    async def change_project(self, request: ChangeProject) -> ProjectChanged:
        """
        Change facts of a project (domain.projects.changes.project_changes); the former ones stay to be read.

        Its verifier is told, and staff where it looks like another project now. Verification and project
        are held until the commit: an approval at the same moment is of the facts before, or after.
        """
        async with self._database.transaction() as work:
            return await run_once(
                work,
                f"change-project/{request.operation_id}",
                ProjectChanged,
                lambda: self._change(work, request),
            )

    @activity.defn
    async def withdraw_round(self, request: WithdrawRound) -> VerificationStep:
        """
        End a round for its supplier (domain.projects.changes.withdrawal); its verifier and staff are told.

        The verification is held until the commit: of a withdrawal and a decision at once, one happens.
        """
        async with self._database.transaction() as work:
            return await run_once(
                work,
                f"withdraw-round/{request.operation_id}",
                VerificationStep,
                lambda: self._withdraw(work, request),
            )

    async def _change(self, work: UnitOfWork, request: ChangeProject) -> ProjectChanged:
        now = self._clock.now()
        verification = await lookups.locked_verification(work, request.verification_id)
        before = await lookups.locked_project(work, request.project_id)
        first = lookups.found(
            await work.projects.verifications.for_project(before.id), "verification"
        )
        actor = await lookups.account(work, request.actor_id)
        body = await lookups.stored_request(work, request.operation_id)
        payload = ProjectChangesPayload.model_validate(body)
        after = change_project(before, first, payload.asked(), actor=actor, at=now)
        facts = differences(before, after)
        methodology = await lookups.chosen_methodology(work, payload.methodology_for(verification))
        with_methodology = change_methodology(verification, methodology, after, at=now)
        if with_methodology != verification:
            facts[METHODOLOGY] = FactChange(
                _text(verification.methodology_version_id),
                _text(with_methodology.methodology_version_id),
            )
            await work.projects.verifications.save(with_methodology)
        if not facts:
            return ProjectChanged()
        change = ProjectChange(
            id=request.operation_id,
            project_id=before.id,
            verification_id=verification.id,
            number=len(await work.projects.changes.of(before.id)) + 1,
            changed_by=actor.id,
            changed_at=now,
            changes=facts,
        )
        await work.projects.projects.save(after)
        await work.projects.changes.add(change)
        named = ", ".join(change.facts)
        await put_on_timeline(
            work,
            verification,
            EventType.PROJECT_CHANGED,
            actor.id,
            f"The supplier changed the project: {named}.",
            at=now,
            event_id=derived_id(request.operation_id, "timeline"),
        )
        await work.publishing.outbox.add(events.project_changed(change))
        audit(
            work,
            "project.changed",
            ("project", before.id),
            action="change",
            actor_id=actor.id,
            before={name: _audited(name, fact.before) for name, fact in facts.items()},
            after={name: _audited(name, fact.after) for name, fact in facts.items()},
            at=now,
        )
        told = await self._tell_of_change(work, change, after, verification.verifier_id)
        told += await self._tell_of_duplicates(work, after, facts, now)
        return ProjectChanged(change=change.number, notification_ids=told)

    async def _tell_of_change(
        self, work: UnitOfWork, change: ProjectChange, project: Project, verifier_id: UUID | None
    ) -> tuple[UUID, ...]:
        if verifier_id is None:
            return ()
        message = Message(
            NotificationKind.PROJECT_CHANGED,
            f"“{isolated(project.title)}”: its supplier changed the {', '.join(change.facts)}.",
            VERIFIERS_PLACE,
        )
        notification_id = derived_id(change.id, "notification")
        return await tell(
            work, message.to(verifier_id, notification_id=notification_id, at=change.changed_at)
        )

    @staticmethod
    async def _tell_of_duplicates(
        work: UnitOfWork, project: Project, facts: Mapping[str, FactChange], at: datetime
    ) -> tuple[UUID, ...]:
        """Of those that it did not look like before; what was found once stays."""
        if LOOKED_FOR_BY.isdisjoint(facts):
            return ()
        known = {one.other_project_id for one in await work.projects.duplicates.of(project.id)}
        found = await find_duplicates(work, project, at=at)
        new = [one for one in found if one.other_project_id not in known]
        return await tell_of_duplicates(work, project, new, at=at)

    async def _withdraw(self, work: UnitOfWork, request: WithdrawRound) -> VerificationStep:
        now = self._clock.now()
        before = await lookups.locked_verification(work, request.verification_id)
        project = await lookups.locked_project(work, before.project_id)
        actor = await lookups.account(work, request.actor_id)
        body = await lookups.stored_request(work, request.operation_id)
        note = WithdrawalPayload.model_validate(body).note
        after = withdraw(before, project, note, actor=actor, at=now)
        await work.projects.verifications.save(after)
        if after.monitoring_period is None:
            await work.projects.projects.save(
                settle_status(project, ProjectStatus.WITHDRAWN, at=now)
            )
        # The note is for those who work on the project; the timeline is public.
        await put_on_timeline(
            work,
            after,
            EventType.WITHDRAWN,
            actor.id,
            f"{decided_subject(after)} was withdrawn by its supplier.",
            at=now,
        )
        await work.publishing.outbox.add(
            events.verification_step(EventName.VERIFICATION_WITHDRAWN, after)
        )
        audit_step(work, before, after, actor.id, "verification.withdrawn", at=now)
        return as_step(after, await self._tell_of_withdrawal(work, request, after, project))

    async def _tell_of_withdrawal(
        self, work: UnitOfWork, request: WithdrawRound, withdrawn: Verification, project: Project
    ) -> tuple[UUID, ...]:
        now = self._clock.now()
        sentence = (
            f"“{isolated(project.title)}”: its supplier withdrew {withdrawn.subject}; nothing is to be decided "
            "any more."
        )
        named = by_topic(request.operation_id, "withdrawn")
        told: tuple[UUID, ...] = ()
        if withdrawn.verifier_id is not None:
            message = Message(NotificationKind.ROUND_WITHDRAWN, sentence, VERIFIERS_PLACE)
            told = await tell(
                work,
                message.to(
                    withdrawn.verifier_id,
                    notification_id=named(withdrawn.verifier_id),
                    at=now,
                ),
            )
        place = f"/projects/{project.id}"
        staff = Message(NotificationKind.ROUND_WITHDRAWN, sentence, place)
        return told + await tell_staff(work, staff, notification_id=named, at=now)


def _text(identifier: UUID | None) -> str | None:
    return None if identifier is None else str(identifier)


def _audited(name: str, value: Any) -> Any:
    """Long texts stand in the project's changes; here stands their SHA-256."""
    if name != "description":
        return value
    return {"sha256": hashlib.sha256(str(value).encode()).hexdigest()}
