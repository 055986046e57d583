"""The life of a verification, with people and machines played by the test."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from temporalio.api.enums.v1 import EventType as HistoryEventType
from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError
from temporalio.exceptions import ActivityError, ApplicationError
from temporalio.service import RPCError

from activities.projects.changes import ChangeProject, WithdrawRound
from activities.projects.countersignature import Countersign, RefuseCountersignature
from activities.projects.documents import CompleteDocument
from activities.projects.verification import Decision
from domain.errors import TooFewDocuments
from domain.projects.verification import EventType, VerificationStatus
from tests.workflows.conftest import DEADLINE, Stage, keep_history, verification_of
from tests.workflows.forever import until
from workflows import policies
from workflows.projects.verification import VerificationStage as Step
from workflows.projects.verification import VerificationState, VerificationWorkflow


async def test_an_approved_project_gets_its_credits_and_a_place_on_the_chain(stage: Stage) -> None:
    handle = await stage.register()
    await stage.assign(handle)

    await stage.decide(handle, Decision.APPROVE)
    await _reach(handle, Step.WAITING_FOR_CHAIN)
    await stage.confirm_record(handle)

    assert await handle.result() == VerificationState(
        stage=Step.DONE,
        status=VerificationStatus.APPROVED,
        serial="KRB-2025-001-000001",
        record_confirmed=True,
    )
    assert stage.registry.calls["issue_credits"] == 1
    assert stage.registry.mailed == [stage.registry.notification_id]
    await keep_history(handle, "verification-approved")


async def test_a_rejected_project_gets_none(stage: Stage) -> None:
    handle = await stage.register()
    await stage.assign(handle)

    await stage.decide(handle, Decision.REJECT)

    assert await handle.result() == VerificationState(
        stage=Step.DONE, status=VerificationStatus.REJECTED
    )
    assert stage.registry.calls["issue_credits"] == 0
    await keep_history(handle, "verification-rejected")


async def test_staff_are_reminded_and_then_it_escalates_when_nobody_assigns_a_verifier(
    stage: Stage,
) -> None:
    handle = await stage.register()

    await stage.env.fast_forward(handle, DEADLINE + DEADLINE / 2)
    after_one_deadline = list(stage.registry.deadlines)
    await stage.env.fast_forward(handle, DEADLINE)
    await stage.assign(handle)
    await stage.decide(handle, Decision.REJECT)
    await handle.result()

    assert after_one_deadline == [EventType.ASSIGNMENT_OVERDUE]
    assert stage.registry.deadlines == [EventType.ASSIGNMENT_OVERDUE, EventType.ESCALATED]
    await keep_history(handle, "verification-overdue")


async def test_a_second_decision_is_refused_before_it_leaves_a_trace_in_the_history(
    stage: Stage,
) -> None:
    handle = await stage.register()
    await stage.assign(handle)
    await stage.decide(handle, Decision.APPROVE)
    await _reach(handle, Step.WAITING_FOR_CHAIN)
    accepted_before = await _accepted_updates(handle)

    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await stage.decide(handle, Decision.REJECT)

    assert isinstance(refused.value.cause, ApplicationError)
    assert refused.value.cause.type == "AlreadyDecided"
    assert stage.registry.calls["record_decision"] == 1
    # Signals and workflow tasks of other causes may come meanwhile; an accepted update may not.
    assert await _accepted_updates(handle) == accepted_before


async def test_no_document_is_added_to_a_decided_verification(stage: Stage) -> None:
    handle = await stage.register()
    await stage.assign(handle)
    await stage.decide(handle, Decision.APPROVE)

    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await handle.execute_update(
            VerificationWorkflow.complete_document,
            CompleteDocument(document_id=uuid4(), account_id=uuid4()),
        )

    assert isinstance(refused.value.cause, ApplicationError)
    assert refused.value.cause.type == "AlreadyDecided"


async def test_a_refused_decision_tells_the_caller_why_and_leaves_the_review_open(
    stage: Stage,
) -> None:
    handle = await stage.register()
    await stage.assign(handle)
    stage.registry.refusals["record_decision"] = TooFewDocuments("There are two documents.")

    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await stage.decide(handle, Decision.APPROVE)
    state = await handle.query(VerificationWorkflow.state)
    del stage.registry.refusals["record_decision"]
    await stage.decide(handle, Decision.APPROVE)

    assert isinstance(refused.value.cause, ActivityError)
    reason = refused.value.cause.cause
    assert isinstance(reason, ApplicationError)
    assert (reason.type, reason.message) == ("TooFewDocuments", "There are two documents.")
    assert state == VerificationState(stage=Step.IN_REVIEW, status=VerificationStatus.IN_REVIEW)


async def test_credits_wait_for_the_second_pair_of_eyes_where_it_is_required(stage: Stage) -> None:
    handle = await stage.register()
    await stage.assign(handle)
    await stage.decide(handle, Decision.APPROVE, needs_countersignature=True)
    await _reach(handle, Step.WAITING_FOR_COUNTERSIGNATURE)
    issued_before = stage.registry.calls["issue_credits"]

    await _countersign(handle)
    await _reach(handle, Step.WAITING_FOR_CHAIN)
    await stage.confirm_record(handle)
    await handle.result()

    assert issued_before == 0
    assert stage.registry.calls["issue_credits"] == 1
    await keep_history(handle, "verification-countersigned")


async def test_a_countersignature_has_a_clock_and_the_second_person_is_reminded(
    stage: Stage,
) -> None:
    handle = await stage.register()
    await stage.assign(handle)
    await stage.decide(handle, Decision.APPROVE, needs_countersignature=True)
    await _reach(handle, Step.WAITING_FOR_COUNTERSIGNATURE)

    await stage.env.fast_forward(handle, DEADLINE + DEADLINE / 2)
    after_one_deadline = list(stage.registry.deadlines)
    await stage.env.fast_forward(handle, DEADLINE)
    await _countersign(handle)
    await _reach(handle, Step.WAITING_FOR_CHAIN)
    await stage.confirm_record(handle)
    await handle.result()

    assert after_one_deadline == [EventType.COUNTERSIGNATURE_OVERDUE]
    assert stage.registry.deadlines == [EventType.COUNTERSIGNATURE_OVERDUE, EventType.ESCALATED]
    assert stage.registry.waits == [2, 2]
    assert stage.registry.mailed.count(stage.registry.notification_id) == 2
    await keep_history(handle, "verification-countersignature-overdue")


async def test_a_refused_countersignature_begins_the_review_again_with_its_deadline(
    stage: Stage,
) -> None:
    handle = await stage.register()
    await stage.assign(handle)
    await stage.decide(handle, Decision.APPROVE, needs_countersignature=True)
    await _reach(handle, Step.WAITING_FOR_COUNTERSIGNATURE)

    await handle.execute_update(
        VerificationWorkflow.refuse_countersignature,
        RefuseCountersignature(
            operation_id=uuid4(), verification_id=verification_of(handle), actor_id=uuid4()
        ),
    )
    refused = await handle.query(VerificationWorkflow.state)
    await stage.env.fast_forward(handle, DEADLINE + DEADLINE / 2)
    await stage.decide(handle, Decision.APPROVE)
    await _reach(handle, Step.WAITING_FOR_CHAIN)
    await stage.confirm_record(handle)
    await handle.result()

    assert refused == VerificationState(stage=Step.IN_REVIEW, status=VerificationStatus.IN_REVIEW)
    assert stage.registry.deadlines == [EventType.REVIEW_OVERDUE]
    assert stage.registry.calls["issue_credits"] == 1
    await keep_history(handle, "verification-countersignature-refused")


async def test_the_deadline_of_a_review_begins_anew_with_another_verifier(stage: Stage) -> None:
    handle = await stage.register()
    await stage.assign(handle)
    await stage.env.fast_forward(handle, DEADLINE - DEADLINE / 4)

    await stage.assign(handle)
    await stage.env.fast_forward(handle, DEADLINE / 2)
    meanwhile = list(stage.registry.deadlines)
    await stage.env.fast_forward(handle, DEADLINE)
    await stage.decide(handle, Decision.REJECT)
    await handle.result()

    assert meanwhile == []
    assert stage.registry.deadlines == [EventType.REVIEW_OVERDUE]
    await keep_history(handle, "verification-verifier-replaced")


async def test_a_round_that_is_changed_and_withdrawn_ends_as_withdrawn_and_decides_nothing(
    stage: Stage,
) -> None:
    handle = await stage.register()
    request = ChangeProject(
        operation_id=uuid4(),
        project_id=uuid4(),
        verification_id=verification_of(handle),
        actor_id=uuid4(),
    )

    await handle.execute_update(VerificationWorkflow.change_project, request)
    await _withdraw(handle)

    assert await handle.result() == VerificationState(
        stage=Step.DONE, status=VerificationStatus.WITHDRAWN
    )
    described = await handle.describe()
    assert described.typed_search_attributes.get(policies.STATUS) == "withdrawn"
    # Of the change and of the withdrawal.
    assert stage.registry.mailed == [stage.registry.notification_id] * 2
    with pytest.raises(RPCError, match="already completed"):
        await _withdraw(handle)
    await keep_history(handle, "verification-withdrawn")


async def test_an_assignment_that_answers_after_the_withdrawal_does_not_open_it_again(
    stage: Stage,
) -> None:
    handle = await stage.register()
    await stage.assign(handle)
    stage.registry.assignment_answers.clear()
    assigning = asyncio.create_task(stage.assign(handle))
    await until(lambda: stage.registry.calls["assign_verifier"] == 2)

    await _withdraw(handle)
    stage.registry.assignment_answers.set()
    await assigning

    state = await handle.result()
    assert (state.stage, state.status) == (Step.DONE, VerificationStatus.WITHDRAWN)
    await keep_history(handle, "verification-withdrawn-beside-assignment")


async def test_a_mail_server_that_is_away_does_not_hold_up_the_credits(stage: Stage) -> None:
    stage.registry.mail_works = False
    handle = await stage.register()

    await stage.assign(handle)
    await stage.decide(handle, Decision.APPROVE)

    await _reach(handle, Step.WAITING_FOR_CHAIN)
    assert stage.registry.calls["issue_credits"] == 1


@pytest.mark.proof
async def test_a_registration_waits_for_its_write_as_long_as_it_takes(stage: Stage) -> None:
    stage.registry.database_works = False
    asking = asyncio.create_task(stage.register())
    await until(lambda: stage.registry.calls["register_project"] > 0)

    await stage.env.fast_forward(stage.opened[-1], 3 * policies.NO_ONE_CAME)
    stage.registry.database_works = True
    await stage.env.fast_forward(stage.opened[-1], policies.NO_ONE_CAME)

    handle = await asking
    assert (await handle.query(VerificationWorkflow.state)).stage is Step.WAITING_FOR_VERIFIER


async def test_a_refused_registration_leaves_a_workflow_that_ends_by_itself(stage: Stage) -> None:
    stage.registry.refusals["register_project"] = TooFewDocuments("Not today.")

    with pytest.raises(WorkflowUpdateFailedError):
        await stage.register()
    handle = stage.opened[-1]
    await stage.env.fast_forward(handle)

    state = await handle.result()
    assert state.stage is Step.WAITING_FOR_REGISTRATION


async def _withdraw(handle: WorkflowHandle[Any, VerificationState]) -> None:
    await handle.execute_update(
        VerificationWorkflow.withdraw,
        WithdrawRound(
            operation_id=uuid4(), verification_id=verification_of(handle), actor_id=uuid4()
        ),
    )


async def _countersign(handle: WorkflowHandle[Any, VerificationState]) -> None:
    await handle.execute_update(
        VerificationWorkflow.countersign,
        Countersign(
            operation_id=uuid4(), verification_id=verification_of(handle), actor_id=uuid4()
        ),
    )


async def _accepted_updates(handle: WorkflowHandle[Any, VerificationState]) -> int:
    history = await handle.fetch_history()
    return sum(
        event.event_type == HistoryEventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED
        for event in history.events
    )


async def _reach(handle: WorkflowHandle[Any, VerificationState], step: Step) -> None:
    """Wait until the workflow is at a step; it gets there without being told anything more."""
    for _ in range(200):
        if (await handle.query(VerificationWorkflow.state)).stage is step:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"the workflow never came to {step}")
