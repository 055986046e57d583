"""
Appeals against what was decided on a round, and grievances about a project or the registry.

An appeal is the supplier's, within a set time; a grievance is anybody's who has an account. Both are acknowledged
and answered by a day each, by an administrator who had no part in what is complained of, and the answer is public
with its reason. What was decided stays as it was. Sources: ICVCM Core Carbon Principles, programme governance
(grievance mechanism); ISO 14065 on appeals and complaints; ADR 0101.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.accounts.roles import NO_ORGANISATION_ID, Account, Permission
from domain.errors import (
    AppealSettled,
    AppealTooLate,
    DecisionNotAppealable,
    Forbidden,
)
from domain.projects.verification import Verification, VerificationStatus

WORDS_LENGTH_MAX = 5000

REMINDED_AFTER = 0.75
"""Staff are reminded once so much of the time for an answer is over."""


class AppealKind(StrEnum):
    APPEAL = "appeal"
    GRIEVANCE = "grievance"


class AppealStatus(StrEnum):
    """
    filed         nobody has said yet that it was read
    acknowledged  somebody of staff looks into it
    upheld        whoever filed it is right
    dismissed     they are not
    """

    FILED = "filed"
    ACKNOWLEDGED = "acknowledged"
    UPHELD = "upheld"
    DISMISSED = "dismissed"


SETTLED = frozenset({AppealStatus.UPHELD, AppealStatus.DISMISSED})


class Outcome(StrEnum):
    UPHELD = "upheld"
    DISMISSED = "dismissed"


@dataclass(frozen=True)
class AppealRules:
    """How long a supplier has to appeal, and staff to acknowledge and to answer; both from the filing on."""

    appeal_within: timedelta = timedelta(days=30)
    acknowledge_within: timedelta = timedelta(days=7)
    answer_within: timedelta = timedelta(days=60)


@dataclass(frozen=True)
class Appeal:
    """
    `verification_id` is the round appealed against; None of a grievance, and `project_id` None of one about the registry.

    `filed_for` is the account that the organisation of `filed_by` holds under, their own where they act for none. `public_text` and `public_reason` are
    everybody's to read once it is acknowledged or decided, `confidential_text` is for staff and who filed it. With
    `withheld_reason` the public reads that in the place of `public_text`.
    """

    id: UUID
    kind: AppealKind
    project_id: UUID | None
    verification_id: UUID | None
    filed_by: UUID
    filed_for: UUID
    public_text: str
    confidential_text: str | None
    status: AppealStatus
    filed_at: datetime
    acknowledge_by: datetime
    answer_by: datetime
    acknowledged_at: datetime | None = None
    acknowledged_by: UUID | None = None
    withheld_reason: str | None = None
    decided_at: datetime | None = None
    decided_by: UUID | None = None
    public_reason: str | None = None

    @property
    def is_settled(self) -> bool:
        return self.status in SETTLED


@dataclass(frozen=True)
class Said:
    """What is filed under an identifier: for everybody, and for staff alone (None: nothing)."""

    appeal_id: UUID
    public_text: str
    confidential_text: str | None = None


def appeal(
    verification: Verification,
    said: Said,
    *,
    actor: Account,
    rules: AppealRules,
    at: datetime,
) -> Appeal:
    """
    Appeal against the approval or rejection of a round, for its supplier.

    Raises:
        Forbidden: the account does not act for the project's supplier.
        DecisionNotAppealable: the round is not decided, or was withdrawn by the supplier.
        AppealTooLate: the time for it (`rules.appeal_within`) is over.
    """
    actor.require(Permission.APPEAL)
    if actor.acts_for != verification.developer_id:
        raise Forbidden("Only the project's supplier appeals against what was decided on it.")
    last = appealable_until(verification, rules)
    if last is None:
        raise DecisionNotAppealable(
            f"Round {verification.number} is {verification.status}: there is no decision to appeal against."
        )
    if at > last:
        raise AppealTooLate(
            f"An appeal against the decision on round {verification.number} was taken until {last:%Y-%m-%d}, for "
            f"{rules.appeal_within.days} days."
        )
    return _filed(
        AppealKind.APPEAL,
        said,
        (verification.project_id, verification.id),
        actor,
        rules,
        at,
    )


def appealable_until(verification: Verification, rules: AppealRules) -> datetime | None:
    """The last moment for an appeal; None where there is no decision to appeal against."""
    if verification.status not in {VerificationStatus.APPROVED, VerificationStatus.REJECTED}:
        return None
    if verification.is_open or verification.completed_at is None:
        return None
    return verification.completed_at + rules.appeal_within


def grievance(
    project_id: UUID | None,
    said: Said,
    *,
    actor: Account,
    rules: AppealRules,
    at: datetime,
) -> Appeal:
    """
    Complain of a project, or (`project_id` None) of the registry, as anybody who has an account.

    Raises:
        Forbidden: the role may not; all may.
    """
    actor.require(Permission.FILE_GRIEVANCE)
    return _filed(
        AppealKind.GRIEVANCE,
        said,
        (project_id, None),
        actor,
        rules,
        at,
    )


def acknowledge(
    filed: Appeal, withheld_reason: str | None, *, actor: Account, at: datetime
) -> Appeal:
    """
    Say that it was read and is looked into; from then on the public reads of it.

    `withheld_reason` stands in the place of its text, where that names people or says what is not for everybody.

    Raises:
        Forbidden: only staff acknowledge.
        AppealSettled: it is acknowledged already, or decided.
    """
    actor.require(Permission.DECIDE_APPEAL)
    if filed.status is not AppealStatus.FILED:
        raise AppealSettled(f"This {filed.kind} is {filed.status} already.")
    return replace(
        filed,
        status=AppealStatus.ACKNOWLEDGED,
        acknowledged_at=at,
        acknowledged_by=actor.id,
        withheld_reason=withheld_reason,
    )


def decide(
    acknowledged: Appeal,
    outcome: Outcome,
    public_reason: str,
    *,
    parties: Collection[UUID],
    actor: Account,
    at: datetime,
) -> Appeal:
    """
    Uphold or dismiss it; `parties` are the accounts that had a part in what is complained of.

    Raises:
        Forbidden: only staff decide, and nobody who filed it or had a part; the sentence says which.
        AppealSettled: it is decided already, or was not acknowledged yet.
    """
    actor.require(Permission.DECIDE_APPEAL)
    if actor.id == acknowledged.filed_by:
        raise Forbidden(f"You filed this {acknowledged.kind}; another administrator decides on it.")
    if actor.id in parties:
        raise Forbidden(
            "You had a part in what was decided there (you decided it, or answered for a second approval); "
            "an administrator who had none decides."
        )
    if acknowledged.is_settled:
        raise AppealSettled(f"This {acknowledged.kind} was {acknowledged.status} already.")
    if acknowledged.status is not AppealStatus.ACKNOWLEDGED:
        raise AppealSettled(
            f"This {acknowledged.kind} is not acknowledged yet: say first that it was read."
        )
    return replace(
        acknowledged,
        status=AppealStatus(outcome.value),
        decided_at=at,
        decided_by=actor.id,
        public_reason=public_reason,
    )


def _filed(
    kind: AppealKind,
    said: Said,
    about: tuple[UUID | None, UUID | None],
    actor: Account,
    rules: AppealRules,
    at: datetime,
) -> Appeal:
    project_id, verification_id = about
    return Appeal(
        id=said.appeal_id,
        kind=kind,
        project_id=project_id,
        verification_id=verification_id,
        filed_by=actor.id,
        filed_for=actor.id if actor.acts_for == NO_ORGANISATION_ID else actor.acts_for,
        public_text=said.public_text,
        confidential_text=said.confidential_text,
        status=AppealStatus.FILED,
        filed_at=at,
        acknowledge_by=at + rules.acknowledge_within,
        answer_by=at + rules.answer_within,
    )
