"""The technical review of a verification statement by a second person of the verifier's body (ADR 0100)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from activities import lookups
from activities.audit_and_notify import Message, audit, tell
from activities.ports.database import UnitOfWork
from activities.projects.assurance import of_one_body, verified_by
from activities.projects.impartiality import declare_independence
from activities.projects.verification_steps import put_on_timeline
from adapters.postgres.identity import SIGN_IN, SYSTEM, done_as
from adapters.postgres.organisations.reads import OrganisationMemberView
from adapters.postgres.projects.reads import statements as reads_statements
from adapters.postgres.projects.reads.assurance import opinions as reads
from adapters.postgres.projects.reads.verifications import VerificationView
from api.commands.notices import mail_notice
from api.commands.projects.verification import require_its_verifier, visible_verification
from api.http.resources import Resources
from domain.accounts.notifications import (
    NotificationKind,
    review_place,
    technical_review_place,
)
from domain.accounts.roles import Account, Permission
from domain.errors import Fault, Invalid
from domain.identifiers import derived_id
from domain.projects.assurance import technical_review as rules
from domain.projects.assurance.assignments import RoundAssignment, RoundTask
from domain.projects.assurance.statements import VerificationStatement, statement_of_verifier
from domain.projects.assurance.technical_review import (
    ReviewOutcome,
    ReviewState,
    TechnicalReview,
)
from domain.projects.projects import Project
from domain.projects.verification import EventType, Verification
from domain.publishing import events
from domain.visible_text import isolated


@dataclass(frozen=True)
class TechnicalReviewView:
    """The technical review of a round as those see it who work on it; `statement` is the newest of its verifier."""

    round: VerificationView
    named: RoundAssignment | None
    statement: VerificationStatement | None
    reviews: Sequence[TechnicalReview]

    @property
    def state(self) -> ReviewState:
        return rules.review_state(self.statement, self.named, self.reviews)


@done_as(SYSTEM)
async def name_reviewer(
    parts: Resources, account: Account, verification_id: UUID, reviewer_id: UUID
) -> TechnicalReviewView:
    """
    Ask a colleague for the technical review; they see the round from now on, and whoever was asked before no more.

    Raises:
        NotFound: there is no such verification, or this account may not see it.
        Forbidden, AlreadyDecided, NotInReview, Invalid: as
            `domain.projects.assurance.technical_review.name_reviewer`.
    """
    view = await visible_verification(parts, account, verification_id)
    require_its_verifier(account, Permission.ASK_FOR_REVIEW, view.verification)
    now = parts.clock.now()
    told: tuple[UUID, ...] = ()
    async with parts.database.transaction() as work:
        verification = await lookups.locked_verification(work, verification_id)
        reviewer = await work.accounts.accounts.get(reviewer_id)
        if reviewer is None:
            detail = "There is no such verifier."
            raise Invalid(detail, Fault("/reviewerId", detail))
        before = await work.projects.assignments.of(verification_id, RoundTask.TECHNICAL_REVIEW)
        named = rules.name_reviewer(
            verification,
            reviewer,
            before,
            verified_by=await verified_by(work, verification_id),
            of_one_body=await of_one_body(work, verification, reviewer.id),
            actor=account,
            at=now,
        )
        if named is not before:
            await work.projects.assignments.give(named)
            audit(
                work,
                "verification.technical_reviewer_named",
                ("verification", verification_id),
                actor_id=account.id,
                before=None if before is None else {"reviewerId": str(before.user_id)},
                after={"reviewerId": str(named.user_id)},
                at=now,
            )
            project = await lookups.project(work, verification.project_id)
            message = Message(
                NotificationKind.TECHNICAL_REVIEW_ASKED,
                f"You are asked for the technical review of the verification statement on “{isolated(project.title)}”.",
                technical_review_place(verification_id),
            )
            notice_id = derived_id(verification_id, f"reviewer/{reviewer.id}/{now.isoformat()}")
            told = await tell(work, message.to(reviewer.id, notification_id=notice_id, at=now))
    for notice_id in told:
        parts.later.do(mail_notice(parts, notice_id))
    return await visible_technical_review(parts, account, verification_id)


@done_as(SYSTEM)
async def review_statement(
    parts: Resources,
    account: Account,
    verification_id: UUID,
    *,
    outcome: ReviewOutcome,
    statement_sha256: str,
    words: str | None,
    independence: str,
) -> TechnicalReviewView:
    """
    Confirm the statement that was looked at, or return it; the verifier is told.

    Raises:
        NotFound: there is no such verification, or this account may not see it.
        Forbidden, AlreadyDecided, NotInReview, NotReviewed, AlreadyReviewed, Invalid: as
            `domain.projects.assurance.technical_review.review_statement`.
        ConflictOfInterest: the reviewer has declared a conflict of interest in this round.
    """
    await visible_verification(parts, account, verification_id)
    account.require(Permission.REVIEW_STATEMENT)
    now = parts.clock.now()
    told: tuple[UUID, ...] = ()
    async with parts.database.transaction() as work:
        verification = await lookups.locked_verification(work, verification_id)
        project = await lookups.project(work, verification.project_id)
        newest = await work.projects.statements.newest(verification_id)
        statement = statement_of_verifier(verification, newest)
        review = rules.review_statement(
            verification,
            derived_id(
                verification_id, f"technical-review/{statement.version if statement else 0}"
            ),
            statement,
            await work.projects.technical_reviews.of_round(verification_id),
            named=await work.projects.assignments.of(verification_id, RoundTask.TECHNICAL_REVIEW),
            looked_at=statement_sha256,
            outcome=outcome,
            words=words,
            verified_by=await verified_by(work, verification_id),
            of_one_body=await of_one_body(work, verification, account.id),
            body=await work.accounts.accounts.company(account.id),
            actor=account,
            at=now,
        )
        await declare_independence(
            work, verification_id, account.id, independence, cause_id=review.id, at=now
        )
        await work.projects.technical_reviews.add(review)
        audit(
            work,
            "verification.statement_reviewed",
            ("verification", verification_id),
            actor_id=account.id,
            before=None,
            after={
                "outcome": review.outcome.value,
                "version": review.statement_version,
                "sha256": review.statement_sha256,
            },
            at=now,
        )
        await work.publishing.outbox.add(events.statement_reviewed(review, project.id))
        told = await _tell_of(work, verification, project, review)
    for notice_id in told:
        parts.later.do(mail_notice(parts, notice_id))
    return await visible_technical_review(parts, account, verification_id)


async def visible_technical_review(
    parts: Resources, account: Account, verification_id: UUID
) -> TechnicalReviewView:
    """
    Raises:
        NotFound: there is no such verification, or this account may not see it.
    """
    view = await visible_verification(parts, account, verification_id)
    async with parts.reading() as connection:
        newest = await reads_statements.newest_statement(connection, verification_id)
        return TechnicalReviewView(
            view,
            await reads.assignment_of(connection, verification_id, RoundTask.TECHNICAL_REVIEW),
            statement_of_verifier(view.verification, newest),
            await reads.technical_reviews_of(connection, verification_id),
        )


@done_as(SIGN_IN)
async def colleagues(parts: Resources, account: Account) -> Sequence[OrganisationMemberView]:
    """Whom a verifier may ask: the other verifiers of their own body."""
    async with parts.reading() as connection:
        return await reads.colleagues_of(connection, account)


async def _tell_of(
    work: UnitOfWork, verification: Verification, project: Project, review: TechnicalReview
) -> tuple[UUID, ...]:
    """A step on the timeline, and word to the verifier; what was said stays with those who work on it."""
    confirmed = review.outcome is ReviewOutcome.CONFIRMED
    done = "confirmed" if confirmed else "returned"
    await put_on_timeline(
        work,
        verification,
        EventType.STATEMENT_CONFIRMED if confirmed else EventType.STATEMENT_RETURNED,
        review.reviewer_id,
        f"A technical reviewer of the verification body has {done} version {review.statement_version} of the "
        "verification statement.",
        at=review.reviewed_at,
        event_id=derived_id(review.id, "timeline"),
    )
    if verification.verifier_id is None:
        return ()
    what_next = "you may decide now" if confirmed else "write it anew"
    message = Message(
        NotificationKind.TECHNICAL_REVIEW_GIVEN,
        f"“{isolated(project.title)}”: the technical reviewer has {done} your verification statement; {what_next}.",
        review_place(verification.id),
    )
    return await tell(
        work,
        message.to(
            verification.verifier_id,
            notification_id=derived_id(review.id, "notification"),
            at=review.reviewed_at,
        ),
    )
