"""
Monitoring periods: what a project is verified for, again and again, after its first verification.

A project is validated and registered by its first verification. From then on it is monitored, and each
monitoring period is verified in a round of its own (`domain.projects.verification`), which has its own
evidence, verifier, decision and issuance. Source: ADR 0076; VCS Standard 4.7, sections 3.2 and 3.9.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.accounts.roles import Account, Permission
from domain.errors import Conflict, Fault, Forbidden, Invalid, PeriodsOverlap, RoundOpen
from domain.projects.projects import Project, ProjectStatus
from domain.projects.verification import (
    ENDED_WITHOUT_APPROVAL,
    MonitoringPeriod,
    Verification,
    VerificationStatus,
)

WHAT_CHANGED_LENGTH_MAX = 5000


@dataclass(frozen=True)
class NewRound:
    """What a supplier asks for; `what_changed` says what is other than in the round that was rejected."""

    id: UUID
    period: MonitoringPeriod
    what_changed: str | None = None


def open_monitoring_period(
    project: Project,
    rounds: Sequence[Verification],
    asked: NewRound,
    *,
    actor: Account,
    at: datetime,
) -> Verification:
    """
    Open a round for a monitoring period of a verified project.

    `rounds` are all of the project's, the first verification included. A gap between two periods is
    allowed: nothing is issued for it.

    Raises:
        Forbidden: the account is not the project's supplier.
        Invalid: the days are in no order, outside the crediting period, or a rejected round covered
            some of them and `what_changed` says nothing.
        RoundOpen: another round of the project is open.
        PeriodsOverlap: a round that was not rejected covers some of the days; both are named.
        Conflict: the project is not verified.
    """
    _require_supplier(project, actor)
    require_within_crediting_period(project, asked.period)
    require_no_open_round(rounds)
    if project.status is not ProjectStatus.VERIFIED:
        raise Conflict(
            f"This project is {project.status}; monitoring periods follow an approved first verification."
        )
    require_no_overlap(rounds, asked.period)
    rejected = _rejected_over(rounds, asked.period)
    if rejected is not None and not (asked.what_changed or "").strip():
        detail = f"Round {rejected.number} was rejected for {rejected.monitoring_period}: say what changed since."
        raise Invalid(detail, Fault("/whatChanged", detail))
    return _opened(project, rounds, asked.id, asked.period, rejected, asked.what_changed, at)


def resubmit(
    project: Project,
    rounds: Sequence[Verification],
    rejected: Verification,
    round_id: UUID,
    what_changed: str,
    *,
    actor: Account,
    at: datetime,
    appeal_upheld: bool = False,
) -> Verification:
    """
    Open a new round for what one was about that was rejected or withdrawn; that end stays, and public.

    With `appeal_upheld` the decision was the wrong one (domain.projects.programme.appeals): nothing need have changed.

    Raises:
        Forbidden: the account is not the project's supplier.
        Invalid: nothing is said of what changed.
        RoundOpen, PeriodsOverlap: as for `open_monitoring_period`.
        Conflict: that round was neither rejected nor withdrawn, or the project is verified by now.
    """
    _require_supplier(project, actor)
    if appeal_upheld and not what_changed.strip():
        what_changed = (
            f"Nothing: the appeal against the decision on round {rejected.number} was upheld."
        )
    if not what_changed.strip():
        detail = f"A resubmission says what changed since round {rejected.number}."
        raise Invalid(detail, Fault("/whatChanged", detail))
    if rejected.status not in ENDED_WITHOUT_APPROVAL:
        raise Conflict(
            f"Only a rejected or withdrawn round is resubmitted; this one is {rejected.status}."
        )
    require_no_open_round(rounds)
    period = rejected.monitoring_period
    if period is not None:
        require_no_overlap(rounds, period)
    elif project.status not in {ProjectStatus.REJECTED, ProjectStatus.WITHDRAWN}:
        raise Conflict(f"This project is {project.status}; its first verification is over.")
    return _opened(project, rounds, round_id, period, rejected, what_changed, at)


def require_no_open_round(rounds: Sequence[Verification]) -> None:
    """
    Raises:
        RoundOpen: one is not decided, or waits for its countersignature.
    """
    for one in rounds:
        if one.is_open:
            raise RoundOpen(
                f"Round {one.number} of this project ({one.subject}) is open: verification {one.id}. "
                "One round is open at a time."
            )


def require_no_overlap(rounds: Sequence[Verification], period: MonitoringPeriod) -> None:
    """
    Raises:
        PeriodsOverlap: a round that was neither rejected nor withdrawn covers a day of it; the sentence
            names both.
    """
    for one in rounds:
        covered = one.monitoring_period
        if one.status in ENDED_WITHOUT_APPROVAL or covered is None:
            continue
        if covered.overlaps(period):
            raise PeriodsOverlap(
                f"The monitoring period {period} overlaps with {covered} of round {one.number} "
                f"(verification {one.id})."
            )


def require_within_crediting_period(project: Project, period: MonitoringPeriod) -> None:
    """
    Raises:
        Invalid: it ends before it begins, or a day of it lies outside the crediting period.
    """
    faults = []
    first, last = project.start_date, project.crediting_period_end
    if period.last_day < period.first_day:
        faults.append(Fault("/to", f"A monitoring period ends on or after {period.first_day}."))
    if not first <= period.first_day <= last:
        faults.append(Fault("/from", f"The crediting period is {first} to {last}."))
    if not first <= period.last_day <= last:
        faults.append(Fault("/to", f"The crediting period is {first} to {last}."))
    if faults:
        raise Invalid(" ".join(dict.fromkeys(fault.detail for fault in faults)), *faults)


def _require_supplier(project: Project, actor: Account) -> None:
    actor.require(Permission.OPEN_ROUND)
    if actor.acts_for != project.developer_id:
        raise Forbidden("Only the project's supplier opens a round of it.")


def _rejected_over(rounds: Sequence[Verification], period: MonitoringPeriod) -> Verification | None:
    """The newest rejected round that covered a day of it."""
    found = [
        one
        for one in rounds
        if one.status is VerificationStatus.REJECTED
        and one.monitoring_period is not None
        and one.monitoring_period.overlaps(period)
    ]
    return max(found, key=lambda one: one.number, default=None)


def _opened(
    project: Project,
    rounds: Sequence[Verification],
    round_id: UUID,
    period: MonitoringPeriod | None,
    rejected: Verification | None,
    what_changed: str | None,
    at: datetime,
) -> Verification:
    return Verification(
        id=round_id,
        project_id=project.id,
        developer_id=project.developer_id,
        status=VerificationStatus.PENDING,
        submitted_at=at,
        updated_at=at,
        number=max((one.number for one in rounds), default=0) + 1,
        monitoring_period=period,
        resubmits=None if rejected is None else rejected.id,
        what_changed=None if rejected is None else what_changed,
    )
