"""
Folders of object storage are looked at by the clock, and at once when storage tells of something new (ADR 0119).

What storage tells is a signal without words: a look sees for itself what is there.
"""

from datetime import timedelta
from uuid import UUID

import pydantic
from temporalio import workflow
from temporalio.common import (
    SearchAttributePair,
    TypedSearchAttributes,
    VersioningBehavior,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import WorkflowAlreadyStartedError

with workflow.unsafe.imports_passed_through():
    from activities.ingestion.folders import FolderActivities, FoldersLooked, LookAtFolders
    from workflows import policies, signals_and_mail
    from workflows.ingestion.submissions import IngestionStart, IngestionWorkflow, workflow_id
    from workflows.scheduled_runs import tell_found

SCHEDULE_ID = "ingestion-folders"
TOLD_ID = "ingestion-folders-told"
"""Of the run that storage's events start, beside those of the schedule."""
EVERY = timedelta(minutes=5)
LOOKS_MAX = 50
"""Of one run, a hundred files of each folder at a time; the next run goes on."""


@workflow.defn(
    # It lasts minutes and finishes on the version it began with (ADR 0009).
    versioning_behavior=VersioningBehavior.PINNED,
    failure_exception_types=[pydantic.ValidationError],
)
class IngestionFoldersWorkflow:
    def __init__(self) -> None:
        self._is_told = False
        self._taken = 0
        self._refused = 0
        self._mailing = signals_and_mail.Mailing()

    @workflow.signal
    def told(self) -> None:
        """Storage has something new: a look that is under way may have passed it."""
        self._is_told = True

    @workflow.run
    async def run(self) -> FoldersLooked:
        for _ in range(LOOKS_MAX):
            self._is_told = False
            looked = await workflow.execute_activity_method(
                FolderActivities.look_at_folders, LookAtFolders(), **policies.READ_FILE
            )
            self._taken += looked.taken
            self._refused += looked.refused
            self._mailing.start(looked.notification_ids, policies.SHORT_MAIL)
            for ingestion_id in looked.to_read:
                await _start_reading(ingestion_id, looked.answer_after_seconds)
            if not looked.is_more and not self._is_told:
                break
        tell_found(
            bool(self._taken or self._refused),
            f"taken: {self._taken}",
            f"refused: {self._refused}",
        )
        await self._mailing.finish()
        return FoldersLooked(taken=self._taken, refused=self._refused)


async def _start_reading(ingestion_id: UUID, answer_after_seconds: float) -> None:
    """A run of its own, as every file has, which this one does not wait for."""
    try:
        await workflow.start_child_workflow(
            IngestionWorkflow.run,
            IngestionStart(ingestion_id=ingestion_id, answer_after_seconds=answer_after_seconds),
            id=workflow_id(ingestion_id),
            task_queue=policies.REGISTRY_QUEUE,
            parent_close_policy=workflow.ParentClosePolicy.ABANDON,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
            static_summary="Reads a file that came in",
            search_attributes=TypedSearchAttributes(
                [
                    SearchAttributePair(policies.KIND, "ingestion"),
                    SearchAttributePair(policies.STATUS, "reading"),
                    SearchAttributePair(policies.WAITING_SINCE, workflow.now()),
                ]
            ),
        )
    except WorkflowAlreadyStartedError:
        workflow.logger.info("Somebody reads this file already.")
