"""Kept answers are forgotten on a schedule."""

from uuid import uuid4

from activities.stored_responses import AnswersForgotten
from tests.workflows.conftest import Stage, keep_history
from workflows import policies, stored_responses
from workflows.stored_responses import AnswersWorkflow


async def test_a_run_tells_how_many_it_forgot(stage: Stage) -> None:
    handle = await stage.client.start_workflow(
        AnswersWorkflow.run,
        id=f"{stored_responses.WORKFLOW_ID}/{uuid4()}",
        task_queue=policies.REGISTRY_QUEUE,
    )
    stage.opened.append(handle)

    assert await handle.result() == AnswersForgotten(answers=2)
    await keep_history(handle, "answers-forgotten")
