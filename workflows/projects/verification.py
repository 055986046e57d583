"""
The life of one round of a project, from its opening to the place of its issuances on the chain.

A project's first round begins with its registration; each later one is a run of its own, with an
identifier of its own (ADR 0076).
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

import pydantic
from temporalio import workflow
from temporalio.common import VersioningBehavior

with workflow.unsafe.imports_passed_through():
    from activities.credits.issuance import CreditsIssued, IssuanceActivities, IssueCredits
    from activities.payloads import Payload
    from activities.payments.invoicing import InvoiceIssued
    from activities.projects.buffer_share import (
        BufferShareActivities,
        BufferShareSet,
        SetBufferShare,
    )
    from activities.projects.changes import (
        ChangeActivities,
        ChangeProject,
        ProjectChanged,
        WithdrawRound,
    )
    from activities.projects.countersignature import (
        Countersign,
        CountersignatureActivities,
        RefuseCountersignature,
    )
    from activities.projects.documents import (
        CompleteDocument,
        DocumentActivities,
        DocumentCompleted,
    )
    from activities.projects.findings import (
        FindingActivities,
        FindingStep,
        NoteUnanswered,
        RaiseFinding,
        WriteInFinding,
    )
    from activities.projects.projects import ProjectActivities, ProjectRegistered, RegisterProject
    from activities.projects.rounds import OpenRound, RoundActivities, RoundOpened
    from activities.projects.verification import (
        AddEvent,
        AssignVerifier,
        EventAdded,
        NoteDeadline,
        RecordDecision,
        VerificationActivities,
    )
    from activities.projects.verification_steps import VerificationStep
    from domain.errors import AlreadyDecided
    from domain.projects.findings import FindingState
    from domain.projects.verification import DECIDED, EventType, VerificationStatus
    from workflows import policies, signals_and_mail
    from workflows.payments.invoices import InvoiceEnded, start_invoice


def workflow_id(verification_id: UUID) -> str:
    return f"verification/{verification_id}"


GIVEN_UP = "given_up"
"""What lists show of a run that was started and whose round was never opened."""


class VerificationStage(StrEnum):
    """Where the workflow is, for people who look at it."""

    WAITING_FOR_REGISTRATION = "waiting_for_registration"
    WAITING_FOR_VERIFIER = "waiting_for_verifier"
    IN_REVIEW = "in_review"
    WAITING_FOR_COUNTERSIGNATURE = "waiting_for_countersignature"
    WAITING_FOR_PAYMENT = "waiting_for_payment"
    ISSUING = "issuing"
    WAITING_FOR_CHAIN = "waiting_for_chain"
    DONE = "done"


class VerificationStart(Payload):
    """Deadlines are in seconds; each passes first with a reminder and then, once more, with escalation."""

    verification_id: UUID
    project_id: UUID
    wallet_workflow_id: str
    assignment_deadline_seconds: float
    review_deadline_seconds: float
    countersignature_deadline_seconds: float = timedelta(days=3).total_seconds()
    answer_deadline_seconds: float = timedelta(days=14).total_seconds()


class VerificationState(Payload):
    stage: VerificationStage
    status: VerificationStatus
    serial: str | None = None
    record_confirmed: bool = False
    serials: tuple[str, ...] = ()


@workflow.defn(
    # It may wait for people across many deployments (ADR 0009).
    versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    failure_exception_types=[pydantic.ValidationError],
)
class VerificationWorkflow:
    @workflow.init
    def __init__(self, start: VerificationStart) -> None:
        self._start = start
        self._stage = VerificationStage.WAITING_FOR_REGISTRATION
        self._status = VerificationStatus.PENDING
        self._waits_for_countersignature = False
        self._assignments = 0
        self._waits = 0
        self._mailing = signals_and_mail.Mailing()
        self._invoice: InvoiceIssued | None = None
        self._invoice_settled = False
        self._issued: CreditsIssued | None = None
        self._confirmed: set[UUID] = set()
        self._subject = "first verification"
        self._findings: dict[UUID, FindingStep] = {}
        self._answers: set[asyncio.Task[None]] = set()

    @workflow.run
    async def run(self, start: VerificationStart) -> VerificationState:
        if not await self._within(policies.NO_ONE_CAME, self._is_registered):
            # A registration that began may take longer: its worker died, or the database is away.
            await workflow.wait_condition(workflow.all_handlers_finished)
            if not self._is_registered():
                self._end(GIVEN_UP)
                return self.state()
        await self._wait_for_people(
            self._is_assigned,
            timedelta(seconds=start.assignment_deadline_seconds),
            EventType.ASSIGNMENT_OVERDUE,
        )
        while not await self._reviewed():
            pass
        if self._status is VerificationStatus.APPROVED:
            # Nothing is charged, and nothing waits, where the approval wrote no invoice.
            if self._invoice is not None:
                await self._wait_for_payment(self._invoice)
            await self._issue()
        self._enter(VerificationStage.DONE)
        self._end(self._status.value)
        await self._mailing.finish()
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self.state()

    @workflow.update
    async def register(self, request: RegisterProject) -> ProjectRegistered:
        registered = await workflow.execute_activity_method(
            ProjectActivities.register_project, request, **policies.DATABASE
        )
        # A registration that was recorded before staff were told names nothing to mail.
        self._enter(VerificationStage.WAITING_FOR_VERIFIER)
        self._mailing.start(registered.notification_ids)
        return registered

    @workflow.update
    async def open_round(self, request: OpenRound) -> RoundOpened:
        opened = await workflow.execute_activity_method(
            RoundActivities.open_round,
            request,
            summary="Open a later round of the project",
            **policies.DATABASE,
        )
        period = opened.monitoring_period
        self._subject = f"round {opened.number}" + (f", {period}" if period else "")
        self._mailing.start(opened.notification_ids)
        self._enter(VerificationStage.WAITING_FOR_VERIFIER)
        return opened

    @workflow.update
    async def set_buffer_share(self, request: SetBufferShare) -> BufferShareSet:
        return await workflow.execute_activity_method(
            BufferShareActivities.set_buffer_share, request, **policies.DATABASE
        )

    @workflow.update
    async def assign_verifier(self, request: AssignVerifier) -> VerificationStep:
        step = await workflow.execute_activity_method(
            VerificationActivities.assign_verifier, request, **policies.DATABASE
        )
        # Its answer may come after that of a decision or withdrawal, which was made later all the same.
        if self._is_decided() and workflow.patched("ends-stay"):
            self._mailing.start(step.notification_ids)
            return step
        self._assignments += 1
        self._take(step)
        self._enter(VerificationStage.IN_REVIEW)
        return step

    @workflow.update
    async def complete_document(self, request: CompleteDocument) -> DocumentCompleted:
        completed = await workflow.execute_activity_method(
            DocumentActivities.complete_document, request, **policies.OBJECT_STORE
        )
        # A document that was completed before there were versions names nothing to mail.
        self._mailing.start(completed.notification_ids)
        return completed

    @workflow.update
    async def change_project(self, request: ChangeProject) -> ProjectChanged:
        changed = await workflow.execute_activity_method(
            ChangeActivities.change_project,
            request,
            summary="Change facts of the project",
            **policies.DATABASE,
        )
        self._mailing.start(changed.notification_ids)
        return changed

    @workflow.update
    async def withdraw(self, request: WithdrawRound) -> VerificationStep:
        step = await workflow.execute_activity_method(
            ChangeActivities.withdraw_round,
            request,
            summary="Withdraw the round for its supplier",
            **policies.DATABASE,
        )
        self._take(step)
        return step

    @workflow.update
    async def add_event(self, request: AddEvent) -> EventAdded:
        added = await workflow.execute_activity_method(
            VerificationActivities.add_event, request, **policies.DATABASE
        )
        # A note that was recorded before anybody was told names nothing to mail.
        self._mailing.start(added.notification_ids)
        return added

    @workflow.update
    async def raise_finding(self, request: RaiseFinding) -> FindingStep:
        step = await workflow.execute_activity_method(
            FindingActivities.raise_finding,
            request,
            summary="Raise a finding",
            **policies.OBJECT_STORE,
        )
        self._take_finding(step)
        return step

    @workflow.update
    async def write_in_finding(self, request: WriteInFinding) -> FindingStep:
        step = await workflow.execute_activity_method(
            FindingActivities.write_in_finding,
            request,
            summary=f"Finding: {request.act.value}",
            **policies.DATABASE,
        )
        self._take_finding(step)
        return step

    @workflow.update
    async def decide(self, request: RecordDecision) -> VerificationStep:
        step = await workflow.execute_activity_method(
            VerificationActivities.record_decision, request, **policies.DATABASE
        )
        self._waits_for_countersignature = step.waits_for_countersignature
        self._invoice = step.invoice
        self._take(step)
        return step

    @workflow.update
    async def countersign(self, request: Countersign) -> VerificationStep:
        step = await workflow.execute_activity_method(
            CountersignatureActivities.countersign, request, **policies.DATABASE
        )
        self._waits_for_countersignature = False
        self._invoice = step.invoice
        self._mailing.start(step.notification_ids)
        return step

    @workflow.update
    async def refuse_countersignature(self, request: RefuseCountersignature) -> VerificationStep:
        step = await workflow.execute_activity_method(
            CountersignatureActivities.refuse_countersignature, request, **policies.DATABASE
        )
        self._waits_for_countersignature = False
        self._take(step)
        self._enter(VerificationStage.IN_REVIEW)
        return step

    # Validators refuse what the workflow's own state shows already, before it costs an event. The
    # same rules are kept under the row lock, by the activity.
    @complete_document.validator
    def _before_completing(self, request: CompleteDocument) -> None:  # noqa: ARG002 -- fixed signature
        self._refuse_when_decided()

    @decide.validator
    def _before_deciding(self, request: RecordDecision) -> None:  # noqa: ARG002 -- fixed signature
        self._refuse_when_decided()

    @raise_finding.validator
    def _before_raising(self, request: RaiseFinding) -> None:  # noqa: ARG002 -- fixed signature
        self._refuse_when_decided()

    @write_in_finding.validator
    def _before_writing(self, request: WriteInFinding) -> None:  # noqa: ARG002 -- fixed signature
        self._refuse_when_decided()

    @withdraw.validator
    def _before_withdrawing(self, request: WithdrawRound) -> None:  # noqa: ARG002 -- fixed signature
        if not self._waits_for_countersignature:
            self._refuse_when_decided()

    @change_project.validator
    def _before_changing(self, request: ChangeProject) -> None:  # noqa: ARG002 -- fixed signature
        self._refuse_when_decided()

    @workflow.signal
    def record_confirmed(self, notice: signals_and_mail.RecordConfirmed) -> None:
        if self._issued is not None and notice.record_id in self._issued.record_ids:
            self._confirmed.add(notice.record_id)
            self._tell_details()

    @workflow.signal
    def invoice_settled(self, notice: InvoiceEnded) -> None:
        if self._invoice is not None and notice.invoice_id == self._invoice.invoice_id:
            self._invoice_settled = True

    @workflow.query
    def state(self) -> VerificationState:
        return VerificationState(
            stage=self._stage,
            status=self._status,
            serial=self._issued.serial if self._issued else None,
            record_confirmed=self._is_confirmed(),
            serials=tuple(one.serial for one in self._issued.vintages) if self._issued else (),
        )

    async def _reviewed(self) -> bool:
        """
        Wait until the review has come to its end, a countersignature included where one is wanted.

        False: it begins again, with its deadline, for another verifier or after a refused countersignature.
        """
        assignments = self._assignments
        await self._wait_for_people(
            lambda: self._is_decided() or self._assignments != assignments,
            timedelta(seconds=self._start.review_deadline_seconds),
            EventType.REVIEW_OVERDUE,
        )
        if self._is_decided() and self._waits_for_countersignature:
            self._enter(VerificationStage.WAITING_FOR_COUNTERSIGNATURE)
            await self._wait_for_countersignature()
        return self._is_decided()

    async def _wait_for_countersignature(self) -> None:
        if workflow.patched("countersignature-deadline"):
            await self._wait_for_people(
                lambda: not self._waits_for_countersignature,
                timedelta(seconds=self._start.countersignature_deadline_seconds),
                EventType.COUNTERSIGNATURE_OVERDUE,
            )
        else:
            await workflow.wait_condition(lambda: not self._waits_for_countersignature)

    async def _wait_for_payment(self, invoice: InvoiceIssued) -> None:
        """For as long as it takes; its own workflow minds the day on which it is due."""
        self._enter(VerificationStage.WAITING_FOR_PAYMENT)
        await start_invoice(invoice, waits=True)
        await workflow.wait_condition(lambda: self._invoice_settled)

    async def _issue(self) -> None:
        self._enter(VerificationStage.ISSUING)
        self._issued = await workflow.execute_activity_method(
            IssuanceActivities.issue_credits,
            IssueCredits(
                verification_id=self._start.verification_id,
                waiting_workflow_id=workflow.info().workflow_id,
            ),
            summary="Issue every vintage of the approval",
            **policies.DATABASE,
        )
        self._mailing.start(self._issued.notification_ids)
        await signals_and_mail.wake_wallet(self._start.wallet_workflow_id)
        self._enter(VerificationStage.WAITING_FOR_CHAIN)
        await workflow.wait_condition(self._is_confirmed)

    async def _wait_for_people(
        self, done: Callable[[], bool], deadline: timedelta, overdue: EventType
    ) -> None:
        """Wait for as long as it takes; remind after the deadline, escalate after another."""
        wait, self._waits = self._waits, self._waits + 1
        for event_type in (overdue, EventType.ESCALATED):
            if await self._within(deadline, done, summary=f"Until it is {event_type.value}"):
                break
            step = await workflow.execute_activity_method(
                VerificationActivities.note_deadline,
                NoteDeadline(
                    verification_id=self._start.verification_id, event_type=event_type, wait=wait
                ),
                **policies.DATABASE,
            )
            self._mailing.start(step.notification_ids)
        await workflow.wait_condition(done)

    @staticmethod
    async def _within(
        limit: timedelta, done: Callable[[], bool], *, summary: str = "Until nobody came"
    ) -> bool:
        try:
            await workflow.wait_condition(done, timeout=limit, timeout_summary=summary)
        except TimeoutError:
            return False
        return True

    def _is_registered(self) -> bool:
        return self._stage is not VerificationStage.WAITING_FOR_REGISTRATION

    def _is_assigned(self) -> bool:
        return self._status is not VerificationStatus.PENDING

    def _is_decided(self) -> bool:
        return self._status in DECIDED

    def _refuse_when_decided(self) -> None:
        if self._is_decided():
            raise AlreadyDecided(f"This verification is already {self._status}.")

    def _take(self, step: VerificationStep) -> None:
        self._status = step.status
        self._mailing.start(step.notification_ids)

    def _take_finding(self, step: FindingStep) -> None:
        known = self._findings.get(step.finding_id)
        self._mailing.start(step.notification_ids)
        if known is not None and known.messages >= step.messages:
            # An answer that overtook the question, or was given twice.
            return
        self._findings[step.finding_id] = step
        self._tell_details()
        if step.awaits_answer:
            # Kept, so that it is not collected while it waits; what began before findings has none.
            waiting = asyncio.create_task(self._wait_for_answer(step))
            self._answers.add(waiting)
            waiting.add_done_callback(self._answers.discard)

    async def _wait_for_answer(self, asked: FindingStep) -> None:
        """Remind the supplier after the deadline, escalate after another; nobody waits for this wait."""

        def is_over() -> bool:
            return self._findings[asked.finding_id] is not asked or self._is_decided()

        deadline = timedelta(seconds=self._start.answer_deadline_seconds)
        for escalated in (False, True):
            summary = f"Until finding {asked.number} is {'escalated' if escalated else 'overdue'}"
            if await self._within(deadline, is_over, summary=summary):
                return
            noted = await workflow.execute_activity_method(
                FindingActivities.note_unanswered,
                NoteUnanswered(
                    finding_id=asked.finding_id, messages=asked.messages, escalated=escalated
                ),
                summary=f"Finding {asked.number} was not answered in time",
                **policies.DATABASE,
            )
            self._mailing.start(noted.notification_ids)

    def _is_confirmed(self) -> bool:
        """Whether each vintage's record stands deep enough on the chain."""
        return self._issued is not None and self._confirmed >= self._issued.record_ids

    def _tell_details(self) -> None:
        """What people read of it in Temporal's own pages; no personal data, and nothing typed."""
        lines = [
            f"Project `{self._start.project_id}`, {self._subject}",
            f"Stage: {self._stage.value}, {self._status.value}",
            f"Verifiers assigned so far: {self._assignments}",
        ]
        if self._findings:
            states = [one.state for one in self._findings.values()]
            counted = ", ".join(f"{states.count(one)} {one.value}" for one in FindingState)
            lines.append(f"Findings: {counted}")
        if self._issued is not None:
            records = len(self._issued.record_ids)
            lines.append(f"Issued on the chain: {len(self._confirmed)} of {records} vintages")
        workflow.set_current_details("  \n".join(lines))

    def _end(self, outcome: str) -> None:
        """Lists tell what was approved from what was rejected, and both from what nobody came for."""
        if workflow.patched("outcome-in-status"):
            workflow.upsert_search_attributes([policies.STATUS.value_set(outcome)])

    def _enter(self, stage: VerificationStage) -> None:
        self._stage = stage
        self._tell_details()
        workflow.upsert_search_attributes(
            [
                policies.STATUS.value_set(stage.value),
                policies.WAITING_SINCE.value_set(workflow.now()),
            ]
        )
