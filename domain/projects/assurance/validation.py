"""
The validation opinion: what a verification body states of a project's design, apart from any tonne.

It belongs to the first round, and is given by the body that staff name for it, or else by the round's
verifier. Each writing is a version, which stays; the newest counts. Source: ISO 14064-3:2019 (validation of
a project: boundary, baseline, additionality, monitoring plan) and ISO 14064-2; ADR 0100.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import rfc8785

from domain.accounts.roles import Account, Permission, Role
from domain.errors import Conflict, Fault, Forbidden, Invalid, NotInReview, NotValidated
from domain.projects.assurance.assignments import RoundAssignment, RoundTask
from domain.projects.assurance.statements import CARRIES_AN_APPROVAL, Assurance, Opinion
from domain.projects.verification import Verification, VerificationStatus, require_undecided


@dataclass(frozen=True)
class ValidationTerms:
    """What is concluded of each part of the design; `opinion_basis` says what one that is not positive rests on."""

    boundary: str
    baseline: str
    additionality: str
    monitoring_plan: str
    assurance: Assurance
    opinion: Opinion
    opinion_basis: str | None = None


@dataclass(frozen=True)
class ValidationOpinion:
    """
    A version of the opinion on one round's project, counted from 1; it never changes.

    `body` and `accreditation` are those of whoever wrote it, in words, as they were on that day.
    """

    id: UUID
    verification_id: UUID
    version: int
    terms: ValidationTerms
    body: str | None
    accreditation: str | None
    written_by: UUID
    written_at: datetime

    @property
    def sha256(self) -> str:
        """Of its canonical JSON (RFC 8785), in hex."""
        terms = self.terms
        document: dict[str, Any] = {
            "verificationId": str(self.verification_id),
            "version": self.version,
            "boundary": terms.boundary,
            "baseline": terms.baseline,
            "additionality": terms.additionality,
            "monitoringPlan": terms.monitoring_plan,
            "assurance": terms.assurance.value,
            "opinion": terms.opinion.value,
            "opinionBasis": terms.opinion_basis,
            "body": self.body,
            "accreditation": self.accreditation,
        }
        return hashlib.sha256(rfc8785.dumps(document)).hexdigest()


def name_validator(
    verification: Verification,
    validator: Account,
    before: RoundAssignment | None,
    *,
    actor: Account,
    at: datetime,
) -> RoundAssignment:
    """
    Have somebody else than the round's verifier, or the same one, validate the project; `before` has it now.

    Raises:
        Forbidden: only staff name a validator.
        AlreadyDecided: the round is decided.
        Conflict: the round is a monitoring period's: a project is validated in its first one.
        Invalid: that account is no verifier, is locked, or is the supplier's.
    """
    actor.require(Permission.ASSIGN_VERIFIER)
    _require_validated_here(verification)
    require_undecided(verification)
    detail = None
    if validator.role is not Role.VERIFIER or validator.is_locked(at=at):
        detail = "That account cannot validate projects."
    elif validator.id == verification.developer_id:
        detail = "A project is not validated by its own supplier."
    if detail is not None:
        raise Invalid(detail, Fault("/verifierId", detail))
    if before is not None and before.user_id == validator.id:
        return before
    return RoundAssignment(verification.id, RoundTask.VALIDATION, validator.id, actor.id, at)


def validator_of(verification: Verification, named: RoundAssignment | None) -> UUID | None:
    """Whoever staff named, else the round's verifier; None as long as there is neither."""
    return verification.verifier_id if named is None else named.user_id


def write_validation(
    verification: Verification,
    opinion_id: UUID,
    terms: ValidationTerms,
    newest: ValidationOpinion | None,
    *,
    named: RoundAssignment | None,
    body: str | None,
    accreditation: str | None,
    actor: Account,
    at: datetime,
) -> ValidationOpinion:
    """
    The next version of the opinion; what says nothing new is no version: `newest` comes back as it is.

    Raises:
        Forbidden: the actor is neither the round's verifier nor its validator.
        Conflict: staff named somebody else for it, or the round is a monitoring period's.
        AlreadyDecided, NotInReview: the round is decided, or nobody verifies or validates it yet.
        Invalid: an opinion that is not positive has no basis.
    """
    actor.require(Permission.WRITE_VALIDATION)
    validator_id = validator_of(verification, named)
    if actor.id not in {validator_id, verification.verifier_id}:
        raise Forbidden("Only whoever validates the project writes the validation opinion.")
    _require_validated_here(verification)
    require_undecided(verification)
    if verification.status is not VerificationStatus.IN_REVIEW and named is None:
        raise NotInReview("This verification is not in review: it has no verifier yet.")
    if actor.id != validator_id:
        raise Conflict("Staff have named somebody else to validate this project.")
    if terms.opinion is not Opinion.POSITIVE and not (terms.opinion_basis or "").strip():
        detail = f"Say what the opinion “{terms.opinion}” is based on."
        raise Invalid(detail, Fault("/opinionBasis", detail))
    if newest is not None and newest.written_by == actor.id and newest.terms == terms:
        return newest
    version = 1 if newest is None else newest.version + 1
    return ValidationOpinion(
        opinion_id, verification.id, version, terms, body, accreditation, actor.id, at
    )


def standing_opinion(
    newest: ValidationOpinion | None, named: RoundAssignment | None
) -> ValidationOpinion | None:
    """The newest one, unless somebody else was named since to give another."""
    if newest is None or named is None or named.user_id == newest.written_by:
        return newest
    return None if named.given_at > newest.written_at else newest


def require_validated(
    verification: Verification, opinion: ValidationOpinion | None, *, required: bool
) -> None:
    """
    Before a project's first approval; where there is an opinion it counts, also where none is `required`.

    Raises:
        NotValidated: there is none though the registry asks for one, or it is adverse or disclaimed.
    """
    if verification.monitoring_period is not None:
        return
    if opinion is None:
        if required:
            raise NotValidated(
                "Nothing is approved before the project's design is validated: the validation opinion is "
                "not written yet."
            )
        return
    if opinion.terms.opinion not in CARRIES_AN_APPROVAL:
        raise NotValidated(
            f"The validation opinion on this project is “{opinion.terms.opinion}”; nothing is approved on it."
        )


def _require_validated_here(verification: Verification) -> None:
    if verification.monitoring_period is not None:
        raise Conflict(
            "A project is validated in its first verification, not in a monitoring period."
        )
