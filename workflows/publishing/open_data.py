"""Publishing the open data: daily by schedule, or at once when staff ask for it."""

from datetime import timedelta
from uuid import UUID

import pydantic
from temporalio import workflow
from temporalio.common import VersioningBehavior

with workflow.unsafe.imports_passed_through():
    from activities.payloads import PersonalRequest
    from activities.publishing.open_data import ExportActivities, ExportPublished, PublishExport
    from workflows import policies

SCHEDULE_ID = "export"
EVERY = timedelta(days=1)


def workflow_id(export_id: UUID) -> str:
    return f"export/{export_id}"


class ExportStart(PersonalRequest):
    """The schedule names neither: each of its runs makes an export of its own."""

    export_id: UUID | None = None
    actor_id: UUID | None = None


@workflow.defn(
    # It lasts minutes and finishes on the version it began with (ADR 0009).
    versioning_behavior=VersioningBehavior.PINNED,
    failure_exception_types=[pydantic.ValidationError],
)
class ExportWorkflow:
    @workflow.init
    def __init__(self, start: ExportStart) -> None:  # noqa: ARG002 -- it must have run's signature
        self._published: ExportPublished | None = None

    @workflow.run
    async def run(self, start: ExportStart) -> ExportPublished:
        request = PublishExport(
            export_id=start.export_id or workflow.uuid4(),
            actor_id=start.actor_id,
            asked_from=start.asked_from,
        )
        published = self._published = await workflow.execute_activity_method(
            ExportActivities.publish_export, request, **policies.EXPORT
        )
        await workflow.wait_condition(workflow.all_handlers_finished)
        return published

    @workflow.update
    async def published(self) -> ExportPublished:
        """Wait for the manifest."""
        await workflow.wait_condition(lambda: self._published is not None)
        if self._published is None:
            raise RuntimeError("the condition was just waited for")
        return self._published
