"""Resuming a parked chain record: back into the queue, with its audit entry."""

from uuid import UUID

from temporalio import activity

from activities import lookups
from activities.audit_and_notify import audit
from activities.payloads import Payload, PersonalRequest
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from activities.run_once import run_once
from domain.chain.resumption import resume


class ResumptionPayload(Payload):
    """What staff wrote of it; it stands in the audit log, so it names no person."""

    reason: str


class ResumeRecord(PersonalRequest):
    """The stored request is `operation_id`."""

    operation_id: UUID
    record_id: UUID
    actor_id: UUID


class RecordResumed(Payload):
    record_id: UUID


class ResumptionActivities:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @activity.defn
    async def resume_record(self, request: ResumeRecord) -> RecordResumed:
        """Put a parked record back into the queue (domain.chain.resumption.resume)."""
        async with self._database.transaction() as work:
            return await run_once(
                work,
                f"resume-record/{request.operation_id}",
                RecordResumed,
                lambda: self._resume(work, request),
            )

    async def _resume(self, work: UnitOfWork, request: ResumeRecord) -> RecordResumed:
        at = self._clock.now()
        actor = await lookups.account(work, request.actor_id)
        body = await lookups.stored_request(work, request.operation_id)
        reason = ResumptionPayload.model_validate(body).reason
        before = lookups.found(
            await work.chain.queue_entries.lock(request.record_id), "chain record"
        )
        after = resume(before, actor=actor, at=at)
        await work.chain.queue_entries.save(after)
        audit(
            work,
            "chain.record_resumed",
            ("chain_record", request.record_id),
            actor_id=request.actor_id,
            before={"status": before.status.value, "parkReason": before.park_reason},
            after={"status": after.status.value, "reason": reason},
            at=at,
        )
        return RecordResumed(record_id=request.record_id)
