"""Each activity that changes the database, with the chapter of the story it belongs to."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from activities.accounts.digests import PlanDigests
from activities.audit.anchor import AnchorAuditLog
from activities.certificates.certificates import SealCertificate
from activities.certificates.corrections import (
    CorrectCertificates,
    CorrectCertificatesOfIssuance,
)
from activities.chain.watch import WatchChain
from activities.credits.ledger_check import CheckLedger
from activities.credits.missing_records import QueueMissingRecords
from activities.payloads import Payload
from activities.projects.documents import CompleteDocument
from activities.projects.sign_offs import CheckSignOffs
from activities.projects.verification import AddEvent, NoteDeadline
from activities.publishing.webhooks import GiveUpDelivery, PlanDeliveries
from activities.transparency.log import GrowLog
from domain.projects.documents import DocumentType
from domain.projects.verification import EventType
from tests.activities import story
from tests.activities.accounts import proposing
from tests.activities.credits import correcting, reserving
from tests.activities.payments import invoicing_story as charging
from tests.activities.projects import appealing, changing, finding_story
from tests.activities.publishing import published
from tests.activities.registry import Registry
from tests.activities.standards import recording
from tests.factories import DEVELOPER, VERIFIER, named


@dataclass(frozen=True)
class UseCase:
    """
    `activity` is where the registry has it, as "issuance.issue_credits".

    `effect_in` is the number of the transaction, within one attempt, that has the effect.
    """

    before: Callable[[Registry], Awaitable[object]]
    activity: str
    request: Payload
    effect_in: int = 1


USE_CASES: dict[str, UseCase] = {
    "register a project": UseCase(
        story.a_draft_is_kept, "projects.register_project", story.REGISTER
    ),
    "assign a verifier": UseCase(
        story.a_project_is_registered, "verification.assign_verifier", story.ASSIGN
    ),
    "complete a document": UseCase(
        story.documents_are_uploaded,
        "documents.complete_document",
        CompleteDocument(
            document_id=named(DocumentType.MONITORING_REPORT), account_id=DEVELOPER.id
        ),
        effect_in=2,
    ),
    "add a note": UseCase(
        story.a_note_is_written,
        "verification.add_event",
        AddEvent(
            operation_id=named("note"),
            verification_id=story.VERIFICATION_ID,
            actor_id=VERIFIER.id,
        ),
    ),
    "note a passed deadline": UseCase(
        story.a_verifier_is_assigned,
        "verification.note_deadline",
        NoteDeadline(verification_id=story.VERIFICATION_ID, event_type=EventType.REVIEW_OVERDUE),
    ),
    "approve": UseCase(story.evidence_is_complete, "verification.record_decision", story.APPROVE),
    "reject": UseCase(story.evidence_is_complete, "verification.record_decision", story.REJECT),
    "open a monitoring period": UseCase(
        story.a_second_round_is_asked_for, "rounds.open_round", story.OPEN_ROUND
    ),
    "resubmit what was rejected": UseCase(
        story.a_resubmission_is_asked_for, "rounds.open_round", story.RESUBMIT
    ),
    "approve two vintages": UseCase(
        story.evidence_of_the_second_round_is_complete,
        "verification.record_decision",
        story.APPROVE_ROUND,
    ),
    "issue two vintages": UseCase(
        story.the_second_round_is_approved, "issuance.issue_credits", story.ISSUE_ROUND
    ),
    "appeal against a rejection": UseCase(
        appealing.it_is_rejected, "appeals.file_appeal", appealing.FILE
    ),
    "acknowledge an appeal": UseCase(
        appealing.it_is_filed, "appeals.acknowledge_appeal", appealing.ACKNOWLEDGE
    ),
    "decide on an appeal": UseCase(
        appealing.it_is_acknowledged, "appeals.decide_appeal", appealing.UPHOLD
    ),
    "remind of an appeal": UseCase(
        appealing.it_is_filed, "appeals.note_appeal_deadline", appealing.REMIND
    ),
    "note that an appeal is overdue": UseCase(
        appealing.it_is_acknowledged, "appeals.note_appeal_deadline", appealing.OVERDUE
    ),
    "raise a finding": UseCase(
        finding_story.a_finding_is_written,
        "findings.raise_finding",
        finding_story.RAISE,
        effect_in=2,
    ),
    "reply to a finding": UseCase(
        finding_story.a_finding_is_raised, "findings.write_in_finding", finding_story.REPLY
    ),
    "close a finding": UseCase(
        finding_story.a_finding_is_answered, "findings.write_in_finding", finding_story.CLOSE
    ),
    "reopen a finding": UseCase(
        finding_story.a_finding_is_closed, "findings.write_in_finding", finding_story.REOPEN
    ),
    "remind of a finding": UseCase(
        finding_story.a_finding_is_raised, "findings.note_unanswered", finding_story.UNANSWERED
    ),
    "escalate a finding": UseCase(
        finding_story.a_finding_is_raised, "findings.note_unanswered", finding_story.ESCALATED
    ),
    "carry a forward action into the next round": UseCase(
        finding_story.a_forward_action_waits_for_the_next_round,
        "rounds.open_round",
        story.OPEN_ROUND,
    ),
    "change a project": UseCase(
        changing.a_change_is_asked_for, "changes.change_project", changing.CHANGE
    ),
    "withdraw a round": UseCase(
        changing.a_withdrawal_is_asked_for, "changes.withdraw_round", changing.WITHDRAW
    ),
    "resubmit what was withdrawn": UseCase(
        changing.it_is_withdrawn_and_to_be_resubmitted, "rounds.open_round", story.RESUBMIT
    ),
    "complete a newer version": UseCase(
        changing.a_newer_report_is_uploaded,
        "documents.complete_document",
        changing.COMPLETE_NEW_REPORT,
        effect_in=2,
    ),
    "reject with a public reason": UseCase(
        changing.a_rejection_has_a_public_reason,
        "verification.record_decision",
        changing.REJECT,
    ),
    "replace a verifier": UseCase(
        story.a_verifier_is_assigned, "verification.assign_verifier", story.REPLACE
    ),
    "note a passed deadline of a later wait": UseCase(
        story.the_approval_waits,
        "verification.note_deadline",
        NoteDeadline(
            verification_id=story.VERIFICATION_ID,
            event_type=EventType.COUNTERSIGNATURE_OVERDUE,
            wait=2,
        ),
    ),
    "countersign": UseCase(
        story.the_approval_waits, "countersignature.countersign", story.COUNTERSIGN
    ),
    "refuse a countersignature": UseCase(
        story.the_approval_waits,
        "countersignature.refuse_countersignature",
        story.REFUSE_COUNTERSIGNATURE,
    ),
    "propose": UseCase(proposing.a_reason_is_kept, "proposals.propose", proposing.PROPOSE),
    "countersign a proposal": UseCase(
        proposing.it_is_proposed, "proposals.countersign_proposal", proposing.COUNTERSIGN
    ),
    "refuse a proposal": UseCase(
        proposing.it_is_proposed, "proposals.refuse_proposal", proposing.REFUSE
    ),
    "withdraw a proposal": UseCase(
        proposing.it_is_proposed, "proposals.withdraw_proposal", proposing.WITHDRAW
    ),
    "let a proposal expire": UseCase(
        proposing.it_is_proposed, "proposals.expire_proposal", proposing.EXPIRE
    ),
    "check what was signed off": UseCase(
        story.a_signed_off_project_was_rewritten,
        "sign_offs.check_sign_offs",
        CheckSignOffs(check_id=named("sign-off check")),
        effect_in=2,
    ),
    "check documents": UseCase(
        story.a_kept_document_was_overwritten,
        "sign_offs.check_documents",
        CheckSignOffs(check_id=named("document check")),
        effect_in=4,
    ),
    "correct certificates": UseCase(
        story.a_seal_names_the_wrong_body,
        "corrections.correct_certificates",
        CorrectCertificates(check_id=named("correction")),
    ),
    "issue credits": UseCase(story.the_project_is_approved, "issuance.issue_credits", story.ISSUE),
    "transfer a part": UseCase(
        story.credits_are_issued, "transfer.transfer_credits", story.TRANSFER
    ),
    "transfer the whole": UseCase(
        story.credits_are_issued,
        "transfer.transfer_credits",
        story.TRANSFER.model_copy(update={"quantity_units": 100_000}),
    ),
    "retire a part": UseCase(story.credits_are_issued, "retirement.retire_units", story.RETIRE),
    "retire the whole": UseCase(
        story.credits_are_issued,
        "retirement.retire_units",
        story.RETIRE.model_copy(update={"quantity_units": 100_000}),
    ),
    "retire of several entries": UseCase(
        story.a_buyer_holds_two_entries, "retirement.retire_units", story.RETIRE_LINES
    ),
    "correct an issuance": UseCase(
        correcting.credits_have_moved, "issuance_corrections.correct_issuance", correcting.CORRECT
    ),
    "hand in for an issuance in error": UseCase(
        correcting.it_is_corrected, "issuance_corrections.hand_in", correcting.HAND_IN
    ),
    "remind of an issuance in error": UseCase(
        correcting.it_is_corrected, "issuance_corrections.remind_of_correction", correcting.DEADLINE
    ),
    "note that an issuance in error is not replaced": UseCase(
        correcting.it_is_corrected,
        "issuance_corrections.note_correction_overdue",
        correcting.DEADLINE,
    ),
    "record a label": UseCase(
        recording.a_label_is_asked_for, "labels.record_label", recording.RECORD_LABEL
    ),
    "confirm a label": UseCase(
        recording.a_label_is_recorded,
        "labels.settle_label",
        recording.settle(recording.RECORD_LABEL),
    ),
    "ask a host Party": UseCase(
        recording.an_authorisation_is_asked_for,
        "authorisations.request_authorisation",
        recording.REQUEST,
    ),
    "record a host Party's document": UseCase(
        recording.a_step_is_asked_for,
        "authorisations.record_authorisation_step",
        recording.RECORD_STEP,
    ),
    "confirm a host Party's document": UseCase(
        recording.a_step_is_recorded,
        "authorisations.settle_authorisation_step",
        recording.settle(recording.REQUEST, number=2),
    ),
    "record a foreign range": UseCase(
        recording.a_range_is_asked_for,
        "foreign_ranges.record_foreign_range",
        recording.RECORD_RANGE,
    ),
    "confirm a foreign range": UseCase(
        recording.a_range_is_recorded,
        "foreign_ranges.settle_foreign_range",
        recording.settle(recording.RECORD_RANGE),
    ),
    "correct the certificates of an issuance": UseCase(
        correcting.it_is_corrected,
        "corrections.correct_certificates_of_issuance",
        CorrectCertificatesOfIssuance(correction_id=correcting.CORRECTION_ID),
        effect_in=2,
    ),
    "invoice and take a payment": UseCase(
        charging.an_approval_is_invoiced, "invoices.take_payment", charging.PAY
    ),
    "hold a payment": UseCase(
        charging.an_approval_is_invoiced, "invoices.take_payment", charging.PAY_LESS
    ),
    "decide on a held payment": UseCase(
        charging.less_is_transferred, "invoices.decide_payment", charging.ACCEPT
    ),
    "cancel an invoice": UseCase(
        charging.an_approval_is_invoiced, "invoices.cancel_invoice", charging.CANCEL
    ),
    "refund an invoice": UseCase(charging.it_is_paid, "invoices.refund_invoice", charging.REFUND),
    "note that an invoice is overdue": UseCase(
        charging.its_day_has_passed, "invoices.note_invoice_overdue", charging.DEADLINE
    ),
    "ask for a reservation": UseCase(
        reserving.a_note_is_kept, "reservations.request_reservation", reserving.ASK
    ),
    "accept a reservation": UseCase(
        reserving.it_is_asked_for, "reservations.accept_reservation", reserving.ANSWER
    ),
    "refuse a reservation": UseCase(
        reserving.it_is_asked_for, "reservations.refuse_reservation", reserving.ANSWER
    ),
    "cancel a reservation": UseCase(
        reserving.it_is_set_aside, "reservations.cancel_reservation", reserving.CANCEL
    ),
    "let a reservation expire": UseCase(
        reserving.it_is_set_aside, "reservations.expire_reservation", reserving.END
    ),
    "hand over what is reserved": UseCase(
        reserving.it_is_set_aside, "transfer.transfer_credits", reserving.HAND_OVER
    ),
    "cancel a part": UseCase(
        story.a_cancellation_is_requested_for, "cancellation.cancel_credits", story.CANCEL
    ),
    "queue what has no record": UseCase(
        story.a_cancellation_has_no_record,
        "missing_records.queue_missing_records",
        QueueMissingRecords(),
    ),
    "release a part of the buffer": UseCase(
        story.credits_are_issued_with_a_buffer, "buffer.release_buffer", story.RELEASE
    ),
    "record a reversal": UseCase(
        story.credits_are_issued_with_a_buffer, "reversal.record_reversal", story.REVERSE
    ),
    "replace what was lost": UseCase(
        story.a_loss_is_owed, "obligation.replace_loss", story.REPLACE_LOSS
    ),
    "remind of an obligation": UseCase(
        story.a_loss_is_owed, "obligation.remind_of_obligation", story.DEADLINE
    ),
    "note that an obligation is overdue": UseCase(
        story.a_loss_is_owed, "obligation.note_obligation_overdue", story.DEADLINE
    ),
    "cancel what is suspended": UseCase(
        story.an_obligation_is_overdue, "obligation.cancel_suspended", story.GIVE_UP
    ),
    "set a buffer share": UseCase(
        story.a_rating_is_requested_for, "buffer_shares.set_buffer_share", story.RATE
    ),
    "freeze the registry": UseCase(
        story.a_freeze_is_requested_for, "freeze.freeze_registry", story.FREEZE
    ),
    "unfreeze the registry": UseCase(
        story.the_registry_is_frozen, "freeze.unfreeze_registry", story.UNFREEZE
    ),
    "freeze a wallet": UseCase(
        story.a_wallet_freeze_is_requested_for, "wallet.freeze_wallet", story.FREEZE_WALLET
    ),
    "resume a wallet": UseCase(
        story.the_wallet_is_frozen, "wallet.resume_wallet", story.RESUME_WALLET
    ),
    "check the ledger": UseCase(
        story.credits_are_issued,
        "conservation.check_ledger",
        CheckLedger(check_id=named("check")),
    ),
    "anchor the audit log": UseCase(
        story.credits_are_issued,
        "audit.anchor_audit_log",
        AnchorAuditLog(anchor_id=named("anchor"), waiting_workflow_id="audit-anchor"),
    ),
    "grow the transparency log": UseCase(
        story.credits_are_issued, "transparency.grow_log", GrowLog()
    ),
    "watch the chain": UseCase(
        story.a_record_is_parked,
        "watching.watch_chain",
        WatchChain(watch_id=named("watch")),
        effect_in=2,
    ),
    "resume a record": UseCase(
        story.a_resumption_is_requested_for, "resumption.resume_record", story.RESUME
    ),
    "plan deliveries": UseCase(
        published.an_event_waits, "webhooks.plan_deliveries", PlanDeliveries()
    ),
    "take deliveries": UseCase(
        published.deliveries_are_planned, "webhooks.take_deliveries", published.TAKE
    ),
    "give up a delivery": UseCase(
        published.deliveries_are_planned,
        "webhooks.give_up_delivery",
        GiveUpDelivery(delivery_id=published.DELIVERY_ID),
    ),
    "plan digests": UseCase(story.a_digest_is_due, "digests.plan_digests", PlanDigests()),
    "make a report": UseCase(story.a_day_is_over, "reports.make_report", story.REPORT, effect_in=2),
    "publish the open data": UseCase(
        story.credits_are_retired, "export.publish_export", story.PUBLISH
    ),
    "seal a certificate": UseCase(
        story.the_retirement_is_confirmed,
        "certificates.seal_certificate",
        SealCertificate(retirement_id=story.RETIREMENT_ID),
        effect_in=4,
    ),
    "seal a certificate again": UseCase(
        story.a_sealed_transaction_gave_way,
        "certificates.seal_certificate",
        SealCertificate(retirement_id=story.RETIREMENT_ID),
        effect_in=4,
    ),
}
