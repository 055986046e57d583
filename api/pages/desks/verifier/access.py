"""Who comes to the verifier's desk, and to which round: the assigned verifier's own alone."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from starlette.requests import Request

from adapters.postgres.projects.reads.desks import reviews as reads_reviews
from adapters.postgres.projects.reads.desks.reviews import AssignedRoundView
from api.http.resources import reading, resources
from api.pages.desks.actions import staff
from api.pages.parts.routing import PageMissing
from api.pages.parts.session import Person
from domain.accounts.roles import Permission
from domain.projects.assurance.evidence import EvidenceCheck, evidence_checklist
from domain.projects.assurance.tasks import FindingsNow, Task, tasks_of
from domain.projects.verification import VerificationStatus

ADDRESS = "/desk/reviews"


@dataclass(frozen=True)
class Review:
    """A round with what it waits for; `deadline` None once nobody reviews it any more."""

    view: AssignedRoundView
    checklist: list[EvidenceCheck]
    tasks: list[Task]
    deadline: datetime | None
    is_overdue: bool

    @property
    def address(self) -> str:
        return f"{ADDRESS}/{self.view.verification.id}"


def verifier(request: Request) -> Person:
    """
    Raises:
        SignInFirst: nobody is signed in.
        Forbidden: the one who is verifies nothing.
    """
    return staff(request, Permission.DECLARE_INTERESTS)


async def assigned_review(request: Request, verification_id: UUID) -> Review:
    """
    Raises:
        PageMissing: there is no such round, or it is not with this verifier.
        Others as `verifier`.
    """
    person = verifier(request)
    async with reading(request) as connection:
        view = await reads_reviews.review(connection, person.account, verification_id)
    if view is None:
        raise PageMissing("review")
    return review_of(request, view)


def review_of(request: Request, view: AssignedRoundView) -> Review:
    parts, verification = resources(request), view.verification
    checklist = evidence_checklist(
        view.documents_by_type,
        statements=view.statements,
        is_first=verification.monitoring_period is None,
    )
    hours = parts.settings.rules.review_deadline_hours
    counts = view.findings
    findings = FindingsNow(counts.open, counts.answered, counts.blocking)
    in_review = verification.status is VerificationStatus.IN_REVIEW
    deadline = (
        verification.assigned_at + timedelta(hours=hours)
        if in_review and verification.assigned_at
        else None
    )
    return Review(
        view,
        checklist,
        list(tasks_of(verification, checklist, view.declared, findings)),
        deadline,
        is_overdue=deadline is not None and deadline < parts.clock.now(),
    )
