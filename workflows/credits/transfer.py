"""A transfer: the units change hands at once, the chain record follows."""

from enum import StrEnum
from uuid import UUID

import pydantic
from temporalio import workflow
from temporalio.common import VersioningBehavior

with workflow.unsafe.imports_passed_through():
    from activities.credits.transfer import CreditsTransferred, TransferActivities, TransferCredits
    from activities.payloads import Payload
    from workflows import policies, signals_and_mail
    from workflows.credits.reservation import tell_fulfilled
    from workflows.single_write_workflow import MailedSingleWriteWorkflow


def workflow_id(transaction_id: UUID) -> str:
    return f"transfer/{transaction_id}"


class TransferStage(StrEnum):
    WAITING_FOR_REQUEST = "waiting_for_request"
    WAITING_FOR_CHAIN = "waiting_for_chain"
    DONE = "done"


class TransferStart(Payload):
    """
    As for workflows.credits.retirement.RetirementStart.

    `tells_end` False: an earlier run, of which lists do not tell how it ended.
    """

    wallet_workflow_id: str | None = None
    # The payload's name for `skip_start_timer`; recorded histories have it.
    brief: bool = False
    tells_end: bool = False


class TransferState(Payload):
    stage: TransferStage
    serial: str | None = None
    record_confirmed: bool = False


@workflow.defn(
    # It lasts minutes and finishes on the version it began with (ADR 0009).
    versioning_behavior=VersioningBehavior.PINNED,
    failure_exception_types=[pydantic.ValidationError],
)
class TransferWorkflow(MailedSingleWriteWorkflow[CreditsTransferred]):
    @workflow.init
    def __init__(self, start: TransferStart) -> None:
        super().__init__(skip_start_timer=start.brief)
        self._tells_end = start.tells_end
        self._stage = TransferStage.WAITING_FOR_REQUEST
        self._record_confirmed = False

    @workflow.run
    async def run(self, start: TransferStart) -> TransferState:
        if not await self._is_accepted():
            self._end(policies.GIVEN_UP)
            return self.state()
        if start.wallet_workflow_id is not None:
            await signals_and_mail.wake_wallet(start.wallet_workflow_id)
        if self._written is not None and self._written.reservation_id is not None:
            await tell_fulfilled(self._written.reservation_id)
        workflow.set_current_details("Handed over; its record waits for the chain.")
        await workflow.wait_condition(lambda: self._record_confirmed)
        self._stage = TransferStage.DONE
        self._end(TransferStage.DONE.value)
        await self._mailing.finish()
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self.state()

    @workflow.update
    async def transfer(self, request: TransferCredits) -> CreditsTransferred:
        transferred = await self._write(TransferActivities.transfer_credits, request)
        self._stage = TransferStage.WAITING_FOR_CHAIN
        return transferred

    @workflow.signal
    def record_confirmed(self, notice: signals_and_mail.RecordConfirmed) -> None:  # noqa: ARG002 -- one record only
        self._record_confirmed = True

    @workflow.query
    def state(self) -> TransferState:
        return TransferState(
            stage=self._stage,
            serial=self._written.serial if self._written else None,
            record_confirmed=self._record_confirmed,
        )

    def _end(self, outcome: str) -> None:
        workflow.set_current_details(f"Ended: {outcome}")
        if self._tells_end:
            workflow.upsert_search_attributes([policies.STATUS.value_set(outcome)])
