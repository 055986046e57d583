"""Telling who waits for a record that it is confirmed, also when whoever waited has ended."""

from uuid import UUID

from temporalio import workflow
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError

with workflow.unsafe.imports_passed_through():
    from workflows.certificates import certificates
    from workflows.certificates.certificates import CertificateStart, CertificateWorkflow
    from workflows.credits import retirement
    from workflows.signals_and_mail import RecordConfirmed


async def tell_confirmed(waiting_workflow_id: str, record_id: UUID) -> None:
    """
    Signal the workflow that waits for the record.

    A retirement that has ended has sealed its certificate: confirmed once more means that the record
    was rolled back in between and may stand in another transaction now, so its certificate is looked
    at again. Other workflows that have ended have nothing to do.
    """
    if await _signalled(waiting_workflow_id, record_id):
        return
    retirement_id = retirement.retirement_of(waiting_workflow_id)
    if retirement_id is None:
        workflow.logger.info("%s is not waiting any more", waiting_workflow_id)
        return
    try:
        await workflow.start_child_workflow(
            CertificateWorkflow.run,
            CertificateStart(retirement_id=retirement_id),
            id=certificates.workflow_id(retirement_id),
            # Whoever tells goes on for ever and continues as new meanwhile.
            parent_close_policy=workflow.ParentClosePolicy.ABANDON,
            static_summary="A certificate whose record was confirmed once more",
        )
    except WorkflowAlreadyStartedError:
        await _signalled(certificates.workflow_id(retirement_id), record_id)


async def _signalled(workflow_id: str, record_id: UUID) -> bool:
    waiting = workflow.get_external_workflow_handle(workflow_id)
    try:
        await waiting.signal("record_confirmed", RecordConfirmed(record_id=record_id))
    except ApplicationError:
        return False
    return True
