"""
Changing the facts of a project: which of them, in which state, and the diff that stays.

Source: ADR 0090; VCS Standard 4.7, section 3.6 (a project description is changed until it is validated).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from domain.accounts.roles import Account, Permission
from domain.errors import FactsStand, Fault, Forbidden, Invalid
from domain.projects.projects import (
    Coordinates,
    Project,
    ProjectStatus,
    ProjectType,
    require_crediting_period,
    require_start_date,
    signed_facts,
)
from domain.projects.verification import Verification, VerificationStatus

RELIED_ON_IN_REVIEW = frozenset({"type"})
"""Names as in the HTTP contract. By its type a project got a verifier who is accredited for it, and its risk."""


@dataclass(frozen=True)
class AskedChanges:
    """
    What a supplier asks for; None leaves a fact as it is.

    `emissions_target_units` is in units of 0.01 t CO2e. `without_crediting_period_end` takes the end away
    that was said: the crediting period is as long as any then.
    """

    title: str | None = None
    type: ProjectType | None = None
    description: str | None = None
    location: str | None = None
    country: str | None = None
    coordinates: Coordinates | None = None
    emissions_target_units: int | None = None
    start_date: date | None = None
    crediting_period_ends: date | None = None
    without_crediting_period_end: bool = False


@dataclass(frozen=True)
class FactChange:
    """Of one fact, in the shape of the HTTP contract."""

    before: Any
    after: Any


@dataclass(frozen=True)
class ProjectChange:
    """
    One version of a project after its first: who changed what, and when. `number` counts from 1.

    `changes` has facts by their name in the HTTP contract. `verification_id` is the round that was open.
    """

    id: UUID
    project_id: UUID
    verification_id: UUID
    number: int
    changed_by: UUID
    changed_at: datetime
    changes: Mapping[str, FactChange]

    @property
    def facts(self) -> Sequence[str]:
        """What was changed, as people read it."""
        return [words_of(name) for name in self.changes]


def facts_of(project: Project) -> dict[str, Any]:
    """Every fact that a supplier says of a project, in the shape of the HTTP contract."""
    facts = {name: fact for name, fact in signed_facts(project).items() if name != "id"}
    return facts | {"creditingPeriodEnd": project.crediting_period_end.isoformat()}


def differences(before: Project, after: Project) -> dict[str, FactChange]:
    then, now = facts_of(before), facts_of(after)
    return {name: FactChange(then[name], now[name]) for name in then if then[name] != now[name]}


def words_of(fact: str) -> str:
    """`emissionsTarget` → "emissions target"."""
    return "".join(f" {sign.lower()}" if sign.isupper() else sign for sign in fact)


def change_project(
    project: Project,
    first: Verification,
    asked: AskedChanges,
    *,
    actor: Account,
    at: datetime,
) -> Project:
    """
    A project with other facts; the same one when nothing is other.

    `first` is its newest first verification. While that is pending every fact may change, while it is in
    review all but those it relies on. From the approval on every fact is a verified one: what has become
    other is said in the statement of the next round.

    Raises:
        Forbidden: the account is not the project's supplier.
        FactsStand: its state does not allow it; the faults name the facts.
        Invalid: the project could not be registered with these facts.
    """
    require_supplier(project, actor)
    changed = _with(project, asked, at)
    changes = differences(project, changed)
    if not changes:
        return project
    _require_changeable(project, first, changes)
    if project.start_date != changed.start_date:
        require_start_date(changed.start_date, today=at.date())
    require_crediting_period(changed.start_date, changed.crediting_period_ends)
    return changed


def require_supplier(project: Project, actor: Account) -> None:
    """
    Raises:
        Forbidden: the account does not act for the project's supplier.
    """
    actor.require(Permission.CHANGE_PROJECT)
    if actor.acts_for != project.developer_id:
        raise Forbidden("Only the project's supplier does that to it.")


def _with(project: Project, asked: AskedChanges, at: datetime) -> Project:
    named = {
        name: value
        for name, value in vars(asked).items()
        if value is not None and name != "without_crediting_period_end"
    }
    if asked.without_crediting_period_end:
        if asked.crediting_period_ends is not None:
            detail = "A crediting period has an end, or none."
            raise Invalid(detail, Fault("/creditingPeriodEnd", detail))
        named["crediting_period_ends"] = None
    return replace(project, **named, updated_at=at)


def _require_changeable(
    project: Project, first: Verification, changes: Mapping[str, FactChange]
) -> None:
    names = sorted(changes)
    facts = " and ".join(map(words_of, names))
    if project.status is ProjectStatus.VERIFIED or first.status is VerificationStatus.APPROVED:
        raise _stand(
            names,
            f"The project is approved, and its {facts} verified: say what has changed in the statement of the "
            "next round.",
        )
    if project.status is not ProjectStatus.PENDING:
        raise _stand(names, f"The project is {project.status}: resubmit it first, then change it.")
    relied_on = [name for name in names if name in RELIED_ON_IN_REVIEW]
    if relied_on and first.status is VerificationStatus.IN_REVIEW:
        facts = " and ".join(map(words_of, relied_on))
        raise _stand(
            relied_on,
            f"The review relies on the {facts} of the project, for which its verifier was chosen: withdraw the "
            "round and resubmit it to change that.",
        )


def _stand(names: Sequence[str], detail: str) -> FactsStand:
    return FactsStand(detail, *(Fault(f"/{name}", detail) for name in names))
