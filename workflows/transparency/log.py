"""Each minute what was committed becomes leaves of the transparency log, and a checkpoint is published."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import VersioningBehavior

with workflow.unsafe.imports_passed_through():
    from activities.payloads import Payload
    from activities.transparency.log import (
        CosignCheckpoint,
        GrowLog,
        PublishCheckpoint,
        TransparencyActivities,
    )
    from workflows import policies
    from workflows.scheduled_runs import tell_found

SCHEDULE_ID = "transparency-log"
EVERY = timedelta(minutes=1)


class TransparencyLogState(Payload):
    """`size` is that of the newest checkpoint; `witnesses` by name who signed it."""

    size: int
    witnesses: tuple[str, ...] = ()


@workflow.defn(
    # It lasts seconds and finishes on the version it began with (ADR 0009).
    versioning_behavior=VersioningBehavior.PINNED,
)
class TransparencyLogWorkflow:
    @workflow.run
    async def run(self) -> TransparencyLogState:
        grown = await workflow.execute_activity_method(
            TransparencyActivities.grow_log, GrowLog(), **policies.TRANSPARENCY
        )
        grew = grown.size > grown.published
        tell_found(grew, f"Leaves: {grown.size}")
        if grew:
            await workflow.execute_activity_method(
                TransparencyActivities.publish_checkpoint,
                PublishCheckpoint(),
                **policies.TRANSPARENCY,
            )
        # Without witnesses nothing is missing, before and after.
        if grown.is_cosigned and not grew:
            return TransparencyLogState(size=grown.size)
        cosigned = await workflow.execute_activity_method(
            TransparencyActivities.cosign_checkpoint, CosignCheckpoint(), **policies.TRANSPARENCY
        )
        return TransparencyLogState(size=cosigned.size, witnesses=cosigned.witnesses)
