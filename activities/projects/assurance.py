"""What beside the statement an approval stands on: the validation of the design, the review by a second person."""

from dataclasses import dataclass
from uuid import UUID

from activities.ports.database import UnitOfWork
from domain.organisations.organisations import OrganisationKind
from domain.projects.assurance.assignments import RoundTask
from domain.projects.assurance.statements import statement_of_verifier
from domain.projects.assurance.technical_review import require_reviewed, who_verified
from domain.projects.assurance.validation import require_validated, standing_opinion
from domain.projects.verification import Verification


@dataclass(frozen=True)
class AssuranceRules:
    """What the operator asks for before an approval (ADR 0100)."""

    validation_required: bool = False
    technical_review_required: bool = False


async def require_assured(
    work: UnitOfWork, verification: Verification, *, rules: AssuranceRules, in_stead: bool
) -> None:
    """
    `in_stead` is whether staff decide instead of the assigned verifier.

    Raises:
        NotValidated, NotReviewed: as `require_validated` and `require_reviewed`.
    """
    assignments = work.projects.assignments
    validator = await assignments.of(verification.id, RoundTask.VALIDATION)
    newest = await work.projects.validation_opinions.newest(verification.id)
    require_validated(
        verification, standing_opinion(newest, validator), required=rules.validation_required
    )
    require_reviewed(
        statement_of_verifier(verification, await work.projects.statements.newest(verification.id)),
        await assignments.of(verification.id, RoundTask.TECHNICAL_REVIEW),
        await work.projects.technical_reviews.of_round(verification.id),
        required=rules.technical_review_required,
        in_stead=in_stead,
    )


async def verified_by(work: UnitOfWork, verification_id: UUID) -> frozenset[UUID]:
    """Who had a hand in the verification of a round, and does not review it (`who_verified`)."""
    return who_verified(
        await work.projects.findings.of_round(verification_id),
        await work.projects.statements.authors(verification_id),
    )


async def of_one_body(work: UnitOfWork, verification: Verification, reviewer_id: UUID) -> bool:
    """Whether a round's verifier and somebody else act for one verification body now."""
    if verification.verifier_id is None:
        return False
    organisations = work.organisations.organisations
    body = await organisations.of(verification.verifier_id)
    other = await organisations.of(reviewer_id)
    if body is None or other is None:
        return False
    return body.id == other.id and body.kind is OrganisationKind.VERIFICATION_BODY
