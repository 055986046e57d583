"""Signing in and out on the pages, by the API's own log-in (ADR 0024)."""

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from api.commands.accounts.second_factor import ask_second_step
from api.commands.accounts.sign_in import EmailText, password_holder
from api.http.errors.error_mapping import NotSignedIn
from api.http.fields import Secret
from api.http.identity.sessions import session_origin
from api.http.resources import resources
from api.http.schema import RequestSchema
from api.pages.accounts.second_step import ask_second_factor
from api.pages.parts.forms import faults_in, read_form
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import local_path, page_router, see_other
from api.pages.parts.session import end_session, open_session, person_of
from domain.errors import Forbidden

_DONE = {
    "confirmed": "Your e-mail address is confirmed. You can sign in now.",
    "password": "Your new password counts from now on, and all former sessions have ended.",
}
"""What led here, by its name in the address: nobody's own words are shown."""

router = page_router()


class SignInForm(RequestSchema):
    email: EmailText
    password: Secret


@router.get("/sign-in")
async def ask(request: Request, next: str = "", done: str = "") -> Response:
    """`next` is where to go afterwards; whoever is signed in already goes there at once."""
    if person_of(request):
        return see_other(local_path(next))
    return _page(request, next=next, done=_DONE.get(done))


@router.post("/sign-in")
async def sign_in(request: Request) -> Response:
    """POST /api/v1/auth/login as a page: the same check, the same counting of failures."""
    form = await read_form(request, of_session=False)
    typed = {name: form.get(name, "") for name in ("email", "password")}
    wanted = form.get("next", "")
    try:
        entered = SignInForm.model_validate(typed)
        holder = await password_holder(
            resources(request), entered.email, entered.password, session_origin(request)
        )
    except ValidationError as unfit:
        return _page(request, 400, typed["email"], next=wanted, faults=faults_in(unfit))
    except Forbidden as refused:
        return _page(request, 403, typed["email"], next=wanted, faults=[refused.detail])
    except NotSignedIn as refused:
        faults = [refused.problem.detail]
        answer = _page(request, 401, typed["email"], next=wanted, faults=faults)
        answer.headers.update(refused.headers)
        return answer
    if asked := await ask_second_step(resources(request), holder.account_id):
        return ask_second_factor(request, asked, next=wanted)
    answer = see_other(local_path(wanted))
    await open_session(request, holder.account_id, answer, device=holder.device)
    return answer


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """Whoever's session is over already is signed out, whatever the form's token."""
    if person_of(request):
        await read_form(request)
    answer = see_other("/")
    await end_session(request, answer)
    return answer


def _page(
    request: Request,
    status: int = 200,
    email: str = "",
    *,
    next: str,
    faults: list[str] | None = None,
    done: str | None = None,
) -> Response:
    return render_response(
        request,
        "accounts/sign_in.html",
        status=status,
        email=email,
        next=local_path(next),
        faults=faults or [],
        done=done,
    )
