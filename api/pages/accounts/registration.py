"""Opening an account and confirming its e-mail, on pages (ADR 0064)."""

from typing import Annotated, Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from api.commands.accounts import registration as commands
from api.commands.accounts.profile import CompanyName, PersonName
from api.http.errors.error_mapping import TooManyRequests
from api.http.fields import Text
from api.http.identity.account_fields import EmailAddress, LoginEmail, NewPassword
from api.http.identity.sessions import session_origin
from api.http.resources import resources
from api.http.schema import RequestSchema
from api.pages.parts.forms import headers_of, read_form, why_not
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import page_router, see_other
from domain.accounts.roles import Role
from domain.errors import Refusal

router = page_router()


class RegisterForm(RequestSchema):
    email: EmailAddress
    password: NewPassword
    name: PersonName
    company: CompanyName | None
    role: Role
    accepts_terms: Annotated[str, Text(50)]


class EmailForm(RequestSchema):
    email: LoginEmail


@router.get("/register")
async def ask_who(request: Request) -> Response:
    return _register_page(request, {"role": request.query_params.get("role", "developer")})


@router.post("/register")
async def register(request: Request) -> Response:
    """POST /api/v1/auth/register as a page; afterwards everybody reads the same."""
    form = await read_form(request, of_session=False)
    names = ("email", "password", "name", "company", "role")
    typed: dict[str, Any] = {name: form.get(name, "") for name in names}
    try:
        # Nothing typed: one acts for oneself.
        wanted = RegisterForm.model_validate(
            {
                **typed,
                "company": typed["company"].strip() or None,
                "acceptsTerms": form.get("terms", ""),
            }
        )
        await commands.register(
            resources(request),
            commands.Registration(**dict(wanted)),
            host=session_origin(request).host,
        )
    except (ValidationError, Refusal, TooManyRequests) as no:
        return _register_page(request, typed, *why_not(no), headers=headers_of(no))
    return see_other("/verify-email?sent=1")


@router.get("/verify-email")
async def ask_to_confirm(request: Request, token: str = "", sent: str = "") -> Response:
    """
    With the link's token a button, because programs that look at mails open links too; it is the
    button that confirms.
    """
    if not token:
        return _verify_page(request, sent=bool(sent))
    try:
        waiting = await commands.who_confirms(resources(request), token)
    except Refusal as dead:
        return _verify_page(request, 400, faults=[dead.detail])
    return _verify_page(request, token=token, waiting=waiting)


@router.post("/verify-email")
async def confirm(request: Request) -> Response:
    form = await read_form(request, of_session=False)
    try:
        await commands.confirm_email(
            resources(request), form.get("token", ""), host=session_origin(request).host
        )
    except (Refusal, TooManyRequests) as no:
        status, faults = why_not(no)
        return _verify_page(request, status, faults=faults, headers=headers_of(no))
    return see_other("/sign-in?done=confirmed")


@router.post("/verify-email/resend")
async def send_again(request: Request) -> Response:
    form = await read_form(request, of_session=False)
    typed = form.get("email", "")
    try:
        wanted = EmailForm(email=typed)
        await commands.ask_for_confirmation(
            resources(request), wanted.email, host=session_origin(request).host
        )
    except (ValidationError, TooManyRequests) as no:
        status, faults = why_not(no)
        return _verify_page(request, status, faults=faults, email=typed, headers=headers_of(no))
    return see_other("/verify-email?sent=1")


def _register_page(
    request: Request,
    typed: dict[str, Any],
    status: int = 200,
    faults: list[str] | None = None,
    *,
    headers: dict[str, str] | None = None,
) -> Response:
    answer = render_response(
        request,
        "accounts/register.html",
        status=status,
        typed={name: typed.get(name, "") for name in ("email", "name", "company", "role")},
        faults=faults or [],
        terms_version=resources(request).settings.rules.terms_version,
    )
    answer.headers.update(headers or {})
    return answer


def _verify_page(
    request: Request,
    status: int = 200,
    *,
    token: str = "",
    waiting: Any = None,
    sent: bool = False,
    email: str = "",
    faults: list[str] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    answer = render_response(
        request,
        "accounts/verify_email.html",
        status=status,
        token=token,
        waiting=waiting,
        sent=sent,
        email=email,
        faults=faults or [],
    )
    # The address holds the token: no other site is told of it, our own neither.
    answer.headers.update({"Referrer-Policy": "no-referrer", **(headers or {})})
    return answer
