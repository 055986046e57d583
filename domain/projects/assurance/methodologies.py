"""
Methodologies and their versions: how the tonnes of a project are quantified, and what that asks for.

Staff keep them. A version never changes once it is recorded; it is withdrawn, and another one follows. A
round keeps the version it is verified by, from its opening on: one that is withdrawn meanwhile still counts
for it, and no later round chooses it (ADR 0091).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from uuid import UUID

from domain.errors import Conflict, FactsStand, Fault, Invalid, MethodologyNotChosen
from domain.projects.documents import DocumentType
from domain.projects.projects import (
    Project,
    ProjectType,
    crediting_period_end_max,
    require_crediting_period,
)
from domain.projects.verification import (
    Verification,
    VerificationStatus,
    require_undecided,
)

CHOSEN_AT = "/methodologyVersionId"


@dataclass(frozen=True)
class QuantificationParameter:
    """What is measured or set; `unit` as people write it, `1` for a ratio."""

    name: str
    unit: str
    description: str


@dataclass(frozen=True)
class Methodology:
    """`standard` is whose it is, as `Verra VCS`; `sector` in the standard's own words."""

    id: UUID
    name: str
    standard: str
    sector: str


@dataclass(frozen=True)
class VersionTerms:
    """
    What a version asks for.

    `required_document_types` are asked for beside what every approval rests on. `crediting_period_years`
    and `durability_years` None: the methodology says nothing of them. `valid_from` is a day in UTC.
    With `requires_statement` nothing is approved without a verification statement; with
    `requires_checklist` an approval waits for a countersignature, whose giver has filled in the checklist.
    `calculations` are those, as `id/version`, by which alone tonnes are worked out; none: any of the project's type.
    """

    version: str
    project_types: tuple[ProjectType, ...]
    required_document_types: tuple[DocumentType, ...]
    parameters: tuple[QuantificationParameter, ...]
    crediting_period_years: int | None
    durability_years: int | None
    requires_statement: bool
    requires_checklist: bool
    valid_from: date
    calculations: tuple[str, ...] = ()


@dataclass(frozen=True)
class MethodologyVersion:
    """A version with the methodology it is of; `withdrawn_at` None: it can be chosen."""

    id: UUID
    methodology: Methodology
    terms: VersionTerms
    withdrawn_at: datetime | None = None
    withdrawal_reason: str | None = None

    @property
    def title(self) -> str:
        """As sentences and pages name it."""
        return f"{self.methodology.name}, version {self.terms.version}"


def require_new_version(versions: Collection[MethodologyVersion], version: str) -> None:
    """
    `versions` are those of one methodology.

    Raises:
        Conflict: it has that one already.
    """
    for one in versions:
        if one.terms.version.casefold() == version.casefold():
            raise Conflict(f"{one.title}, is recorded already; a version never changes.")


def withdraw(version: MethodologyVersion, reason: str, *, at: datetime) -> MethodologyVersion:
    """
    No round that is opened from now on chooses it; those that have it finish on it.

    Raises:
        Conflict: it is withdrawn already.
    """
    if version.withdrawn_at is not None:
        raise Conflict(f"{version.title}, was withdrawn on {version.withdrawn_at.date()} already.")
    return replace(version, withdrawn_at=at, withdrawal_reason=reason)


def require_choosable(version: MethodologyVersion, project_type: ProjectType, *, on: date) -> None:
    """
    Whether a project of this type may be verified by it, from a round on that is opened `on` a day in UTC.

    Raises:
        Invalid: it is not for projects of this type.
        MethodologyNotChosen: it is withdrawn, or not valid yet.
    """
    if project_type not in version.terms.project_types:
        kinds = ", ".join(kind.replace("_", " ") for kind in version.terms.project_types)
        detail = f"{version.title}, is for {kinds}, and not for {project_type.replace('_', ' ')}."
        raise Invalid(detail, Fault(CHOSEN_AT, detail))
    if version.withdrawn_at is not None:
        raise MethodologyNotChosen(
            f"{version.title}, was withdrawn on {version.withdrawn_at.date()}: choose another version."
        )
    if version.terms.valid_from > on:
        raise MethodologyNotChosen(
            f"{version.title}, is valid from {version.terms.valid_from} only: choose another version."
        )


def choose_methodology(
    verification: Verification,
    version: MethodologyVersion | None,
    project: Project,
    *,
    at: datetime,
) -> Verification:
    """
    The round with the version that it is verified by from now on; None: with none.

    Choosing again what the round has is no choice: a version that was withdrawn meanwhile stays.

    Raises:
        AlreadyDecided: the round is approved or rejected, and keeps what it has.
        Invalid, MethodologyNotChosen: as `require_choosable`.
    """
    require_undecided(verification)
    chosen = None if version is None else version.id
    if chosen == verification.methodology_version_id:
        return verification
    if version is not None:
        require_choosable(version, project.type, on=at.astimezone(UTC).date())
    return replace(verification, methodology_version_id=chosen)


def change_methodology(
    verification: Verification,
    version: MethodologyVersion | None,
    project: Project,
    *,
    at: datetime,
) -> Verification:
    """
    What a supplier does to a round that waits for its verifier; `project` is as it is after the same change.

    Raises:
        FactsStand: it is reviewed by what it has, or decided.
        Invalid: the project's type is another now, and the methodology is not for it.
        Invalid, MethodologyNotChosen: as `require_choosable`.
    """
    chosen = None if version is None else version.id
    if chosen == verification.methodology_version_id:
        if version is not None and project.type not in version.terms.project_types:
            detail = (
                f"{version.title}, is not for {project.type.replace('_', ' ')}: choose another one."
            )
            raise Invalid(detail, Fault(CHOSEN_AT, detail))
        return verification
    if verification.status is not VerificationStatus.PENDING:
        detail = (
            "The review is by the methodology that the round has: withdraw the round and resubmit it to choose "
            "another."
        )
        raise FactsStand(detail, Fault(CHOSEN_AT, detail))
    return choose_methodology(verification, version, project, at=at)


def crediting_period_ends(
    version: MethodologyVersion | None, start_date: date, stated: date | None
) -> date | None:
    """
    The last day of a project's crediting period, as its supplier `stated` it or its methodology has it.

    None: neither says anything, and it is as long as any.

    Raises:
        Invalid: what is stated ends before it begins, or is longer than the methodology allows.
    """
    require_crediting_period(start_date, stated)
    years = None if version is None else version.terms.crediting_period_years
    if version is None or years is None:
        return stated
    last = crediting_period_end_max(start_date, years=years)
    if stated is not None and stated > last:
        detail = (
            f"Crediting period end must not be after {last}: {version.title}, allows {years} years."
        )
        raise Invalid(detail, Fault("/creditingPeriodEnd", detail))
    return stated or last


def newest_first(versions: Sequence[MethodologyVersion]) -> list[MethodologyVersion]:
    """By the day from which they count; of one day, by their names."""
    return sorted(versions, key=lambda one: (one.terms.valid_from, one.terms.version), reverse=True)
