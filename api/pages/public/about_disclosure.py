"""Who sees what, and from when on, as a page: from the tables that the answers keep to (ADR 0075)."""

from starlette.requests import Request
from starlette.responses import Response

from api.pages.parts.rendering import render
from api.pages.parts.routing import page_router
from domain.projects.documents import Disclosure
from domain.publishing.disclosed_fields import FIELDS
from domain.publishing.disclosure import DOCUMENT_KINDS

router = page_router()

DOCUMENTS = [
    (kind.value, rule.disclosure.value, rule.sentence) for kind, rule in DOCUMENT_KINDS.items()
]
SHAPES = [
    (shape, sorted({(rule.disclosure.value, rule.sentence) for rule in fields.values()}), fields)
    for shape, fields in FIELDS.items()
    if any(rule.disclosure is Disclosure.PUBLIC for rule in fields.values())
]
NEVER = [
    (shape, next(iter(fields.values())).disclosure.value, " ".join(fields))
    for shape, fields in FIELDS.items()
    if all(rule.disclosure is not Disclosure.PUBLIC for rule in fields.values())
]


@router.get("/about/disclosure")
async def about_disclosure(request: Request) -> Response:
    """The rule that says when something becomes public, for everybody and before anybody submits."""
    return render(
        request,
        "public/about_disclosure.html",
        max_age_seconds=3600,
        documents=DOCUMENTS,
        shapes=SHAPES,
        never=NEVER,
    )
