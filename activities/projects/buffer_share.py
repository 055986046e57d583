"""What of a project's issuances goes into the buffer: as staff rate it, or as its type says."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from temporalio import activity

from activities import lookups
from activities.audit_and_notify import audit
from activities.payloads import Payload
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from activities.run_once import run_once
from domain.projects.buffer_share import BufferShare, ReversalRisk, default_share, rate
from domain.projects.projects import Project


class BufferSharePayload(Payload):
    """Why, in the words of staff; public."""

    reason: str


class SetBufferShare(Payload):
    """The reason is the stored request `operation_id`; `percent` None follows the registry's table."""

    operation_id: UUID
    project_id: UUID
    reversal_risk: ReversalRisk
    percent: Decimal | None
    actor_id: UUID


class BufferShareSet(Payload):
    project_id: UUID
    percent: Decimal


class BufferShareActivities:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @activity.defn
    async def set_buffer_share(self, request: SetBufferShare) -> BufferShareSet:
        """Rate a pending project's risk of reversal (domain.projects.buffer_share.rate)."""
        async with self._database.transaction() as work:
            return await run_once(
                work,
                f"set-buffer-share/{request.operation_id}",
                BufferShareSet,
                lambda: self._set(work, request),
            )

    async def _set(self, work: UnitOfWork, request: SetBufferShare) -> BufferShareSet:
        now = self._clock.now()
        body = await lookups.stored_request(work, request.operation_id)
        actor = await lookups.account(work, request.actor_id)
        project = lookups.found(await work.projects.projects.lock(request.project_id), "project")
        before = await work.projects.buffer_shares.get(project.id)
        after = rate(
            project,
            request.reversal_risk,
            request.percent,
            actor=actor,
            reason=BufferSharePayload.model_validate(body).reason,
            at=now,
            before=before,
        )
        await write_buffer_share(work, before, after)
        return BufferShareSet(project_id=project.id, percent=after.percent)


async def fix_buffer_share(work: UnitOfWork, project: Project, *, at: datetime) -> None:
    """At the approval: where nobody rated the project, its type decides; from then on it stays."""
    if await work.projects.buffer_shares.get(project.id) is None:
        await write_buffer_share(work, None, default_share(project, at=at))


async def write_buffer_share(
    work: UnitOfWork, before: BufferShare | None, after: BufferShare
) -> None:
    """Save what the issuance reads, with its audit entry."""
    await work.projects.buffer_shares.save(after)
    audit(
        work,
        "buffer_share.set",
        ("project", after.project_id),
        actor_id=after.decided_by,
        before=_audited(before) if before else None,
        after=_audited(after),
        at=after.decided_at,
    )


def _audited(share: BufferShare) -> dict[str, str]:
    return {"reversalRisk": share.reversal_risk.value, "percent": f"{share.percent:f}"}
