"""Recording labels, confirming and withdrawing them."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from temporalio import activity

from activities import lookups
from activities.payloads import Payload, PersonalRequest
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from activities.run_once import run_once
from activities.standards.records import (
    RecordStep,
    SettleRecord,
    SourcePayload,
    leave_traces,
    require_document,
    settled,
)
from domain.accounts.roles import Account
from domain.standards.labels import CorsiaPhase, Label, LabelTerms, Scheme, record_label
from domain.standards.scheme_names import SCHEME_NAMES


class LabelPayload(Payload):
    scheme: Scheme
    valid_from: date
    valid_until: date | None = None
    vintage_from: int | None = None
    vintage_to: int | None = None
    identifier: str | None = None
    programme: str | None = None
    phase: CorsiaPhase | None = None
    goals: tuple[int, ...] = ()
    source: SourcePayload

    def terms(self) -> LabelTerms:
        return LabelTerms(**self.model_dump(exclude={"source"}))


class RecordLabel(PersonalRequest):
    """What is recorded is the stored request `label_id`."""

    label_id: UUID
    project_id: UUID
    actor_id: UUID


class LabelActivities:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @activity.defn
    async def record_label(self, request: RecordLabel) -> RecordStep:
        """Record a label for another of staff to confirm (domain.standards.labels)."""

        async def record() -> RecordStep:
            now = self._clock.now()
            body = await lookups.stored_request(work, request.label_id)
            asked = LabelPayload.model_validate(body)
            actor = await lookups.account(work, request.actor_id)
            project = await lookups.project(work, request.project_id)
            label = record_label(
                request.label_id,
                project.id,
                asked.terms(),
                asked.source.source(),
                actor=actor,
                at=now,
            )
            await require_document(work, label.source, project.id)
            await work.standards.labels.add(label)
            return await _step(work, label, None, request.label_id, actor)

        async with self._database.transaction() as work:
            return await run_once(work, f"record-label/{request.label_id}", RecordStep, record)

    @activity.defn
    async def settle_label(self, request: SettleRecord) -> RecordStep:
        """Confirm or withdraw a label."""

        async def settle() -> RecordStep:
            now = self._clock.now()
            actor = await lookups.account(work, request.actor_id)
            before = lookups.found(await work.standards.labels.lock(request.record_id), "label")
            record = await settled(work, request, before.record, actor=actor, at=now)
            after = replace(before, record=record)
            await work.standards.labels.save(after)
            return await _step(work, after, before, request.operation_id, actor)

        async with self._database.transaction() as work:
            return await run_once(work, f"settle-label/{request.operation_id}", RecordStep, settle)


async def _step(
    work: UnitOfWork, label: Label, before: Label | None, operation_id: UUID, actor: Account
) -> RecordStep:
    record = label.record
    told = await leave_traces(
        work,
        "standard_label",
        label.id,
        label.project_id,
        record,
        before=None if before is None else {"status": before.record.status.value},
        after=_facts(label),
        title=SCHEME_NAMES[label.terms.scheme].name,
        operation_id=operation_id,
        actor=actor,
        at=record.withdrawn_at or record.confirmed_at or record.recorded_at,
    )
    return RecordStep(record_id=label.id, status=record.status, notification_ids=told)


def _facts(label: Label) -> dict[str, Any]:
    terms = label.terms
    return {
        "scheme": terms.scheme.value,
        "phase": terms.phase.value if terms.phase else None,
        "goals": list(terms.goals),
        "vintageFrom": terms.vintage_from,
        "vintageTo": terms.vintage_to,
        "validFrom": terms.valid_from.isoformat(),
        "validUntil": terms.valid_until.isoformat() if terms.valid_until else None,
    }
