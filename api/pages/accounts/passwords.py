"""Choosing a password by the link in a mail, on pages (ADR 0064)."""

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from api.commands.accounts import passwords as commands
from api.commands.accounts import registration
from api.http.errors.error_mapping import TooManyRequests
from api.http.fields import Secret
from api.http.identity.account_fields import NewPassword
from api.http.identity.sessions import session_origin
from api.http.resources import resources
from api.http.schema import RequestSchema
from api.pages.accounts.registration import EmailForm
from api.pages.parts.forms import headers_of, read_form, why_not
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import page_router, see_other
from domain.accounts.membership import TokenPurpose
from domain.errors import Refusal

router = page_router()


class ResetForm(RequestSchema):
    token: Secret
    password: NewPassword


@router.get("/forgot-password")
async def ask_whose(request: Request, sent: str = "") -> Response:
    return _forgot_page(request, sent=bool(sent))


@router.post("/forgot-password")
async def send_link(request: Request) -> Response:
    """POST /api/v1/auth/forgot-password as a page; afterwards everybody reads the same."""
    form = await read_form(request, of_session=False)
    typed = form.get("email", "")
    try:
        wanted = EmailForm(email=typed)
        await registration.ask_for_reset(
            resources(request), wanted.email, host=session_origin(request).host
        )
    except (ValidationError, TooManyRequests) as no:
        status, faults = why_not(no)
        return _forgot_page(request, status, email=typed, faults=faults, headers=headers_of(no))
    return see_other("/forgot-password?sent=1")


@router.get("/reset-password")
async def ask_for_password(request: Request, token: str = "") -> Response:
    return await _reset_page(request, token)


@router.post("/reset-password")
async def reset(request: Request) -> Response:
    form = await read_form(request, of_session=False)
    token = form.get("token", "")
    try:
        wanted = ResetForm(token=token, password=form.get("password", ""))
        await commands.reset_password(
            resources(request), wanted.token, wanted.password, host=session_origin(request).host
        )
    except (ValidationError, Refusal, TooManyRequests) as no:
        status, faults = why_not(no)
        return await _reset_page(request, token, status, faults, headers=headers_of(no))
    return see_other("/sign-in?done=password")


def _forgot_page(
    request: Request,
    status: int = 200,
    *,
    sent: bool = False,
    email: str = "",
    faults: list[str] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    answer = render_response(
        request,
        "accounts/forgot_password.html",
        status=status,
        sent=sent,
        email=email,
        faults=faults or [],
    )
    answer.headers.update(headers or {})
    return answer


async def _reset_page(
    request: Request,
    token: str,
    status: int = 200,
    faults: list[str] | None = None,
    *,
    headers: dict[str, str] | None = None,
) -> Response:
    purpose: TokenPurpose | None = None
    try:
        purpose = await commands.link_purpose(resources(request), token)
    except Refusal as dead:
        status, faults = 400, [dead.detail]
    answer = render_response(
        request,
        "accounts/reset_password.html",
        status=status,
        token=token,
        is_good=purpose is not None,
        is_invitation=purpose is TokenPurpose.INVITATION,
        faults=faults or [],
    )
    answer.headers.update({"Referrer-Policy": "no-referrer", **(headers or {})})
    return answer
