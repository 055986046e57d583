"""
Standards that a project follows, and labels that its credits bear, each with who says so.

A label is of the whole project, or of the vintages of a window. Whether a credit bears it on a day follows from its
vintage and from the days for which the label is given. Sources: CORSIA Eligible Emissions Units (ICAO document 08,
programme, phase and window of vintages); ICVCM Core Carbon Principles (a label per programme and methodology); the
United Nations' seventeen goals (A/RES/70/1).
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from domain.accounts.roles import Account
from domain.errors import Fault, Invalid
from domain.standards.records import (
    StandardRecord,
    StandardRecordStatus,
    StandardSource,
    covers_vintage,
    new_record,
    require_vintages,
)

IDENTIFIER_LENGTH_MAX = 200
GOALS = range(1, 18)
"""The Sustainable Development Goals."""


class Scheme(StrEnum):
    """Whose word it is: standards first, then what is given beside them."""

    VCS = "vcs"
    GOLD_STANDARD = "gold_standard"
    ISO_14064_2 = "iso_14064_2"
    ISO_14064_3 = "iso_14064_3"
    ISOMETRIC = "isometric"
    PURO = "puro"
    CORSIA = "corsia"
    CCP = "ccp"
    SDG = "sdg"


class CorsiaPhase(StrEnum):
    """
    Compliance cycles of CORSIA: pilot 2021-2023, first 2024-2026, second 2027-2035.

    Registries write them as “Eligible for CORSIA 2024-2026 Compliance Period (First Phase)”.
    """

    PILOT = "pilot"
    FIRST = "first"
    SECOND = "second"


@dataclass(frozen=True)
class LabelTerms:
    """
    `identifier` is the number under which the scheme itself knows it; None: it gives none. `programme` and `phase`
    are of CORSIA alone, `goals` (1 to 17) of the Sustainable Development Goals alone.

    `valid_until` is the last day; None: until it is withdrawn.
    """

    scheme: Scheme
    valid_from: date
    valid_until: date | None = None
    vintage_from: int | None = None
    vintage_to: int | None = None
    identifier: str | None = None
    programme: str | None = None
    phase: CorsiaPhase | None = None
    goals: tuple[int, ...] = ()


def stands_on(
    status: StandardRecordStatus | str, valid_from: date, valid_until: date | None, day: date
) -> bool:
    """Whether what is confirmed is valid on a day; its last day is one."""
    return (
        status == StandardRecordStatus.CONFIRMED
        and valid_from <= day
        and (valid_until is None or day <= valid_until)
    )


@dataclass(frozen=True)
class Label:
    id: UUID
    project_id: UUID
    terms: LabelTerms
    source: StandardSource
    record: StandardRecord

    def covers(self, vintage: int) -> bool:
        return covers_vintage(self.terms.vintage_from, self.terms.vintage_to, vintage)

    def stands_on(self, day: date) -> bool:
        """Whether the public is told of it as standing on that day."""
        return stands_on(self.record.status, self.terms.valid_from, self.terms.valid_until, day)


def record_label(
    label_id: UUID,
    project_id: UUID,
    terms: LabelTerms,
    source: StandardSource,
    *,
    actor: Account,
    at: datetime,
) -> Label:
    """
    Raises:
        Forbidden: only staff record.
        Invalid: with all that cannot be said of that scheme, each at its field.
    """
    record = new_record(source, actor=actor, at=at)
    require_vintages(terms.vintage_from, terms.vintage_to)
    faults = list(_faults(terms))
    if faults:
        raise Invalid(" ".join(one.detail for one in faults), *faults)
    terms = replace(terms, goals=tuple(sorted(set(terms.goals))))
    return Label(label_id, project_id, terms, source, record)


def _faults(terms: LabelTerms) -> Collection[Fault]:
    faults = []
    if terms.valid_until is not None and terms.valid_until < terms.valid_from:
        faults.append(Fault("/validUntil", "The last day cannot be before the first."))
    corsia = terms.scheme is Scheme.CORSIA
    for pointer, said, noun in (
        ("/programme", terms.programme is not None, "programme"),
        ("/phase", terms.phase is not None, "phase"),
    ):
        if corsia and not said:
            faults.append(Fault(pointer, f"CORSIA eligibility is of a {noun}; name it."))
        elif said and not corsia:
            faults.append(Fault(pointer, f"Only CORSIA eligibility has a {noun}."))
    if corsia and terms.vintage_from is None:
        faults.append(
            Fault("/vintageFrom", "CORSIA eligibility is of a window of vintages; name it.")
        )
    if terms.scheme is Scheme.SDG:
        if not terms.goals or any(goal not in GOALS for goal in terms.goals):
            faults.append(Fault("/goals", "Name the goals, each from 1 to 17."))
    elif terms.goals:
        faults.append(Fault("/goals", "Only the Sustainable Development Goals have goals."))
    return faults
