"""The audit log is anchored on the chain once a day."""

from datetime import timedelta

import pydantic
from temporalio import workflow
from temporalio.common import VersioningBehavior

with workflow.unsafe.imports_passed_through():
    from activities.audit.anchor import AnchorAuditLog, AuditActivities
    from activities.payloads import Payload
    from workflows import policies, signals_and_mail
    from workflows.scheduled_runs import tell_found

SCHEDULE_ID = "audit-anchor"
WORKFLOW_ID = "audit-anchor"
EVERY = timedelta(days=1)
WAITS_AT_MOST = timedelta(hours=23)
"""An anchor that is parked must not keep the next day's from being made."""


class AuditAnchorStart(Payload):
    wallet_workflow_id: str


class AuditAnchorState(Payload):
    """`seq` is the entry that the newest anchor names; `queued` whether this run made it."""

    seq: int
    queued: bool
    confirmed: bool


@workflow.defn(
    # It lasts minutes and finishes on the version it began with (ADR 0009).
    versioning_behavior=VersioningBehavior.PINNED,
    failure_exception_types=[pydantic.ValidationError],
)
class AuditAnchorWorkflow:
    @workflow.init
    def __init__(self, start: AuditAnchorStart) -> None:  # noqa: ARG002 -- it must have run's signature
        self._confirmed = False

    @workflow.run
    async def run(self, start: AuditAnchorStart) -> AuditAnchorState:
        anchored = await workflow.execute_activity_method(
            AuditActivities.anchor_audit_log,
            AnchorAuditLog(
                anchor_id=workflow.uuid4(), waiting_workflow_id=workflow.info().workflow_id
            ),
            **policies.DATABASE,
        )
        queued = anchored.record_id is not None
        tell_found(queued)
        if queued:
            await signals_and_mail.wake_wallet(start.wallet_workflow_id)
            await self._wait()
        return AuditAnchorState(seq=anchored.seq, queued=queued, confirmed=self._confirmed)

    @workflow.signal
    def record_confirmed(self, notice: signals_and_mail.RecordConfirmed) -> None:  # noqa: ARG002 -- one record only
        self._confirmed = True

    async def _wait(self) -> None:
        try:
            await workflow.wait_condition(lambda: self._confirmed, timeout=WAITS_AT_MOST)
        except TimeoutError:
            workflow.logger.warning(
                "The audit log's anchor is not confirmed after %s", WAITS_AT_MOST
            )
