"""
Who may do what to what: one table, denied by default (seed, "Authorization Security"; ADR 0066).

A row lets roles that stand in a relation to a thing do one thing to it, sometimes under a condition. What no row
lets somebody do is refused. `docs/permissions.md` is written from it, and a test walks every route by it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    DEVELOPER = "developer"
    VERIFIER = "verifier"
    ADMINISTRATOR = "administrator"
    BUYER = "buyer"


class Relation(StrEnum):
    """
    How an account stands to a thing.

    any                 whatever the thing is
    supplier            the project is its own
    assigned verifier   the project's verification is in its hands
    validator           it was named to validate the project in that round
    technical reviewer  it was asked to review the round's verification statement
    uploader            the document was announced by it, or the file of data sent in
    holder              the credits are its own, or were on either side of the movement
    owner               it is the account itself, or a session, key, wallet, notification or grievance of its own
    """

    ANY = "any"
    SUPPLIER = "supplier"
    ASSIGNED_VERIFIER = "assigned verifier"
    VALIDATOR = "validator"
    TECHNICAL_REVIEWER = "technical reviewer"
    UPLOADER = "uploader"
    HOLDER = "holder"
    OWNER = "owner"


class Resource(StrEnum):
    PUBLIC_REGISTRY = "public registry"
    OWN_ACCOUNT = "own account"
    ACCOUNT = "account"
    PROJECT = "project"
    VERIFICATION = "verification"
    DOCUMENT = "document"
    CREDITS = "credits"
    BUFFER = "buffer"
    REGISTRY = "registry"
    CHAIN = "chain"
    WEBHOOK = "webhook"
    AUDIT_LOG = "audit log"
    WORKFLOW = "workflow"
    PROPOSAL = "proposal"
    OPEN_DATA = "open data"
    REPORT = "report"
    INGESTION = "ingestion"
    MONITORING = "monitoring data"
    METHODOLOGY = "methodology"
    STANDARD = "standard"
    INVOICE = "invoice"


class Permission(StrEnum):
    """What can be done, as it reads after “may”."""

    READ_PUBLIC = "read what is public, and check certificates"
    SIGN_IN = "register, confirm an e-mail address, sign in and reset a password"
    TELL_OF_CHAIN = "tell of new blocks as the chain's provider"
    TELL_OF_STORAGE = "tell of new files as the object storage"
    KEEP_OWN_ACCOUNT = "look after one's own account, organisation, sessions, keys, wallet and notifications, and no other"
    SEE_PROJECT = "see a project, its verification and what documents it has"
    READ_DOCUMENT = "read a document"
    SEE_CREDITS = "see credits, their movements and retirements"
    REGISTER_PROJECT = "register a project"
    OPEN_ROUND = "open a monitoring period, and resubmit what was rejected or withdrawn"
    CHANGE_PROJECT = "change a project's facts, and withdraw a round of it"
    REPLACE_DOCUMENT = "put a newer version in the place of a document"
    UPLOAD_EVIDENCE = "upload documents"
    UPLOAD_STATEMENT = "add documents to a given round of a verification"
    COMPLETE_DOCUMENT = "have an upload counted"
    SUBMIT_FILE = "send in files of data, and make formats for them"
    REVIEW_FORMAT = "say whether a format that somebody else made reads what it says"
    SEE_SUBMISSION = "see files of data that were sent in, and what is wrong with them"
    FOLLOW_UP_ISSUES = "answer for what is wrong with files of data; staff assign, ask and waive"
    SEND_READINGS = "register devices of a project, and send what they measured"
    DRAW_BOUNDARY = "draw a project's boundary, and name its sampling points"
    QUANTIFY = "have the tonnes of a round worked out from its monitoring data"
    ASSIGN_VERIFIER = "assign a verifier"
    KEEP_METHODOLOGIES = "record methodologies and their versions, and withdraw versions"
    RECORD_STANDARDS = (
        "record standards, authorisations and other registries' serials, confirm and withdraw them"
    )
    WRITE_STATEMENT = "write the verification statement"
    ASK_FOR_REVIEW = "ask a colleague for the technical review of the verification statement"
    REVIEW_STATEMENT = "confirm the verification statement, or return it"
    WRITE_VALIDATION = "write the validation opinion on a project's design"
    ASSESS_RISK = "assess a project's risk of reversal"
    COUNTERSIGN_ASSESSMENT = "countersign an assessment of the risk of reversal, or refuse it"
    ADD_EVENT = "add notes and site visits to a verification"
    RAISE_FINDING = "raise, close and reopen findings"
    REPLY_TO_FINDING = "reply to findings"
    COMMENT = "comment on a project while the public is heard"
    ANSWER_COMMENT = "answer the public's comments"
    KEEP_CONSULTATIONS = "open consultations of the public, and hide comments"
    APPEAL = "appeal against what was decided on a round"
    FILE_GRIEVANCE = "file a grievance about a project or the registry"
    SEE_APPEAL = "see what an appeal or grievance says in confidence"
    DECIDE_APPEAL = "acknowledge appeals and grievances, and decide on them"
    DECIDE_VERIFICATION = "approve or reject a verification"
    DECLARE_INTERESTS = "declare their interests in a verification"
    COUNTERSIGN = "countersign an approval, and fill in the checklist before"
    COUNTERSIGN_PROPOSAL = "see and countersign what another administrator proposes"
    HOLD_CREDITS = "hold, transfer and retire credits"
    RESERVE_CREDITS = "offer credits, and ask holders to reserve theirs"
    MAKE_GOOD = "cancel credits in the place of lost ones"
    CANCEL_CREDITS = "cancel credits, release the buffer and record reversals"
    SET_BUFFER_SHARE = "set what of a project's issuances goes into the buffer"
    SEE_INVOICES = "see invoices, and what was paid of them"
    PAY_INVOICE = "open the payment provider's page for an invoice"
    SETTLE_INVOICE = "record bank transfers, decide on held payments, cancel and refund invoices"
    SET_FEES = "see and propose fee schedules"
    COUNTERSIGN_FEES = "countersign a fee schedule, or refuse it"
    TELL_OF_PAYMENT = "tell of payments as the payment provider"
    FREEZE_REGISTRY = "freeze and unfreeze the registry"
    PUBLISH_OPEN_DATA = "publish the open data"
    ASK_FOR_REPORT = "have compliance reports made, and read them"
    MAKE_REPORTS = "have any compliance report made, and give regulators access for a time"
    READ_BY_CODE = "read a report by the code that staff gave, for a time"
    RUN_CHAIN = "see what waits for the chain and resume parked records"
    MANAGE_WEBHOOKS = "manage webhooks and replay their deliveries"
    MANAGE_USERS = (
        "see accounts and verification bodies, invite people, lock accounts and change roles"
    )
    SEE_EVERYTHING = "see every project, verification and account's credits"
    SEE_WORKFLOWS = "see the workflows behind a verification or retirement"


RESOURCES: dict[Permission, Resource] = {
    Permission.READ_PUBLIC: Resource.PUBLIC_REGISTRY,
    Permission.SIGN_IN: Resource.OWN_ACCOUNT,
    Permission.TELL_OF_CHAIN: Resource.CHAIN,
    Permission.TELL_OF_STORAGE: Resource.INGESTION,
    Permission.KEEP_OWN_ACCOUNT: Resource.OWN_ACCOUNT,
    Permission.SEE_PROJECT: Resource.PROJECT,
    Permission.READ_DOCUMENT: Resource.DOCUMENT,
    Permission.SEE_CREDITS: Resource.CREDITS,
    Permission.REGISTER_PROJECT: Resource.PROJECT,
    Permission.OPEN_ROUND: Resource.PROJECT,
    Permission.CHANGE_PROJECT: Resource.PROJECT,
    Permission.REPLACE_DOCUMENT: Resource.DOCUMENT,
    Permission.UPLOAD_EVIDENCE: Resource.DOCUMENT,
    Permission.UPLOAD_STATEMENT: Resource.DOCUMENT,
    Permission.COMPLETE_DOCUMENT: Resource.DOCUMENT,
    Permission.SUBMIT_FILE: Resource.INGESTION,
    Permission.REVIEW_FORMAT: Resource.INGESTION,
    Permission.SEE_SUBMISSION: Resource.INGESTION,
    Permission.FOLLOW_UP_ISSUES: Resource.INGESTION,
    Permission.SEND_READINGS: Resource.MONITORING,
    Permission.DRAW_BOUNDARY: Resource.MONITORING,
    Permission.QUANTIFY: Resource.MONITORING,
    Permission.ASSIGN_VERIFIER: Resource.VERIFICATION,
    Permission.KEEP_METHODOLOGIES: Resource.METHODOLOGY,
    Permission.RECORD_STANDARDS: Resource.STANDARD,
    Permission.WRITE_STATEMENT: Resource.VERIFICATION,
    Permission.ASK_FOR_REVIEW: Resource.VERIFICATION,
    Permission.REVIEW_STATEMENT: Resource.VERIFICATION,
    Permission.WRITE_VALIDATION: Resource.VERIFICATION,
    Permission.ASSESS_RISK: Resource.PROJECT,
    Permission.COUNTERSIGN_ASSESSMENT: Resource.PROJECT,
    Permission.ADD_EVENT: Resource.VERIFICATION,
    Permission.RAISE_FINDING: Resource.VERIFICATION,
    Permission.REPLY_TO_FINDING: Resource.VERIFICATION,
    Permission.COMMENT: Resource.PUBLIC_REGISTRY,
    Permission.ANSWER_COMMENT: Resource.PROJECT,
    Permission.KEEP_CONSULTATIONS: Resource.PROJECT,
    Permission.APPEAL: Resource.VERIFICATION,
    Permission.FILE_GRIEVANCE: Resource.REGISTRY,
    Permission.SEE_APPEAL: Resource.REGISTRY,
    Permission.DECIDE_APPEAL: Resource.REGISTRY,
    Permission.DECIDE_VERIFICATION: Resource.VERIFICATION,
    Permission.DECLARE_INTERESTS: Resource.VERIFICATION,
    Permission.COUNTERSIGN: Resource.VERIFICATION,
    Permission.COUNTERSIGN_PROPOSAL: Resource.PROPOSAL,
    Permission.HOLD_CREDITS: Resource.CREDITS,
    Permission.RESERVE_CREDITS: Resource.CREDITS,
    Permission.MAKE_GOOD: Resource.CREDITS,
    Permission.CANCEL_CREDITS: Resource.CREDITS,
    Permission.SET_BUFFER_SHARE: Resource.BUFFER,
    Permission.SEE_INVOICES: Resource.INVOICE,
    Permission.PAY_INVOICE: Resource.INVOICE,
    Permission.SETTLE_INVOICE: Resource.INVOICE,
    Permission.SET_FEES: Resource.INVOICE,
    Permission.COUNTERSIGN_FEES: Resource.INVOICE,
    Permission.TELL_OF_PAYMENT: Resource.INVOICE,
    Permission.FREEZE_REGISTRY: Resource.REGISTRY,
    Permission.PUBLISH_OPEN_DATA: Resource.OPEN_DATA,
    Permission.ASK_FOR_REPORT: Resource.REPORT,
    Permission.MAKE_REPORTS: Resource.REPORT,
    Permission.READ_BY_CODE: Resource.REPORT,
    Permission.RUN_CHAIN: Resource.CHAIN,
    Permission.MANAGE_WEBHOOKS: Resource.WEBHOOK,
    Permission.MANAGE_USERS: Resource.ACCOUNT,
    Permission.SEE_EVERYTHING: Resource.AUDIT_LOG,
    Permission.SEE_WORKFLOWS: Resource.WORKFLOW,
}
"""What each is done to."""


class Condition(StrEnum):
    """What must be so beside role and relation, as it reads after “if”."""

    PUBLIC_AND_COMPLETE = "the document is public and has been uploaded"
    NOT_RESTRICTED = "the document is not restricted"
    WITH_THE_CODE = "they have its code, which neither ended nor was revoked"
    SIGNED_BY_PROVIDER = "the provider's signature is right"
    KNOWN_TO_STORAGE = "the storage's secret is sent along"
    IN_THE_VERIFIERS_STEAD = "they say why they decide instead of the verifier; an approval then waits for another administrator"
    OF_THE_SUPPLIER = "somebody who acts for the supplier uploaded it"
    NO_PART_IN_IT = "they had no part in the decision, and did not file it"
    ANOTHER_PERSON = "somebody else approved, proposed or entered it"


@dataclass(frozen=True)
class PermissionRule:
    """A row. `role` None means everybody, without an account too."""

    role: Role | None
    relation: Relation
    permission: Permission
    condition: Condition | None = None


def _rows(
    permission: Permission,
    *allowed: tuple[Role | None, Relation] | tuple[Role | None, Relation, Condition],
) -> tuple[PermissionRule, ...]:
    return tuple(
        PermissionRule(one[0], one[1], permission, one[2] if len(one) == 3 else None)  # noqa: PLR2004 -- with its condition
        for one in allowed
    )


_ANYBODY = (None, Relation.ANY)
_STAFF = (Role.ADMINISTRATOR, Relation.ANY)
_ITS_VERIFIER = (Role.VERIFIER, Relation.ASSIGNED_VERIFIER)
_ITS_VALIDATOR = (Role.VERIFIER, Relation.VALIDATOR)
_ITS_REVIEWER = (Role.VERIFIER, Relation.TECHNICAL_REVIEWER)


def _all_roles(relation: Relation) -> tuple[tuple[Role, Relation], ...]:
    return tuple((role, relation) for role in Role)


TABLE: tuple[PermissionRule, ...] = (
    *_rows(Permission.READ_PUBLIC, _ANYBODY),
    *_rows(Permission.SIGN_IN, _ANYBODY),
    *_rows(Permission.TELL_OF_CHAIN, (None, Relation.ANY, Condition.SIGNED_BY_PROVIDER)),
    *_rows(Permission.TELL_OF_STORAGE, (None, Relation.ANY, Condition.KNOWN_TO_STORAGE)),
    *_rows(Permission.KEEP_OWN_ACCOUNT, *_all_roles(Relation.OWNER)),
    # Somebody whose role was changed still sees what is their own.
    *_rows(
        Permission.SEE_PROJECT,
        *_all_roles(Relation.SUPPLIER),
        _ITS_VERIFIER,
        _ITS_VALIDATOR,
        _ITS_REVIEWER,
        _STAFF,
    ),
    *_rows(
        Permission.READ_DOCUMENT,
        (None, Relation.ANY, Condition.PUBLIC_AND_COMPLETE),
        *((role, Relation.SUPPLIER, Condition.NOT_RESTRICTED) for role in Role),
        # A verifier who was replaced reads nothing more, their own uploads included.
        (Role.DEVELOPER, Relation.UPLOADER),
        (Role.BUYER, Relation.UPLOADER),
        _ITS_VERIFIER,
        _ITS_VALIDATOR,
        _ITS_REVIEWER,
        _STAFF,
    ),
    *_rows(Permission.SEE_CREDITS, *_all_roles(Relation.HOLDER), _STAFF),
    *_rows(Permission.REGISTER_PROJECT, (Role.DEVELOPER, Relation.ANY)),
    *_rows(Permission.OPEN_ROUND, (Role.DEVELOPER, Relation.SUPPLIER)),
    *_rows(Permission.CHANGE_PROJECT, (Role.DEVELOPER, Relation.SUPPLIER)),
    *_rows(
        Permission.REPLACE_DOCUMENT,
        *((role, Relation.UPLOADER) for role in (Role.DEVELOPER, Role.VERIFIER)),
        (Role.ADMINISTRATOR, Relation.UPLOADER),
        (Role.DEVELOPER, Relation.SUPPLIER, Condition.OF_THE_SUPPLIER),
    ),
    *_rows(Permission.UPLOAD_EVIDENCE, (Role.DEVELOPER, Relation.SUPPLIER), _ITS_VERIFIER, _STAFF),
    *_rows(Permission.UPLOAD_STATEMENT, (Role.DEVELOPER, Relation.SUPPLIER), _ITS_VERIFIER),
    *_rows(Permission.COMPLETE_DOCUMENT, *_all_roles(Relation.UPLOADER)),
    *_rows(
        Permission.SUBMIT_FILE,
        (Role.DEVELOPER, Relation.ANY),
        (Role.VERIFIER, Relation.ANY),
        _STAFF,
    ),
    *_rows(
        Permission.REVIEW_FORMAT,
        (Role.VERIFIER, Relation.ANY, Condition.ANOTHER_PERSON),
        (Role.ADMINISTRATOR, Relation.ANY, Condition.ANOTHER_PERSON),
    ),
    *_rows(Permission.SEE_SUBMISSION, *_all_roles(Relation.UPLOADER), _STAFF),
    *_rows(Permission.FOLLOW_UP_ISSUES, *_all_roles(Relation.UPLOADER), _STAFF),
    *_rows(Permission.SEND_READINGS, (Role.DEVELOPER, Relation.SUPPLIER)),
    *_rows(Permission.DRAW_BOUNDARY, (Role.DEVELOPER, Relation.SUPPLIER)),
    *_rows(Permission.QUANTIFY, (Role.DEVELOPER, Relation.SUPPLIER), _ITS_VERIFIER),
    *_rows(Permission.ASSIGN_VERIFIER, _STAFF),
    *_rows(Permission.KEEP_METHODOLOGIES, _STAFF),
    *_rows(Permission.RECORD_STANDARDS, _STAFF),
    *_rows(Permission.WRITE_STATEMENT, _ITS_VERIFIER),
    *_rows(Permission.ASK_FOR_REVIEW, _ITS_VERIFIER),
    *_rows(Permission.REVIEW_STATEMENT, _ITS_REVIEWER),
    *_rows(Permission.WRITE_VALIDATION, _ITS_VERIFIER, _ITS_VALIDATOR),
    *_rows(Permission.ASSESS_RISK, _ITS_VERIFIER, _STAFF),
    *_rows(
        Permission.COUNTERSIGN_ASSESSMENT,
        (Role.ADMINISTRATOR, Relation.ANY, Condition.ANOTHER_PERSON),
    ),
    *_rows(Permission.ADD_EVENT, _ITS_VERIFIER, _STAFF),
    *_rows(Permission.RAISE_FINDING, _ITS_VERIFIER),
    *_rows(Permission.REPLY_TO_FINDING, (Role.DEVELOPER, Relation.SUPPLIER), _ITS_VERIFIER),
    *_rows(Permission.COMMENT, _ANYBODY),
    *_rows(Permission.ANSWER_COMMENT, (Role.DEVELOPER, Relation.SUPPLIER), _ITS_VERIFIER),
    *_rows(Permission.KEEP_CONSULTATIONS, _STAFF),
    *_rows(Permission.APPEAL, (Role.DEVELOPER, Relation.SUPPLIER)),
    *_rows(Permission.FILE_GRIEVANCE, *_all_roles(Relation.ANY)),
    *_rows(Permission.SEE_APPEAL, *_all_roles(Relation.OWNER), _STAFF),
    *_rows(Permission.DECIDE_APPEAL, (Role.ADMINISTRATOR, Relation.ANY, Condition.NO_PART_IN_IT)),
    *_rows(
        Permission.DECIDE_VERIFICATION,
        _ITS_VERIFIER,
        (Role.ADMINISTRATOR, Relation.ANY, Condition.IN_THE_VERIFIERS_STEAD),
    ),
    *_rows(Permission.DECLARE_INTERESTS, _ITS_VERIFIER, _ITS_VALIDATOR, _ITS_REVIEWER),
    *_rows(Permission.COUNTERSIGN, (Role.ADMINISTRATOR, Relation.ANY, Condition.ANOTHER_PERSON)),
    *_rows(
        Permission.COUNTERSIGN_PROPOSAL,
        (Role.ADMINISTRATOR, Relation.ANY, Condition.ANOTHER_PERSON),
    ),
    *_rows(
        Permission.HOLD_CREDITS, (Role.DEVELOPER, Relation.HOLDER), (Role.BUYER, Relation.HOLDER)
    ),
    *_rows(Permission.RESERVE_CREDITS, (Role.DEVELOPER, Relation.ANY), (Role.BUYER, Relation.ANY)),
    *_rows(
        Permission.MAKE_GOOD,
        (Role.DEVELOPER, Relation.HOLDER),
        (Role.BUYER, Relation.HOLDER),
        _STAFF,
    ),
    *_rows(Permission.CANCEL_CREDITS, _STAFF),
    *_rows(Permission.SET_BUFFER_SHARE, _STAFF),
    *_rows(Permission.SEE_INVOICES, *_all_roles(Relation.HOLDER), _STAFF),
    *_rows(
        Permission.PAY_INVOICE, (Role.DEVELOPER, Relation.HOLDER), (Role.BUYER, Relation.HOLDER)
    ),
    *_rows(Permission.SETTLE_INVOICE, _STAFF),
    *_rows(Permission.SET_FEES, _STAFF),
    *_rows(
        Permission.COUNTERSIGN_FEES, (Role.ADMINISTRATOR, Relation.ANY, Condition.ANOTHER_PERSON)
    ),
    *_rows(Permission.TELL_OF_PAYMENT, (None, Relation.ANY, Condition.SIGNED_BY_PROVIDER)),
    *_rows(Permission.FREEZE_REGISTRY, _STAFF),
    *_rows(Permission.PUBLISH_OPEN_DATA, _STAFF),
    *_rows(Permission.ASK_FOR_REPORT, *_all_roles(Relation.HOLDER), _STAFF),
    *_rows(Permission.MAKE_REPORTS, _STAFF),
    *_rows(Permission.READ_BY_CODE, (None, Relation.ANY, Condition.WITH_THE_CODE)),
    *_rows(Permission.RUN_CHAIN, _STAFF),
    *_rows(Permission.MANAGE_WEBHOOKS, _STAFF),
    *_rows(Permission.MANAGE_USERS, _STAFF),
    *_rows(Permission.SEE_EVERYTHING, _STAFF),
    *_rows(Permission.SEE_WORKFLOWS, _STAFF),
)

_RULES: dict[Permission, tuple[PermissionRule, ...]] = {
    permission: tuple(rule for rule in TABLE if rule.permission is permission)
    for permission in Permission
}


def permits(
    role: Role | None,
    permission: Permission,
    relations: Collection[Relation] = (),
    holding: Collection[Condition] = (),
) -> bool:
    """
    Whether some row allows it.

    `role` None is somebody without an account; `holding` are the conditions that are met.
    """
    return any(
        (rule.role is None or rule.role is role)
        and (rule.relation is Relation.ANY or rule.relation in relations)
        and (rule.condition is None or rule.condition in holding)
        for rule in _RULES[permission]
    )


def relations_of(role: Role, permission: Permission) -> frozenset[Relation]:
    """In which relations to a thing a role may do this to it; what conditions there are, comes on top."""
    return frozenset(rule.relation for rule in _RULES[permission] if rule.role in {None, role})
