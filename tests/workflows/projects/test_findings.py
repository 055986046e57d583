"""The supplier's clock: one for each finding, from the last thing the verifier said."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from activities.projects.findings import FindingStep, RaiseFinding, WriteInFinding
from activities.projects.verification import Decision
from domain.projects.findings import FindingAct
from tests.workflows.conftest import Stage, keep_history, verification_of
from workflows.projects.verification import VerificationWorkflow

Round = WorkflowHandle[VerificationWorkflow, Any]
ANSWER = timedelta(hours=12)
"""Two of them pass before the review is overdue."""


async def raise_finding(handle: Round) -> FindingStep:
    request = RaiseFinding(
        finding_id=uuid4(), verification_id=verification_of(handle), actor_id=uuid4()
    )
    return await handle.execute_update(VerificationWorkflow.raise_finding, request)


async def write(handle: Round, act: FindingAct, finding_id: UUID) -> None:
    request = WriteInFinding(message_id=uuid4(), finding_id=finding_id, actor_id=uuid4(), act=act)
    await handle.execute_update(VerificationWorkflow.write_in_finding, request)


async def test_a_finding_is_answered_late_and_the_clock_begins_anew_when_it_is_reopened(
    stage: Stage,
) -> None:
    handle = await stage.register(answer_deadline=ANSWER)
    await stage.assign(handle)
    late, other = await raise_finding(handle), await raise_finding(handle)
    await write(handle, FindingAct.REPLY, other.finding_id)

    await stage.env.fast_forward(handle, ANSWER + ANSWER / 2)
    reminded = list(stage.findings.noted)
    await stage.env.fast_forward(handle, ANSWER)
    escalated = list(stage.findings.noted)
    for act in (FindingAct.REPLY, FindingAct.CLOSE, FindingAct.REOPEN):
        await write(handle, act, late.finding_id)
    await stage.env.fast_forward(handle, ANSWER + ANSWER / 2)
    reopened = list(stage.findings.noted)
    await stage.decide(handle, Decision.REJECT)
    await handle.result()

    assert reminded == [(0, False)]
    assert escalated == [(0, False), (0, True)]
    assert reopened == [(0, False), (0, True), (3, False)]
    assert stage.registry.mailed.count(stage.findings.notification_id) == 3
    assert stage.registry.deadlines == []
    await keep_history(handle, "verification-findings")


async def test_nothing_is_said_in_a_decided_round_and_its_clocks_have_stopped(
    stage: Stage,
) -> None:
    handle = await stage.register(answer_deadline=ANSWER)
    await stage.assign(handle)
    raised = await raise_finding(handle)
    await stage.decide(handle, Decision.APPROVE, needs_countersignature=True)

    causes = []
    for said in (write(handle, FindingAct.REOPEN, raised.finding_id), raise_finding(handle)):
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await said
        causes.append(refused.value.cause)
    await stage.env.fast_forward(handle, 3 * ANSWER)

    assert [cause.type for cause in causes if isinstance(cause, ApplicationError)] == [
        "AlreadyDecided",
        "AlreadyDecided",
    ]
    assert stage.findings.noted == []
