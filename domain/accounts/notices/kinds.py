"""
One line for each kind of notification: what it is called, who gets it, how, and whether it must arrive.

Whoever adds an event that somebody must act on or know of adds a kind here, and nothing else: preferences,
the page, the mail and `docs/notifications.md` follow from this table (ADR 0074).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.accounts.notifications import NotificationKind
from domain.accounts.roles import Role


class NoticeTopic(StrEnum):
    """What a notification is about; a preference page groups by it."""

    ACCOUNT = "account"
    VERIFICATION = "verification"
    FINDING = "finding"
    CREDIT = "credit"
    PAYMENT = "payment"
    CHAIN = "chain"
    INGESTION = "ingestion"


class NoticeChannel(StrEnum):
    """How somebody hears of a kind; all but `none` also show it in the app."""

    MAIL = "mail"
    DIGEST = "digest"
    IN_APP = "in_app"
    NONE = "none"


class MailTemplate(StrEnum):
    """Which letter carries it: what must be done by a time, and what protects an account, say so above."""

    NOTICE = "notice"
    DIGEST = "digest"
    DEADLINE = "deadline"
    SECURITY = "security"


@dataclass(frozen=True)
class NoticeKind:
    """
    `told` names the roles that can get it; `mandatory` ones are mailed at once whatever anybody prefers.

    `default` holds until a person chooses.
    """

    title: str
    topic: NoticeTopic
    told: frozenset[Role]
    mandatory: bool = False
    default: NoticeChannel = NoticeChannel.MAIL
    template: MailTemplate = MailTemplate.NOTICE

    def allows(self, channel: NoticeChannel) -> bool:
        return not self.mandatory or channel is NoticeChannel.MAIL


_SUPPLIER = frozenset({Role.DEVELOPER})
_VERIFIER = frozenset({Role.VERIFIER})
_STAFF = frozenset({Role.ADMINISTRATOR})
_HOLDERS = frozenset({Role.DEVELOPER, Role.BUYER})
_EVERYBODY = frozenset(Role)
_PARTIES = _SUPPLIER | _VERIFIER | _STAFF


def _deadline(title: str, topic: NoticeTopic, told: frozenset[Role]) -> NoticeKind:
    return NoticeKind(title, topic, told, mandatory=True, template=MailTemplate.DEADLINE)


def _security(title: str, topic: NoticeTopic, told: frozenset[Role]) -> NoticeKind:
    return NoticeKind(title, topic, told, mandatory=True, template=MailTemplate.SECURITY)


_KINDS, _TOPICS = NotificationKind, NoticeTopic
NOTICES: Mapping[NotificationKind, NoticeKind] = {
    _KINDS.WALLET_LINKED: _security("A wallet was linked", _TOPICS.ACCOUNT, _EVERYBODY),
    _KINDS.WALLET_UNLINKED: _security("A wallet was unlinked", _TOPICS.ACCOUNT, _EVERYBODY),
    _KINDS.PASSKEY_ADDED: _security("A passkey was added", _TOPICS.ACCOUNT, _EVERYBODY),
    _KINDS.PASSKEY_REMOVED: _security("A passkey was removed", _TOPICS.ACCOUNT, _EVERYBODY),
    _KINDS.PASSKEY_REFUSED: _security("A passkey was refused", _TOPICS.ACCOUNT, _EVERYBODY),
    _KINDS.DATA_EXPORT_READY: _security(
        "The copy of your data is ready", _TOPICS.ACCOUNT, _EVERYBODY
    ),
    _KINDS.ERASURE_REQUESTED: _security("Your data are to be erased", _TOPICS.ACCOUNT, _EVERYBODY),
    _KINDS.ERASURE_REMINDER: _deadline(
        "Your data will be erased soon", _TOPICS.ACCOUNT, _EVERYBODY
    ),
    _KINDS.ERASURE_WITHDRAWN: _security(
        "Your data will not be erased", _TOPICS.ACCOUNT, _EVERYBODY
    ),
    _KINDS.ERASURE_REFUSED: _security("Your data could not be erased", _TOPICS.ACCOUNT, _EVERYBODY),
    _KINDS.SIGN_IN_LOCKED: _security("Signing in is locked", _TOPICS.ACCOUNT, _EVERYBODY),
    _KINDS.PROJECT_REGISTERED: NoticeKind(
        "A project waits for a verifier", _TOPICS.VERIFICATION, _STAFF
    ),
    _KINDS.VERIFICATION_OPENED: NoticeKind(
        "A round of a project waits for a verifier", _TOPICS.VERIFICATION, _STAFF
    ),
    _KINDS.LIKELY_DUPLICATE: NoticeKind(
        "A project may be registered twice", _TOPICS.VERIFICATION, _STAFF
    ),
    _KINDS.PROJECT_CHANGED: NoticeKind(
        "A project that you verify was changed", _TOPICS.VERIFICATION, _VERIFIER
    ),
    _KINDS.DOCUMENT_REPLACED: NoticeKind(
        "A document has a newer version", _TOPICS.VERIFICATION, _SUPPLIER | _VERIFIER
    ),
    _KINDS.ROUND_WITHDRAWN: NoticeKind(
        "A round was withdrawn", _TOPICS.VERIFICATION, _VERIFIER | _STAFF
    ),
    _KINDS.VERIFIER_ASSIGNED: NoticeKind(
        "You are to verify a project", _TOPICS.VERIFICATION, _VERIFIER
    ),
    _KINDS.VERIFIER_REPLACED: NoticeKind(
        "Another verifier took over", _TOPICS.VERIFICATION, _VERIFIER
    ),
    _KINDS.VERIFICATION_BEGUN: NoticeKind(
        "Your project has a verifier", _TOPICS.VERIFICATION, _SUPPLIER
    ),
    _KINDS.ASSIGNMENT_OVERDUE: _deadline(
        "A verifier was not assigned in time", _TOPICS.VERIFICATION, _STAFF
    ),
    _KINDS.REVIEW_OVERDUE: _deadline("A review is overdue", _TOPICS.VERIFICATION, _STAFF),
    _KINDS.COUNTERSIGNATURE_WANTED: NoticeKind(
        "An approval waits for a second one", _TOPICS.VERIFICATION, _STAFF
    ),
    _KINDS.COUNTERSIGNATURE_OVERDUE: _deadline(
        "A second approval is overdue", _TOPICS.VERIFICATION, _STAFF
    ),
    _KINDS.COUNTERSIGNATURE_REFUSED: NoticeKind(
        "A second approval was refused", _TOPICS.VERIFICATION, _PARTIES
    ),
    _KINDS.APPROVAL_COUNTERSIGNED: NoticeKind(
        "Your approval was countersigned", _TOPICS.VERIFICATION, _VERIFIER | _STAFF
    ),
    _KINDS.PROJECT_APPROVED: NoticeKind(
        "Your project was approved", _TOPICS.VERIFICATION, _SUPPLIER
    ),
    _KINDS.PROJECT_REJECTED: NoticeKind(
        "Your project was rejected", _TOPICS.VERIFICATION, _SUPPLIER
    ),
    _KINDS.STATEMENT_WRITTEN: NoticeKind(
        "A verification statement was written", _TOPICS.VERIFICATION, _SUPPLIER
    ),
    _KINDS.VALIDATION_ASKED: NoticeKind(
        "You are to validate a project", _TOPICS.VERIFICATION, _VERIFIER
    ),
    _KINDS.VALIDATION_WRITTEN: NoticeKind(
        "A validation opinion was written", _TOPICS.VERIFICATION, _SUPPLIER | _VERIFIER
    ),
    _KINDS.TECHNICAL_REVIEW_ASKED: NoticeKind(
        "You are asked for a technical review", _TOPICS.VERIFICATION, _VERIFIER
    ),
    _KINDS.TECHNICAL_REVIEW_GIVEN: NoticeKind(
        "A technical review was given", _TOPICS.VERIFICATION, _VERIFIER
    ),
    _KINDS.RISK_ASSESSMENT_WAITS: NoticeKind(
        "A risk assessment waits for a countersignature", _TOPICS.VERIFICATION, _STAFF
    ),
    _KINDS.RISK_ASSESSMENT_DECIDED: NoticeKind(
        "A risk assessment was countersigned or refused", _TOPICS.VERIFICATION, _PARTIES
    ),
    _KINDS.VERIFICATION_NOTE: NoticeKind(
        "Somebody wrote on a verification", _TOPICS.FINDING, _PARTIES
    ),
    _KINDS.CONSULTATION_OPENED: NoticeKind(
        "The public is heard on a project", _TOPICS.VERIFICATION, _SUPPLIER | _VERIFIER
    ),
    _KINDS.CONSULTATION_COMMENTED: NoticeKind(
        "The public commented on a project", _TOPICS.FINDING, _SUPPLIER | _VERIFIER
    ),
    _KINDS.APPEAL_FILED: NoticeKind("An appeal was filed", _TOPICS.VERIFICATION, _STAFF),
    _KINDS.APPEAL_DUE: _deadline("An appeal is to be answered soon", _TOPICS.VERIFICATION, _STAFF),
    _KINDS.APPEAL_OVERDUE: _deadline("An appeal is overdue", _TOPICS.VERIFICATION, _EVERYBODY),
    _KINDS.APPEAL_ACKNOWLEDGED: NoticeKind("Your appeal is read", _TOPICS.VERIFICATION, _EVERYBODY),
    _KINDS.APPEAL_DECIDED: NoticeKind("An appeal was decided", _TOPICS.VERIFICATION, _EVERYBODY),
    _KINDS.FINDING_RAISED: NoticeKind("A finding was raised", _TOPICS.FINDING, _SUPPLIER),
    _KINDS.FINDING_ANSWERED: NoticeKind("A finding was answered", _TOPICS.FINDING, _VERIFIER),
    _KINDS.FINDING_FOLLOWED_UP: NoticeKind(
        "The verifier wrote again about a finding", _TOPICS.FINDING, _SUPPLIER
    ),
    _KINDS.FINDING_CLOSED: NoticeKind("A finding was closed", _TOPICS.FINDING, _SUPPLIER),
    _KINDS.FINDING_REOPENED: NoticeKind("A finding was reopened", _TOPICS.FINDING, _SUPPLIER),
    _KINDS.FINDING_OVERDUE: _deadline(
        "A finding waits for your answer", _TOPICS.FINDING, _SUPPLIER
    ),
    _KINDS.FINDING_UNANSWERED: _deadline(
        "A finding was not answered in time", _TOPICS.FINDING, _VERIFIER | _STAFF
    ),
    _KINDS.CONFLICT_DECLARED: NoticeKind(
        "A verifier declared a conflict of interest", _TOPICS.VERIFICATION, _STAFF
    ),
    _KINDS.ORGANISATION_INVITATION: _security(
        "You are asked to act for an organisation", _TOPICS.ACCOUNT, _EVERYBODY
    ),
    _KINDS.ORGANISATION_JOINED: NoticeKind(
        "Somebody acts for your organisation now", _TOPICS.ACCOUNT, _EVERYBODY
    ),
    _KINDS.ORGANISATION_LEFT: NoticeKind(
        "Somebody no longer acts for your organisation", _TOPICS.ACCOUNT, _EVERYBODY
    ),
    _KINDS.CREDITS_ISSUED: NoticeKind("Credits were issued to you", _TOPICS.CREDIT, _SUPPLIER),
    _KINDS.CREDITS_RECEIVED: NoticeKind("You received credits", _TOPICS.CREDIT, _HOLDERS),
    _KINDS.RESERVATION_REQUESTED: NoticeKind(
        "Somebody asks you to reserve credits", _TOPICS.CREDIT, _HOLDERS
    ),
    _KINDS.RESERVATION_ANSWERED: NoticeKind(
        "A holder answered your reservation", _TOPICS.CREDIT, _HOLDERS
    ),
    _KINDS.RESERVATION_ENDED: NoticeKind("A reservation ended", _TOPICS.CREDIT, _HOLDERS),
    _KINDS.CREDITS_CANCELLED: NoticeKind(
        "Credits of yours were cancelled", _TOPICS.CREDIT, _HOLDERS
    ),
    _KINDS.CREDITS_SUSPENDED: NoticeKind(
        "Credits of yours are suspended", _TOPICS.CREDIT, _HOLDERS
    ),
    _KINDS.CREDITS_REINSTATED: NoticeKind(
        "Credits of yours are active again", _TOPICS.CREDIT, _HOLDERS
    ),
    _KINDS.RETIREMENT_REVERSED: NoticeKind(
        "A loss touches a retirement of yours", _TOPICS.CREDIT, _HOLDERS
    ),
    _KINDS.ISSUANCE_CORRECTED: NoticeKind(
        "Credits were issued to you in error", _TOPICS.CREDIT, _SUPPLIER
    ),
    _KINDS.STANDARD_TO_CONFIRM: NoticeKind(
        "A standard, authorisation or range waits for you to confirm it", _TOPICS.CREDIT, _STAFF
    ),
    _KINDS.STANDARD_CHANGED: NoticeKind(
        "What others say of your project has changed", _TOPICS.CREDIT, _SUPPLIER
    ),
    _KINDS.OBLIGATION_OPENED: _deadline("You owe units for a loss", _TOPICS.CREDIT, _SUPPLIER),
    _KINDS.OBLIGATION_REMINDER: _deadline("What you owe is due soon", _TOPICS.CREDIT, _SUPPLIER),
    _KINDS.OBLIGATION_OVERDUE: _deadline(
        "What is owed is overdue", _TOPICS.CREDIT, _SUPPLIER | _STAFF
    ),
    _KINDS.OBLIGATION_SETTLED: NoticeKind("What you owed is settled", _TOPICS.CREDIT, _SUPPLIER),
    _KINDS.CERTIFICATE_SEALED: NoticeKind(
        "A certificate of yours is sealed", _TOPICS.CREDIT, _HOLDERS
    ),
    _KINDS.CERTIFICATE_RESEALED: NoticeKind(
        "A certificate of yours has a new seal", _TOPICS.CREDIT, _HOLDERS
    ),
    _KINDS.CERTIFICATE_CORRECTED: NoticeKind(
        "A certificate of yours was corrected", _TOPICS.CREDIT, _HOLDERS
    ),
    _KINDS.CERTIFICATE_UNSEALABLE: NoticeKind(
        "A certificate cannot be sealed", _TOPICS.CREDIT, _STAFF
    ),
    _KINDS.INVOICE_ISSUED: NoticeKind("You have an invoice", _TOPICS.PAYMENT, _HOLDERS),
    _KINDS.INVOICE_SETTLED: NoticeKind("An invoice of yours is settled", _TOPICS.PAYMENT, _HOLDERS),
    _KINDS.INVOICE_OVERDUE: _deadline("An invoice is overdue", _TOPICS.PAYMENT, _HOLDERS | _STAFF),
    _KINDS.PAYMENT_HELD: NoticeKind("A payment waits for a person", _TOPICS.PAYMENT, _STAFF),
    _KINDS.FEES_PROPOSED: NoticeKind(
        "A fee schedule waits for a countersignature", _TOPICS.PAYMENT, _STAFF
    ),
    _KINDS.FEES_DECIDED: NoticeKind(
        "A fee schedule was countersigned or refused", _TOPICS.PAYMENT, _STAFF
    ),
    _KINDS.REGISTRY_FROZEN: _security("The registry is frozen", _TOPICS.CREDIT, _STAFF),
    _KINDS.REGISTRY_UNFROZEN: _security("The registry is open again", _TOPICS.CREDIT, _STAFF),
    _KINDS.LEDGER_DIFFERENCE: _security("The ledger does not add up", _TOPICS.CREDIT, _STAFF),
    _KINDS.CHAIN_DIFFERENCE: _security("The chain and the database differ", _TOPICS.CHAIN, _STAFF),
    _KINDS.INGESTION_FINISHED: NoticeKind(
        "A file that you sent in was looked through", _TOPICS.INGESTION, _PARTIES
    ),
    _KINDS.INGESTION_ISSUES_OPEN: NoticeKind(
        "A file that came in has faults", _TOPICS.INGESTION, _STAFF
    ),
    _KINDS.INGESTION_ISSUE_ASSIGNED: NoticeKind(
        "Faults of a file are yours to settle", _TOPICS.INGESTION, _STAFF
    ),
    _KINDS.INGESTION_ISSUE_ASKED: NoticeKind(
        "You are asked about a file that you sent in", _TOPICS.INGESTION, _PARTIES
    ),
    _KINDS.INGESTION_ISSUE_ANSWERED: NoticeKind(
        "A question about a file was answered", _TOPICS.INGESTION, _STAFF
    ),
    _KINDS.INGESTION_ISSUES_OVERDUE: _deadline(
        "Faults of a file wait for you", _TOPICS.INGESTION, _PARTIES
    ),
    _KINDS.INGESTION_ISSUES_ESCALATED: _deadline(
        "Faults of a file were not settled in time", _TOPICS.INGESTION, _STAFF
    ),
    _KINDS.FORMAT_REVIEWED: NoticeKind(
        "A format that you made was reviewed", _TOPICS.INGESTION, _PARTIES
    ),
    _KINDS.ALERT: _security("The registry needs somebody", _TOPICS.CHAIN, _STAFF),
}


def kinds_told(role: Role) -> Mapping[NotificationKind, NoticeKind]:
    """Those that somebody of this role can get, in the order of the table."""
    return {kind: notice for kind, notice in NOTICES.items() if role in notice.told}
