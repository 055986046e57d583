"""One's wallet: linked by a signature, verified again, unlinked (ADR 0062)."""

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.accounts.second_factors.linked_wallets import linked_wallet
from api.commands.accounts import linked_wallets as commands
from api.commands.accounts.linked_wallets import Asker
from api.commands.wallet_challenges import AskedSignature, network_of
from api.http.errors.error_mapping import refusal_problems
from api.http.resources import reading, resources
from api.pages.parts.forms import read_form
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import page_router, see_other
from api.pages.parts.session import Person, SignInFirst, person_of
from api.pages.parts.wallet_signing import sent_proof, shown
from domain.errors import Conflict, NotFound, Refusal

ADDRESS = "/account/wallet"
_CONFLICT, _UNFIT = 409, 400
DONE = {
    "link": "Your wallet is linked. Whoever signs in to your account is asked for its signature.",
    "unlink": "The wallet is unlinked. Signing in asks for the password alone.",
}
router = page_router()


def _person(request: Request) -> Person:
    """
    Raises:
        SignInFirst: nobody is signed in.
    """
    person = person_of(request)
    if person is None:
        raise SignInFirst
    return person


@router.get(ADDRESS)
async def look(request: Request) -> Response:
    return await _page(request, _person(request))


async def _ask(request: Request, asker: Asker, form: Mapping[str, str]) -> AskedSignature:
    return await commands.ask_to_link(resources(request), asker, form.get("address", ""))


async def _link(request: Request, asker: Asker, form: Mapping[str, str]) -> None:
    await commands.link_wallet(resources(request), asker, sent_proof(form))


async def _unlink(request: Request, asker: Asker, form: Mapping[str, str]) -> None:  # noqa: ARG001 -- one shape for all
    await commands.unlink_wallet(resources(request), asker.account)


_Action = Callable[[Request, Asker, Mapping[str, str]], Awaitable[AskedSignature | None]]
ACTIONS: Mapping[str, _Action] = {"ask": _ask, "link": _link, "unlink": _unlink}


@router.post(ADDRESS)
async def change(request: Request) -> Response:
    """What the API does for POST /me/wallet/challenge, PUT and DELETE /me/wallet, one button each."""
    person = _person(request)
    form = await read_form(request)
    do = form.get("do", "")
    try:
        if do not in ACTIONS:
            raise NotFound("This page has no such button any more.")
        asker = Asker(person.account, person.session.family_id)
        asked = await ACTIONS[do](request, asker, form)
    except Refusal as refused:
        status = _CONFLICT if isinstance(refused, Conflict) else _UNFIT
        said = [problem.detail for problem in refusal_problems(refused)]
        return await _page(request, person, status=status, refused=said)
    if asked is not None:
        return await _page(request, person, asked=asked)
    return see_other(f"{ADDRESS}?done={do}")


async def _page(
    request: Request,
    person: Person,
    *,
    status: int = 200,
    asked: AskedSignature | None = None,
    refused: list[str] | None = None,
) -> Response:
    async with reading(request) as connection:
        linked = await linked_wallet(connection, person.account.id)
    return render_response(
        request,
        "accounts/wallet.html",
        status=status,
        linked=linked,
        asked=shown(request, asked) if asked else None,
        network_id=network_of(resources(request)).address_id,
        refused=refused or [],
        done=None if refused or asked else DONE.get(request.query_params.get("done", "")),
    )
