"""A file that came in is read, then settled, and its sender is told by mail."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from temporalio.client import WithStartWorkflowOperation, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy

from activities.ingestion.follow_up import ActOnIssues
from activities.ingestion.submissions import SubmissionFinished
from domain.ingestion.follow_up.groups import IssueAct
from tests.workflows.conftest import Stage, keep_history
from workflows import policies
from workflows.ingestion import issues, submissions
from workflows.ingestion.issues import IngestionIssuesWorkflow, IssuesState
from workflows.ingestion.submissions import IngestionStart, IngestionWorkflow


async def test_who_sends_a_file_in_hears_what_became_of_it(stage: Stage) -> None:
    ingestion_id = uuid4()
    workflow_id = submissions.workflow_id(ingestion_id)
    start = WithStartWorkflowOperation(
        IngestionWorkflow.run,
        IngestionStart(ingestion_id=ingestion_id),
        id=workflow_id,
        task_queue=policies.REGISTRY_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
    handle: WorkflowHandle[Any, SubmissionFinished] = stage.client.get_workflow_handle(
        workflow_id, result_type=SubmissionFinished
    )
    stage.opened.append(handle)

    finished = await stage.client.execute_update_with_start_workflow(
        IngestionWorkflow.finished, start_workflow_operation=start
    )

    assert finished.status == "accepted"
    assert await handle.result() == finished
    assert stage.registry.mailed == list(finished.notification_ids)
    await keep_history(handle, "ingestion-accepted")


async def followed_up(stage: Stage) -> tuple[UUID, WorkflowHandle[Any, IssuesState]]:
    """A file with errors came in; its issues wait for people."""
    ingestion_id = uuid4()
    stage.registry.file_finished = SubmissionFinished(status="refused", open_errors=1)
    await stage.client.execute_workflow(
        IngestionWorkflow.run,
        IngestionStart(
            ingestion_id=ingestion_id, answer_after_seconds=timedelta(days=3).total_seconds()
        ),
        id=submissions.workflow_id(ingestion_id),
        task_queue=policies.REGISTRY_QUEUE,
    )
    handle: WorkflowHandle[Any, IssuesState] = stage.client.get_workflow_handle(
        issues.workflow_id(ingestion_id), result_type=IssuesState
    )
    stage.opened.append(handle)
    return ingestion_id, handle


def act(ingestion_id: UUID, what: IssueAct) -> ActOnIssues:
    return ActOnIssues(
        message_id=uuid4(), ingestion_id=ingestion_id, number=1, actor_id=uuid4(), act=what
    )


async def test_errors_wait_until_two_people_have_waived_them(stage: Stage) -> None:
    ingestion_id, handle = await followed_up(stage)

    proposed = await handle.execute_update(
        IngestionIssuesWorkflow.act, act(ingestion_id, IssueAct.WAIVE)
    )
    assert proposed.open_errors == 1
    await handle.execute_update(
        IngestionIssuesWorkflow.act, act(ingestion_id, IssueAct.CONFIRM_WAIVER)
    )

    assert (await handle.result()).open_errors == 0
    called = stage.registry.calls
    assert (called["act_on_issues"], called["take_rest"], called["closed"]) == (2, 1, 1)
    await keep_history(handle, "issues-waived")


async def test_a_mended_file_ends_the_wait_for_the_former(stage: Stage) -> None:
    ingestion_id, handle = await followed_up(stage)
    stage.registry.file_finished = SubmissionFinished(
        status="accepted", predecessor_id=ingestion_id
    )
    mended = uuid4()

    await stage.client.execute_workflow(
        IngestionWorkflow.run,
        IngestionStart(ingestion_id=mended),
        id=submissions.workflow_id(mended),
        task_queue=policies.REGISTRY_QUEUE,
    )

    assert (await handle.result()).resubmitted
    assert (stage.registry.calls["closed"], stage.registry.calls["lapsed"]) == (1, 0)


async def test_nobody_acts_is_told_to_more_and_more_people_and_ends(stage: Stage) -> None:
    _, handle = await followed_up(stage)

    await stage.env.fast_forward(handle)
    await handle.result()

    called = stage.registry.calls
    assert (called["reminded"], called["escalated"], called["lapsed"]) == (
        *(1, issues.DEADLINES_MAX - 1, 1),
    )
