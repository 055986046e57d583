"""
The link at the end of a mail that may be turned off (RFC 8058).

Programs that look at mails open links too, so opening it changes nothing. A mail program posts to the very
address, without cookie and from nowhere: the signed link alone says that it may.
"""

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.identity import SYSTEM, done_as
from api.commands.accounts import notification_preferences as commands
from api.http.resources import resources
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import page_router
from domain.accounts.notices.kinds import NOTICES
from domain.accounts.notices.unsubscribing import PATH, Unsubscribing
from domain.errors import NotFound

EVERYTHING = "everything in your digest"
router = page_router()


@router.get(PATH)
@done_as(SYSTEM)
async def ask(request: Request, token: str = "") -> Response:
    try:
        wanted = await commands.find_unsubscribing(resources(request), token)
    except NotFound as no:
        return _page(request, 404, refused=no.detail)
    return _page(request, token=token, named=_named(wanted))


@router.post(PATH)
@done_as(SYSTEM)
async def unsubscribe(request: Request, token: str = "") -> Response:
    """What is sent along is not read: mail programs send one fixed field, and our page none."""
    try:
        wanted = await commands.unsubscribe(resources(request), token)
    except NotFound as no:
        return _page(request, 404, refused=no.detail)
    return _page(request, named=_named(wanted), done=True)


def _named(wanted: Unsubscribing) -> str:
    return NOTICES[wanted.kind].title if wanted.kind else EVERYTHING


def _page(
    request: Request,
    status: int = 200,
    *,
    token: str | None = None,
    named: str | None = None,
    refused: str | None = None,
    done: bool = False,
) -> Response:
    return render_response(
        request,
        "accounts/unsubscribe.html",
        status=status,
        token=token,
        named=named,
        refused=refused,
        done=done,
    )
