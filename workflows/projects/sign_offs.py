"""What was signed off is looked at every day, and certificates that say it wrongly are corrected."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import VersioningBehavior

with workflow.unsafe.imports_passed_through():
    from activities.certificates.corrections import (
        CorrectCertificates,
        CorrectionActivities,
    )
    from activities.payloads import Payload
    from activities.projects.sign_offs import CheckSignOffs, SignOffActivities, SignOffsChecked
    from workflows import policies, signals_and_mail
    from workflows.scheduled_runs import tell_found

SCHEDULE_ID = "sign-offs"
WORKFLOW_ID = "sign-offs"
EVERY = timedelta(days=1)


class SignOffsReport(Payload):
    """What the day's check has found, and how many certificates it has corrected."""

    sign_offs: SignOffsChecked
    documents: SignOffsChecked
    corrected: int


@workflow.defn(
    # It lasts minutes and finishes on the version it began with (ADR 0009).
    versioning_behavior=VersioningBehavior.PINNED,
)
class SignOffsWorkflow:
    """
    A schedule of its own: the ledger's check has seconds and reads no storage, and the comparison
    with the chain waits for the chain. An outage of either says nothing of what was signed off.
    """

    @workflow.run
    async def run(self) -> SignOffsReport:
        mailing = signals_and_mail.Mailing()
        request = CheckSignOffs(check_id=workflow.uuid4())
        corrected = await workflow.execute_activity_method(
            CorrectionActivities.correct_certificates,
            CorrectCertificates(check_id=request.check_id),
            **policies.SIGN_OFF_CHECK,
        )
        sign_offs = await workflow.execute_activity_method(
            SignOffActivities.check_sign_offs, request, **policies.SIGN_OFF_CHECK
        )
        mailing.start(sign_offs.notification_ids, policies.SHORT_MAIL)
        documents = await workflow.execute_activity_method(
            SignOffActivities.check_documents, request, **policies.SIGN_OFF_CHECK
        )
        differences = sign_offs.differences + documents.differences
        tell_found(
            bool(differences or corrected.corrected),
            f"Differences: {differences}",
            f"Corrected certificates: {corrected.corrected}",
        )
        # Among them are those that are on their way already, as long as they are not mailed.
        fresh = set(documents.notification_ids) - set(sign_offs.notification_ids)
        mailing.start(sorted(fresh), policies.SHORT_MAIL)
        await mailing.finish()
        return SignOffsReport(
            sign_offs=sign_offs, documents=documents, corrected=corrected.corrected
        )
