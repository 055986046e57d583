"""
The verification statement: what the assigned verifier states of a round, and how sure they are.

It is written in review, as often as the verifier likes; each writing is a version, which stays. An approval
is bound to the newest one by its SHA-256, and goes no further than it. Source: ISO 14064-3:2019, sections
6.3 and 9 (statement, levels of assurance, types of opinion, materiality); ADR 0091.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import rfc8785

from domain.accounts.roles import Account
from domain.errors import Fault, Forbidden, Invalid, NotInReview, StatementMissing
from domain.projects.assurance.methodologies import MethodologyVersion
from domain.projects.projects import Project
from domain.projects.verification import (
    VINTAGE_MIN,
    Verification,
    VerificationStatus,
    VintageQuantity,
    require_undecided,
)
from domain.quantities import QUANTITY_TONNES_MAX, QUANTITY_UNITS_MAX, format_tonnes


class Assurance(StrEnum):
    REASONABLE = "reasonable"
    LIMITED = "limited"


class Opinion(StrEnum):
    """
    positive   unmodified
    qualified  but for what its basis names, which is not pervasive
    adverse    what the supplier states is materially wrong
    disclaimed there was too little to have an opinion on
    """

    POSITIVE = "positive"
    QUALIFIED = "qualified"
    ADVERSE = "adverse"
    DISCLAIMED = "disclaimed"


CARRIES_AN_APPROVAL = frozenset({Opinion.POSITIVE, Opinion.QUALIFIED})


@dataclass(frozen=True, order=True)
class Deduction:
    """Units of 0.01 t CO2e that were taken off one vintage, and why."""

    vintage: int
    reason: str
    quantity_units: int


@dataclass(frozen=True)
class StatementTerms:
    """
    What a verifier states. `quantities` are what is left after `deductions`, in units of 0.01 t CO2e.

    `materiality_percent` is the threshold, `uncertainty_percent` that of the quantities; both of the
    quantity stated. `methodology_version_id` is that of the round, None where it has none.
    `opinion_basis` says what an opinion other than a positive one rests on.
    """

    scope: str
    criteria: str
    assurance: Assurance
    materiality_percent: Decimal
    methodology_version_id: UUID | None
    quantities: tuple[VintageQuantity, ...]
    uncertainty_percent: Decimal
    deductions: tuple[Deduction, ...]
    independence: str
    opinion: Opinion
    opinion_basis: str | None = None


@dataclass(frozen=True)
class VerificationStatement:
    """A version of the statement of one round, counted from 1; it never changes."""

    id: UUID
    verification_id: UUID
    version: int
    terms: StatementTerms
    written_by: UUID
    written_at: datetime

    @property
    def sha256(self) -> str:
        """Of its canonical JSON (RFC 8785), in hex: what an approval is bound to."""
        signed: dict[str, Any] = {
            "verificationId": str(self.verification_id),
            "version": self.version,
        }
        return hashlib.sha256(rfc8785.dumps(signed | statement_document(self.terms))).hexdigest()


def statement_document(terms: StatementTerms) -> dict[str, Any]:
    """The terms in the shape of the HTTP contract: tonnes and percent are decimal text."""
    return {
        "scope": terms.scope,
        "criteria": terms.criteria,
        "assurance": terms.assurance.value,
        "materiality": format_percent(terms.materiality_percent),
        "methodologyVersionId": None
        if terms.methodology_version_id is None
        else str(terms.methodology_version_id),
        "quantities": [
            {"vintage": one.vintage, "quantity": format_tonnes(one.quantity_units)}
            for one in terms.quantities
        ],
        "uncertainty": format_percent(terms.uncertainty_percent),
        "deductions": [
            {
                "vintage": one.vintage,
                "reason": one.reason,
                "quantity": format_tonnes(one.quantity_units),
            }
            for one in terms.deductions
        ],
        "independence": terms.independence,
        "opinion": terms.opinion.value,
        "opinionBasis": terms.opinion_basis,
    }


def format_percent(percent: Decimal) -> str:
    """As people write it: 5, 2.5."""
    return f"{percent.normalize():f}"


def write_statement(
    verification: Verification,
    statement_id: UUID,
    terms: StatementTerms,
    newest: VerificationStatement | None,
    *,
    project: Project,
    actor: Account,
    at: datetime,
) -> VerificationStatement:
    """
    The next version of a round's statement; `newest` is the one before it, None at first.

    What says nothing new is no version: the newest one comes back as it is.

    Raises:
        Forbidden: the actor is not the assigned verifier.
        AlreadyDecided, NotInReview: it is decided, or has no verifier yet.
        Invalid: it names another methodology than the round's; a vintage is none of the round's, or is
            named twice; something is deducted from a vintage without a quantity; or an opinion that is
            not positive has no basis. All faults at once.
    """
    require_undecided(verification)
    if verification.status is not VerificationStatus.IN_REVIEW:
        raise NotInReview("This verification is not in review: it has no verifier yet.")
    if actor.id != verification.verifier_id:
        raise Forbidden("Only the assigned verifier writes the verification statement.")
    faults = [*_faults(verification, terms, project, at)]
    if faults:
        raise Invalid(" ".join(dict.fromkeys(fault.detail for fault in faults)), *faults)
    in_order = replace(
        terms,
        quantities=tuple(sorted(terms.quantities)),
        deductions=tuple(sorted(terms.deductions)),
    )
    same_person = newest is not None and newest.written_by == actor.id
    if newest is not None and same_person and newest.terms == in_order:
        return newest
    version = 1 if newest is None else newest.version + 1
    return VerificationStatement(statement_id, verification.id, version, in_order, actor.id, at)


def statement_of_verifier(
    verification: Verification, newest: VerificationStatement | None
) -> VerificationStatement | None:
    """The newest statement if it is the present verifier's; a former one's stands for nobody else."""
    if newest is None or newest.written_by != verification.verifier_id:
        return None
    return newest


def require_statement(
    verification: Verification,
    methodology: MethodologyVersion | None,
    statement: VerificationStatement | None,
    vintages: Sequence[VintageQuantity],
) -> None:
    """
    Whether an approval of these vintages may stand on the verifier's statement.

    Raises:
        StatementMissing: the methodology asks for one and there is none; its opinion is adverse or
            disclaimed; it names another methodology version than the round's; or it states another
            quantity of a vintage than is approved.
    """
    if statement is None:
        if methodology is not None and methodology.terms.requires_statement:
            raise StatementMissing(
                f"Approval needs the assigned verifier's verification statement: {methodology.title}, "
                "asks for it."
            )
        return
    if statement.terms.methodology_version_id != verification.methodology_version_id:
        raise StatementMissing(
            "The verification statement names another methodology version than the round has now; it is "
            "written anew."
        )
    opinion = statement.terms.opinion
    if opinion not in CARRIES_AN_APPROVAL:
        raise StatementMissing(
            f"The verification statement has the opinion “{opinion}”; nothing is approved on it."
        )
    stated = {one.vintage: one.quantity_units for one in statement.terms.quantities}
    approved = {one.vintage: one.quantity_units for one in vintages}
    for year in sorted(stated | approved):
        if stated.get(year, 0) != approved.get(year, 0):
            raise StatementMissing(
                f"The verification statement has {format_tonnes(stated.get(year, 0))} t of {year}, and "
                f"{format_tonnes(approved.get(year, 0))} t would be approved: approve what it states, or "
                "write it anew."
            )


def _faults(
    verification: Verification, terms: StatementTerms, project: Project, at: datetime
) -> Iterator[Fault]:
    if terms.methodology_version_id != verification.methodology_version_id:
        named = verification.methodology_version_id
        yield Fault(
            "/methodologyVersionId",
            "This round has no methodology; leave it out."
            if named is None
            else f"This round is verified by the methodology version {named}.",
        )
    yield from _quantity_faults(verification, terms, project, at)
    if terms.opinion is not Opinion.POSITIVE and not (terms.opinion_basis or "").strip():
        yield Fault("/opinionBasis", f"Say what the opinion “{terms.opinion}” is based on.")


def _quantity_faults(
    verification: Verification, terms: StatementTerms, project: Project, at: datetime
) -> Iterator[Fault]:
    first, last = _years(verification, project, at)
    years: set[int] = set()
    for index, one in enumerate(terms.quantities):
        pointer = f"/quantities/{index}/vintage"
        if not first <= one.vintage <= last:
            yield Fault(pointer, f"Vintage must be a year from {first} to {last}.")
        if one.vintage in years:
            yield Fault(pointer, f"Vintage {one.vintage} is named twice.")
        years.add(one.vintage)
    if sum(one.quantity_units for one in terms.quantities) > QUANTITY_UNITS_MAX:
        yield Fault("/quantities", f"Quantities must not be more than {QUANTITY_TONNES_MAX:,} t.")
    for index, deduction in enumerate(terms.deductions):
        if deduction.vintage not in years:
            yield Fault(
                f"/deductions/{index}/vintage",
                f"No quantity is stated of {deduction.vintage}, from which something is deducted.",
            )


def _years(verification: Verification, project: Project, at: datetime) -> tuple[int, int]:
    """As an approval has them (domain.projects.approvals)."""
    first = max(VINTAGE_MIN, project.start_date.year)
    last = min(at.year, project.crediting_period_end.year)
    period = verification.monitoring_period
    if period is None:
        return first, last
    return max(first, period.years[0]), min(last, period.years[-1])
