"""What every page route shares: who is signed in, and errors that are pages too."""

import re
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import quote

import structlog
from fastapi import APIRouter
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from adapters.postgres.outages import database_is_away
from api.http.errors.error_mapping import TooManyRequests, Unavailable
from api.http.identity.access_audit import note_refused
from api.http.middleware.body_limit import BODY_BYTES_MAX, bytes_max
from api.pages.parts.forms import ForeignForm, UnreadableForm
from api.pages.parts.freeze_banner import load_registry_state
from api.pages.parts.rendering import render_error
from api.pages.parts.session import SignInFirst, load_session, person_of
from domain.errors import Forbidden

_LOCAL_PATH = re.compile(r"/(?:[\x21-\x2e\x30-\x5b\x5d-\x7e][\x21-\x5b\x5d-\x7e]{0,400})?")
"""Below our own host: `//` and a backslash lead elsewhere, and browsers drop what is not printable."""

_RETRY_AFTER_SECONDS = 5
_NOT_PAGES = ("/api/", "/static/", "/.well-known/", "/healthz", "/readyz", "/metrics")
_SHARED = (
    "/",
    "/projects",
    "/retirements",
    "/conservation",
    "/ledger",
    "/open-data",
    "/chain",
    "/audit",
    "/keys",
    "/about",
    "/verification-bodies",
)
_SHARED_BELOW = ("/projects/", "/retirements/", "/credits/", "/units/")
_NOT_SHARED_END = "/public-preview"
TURNED_AWAY = (SignInFirst, Forbidden, TooManyRequests, ForeignForm, UnreadableForm)
_log = structlog.get_logger(__name__)


class PageMissing(Exception):
    """There is nothing at this address; `noun` says what was looked for."""

    def __init__(self, noun: str) -> None:
        super().__init__(noun)
        self.noun = noun


class PageRoute(APIRoute):
    """Answers with a page also when there is nothing to show or the database is away."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def answer_with_a_page(request: Request) -> Response:
            try:
                await load_registry_state(request)
                await load_session(request)
                return await answer(request)
            except PageMissing as missing:
                return missing_page(request, missing.noun)
            except RequestValidationError:
                # Pages take their filters as plain text; only an identifier in the path can be wrong.
                return missing_page(request, "page")
            except TURNED_AWAY as turned_away:
                person = person_of(request)
                if isinstance(turned_away, Forbidden) and person is not None:
                    await note_refused(request, person.account)
                return turned_away_page(request, turned_away)
            except Unavailable as unavailable:
                return unavailable_page(request, unavailable.problem.detail)
            except Exception as error:
                if not database_is_away(error):
                    raise
                _log.warning("page_unavailable", path=request.url.path, error=type(error).__name__)
                return unavailable_page(request, DATABASE_AWAY)

        return answer_with_a_page


def page_router() -> APIRouter:
    return APIRouter(
        route_class=PageRoute, include_in_schema=False, default_response_class=HTMLResponse
    )


def plain(text: str) -> str:
    """What somebody typed, without characters that no name has and the database would refuse."""
    return "".join(c for c in text.strip() if c.isprintable())


def is_page(request: Request) -> bool:
    """Whether somebody at this address expects a page rather than JSON."""
    return not request.url.path.startswith(_NOT_PAGES)


def is_shared_page(path: str) -> bool:
    """Whether all strangers are shown the same at this address, so that one answer may serve them."""
    return path in _SHARED or (
        path.startswith(_SHARED_BELOW) and not path.endswith(_NOT_SHARED_END)
    )


def missing_page(request: Request, noun: str) -> Response:
    sentence = (
        f"There is no such {noun} in this registry. If somebody gave you the address, ask them to"
        " check it; nothing that was once public here is ever taken away."
    )
    return render_error(request, 404, f"No such {noun}", sentence)


def too_large_page(request: Request) -> Response:
    if bytes_max(request.url.path) > BODY_BYTES_MAX:
        sentence = "A file in a form may have 20 MB. Larger ones come in parts: use a browser with scripts, or the API."
    else:
        sentence = "What you sent is larger than 1 MB, and no certificate or boundary is."
    return render_error(request, 413, "That is too large", sentence)


def local_path(wanted: str) -> str:
    """An address of ours to go on to; the desk, where another is asked for."""
    return wanted if _LOCAL_PATH.fullmatch(wanted) else "/staff"


def turned_away_page(request: Request, error: Exception) -> Response:
    """For whatever is in TURNED_AWAY; what was sent brought nothing about."""
    match error:
        case SignInFirst():
            return see_other(f"/sign-in?next={quote(request.url.path)}")
        case Forbidden():
            return render_error(request, 403, "Not for this account", error.detail)
        case TooManyRequests(retry_after_seconds=seconds):
            detail = error.problem.detail
            return render_error(request, 429, "One moment", detail, retry_after_seconds=seconds)
        case UnreadableForm():
            sentence = "What was sent cannot be read as a form of this page."
            return render_error(request, 400, "That was not understood", sentence)
    sentence = (
        "This form was not sent from a page of this registry, or its page is of a session that is"
        " over. Nothing was done. Open the page again and send it from there."
    )
    return render_error(request, 403, "Please send it again", sentence)


def see_other(address: str) -> Response:
    """After a form: the browser reads the page anew, and reloading it sends nothing again."""
    return RedirectResponse(address, status_code=303, headers={"Cache-Control": "no-store"})


DATABASE_AWAY = (
    "The registry cannot read its database at the moment. Nothing is lost;"
    " please look again in a few seconds."
)


def unavailable_page(request: Request, sentence: str) -> Response:
    return render_error(
        request, 503, "Back in a moment", sentence, retry_after_seconds=_RETRY_AFTER_SECONDS
    )
