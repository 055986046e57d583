"""A proposal, from when it is made until another administrator answers or its time is over."""

from datetime import datetime
from uuid import UUID

import pydantic
from temporalio import workflow
from temporalio.common import VersioningBehavior

with workflow.unsafe.imports_passed_through():
    from activities.accounts.proposals import (
        CountersignProposal,
        ExpireProposal,
        ProposalActivities,
        ProposalStep,
        Propose,
        RefuseProposal,
        WithdrawProposal,
    )
    from activities.payloads import Payload
    from domain.accounts.proposals import ProposalStatus
    from workflows import policies, signals_and_mail


def workflow_id(proposal_id: UUID) -> str:
    return f"proposal/{proposal_id}"


class ProposalStart(Payload):
    proposal_id: UUID
    expires_at: datetime


class ProposalState(Payload):
    """`status` None means that it was refused as it was made, or has not been made yet."""

    status: ProposalStatus | None = None


@workflow.defn(
    # It waits for days, and a deployment moves it on (ADR 0009).
    versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    failure_exception_types=[pydantic.ValidationError],
)
class ProposalWorkflow:
    def __init__(self) -> None:
        self._status: ProposalStatus | None = None
        self._mailing = signals_and_mail.Mailing()

    @workflow.run
    async def run(self, start: ProposalStart) -> ProposalState:
        try:
            await workflow.wait_condition(
                lambda: self._status is not None, timeout=policies.NO_ONE_CAME
            )
        except TimeoutError:
            await workflow.wait_condition(workflow.all_handlers_finished)
        if self._status is not None:
            await self._wait(start)
        await workflow.wait_condition(workflow.all_handlers_finished)
        await self._mailing.finish()
        return self.state()

    @workflow.update
    async def propose(self, request: Propose) -> ProposalStep:
        step = await workflow.execute_activity_method(
            ProposalActivities.propose, request, **policies.DATABASE
        )
        self._mailing.start(step.notification_ids)
        return self._take(step)

    @workflow.update
    async def countersign(self, request: CountersignProposal) -> ProposalStep:
        step = await workflow.execute_activity_method(
            ProposalActivities.countersign_proposal, request, **policies.DATABASE
        )
        # None in histories from before whoever proposed it was told.
        self._mailing.start(step.notification_ids)
        return self._take(step)

    @workflow.update
    async def refuse(self, request: RefuseProposal) -> ProposalStep:
        step = await workflow.execute_activity_method(
            ProposalActivities.refuse_proposal, request, **policies.DATABASE
        )
        self._mailing.start(step.notification_ids)
        return self._take(step)

    @workflow.update
    async def withdraw(self, request: WithdrawProposal) -> ProposalStep:
        return self._take(
            await workflow.execute_activity_method(
                ProposalActivities.withdraw_proposal, request, **policies.DATABASE
            )
        )

    @workflow.query
    def state(self) -> ProposalState:
        return ProposalState(status=self._status)

    async def _wait(self, start: ProposalStart) -> None:
        left = start.expires_at - workflow.now()
        try:
            await workflow.wait_condition(self._is_settled, timeout=left)
        except TimeoutError:
            self._take(
                await workflow.execute_activity_method(
                    ProposalActivities.expire_proposal,
                    ExpireProposal(proposal_id=start.proposal_id),
                    **policies.DATABASE,
                )
            )

    def _is_settled(self) -> bool:
        return self._status not in {None, ProposalStatus.WAITING}

    def _take(self, step: ProposalStep) -> ProposalStep:
        self._status = step.status
        return step
