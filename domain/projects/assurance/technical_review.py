"""
The technical review: a second person of the verifier's own body looks at the verification statement.

The reviewer confirms it, or returns it with words; either is bound by SHA-256 to the version that was looked
at, so that a statement which is written anew was reviewed by nobody. Source: ISO 14065:2020 and ISO 14064-3:2019
(independent review before the statement is issued, by persons who did not verify); ADR 0100.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.accounts.roles import Account, Permission, Role
from domain.errors import AlreadyReviewed, Fault, Forbidden, Invalid, NotInReview, NotReviewed
from domain.projects.assurance.assignments import RoundAssignment, RoundTask
from domain.projects.assurance.statements import VerificationStatement
from domain.projects.findings import Finding, FindingSide
from domain.projects.verification import Verification, VerificationStatus, require_undecided

WORDS_LENGTH_MAX = 5000


class ReviewOutcome(StrEnum):
    CONFIRMED = "confirmed"
    RETURNED = "returned"


class ReviewState(StrEnum):
    """
    none       nobody was asked
    waiting    for the reviewer, or for the statement
    confirmed  the newest statement is
    returned   the newest statement is, and has to be written anew
    void       an earlier statement was confirmed, and was changed since
    """

    NONE = "none"
    WAITING = "waiting"
    CONFIRMED = "confirmed"
    RETURNED = "returned"
    VOID = "void"


@dataclass(frozen=True)
class TechnicalReview:
    """Of one version of a statement, once; it never changes. `body` is the reviewer's, as it was called then."""

    id: UUID
    verification_id: UUID
    statement_version: int
    statement_sha256: str
    outcome: ReviewOutcome
    words: str | None
    body: str | None
    reviewer_id: UUID
    reviewed_at: datetime


def who_verified(findings: Sequence[Finding], written_by: Collection[UUID]) -> frozenset[UUID]:
    """Who had a hand in the verification: raised findings, wrote in their threads, or wrote a statement."""
    raised = {one.raised_by for one in findings}
    wrote = {
        message.written_by
        for one in findings
        for message in one.thread
        if message.side is FindingSide.VERIFIER
    }
    return frozenset(raised | wrote | set(written_by))


def name_reviewer(
    verification: Verification,
    reviewer: Account,
    before: RoundAssignment | None,
    *,
    verified_by: Collection[UUID],
    of_one_body: bool,
    actor: Account,
    at: datetime,
) -> RoundAssignment:
    """
    Ask a colleague of the verifier for the technical review; `before` has it now.

    `verified_by` had a hand in the verification (`who_verified`); `of_one_body` says whether verifier and
    reviewer act for the same verification body.

    Raises:
        Forbidden: the actor is not the assigned verifier.
        AlreadyDecided, NotInReview: the round is decided, or has no verifier yet.
        Invalid: that account is no verifier of the same body, is locked, or had a hand in the verification.
    """
    if actor.id != verification.verifier_id:
        raise Forbidden("Only the assigned verifier asks for the technical review.")
    _require_in_review(verification)
    detail = None
    if reviewer.role is not Role.VERIFIER or reviewer.is_locked(at=at) or not of_one_body:
        detail = "A technical review is given by another verifier of your own verification body."
    elif reviewer.id == verification.verifier_id or reviewer.id in verified_by:
        detail = "Whoever verified does not review: they raised or followed up findings, or wrote the statement."
    if detail is not None:
        raise Invalid(detail, Fault("/reviewerId", detail))
    if before is not None and before.user_id == reviewer.id:
        return before
    return RoundAssignment(verification.id, RoundTask.TECHNICAL_REVIEW, reviewer.id, actor.id, at)


