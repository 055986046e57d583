"""The rounds that a verifier has in hand, by deadline, and those that are decided."""

from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.projects.reads.assurance.opinions import TaskedRoundView, open_tasks
from adapters.postgres.projects.reads.desks.reviews import (
    AssignedRoundView,
    decided_reviews_page,
    open_reviews_page,
)
from adapters.postgres.queries import PageRequest
from api.commands.projects.assurance.technical_review import visible_technical_review
from api.commands.projects.assurance.validation import visible_validation
from api.http.cursors import read_cursor, write_cursor
from api.http.resources import reading, resources
from api.pages.desks.actions import Forms
from api.pages.desks.verifier.access import ADDRESS, review_of, verifier
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import page_router
from domain.projects.assurance.assignments import RoundTask
from domain.projects.assurance.technical_review import review_of as reviewed

SHOWN = 30
DECIDED_SHOWN = 10

router = page_router()


@dataclass(frozen=True)
class TaskedRound:
    """A round in which somebody validates or reviews; `is_done`: nothing of it waits for them now."""

    view: TaskedRoundView
    is_done: bool

    @property
    def address(self) -> str:
        page = "validation" if self.view.task is RoundTask.VALIDATION else "technical-review"
        return f"{ADDRESS}/{self.view.verification.id}/{page}"


@router.get(ADDRESS)
async def look(request: Request) -> Response:
    """What is overdue stands first: the deadline is as long for each."""
    person = verifier(request)
    later, earlier = request.query_params.get("later"), request.query_params.get("decided")
    page = PageRequest(SHOWN, newest_first=False, after=read_cursor(later) if later else None)
    decided_page = PageRequest(DECIDED_SHOWN, after=read_cursor(earlier) if earlier else None)
    async with reading(request) as connection:
        found = await open_reviews_page(connection, person.account, page)
        decided = await decided_reviews_page(connection, person.account, decided_page)
        tasks = await open_tasks(connection, person.account)
    last, before = page.last_shown(found), decided_page.last_shown(decided)
    return render_response(
        request,
        "desks/verifier/queue.html",
        reviews=[review_of(request, view) for view in page.shown(found)],
        decided=[review_of(request, view) for view in decided_page.shown(decided)],
        tasks=[TaskedRound(one, await _is_done(request, one)) for one in tasks],
        forms=Forms(),
        later_link=_link("later", last, last.verification.assigned_at) if last else None,
        first_link=ADDRESS if page.after else None,
        earlier_link=f"{_link('decided', before, before.verification.completed_at)}#decided"
        if before
        else None,
        newest_link=f"{ADDRESS}#decided" if decided_page.after else None,
    )


async def _is_done(request: Request, tasked: TaskedRoundView) -> bool:
    """Whether there is nothing to do about it just now: it is answered, or there is nothing to look at yet."""
    parts, verification_id = resources(request), tasked.verification.id
    account = verifier(request).account
    if tasked.task is RoundTask.VALIDATION:
        view = await visible_validation(parts, account, verification_id)
        return view.opinion is not None and view.stands
    review = await visible_technical_review(parts, account, verification_id)
    return review.statement is None or reviewed(review.statement, review.reviews) is not None


def _link(name: str, last: AssignedRoundView, at: datetime | None) -> str:
    if at is None:
        raise RuntimeError("a round is listed by the moment that it has")
    return f"{ADDRESS}?{name}={write_cursor((at, last.verification.id))}"
