"""The second step of signing in: a wallet's signature (ADR 0062) or a passkey (ADR 0069)."""

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from api.commands.accounts.passkeys import PasskeyName
from api.commands.accounts.second_factor import SecondStep
from api.commands.accounts.sign_in import (
    PasswordHolder,
    new_passkey_signer,
    passkey_signer,
    wallet_signer,
)
from api.http.errors.error_mapping import NotSignedIn
from api.http.identity.sessions import session_origin
from api.http.resources import resources
from api.http.schema import RequestSchema
from api.pages.parts.forms import faults_in, read_form
from api.pages.parts.passkey_asking import sent_passkey, shown_passkey
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import local_path, page_router, see_other
from api.pages.parts.session import open_session
from api.pages.parts.wallet_signing import sent_proof, shown
from domain.errors import Invalid

_NOT_SIGNED_IN = 401
router = page_router()


class NewPasskeyForm(RequestSchema):
    name: PasskeyName


def ask_second_factor(request: Request, asked: SecondStep, *, next: str) -> Response:
    """What is shown once the password was right. Nobody is signed in yet."""
    return _page(request, asked, next=next)


@router.post("/sign-in/wallet")
async def finish_with_wallet(request: Request) -> Response:
    """POST /api/v1/auth/wallet as a page; a challenge is good for one try."""
    form = await read_form(request, of_session=False)
    wanted = form.get("next", "")
    try:
        holder = await wallet_signer(resources(request), sent_proof(form), session_origin(request))
    except (Invalid, NotSignedIn) as refused:
        return _begin_again(request, refused, wanted)
    return await _signed_in(request, holder, wanted)


@router.post("/sign-in/passkey")
async def finish_with_passkey(request: Request) -> Response:
    """POST /api/v1/auth/passkey as a page; a challenge is good for one try."""
    form = await read_form(request, of_session=False)
    wanted = form.get("next", "")
    try:
        proof = sent_passkey(form)
        holder = await passkey_signer(resources(request), proof, session_origin(request))
    except (Invalid, NotSignedIn) as refused:
        return _begin_again(request, refused, wanted)
    return await _signed_in(request, holder, wanted)


@router.post("/sign-in/passkey/new")
async def finish_with_new_passkey(request: Request) -> Response:
    """POST /api/v1/auth/passkey/new as a page; a challenge is good for one try."""
    form = await read_form(request, of_session=False)
    wanted = form.get("next", "")
    try:
        name = NewPasskeyForm(name=form.get("name", "")).name
        proof = sent_passkey(form)
        holder = await new_passkey_signer(resources(request), name, proof, session_origin(request))
    except (Invalid, NotSignedIn, ValidationError) as refused:
        return _begin_again(request, refused, wanted)
    return await _signed_in(request, holder, wanted)


async def _signed_in(request: Request, holder: PasswordHolder, wanted: str) -> Response:
    answer = see_other(local_path(wanted))
    await open_session(request, holder.account_id, answer, device=holder.device)
    return answer


def _begin_again(
    request: Request, refused: Invalid | NotSignedIn | ValidationError, wanted: str
) -> Response:
    match refused:
        case Invalid():
            faults = [refused.detail]
        case NotSignedIn():
            faults = [refused.problem.detail]
        case ValidationError():
            faults = faults_in(refused)
    return _page(request, SecondStep(), next=wanted, status=_NOT_SIGNED_IN, faults=faults)


def _page(
    request: Request,
    asked: SecondStep,
    *,
    next: str,
    status: int = 200,
    faults: list[str] | None = None,
) -> Response:
    return render_response(
        request,
        "accounts/second_step.html",
        status=status,
        signature=shown(request, asked.signature) if asked.signature else None,
        passkey=shown_passkey(asked.passkey) if asked.passkey else None,
        enrolment=shown_passkey(asked.enrolment) if asked.enrolment else None,
        next=local_path(next),
        faults=faults or [],
    )