def review_statement(
    verification: Verification,
    review_id: UUID,
    statement: VerificationStatement | None,
    before: Sequence[TechnicalReview],
    *,
    named: RoundAssignment | None,
    looked_at: str,
    outcome: ReviewOutcome,
    words: str | None,
    verified_by: Collection[UUID],
    of_one_body: bool,
    body: str | None,
    actor: Account,
    at: datetime,
) -> TechnicalReview:
    """
    Confirm or return the newest statement; `looked_at` is the SHA-256 of what the reviewer read.

    Raises:
        Forbidden: the actor is not the reviewer, or had a hand in the verification, or left the body.
        AlreadyDecided, NotInReview: the round is decided, or has no verifier.
        NotReviewed: there is no statement, or it was written anew since the reviewer read it.
        AlreadyReviewed: this version of it was reviewed.
        Invalid: it is returned without words.
    """
    actor.require(Permission.REVIEW_STATEMENT)
    if named is None or named.user_id != actor.id:
        raise Forbidden("Somebody else was asked for this technical review.")
    _require_in_review(verification)
    if actor.id == verification.verifier_id or actor.id in verified_by or not of_one_body:
        raise Forbidden(
            "A technical review is given by another verifier of the same body, who had no hand in the "
            "verification."
        )
    if statement is None:
        raise NotReviewed("There is no verification statement to review yet.")
    if statement.sha256 != looked_at:
        raise NotReviewed(
            f"The statement was changed since you looked; version {statement.version} is the newest."
        )
    if any(one.statement_sha256 == statement.sha256 for one in before):
        raise AlreadyReviewed("This version of the statement was reviewed; a new one can be again.")
    if outcome is ReviewOutcome.RETURNED and not (words or "").strip():
        detail = "Say why the statement is returned."
        raise Invalid(detail, Fault("/words", detail))
    return TechnicalReview(
        review_id,
        verification.id,
        statement.version,
        statement.sha256,
        outcome,
        words,
        body,
        actor.id,
        at,
    )


def review_state(
    statement: VerificationStatement | None,
    named: RoundAssignment | None,
    reviews: Sequence[TechnicalReview],
) -> ReviewState:
    """`statement` is the newest of the present verifier, `reviews` are all of the round, the oldest first."""
    of_newest = review_of(statement, reviews)
    if of_newest is not None:
        confirmed = of_newest.outcome is ReviewOutcome.CONFIRMED
        return ReviewState.CONFIRMED if confirmed else ReviewState.RETURNED
    if reviews and reviews[-1].outcome is ReviewOutcome.CONFIRMED:
        return ReviewState.VOID
    return ReviewState.NONE if named is None else ReviewState.WAITING


def review_of(
    statement: VerificationStatement | None, reviews: Sequence[TechnicalReview]
) -> TechnicalReview | None:
    """The review of exactly this statement."""
    if statement is None:
        return None
    return next((one for one in reviews if one.statement_sha256 == statement.sha256), None)


_WHY_NOT = {
    ReviewState.NONE: "nobody was asked for it yet.",
    ReviewState.WAITING: "the reviewer has not confirmed the statement yet.",
    ReviewState.VOID: "what was confirmed was changed since, so that the review is void; the new statement is "
    "reviewed again.",
}


def require_reviewed(
    statement: VerificationStatement | None,
    named: RoundAssignment | None,
    reviews: Sequence[TechnicalReview],
    *,
    required: bool,
    in_stead: bool,
) -> None:
    """
    Before an approval. What staff decide in the verifier's stead is not the body's, and needs no review of it.

    Raises:
        NotReviewed: the newest statement was returned; or it is not confirmed though the registry asks for that.
    """
    state = review_state(statement, named, reviews)
    if state is ReviewState.RETURNED:
        raise NotReviewed(
            "The technical reviewer has returned the verification statement; it is written anew before "
            "anything is approved on it."
        )
    if required and not in_stead and state is not ReviewState.CONFIRMED:
        why = "there is no statement yet." if statement is None else _WHY_NOT[state]
        raise NotReviewed(
            f"Approval needs the technical review of the verification statement: {why}"
        )


def _require_in_review(verification: Verification) -> None:
    require_undecided(verification)
    if verification.status is not VerificationStatus.IN_REVIEW:
        raise NotInReview("This verification is not in review: it has no verifier yet.")
