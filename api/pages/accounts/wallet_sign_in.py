"""The second step of signing in, where a wallet is linked: its signature (ADR 0062)."""

from starlette.requests import Request
from starlette.responses import Response

from api.commands.accounts.sign_in import wallet_signer
from api.commands.wallet_challenges import AskedSignature
from api.http.errors.error_mapping import NotSignedIn
from api.http.identity.sessions import session_origin
from api.http.resources import resources
from api.pages.accounts.wallet_signing import sent_proof, shown
from api.pages.parts.forms import read_form
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import local_path, page_router, see_other
from api.pages.parts.session import open_session
from domain.errors import Invalid

_NOT_SIGNED_IN = 401
router = page_router()


def ask_wallet(request: Request, asked: AskedSignature, *, next: str) -> Response:
    """What is shown once the password was right. Nobody is signed in yet."""
    return render_response(
        request,
        "accounts/sign_in_wallet.html",
        asked=shown(request, asked),
        next=local_path(next),
        faults=[],
    )


@router.post("/sign-in/wallet")
async def finish(request: Request) -> Response:
    """POST /api/v1/auth/wallet as a page; a challenge is good for one try."""
    form = await read_form(request, of_session=False)
    wanted = form.get("next", "")
    try:
        holder = await wallet_signer(resources(request), sent_proof(form), session_origin(request))
    except Invalid as unfit:
        return _begin_again(request, unfit.detail, wanted)
    except NotSignedIn as refused:
        return _begin_again(request, refused.problem.detail, wanted)
    answer = see_other(local_path(wanted))
    await open_session(request, holder.account_id, answer, device=holder.device)
    return answer


def _begin_again(request: Request, sentence: str, wanted: str) -> Response:
    return render_response(
        request,
        "accounts/sign_in_wallet.html",
        status=_NOT_SIGNED_IN,
        asked=None,
        next=local_path(wanted),
        faults=[sentence],
    )
