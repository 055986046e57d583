"""Kept answers are forgotten on a schedule."""

from uuid import uuid4

from activities.answers import AnswersForgotten
from tests.workflows.conftest import Stage, keep_history
from workflows import answers, policies
from workflows.answers import AnswersWorkflow


async def test_a_run_tells_how_many_it_forgot(stage: Stage) -> None:
    handle = await stage.client.start_workflow(
        AnswersWorkflow.run,
        id=f"{answers.WORKFLOW_ID}/{uuid4()}",
        task_queue=policies.REGISTRY_QUEUE,
    )
    stage.opened.append(handle)

    assert await handle.result() == AnswersForgotten(answers=2)
    await keep_history(handle, "answers-forgotten")
