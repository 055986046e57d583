"""A retirement: the units leave at once, the chain records follow, then the certificate is sealed."""

from enum import StrEnum
from uuid import UUID

import pydantic
from temporalio import workflow
from temporalio.common import VersioningBehavior

with workflow.unsafe.imports_passed_through():
    from activities.credits.retirement import RetirementActivities, RetireUnits, UnitsRetired
    from activities.payloads import Payload
    from workflows import policies, signals_and_mail
    from workflows.certificates import certificates
    from workflows.payments.invoices import start_invoice
    from workflows.single_write_workflow import SingleWriteWorkflow


def workflow_id(retirement_id: UUID) -> str:
    return f"retirement/{retirement_id}"


def retirement_of(id: str) -> UUID | None:
    """The retirement whose workflow has this id; None for a workflow of another kind."""
    kind, _, retirement_id = id.partition("/")
    try:
        return UUID(retirement_id) if kind == "retirement" else None
    except ValueError:
        return None


class RetirementStage(StrEnum):
    """`NOT_SEALED` is an end too: the chain shows another record than ours, and staff know."""

    WAITING_FOR_REQUEST = "waiting_for_request"
    WAITING_FOR_CHAIN = "waiting_for_chain"
    SEALING = "sealing"
    DONE = "done"
    NOT_SEALED = "not_sealed"


class RetirementStart(Payload):
    """
    `wallet_workflow_id` None: whoever retires the units wakes the wallet (adapters/wallet_notifier.py).

    Earlier runs name it and wake it themselves. `brief` False: an earlier run too, whose history has
    a timer at its start and says in it that the retirement waits for the chain. Now the start says
    so, and the run only if that turns out wrong (ADR 0028). `tells_end` False: an earlier run, which ends as
    waiting for its request when that was refused.
    """

    retirement_id: UUID
    wallet_workflow_id: str | None = None
    # The payload's name for `skip_start_timer`; recorded histories have it.
    brief: bool = False
    tells_end: bool = False


class RetirementState(Payload):
    """`record_confirmed`: six blocks stand on top of every one of its records."""

    stage: RetirementStage
    serial: str | None = None
    record_confirmed: bool = False


@workflow.defn(
    # It lasts minutes and finishes on the version it began with (ADR 0009).
    versioning_behavior=VersioningBehavior.PINNED,
    failure_exception_types=[pydantic.ValidationError],
)
class RetirementWorkflow(SingleWriteWorkflow[UnitsRetired]):
    @workflow.init
    def __init__(self, start: RetirementStart) -> None:
        super().__init__(skip_start_timer=start.brief)
        self._start = start
        self._stage = RetirementStage.WAITING_FOR_REQUEST
        self._confirmed_ids: set[UUID] = set()
        self._sealing = certificates.Sealing()
        self._mailing = signals_and_mail.Mailing()

    @workflow.run
    async def run(self, start: RetirementStart) -> RetirementState:
        if not await self._is_accepted():
            if start.tells_end:
                workflow.set_current_details("Refused, or never asked for.")
                workflow.upsert_search_attributes([policies.STATUS.value_set(policies.GIVEN_UP)])
            elif start.brief:
                self._enter(RetirementStage.WAITING_FOR_REQUEST)
            return self.state()
        if self._written is not None and self._written.invoice is not None:
            # The retirement stands, whatever becomes of its invoice.
            await start_invoice(self._written.invoice, waits=False)
            self._mailing.start(self._written.invoice.notification_ids)
        if start.wallet_workflow_id is not None:
            await signals_and_mail.wake_wallet(start.wallet_workflow_id)
        await workflow.wait_condition(self._is_confirmed)
        self._enter(RetirementStage.SEALING)
        await self._sealing.seal(
            start.retirement_id,
            lambda sealed: self._enter(
                RetirementStage.DONE if sealed.digest else RetirementStage.NOT_SEALED
            ),
        )
        await workflow.wait_condition(workflow.all_handlers_finished)
        await self._mailing.finish()
        return self.state()

    @workflow.update
    async def retire(self, request: RetireUnits) -> UnitsRetired:
        retired = await self._write(RetirementActivities.retire_units, request)
        if self._start.brief:
            self._stage = RetirementStage.WAITING_FOR_CHAIN
            self._tell_details()
        else:
            self._enter(RetirementStage.WAITING_FOR_CHAIN)
        return retired

    @workflow.signal
    def record_confirmed(self, notice: signals_and_mail.RecordConfirmed) -> None:
        self._confirmed_ids.add(notice.record_id)
        self._tell_details()
        if self._stage in {RetirementStage.DONE, RetirementStage.NOT_SEALED}:
            self._sealing.request_reseal()

    @workflow.query
    def state(self) -> RetirementState:
        return RetirementState(
            stage=self._stage,
            serial=self._written.serial if self._written else None,
            record_confirmed=self._is_confirmed(),
        )

    def _is_confirmed(self) -> bool:
        if self._written is None:
            return False
        # An answer from before there were lines names its one record only.
        awaited = self._written.record_ids or (self._written.record_id,)
        return self._confirmed_ids.issuperset(awaited)

    def _tell_details(self) -> None:
        """What people read of it in Temporal's own pages; nothing of whoever retires."""
        lines = [f"Stage: {self._stage.value}"]
        if self._written is not None:
            records = len(self._written.record_ids or (self._written.record_id,))
            lines.append(f"Confirmed on the chain: {len(self._confirmed_ids)} of {records} records")
        workflow.set_current_details("  \n".join(lines))

    def _enter(self, stage: RetirementStage) -> None:
        self._stage = stage
        self._tell_details()
        workflow.upsert_search_attributes([policies.STATUS.value_set(stage.value)])
