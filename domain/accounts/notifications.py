"""What people are told, in the app and by mail. The sentences name projects and serials, never people."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class NotificationKind(StrEnum):
    PROJECT_REGISTERED = "project_registered"
    VERIFICATION_OPENED = "verification_opened"
    LIKELY_DUPLICATE = "likely_duplicate"
    PROJECT_CHANGED = "project_changed"
    DOCUMENT_REPLACED = "document_replaced"
    ROUND_WITHDRAWN = "round_withdrawn"
    VERIFIER_ASSIGNED = "verifier_assigned"
    VERIFIER_REPLACED = "verifier_replaced"
    ASSIGNMENT_OVERDUE = "assignment_overdue"
    REVIEW_OVERDUE = "review_overdue"
    COUNTERSIGNATURE_WANTED = "countersignature_wanted"
    COUNTERSIGNATURE_OVERDUE = "countersignature_overdue"
    COUNTERSIGNATURE_REFUSED = "countersignature_refused"
    PROJECT_APPROVED = "project_approved"
    PROJECT_REJECTED = "project_rejected"
    CREDITS_RECEIVED = "credits_received"
    CERTIFICATE_SEALED = "certificate_sealed"
    CREDITS_CANCELLED = "credits_cancelled"
    RETIREMENT_REVERSED = "retirement_reversed"
    CREDITS_SUSPENDED = "credits_suspended"
    ISSUANCE_CORRECTED = "issuance_corrected"
    OBLIGATION_OPENED = "obligation_opened"
    OBLIGATION_REMINDER = "obligation_reminder"
    OBLIGATION_OVERDUE = "obligation_overdue"
    OBLIGATION_SETTLED = "obligation_settled"
    LEDGER_DIFFERENCE = "ledger_difference"
    ALERT = "alert"
    CHAIN_DIFFERENCE = "chain_difference"
    CERTIFICATE_RESEALED = "certificate_resealed"
    WALLET_LINKED = "wallet_linked"
    WALLET_UNLINKED = "wallet_unlinked"
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    PASSKEY_REFUSED = "passkey_refused"
    SIGN_IN_LOCKED = "sign_in_locked"
    DATA_EXPORT_READY = "data_export_ready"
    ERASURE_REQUESTED = "erasure_requested"
    ERASURE_REMINDER = "erasure_reminder"
    ERASURE_WITHDRAWN = "erasure_withdrawn"
    ERASURE_REFUSED = "erasure_refused"
    CERTIFICATE_UNSEALABLE = "certificate_unsealable"
    CERTIFICATE_CORRECTED = "certificate_corrected"
    VERIFICATION_BEGUN = "verification_begun"
    APPROVAL_COUNTERSIGNED = "approval_countersigned"
    VERIFICATION_NOTE = "verification_note"
    CONSULTATION_OPENED = "consultation_opened"
    CONSULTATION_COMMENTED = "consultation_commented"
    APPEAL_FILED = "appeal_filed"
    APPEAL_DUE = "appeal_due"
    APPEAL_OVERDUE = "appeal_overdue"
    APPEAL_ACKNOWLEDGED = "appeal_acknowledged"
    APPEAL_DECIDED = "appeal_decided"
    FINDING_RAISED = "finding_raised"
    FINDING_ANSWERED = "finding_answered"
    FINDING_FOLLOWED_UP = "finding_followed_up"
    FINDING_CLOSED = "finding_closed"
    FINDING_REOPENED = "finding_reopened"
    FINDING_OVERDUE = "finding_overdue"
    FINDING_UNANSWERED = "finding_unanswered"
    CREDITS_ISSUED = "credits_issued"
    CREDITS_REINSTATED = "credits_reinstated"
    INVOICE_ISSUED = "invoice_issued"
    INVOICE_SETTLED = "invoice_settled"
    INVOICE_OVERDUE = "invoice_overdue"
    PAYMENT_HELD = "payment_held"
    FEES_PROPOSED = "fees_proposed"
    FEES_DECIDED = "fees_decided"
    REGISTRY_FROZEN = "registry_frozen"
    REGISTRY_UNFROZEN = "registry_unfrozen"
    INGESTION_FINISHED = "ingestion_finished"
    INGESTION_ISSUES_OPEN = "ingestion_issues_open"
    INGESTION_ISSUE_ASSIGNED = "ingestion_issue_assigned"
    INGESTION_ISSUE_ASKED = "ingestion_issue_asked"
    INGESTION_ISSUE_ANSWERED = "ingestion_issue_answered"
    INGESTION_ISSUES_OVERDUE = "ingestion_issues_overdue"
    INGESTION_ISSUES_ESCALATED = "ingestion_issues_escalated"
    FORMAT_REVIEWED = "format_reviewed"
    CONFLICT_DECLARED = "conflict_declared"
    ORGANISATION_INVITATION = "organisation_invitation"
    ORGANISATION_JOINED = "organisation_joined"
    ORGANISATION_LEFT = "organisation_left"
    RESERVATION_REQUESTED = "reservation_requested"
    RESERVATION_ANSWERED = "reservation_answered"
    RESERVATION_ENDED = "reservation_ended"
    STATEMENT_WRITTEN = "statement_written"
    VALIDATION_ASKED = "validation_asked"
    VALIDATION_WRITTEN = "validation_written"
    TECHNICAL_REVIEW_ASKED = "technical_review_asked"
    TECHNICAL_REVIEW_GIVEN = "technical_review_given"
    RISK_ASSESSMENT_WAITS = "risk_assessment_waits"
    RISK_ASSESSMENT_DECIDED = "risk_assessment_decided"
    STANDARD_TO_CONFIRM = "standard_to_confirm"
    STANDARD_CHANGED = "standard_changed"


TOLD_TO_ORGANISATION = frozenset(
    {
        NotificationKind.PROJECT_APPROVED,
        NotificationKind.PROJECT_REJECTED,
        NotificationKind.CREDITS_RECEIVED,
        NotificationKind.CERTIFICATE_SEALED,
        NotificationKind.CREDITS_CANCELLED,
        NotificationKind.RETIREMENT_REVERSED,
        NotificationKind.CREDITS_SUSPENDED,
        NotificationKind.ISSUANCE_CORRECTED,
        NotificationKind.STANDARD_CHANGED,
        NotificationKind.OBLIGATION_OPENED,
        NotificationKind.OBLIGATION_REMINDER,
        NotificationKind.OBLIGATION_OVERDUE,
        NotificationKind.OBLIGATION_SETTLED,
        NotificationKind.CERTIFICATE_RESEALED,
        NotificationKind.CERTIFICATE_CORRECTED,
        NotificationKind.CONSULTATION_OPENED,
        NotificationKind.CONSULTATION_COMMENTED,
        NotificationKind.FINDING_RAISED,
        NotificationKind.FINDING_FOLLOWED_UP,
        NotificationKind.FINDING_CLOSED,
        NotificationKind.FINDING_REOPENED,
        NotificationKind.FINDING_OVERDUE,
        NotificationKind.RESERVATION_REQUESTED,
        NotificationKind.RESERVATION_ANSWERED,
        NotificationKind.RESERVATION_ENDED,
        NotificationKind.INVOICE_ISSUED,
        NotificationKind.INVOICE_SETTLED,
        NotificationKind.INVOICE_OVERDUE,
        NotificationKind.STATEMENT_WRITTEN,
        NotificationKind.VALIDATION_WRITTEN,
    }
)
"""What concerns projects and credits goes to everybody who acts for the organisation that has them."""

MAILED_BY_SWEEP = (
    NotificationKind.STATEMENT_WRITTEN,
    NotificationKind.VALIDATION_ASKED,
    NotificationKind.VALIDATION_WRITTEN,
    NotificationKind.TECHNICAL_REVIEW_ASKED,
    NotificationKind.TECHNICAL_REVIEW_GIVEN,
    NotificationKind.RISK_ASSESSMENT_WAITS,
    NotificationKind.RISK_ASSESSMENT_DECIDED,
    NotificationKind.CONSULTATION_OPENED,
    NotificationKind.CONSULTATION_COMMENTED,
    NotificationKind.CONFLICT_DECLARED,
    NotificationKind.FORMAT_REVIEWED,
    NotificationKind.ORGANISATION_INVITATION,
    NotificationKind.ORGANISATION_JOINED,
    NotificationKind.ORGANISATION_LEFT,
    NotificationKind.SIGN_IN_LOCKED,
    NotificationKind.WALLET_LINKED,
    NotificationKind.WALLET_UNLINKED,
    NotificationKind.PASSKEY_ADDED,
    NotificationKind.PASSKEY_REMOVED,
    NotificationKind.PASSKEY_REFUSED,
    NotificationKind.ERASURE_REQUESTED,
    NotificationKind.ERASURE_WITHDRAWN,
)
"""What the API itself told somebody: where no workflow could be started, the hourly sweep mails it."""


VERIFIERS_PLACE = "/desk/reviews"
"""What a verifier has in hand; a public page has no form for them."""


def review_place(verification_id: UUID) -> str:
    """Where a verifier works on a round."""
    return f"{VERIFIERS_PLACE}/{verification_id}"


def round_place(verification_id: UUID) -> str:
    """Where staff see a round, assign it and countersign."""
    return f"/staff/verifications/{verification_id}"


def appeal_place(appeal_id: UUID) -> str:
    """Where whoever filed it, staff and the public read an appeal or a grievance, each what is theirs."""
    return f"/appeals/{appeal_id}"


def staff_appeal_place(appeal_id: UUID) -> str:
    """Where staff acknowledge and decide."""
    return f"/staff/appeals/{appeal_id}"


def validation_place(verification_id: UUID) -> str:
    """Where the validation opinion on a project is written."""
    return f"{review_place(verification_id)}/validation"


def technical_review_place(verification_id: UUID) -> str:
    """Where a verification statement is confirmed or returned."""
    return f"{review_place(verification_id)}/technical-review"


def risk_place(project_id: UUID) -> str:
    """Where a project's risk assessment is read, entered and countersigned."""
    return f"/projects/{project_id}/risk"


FEES_PLACE = "/staff/fees"
"""Where staff propose fee schedules and countersign them."""


def invoice_place(invoice_id: UUID) -> str:
    """Where an invoice is read and paid, and where staff settle it."""
    return f"/invoices/{invoice_id}"


def proposal_place(proposal_id: UUID) -> str:
    """Where staff answer a proposal, and whoever made it reads what became of it."""
    return f"/staff/proposals/{proposal_id}"


@dataclass(frozen=True)
class Notification:
    """`link` is a path below the registry's public address."""

    id: UUID
    user_id: UUID
    kind: NotificationKind
    message: str
    link: str
    created_at: datetime
