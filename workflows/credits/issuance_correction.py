"""A correction of an issuance, until what is owed for it is handed in; the supplier is reminded, and told when it is late."""

from datetime import timedelta
from uuid import UUID

import pydantic
from temporalio import workflow
from temporalio.common import VersioningBehavior
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.certificates.corrections import (
        CorrectCertificatesOfIssuance,
        CorrectionActivities,
    )
    from activities.credits.issuance_correction import (
        CorrectionDeadline,
        CorrectionStep,
        CorrectIssuance,
        HandIn,
        IssuanceCorrectionActivities,
    )
    from activities.payloads import Payload
    from domain.credits.obligation import REMINDER_BEFORE, ObligationStatus
    from workflows import policies, signals_and_mail
    from workflows.single_write_workflow import was_frozen


def workflow_id(correction_id: UUID) -> str:
    return f"issuance-correction/{correction_id}"


class IssuanceCorrectionStart(Payload):
    correction_id: UUID


class IssuanceCorrectionState(Payload):
    """`status` None means that it was refused, or has not been recorded yet."""

    status: ObligationStatus | None = None
    owed_units: int = 0


@workflow.defn(
    # It waits half a year for people, across many deployments (ADR 0009).
    versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    failure_exception_types=[pydantic.ValidationError],
)
class IssuanceCorrectionWorkflow:
    """Each step is tried until the database has it; a refusal ends the update that asked for it."""

    @workflow.init
    def __init__(self, start: IssuanceCorrectionStart) -> None:
        self._deadline = CorrectionDeadline(correction_id=start.correction_id)
        self._recorded: CorrectionStep | None = None
        self._status: ObligationStatus | None = None
        self._owed_units = 0
        self._frozen: ApplicationError | None = None
        self._mailing = signals_and_mail.Mailing()

    @workflow.run
    async def run(self, start: IssuanceCorrectionStart) -> IssuanceCorrectionState:
        """
        Raises:
            ApplicationError: the registry was frozen; the same request may start it afresh.
        """
        try:
            await workflow.wait_condition(self._has_come, timeout=policies.NO_ONE_CAME)
        except TimeoutError:
            await workflow.wait_condition(workflow.all_handlers_finished)
        if self._recorded is not None:
            await self._correct_certificates(start.correction_id)
            await self._wait_until_settled(self._recorded)
        else:
            workflow.upsert_search_attributes([policies.STATUS.value_set(policies.GIVEN_UP)])
        await workflow.wait_condition(workflow.all_handlers_finished)
        if self._frozen is not None:
            raise self._frozen
        await self._mailing.finish()
        return self.state()

    @workflow.update
    async def record(self, request: CorrectIssuance) -> CorrectionStep:
        try:
            step = await workflow.execute_activity_method(
                IssuanceCorrectionActivities.correct_issuance,
                request,
                summary="Cancel what is there, and say what is owed",
                **policies.REVERSAL,
            )
        except ActivityError as refused:
            if isinstance(refused.cause, ApplicationError) and was_frozen(refused.cause):
                self._frozen = refused.cause
            raise
        self._take(step)
        self._recorded = step
        return step

    @workflow.update
    async def hand_in(self, request: HandIn) -> CorrectionStep:
        step = await workflow.execute_activity_method(
            IssuanceCorrectionActivities.hand_in,
            request,
            summary="Cancel units in the place of those that had moved on",
            **policies.DATABASE,
        )
        self._take(step)
        return step

    @workflow.query
    def state(self) -> IssuanceCorrectionState:
        return IssuanceCorrectionState(status=self._status, owed_units=self._owed_units)

    @staticmethod
    async def _correct_certificates(correction_id: UUID) -> None:
        """What is given up after hours, the day's check of certificates does (workflows/projects/sign_offs.py)."""
        try:
            await workflow.execute_activity_method(
                CorrectionActivities.correct_certificates_of_issuance,
                CorrectCertificatesOfIssuance(correction_id=correction_id),
                summary="Say it beside the certificates that rest on the issuance",
                **policies.SIGN_OFF_CHECK,
            )
        except ActivityError as undone:
            workflow.logger.error("Certificates were not corrected: %s", undone.message)

    async def _wait_until_settled(self, recorded: CorrectionStep) -> None:
        if recorded.due_at is None:
            return
        for moment, step, summary in (
            (
                recorded.due_at - REMINDER_BEFORE,
                IssuanceCorrectionActivities.remind_of_correction,
                "Until it is due soon",
            ),
            (
                recorded.due_at,
                IssuanceCorrectionActivities.note_correction_overdue,
                "Until it is overdue",
            ),
        ):
            left = max(moment - workflow.now(), timedelta(0))
            try:
                await workflow.wait_condition(
                    self._is_settled, timeout=left, timeout_summary=summary
                )
            except TimeoutError:
                told = await workflow.execute_activity_method(
                    step, self._deadline, **policies.DATABASE
                )
                self._take(told)
            else:
                return
        await workflow.wait_condition(self._is_settled)

    def _has_come(self) -> bool:
        return self._recorded is not None or self._frozen is not None

    def _is_settled(self) -> bool:
        return self._status is ObligationStatus.SETTLED

    def _take(self, step: CorrectionStep) -> None:
        self._mailing.start(step.notification_ids)
        if self._is_settled():
            # An answer that was overtaken by the last one.
            return
        self._status, self._owed_units = step.status, step.owed_units
        workflow.set_current_details(
            f"Status: {step.status.value}  \nOwed, in units of 0.01 t: {step.owed_units}"
        )
        workflow.upsert_search_attributes(
            [
                policies.STATUS.value_set(step.status.value),
                policies.WAITING_SINCE.value_set(workflow.now()),
            ]
        )
