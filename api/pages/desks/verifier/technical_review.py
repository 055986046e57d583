"""The technical review at the desk: the verifier asks a colleague, who confirms the statement or returns it."""

from typing import Annotated
from uuid import UUID

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.projects.reads.findings import findings_page
from adapters.postgres.queries import PageRequest
from api.commands.projects.assurance import technical_review as reviews
from api.commands.projects.assurance.technical_review import TechnicalReviewView
from api.commands.projects.statements import Words
from api.http.fields import Text
from api.http.resources import reading, resources
from api.http.schema import RequestSchema
from api.pages.desks.verifier.access import ADDRESS, verifier
from api.pages.desks.verifier.opinions import (
    EMPTY,
    ONE,
    TypedOpinion,
    around,
    body_of,
    refused_form,
)
from api.pages.parts.forms import read_form
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import PageMissing, page_router, see_other
from domain.errors import NotFound, Refusal
from domain.projects.assurance.technical_review import ReviewOutcome, review_of

FINDINGS_SHOWN = 50
_REVIEW = f"{ONE}/technical-review"
STATES = {
    "none": "Nobody was asked yet",
    "waiting": "Waits for the reviewer",
    "confirmed": "Confirmed",
    "returned": "Returned: the statement is written anew",
    "void": "Void: the statement was changed since it was confirmed",
}
"""Where a technical review stands, as people say it."""

router = page_router()


class ReviewForm(RequestSchema):
    outcome: ReviewOutcome
    statement_sha256: Annotated[str, Text(64)]
    words: Words | None = None
    independence: Words


@router.get(_REVIEW)
async def look_at_review(request: Request, verification_id: UUID) -> Response:
    return await _review_page(request, verification_id, EMPTY)


@router.post(_REVIEW)
async def act(request: Request, verification_id: UUID) -> Response:
    """The verifier asks a colleague; the colleague confirms or returns."""
    account, typed = verifier(request).account, await read_form(request)
    parts = resources(request)
    try:
        if typed.get("do") == "ask":
            reviewer_id = _id(typed.get("reviewer", ""))
            await reviews.name_reviewer(parts, account, verification_id, reviewer_id)
        else:
            form = ReviewForm.model_validate(body_of(typed, ReviewForm))
            await reviews.review_statement(
                parts,
                account,
                verification_id,
                outcome=form.outcome,
                statement_sha256=form.statement_sha256,
                words=form.words,
                independence=form.independence,
            )
    except NotFound:
        raise PageMissing("review") from None
    except (ValidationError, Refusal) as no:
        return await _review_page(request, verification_id, refused_form(no, typed))
    return see_other(f"{ADDRESS}/{verification_id}/technical-review?done=1")


async def _review_page(request: Request, verification_id: UUID, form: TypedOpinion) -> Response:
    account, parts = verifier(request).account, resources(request)
    try:
        view = await reviews.visible_technical_review(parts, account, verification_id)
    except NotFound:
        raise PageMissing("review") from None
    verification = view.round.verification
    is_verifier = account.id == verification.verifier_id
    is_reviewer = view.named is not None and view.named.user_id == account.id
    if not is_verifier and not is_reviewer:
        raise PageMissing("review")
    people = await reviews.colleagues(parts, account)
    shared = await around(request, account, verification, form)
    async with reading(request) as connection:
        found = await findings_page(
            connection, verification_id, PageRequest(FINDINGS_SHOWN, newest_first=False)
        )
    return render_response(
        request,
        "desks/verifier/technical_review.html",
        status=form.status,
        **shared,
        view=view,
        state=STATES[view.state],
        is_verifier=is_verifier,
        can_answer=is_reviewer and _can_answer(view),
        colleagues=people,
        names={one.user_id: one.name for one in people},
        findings=found[:FINDINGS_SHOWN],
        typed=form.typed,
    )


def _can_answer(view: TechnicalReviewView) -> bool:
    reviewed = review_of(view.statement, view.reviews)
    return (
        view.statement is not None and reviewed is None and not view.round.verification.is_decided
    )


def _id(typed: str) -> UUID:
    try:
        return UUID(typed)
    except ValueError:
        return UUID(int=0)
