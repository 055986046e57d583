"""My data: a copy of it, consents, and erasure with a time to think."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.accounts.own_data_reads import own_data
from api.commands.accounts import own_data as commands
from api.http.errors.error_mapping import refusal_problems
from api.http.resources import reading, resources
from api.pages.parts.forms import read_form
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import page_router, see_other
from api.pages.parts.session import Person, SignInFirst, person_of
from domain.accounts.personal_data import ConsentKind
from domain.errors import Conflict, NotFound, Refusal

ADDRESS = "/account/data"
_CONFLICT, _UNFIT = 409, 400
DONE = {
    "export": "The copy is being made. You are told by mail when it is ready.",
    "erase": "Your account will be erased. You are told by mail, and reminded before.",
    "withdraw": "Your account stays.",
    "consent": "What you said is recorded.",
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


@router.post(ADDRESS)
async def change(request: Request) -> Response:
    """What the API does for POST /me/export, POST and DELETE /me/erasure, PUT /me/consents, one button each."""
    person = _person(request)
    form = await read_form(request)
    do = form.get("do", "")
    try:
        await _do(request, person, do, form)
    except Refusal as refused:
        status = _CONFLICT if isinstance(refused, Conflict) else _UNFIT
        said = [problem.detail for problem in refusal_problems(refused)]
        return await _page(request, person, status=status, refused=said)
    return see_other(f"{ADDRESS}?done={do}")


async def _do(request: Request, person: Person, do: str, form: Mapping[str, str]) -> None:
    parts, account = resources(request), person.account
    match do:
        case "export":
            await commands.ask_for_export(parts, account)
        case "erase":
            await commands.ask_to_be_erased(parts, account)
        case "withdraw":
            await commands.withdraw_erasure(parts, account)
        case "consent":
            await commands.give_consent(
                parts,
                account,
                ConsentKind.MARKETING_MAILS,
                version=parts.settings.rules.terms_version,
                given=form.get("given") == "yes",
            )
        case _:
            raise NotFound("This page has no such button any more.")


async def _page(
    request: Request, person: Person, *, status: int = 200, refused: list[str] | None = None
) -> Response:
    parts = resources(request)
    async with reading(request) as connection:
        view = await own_data(connection, person.account.id)
    said = {consent.kind: consent for consent in view.consents}
    return render_response(
        request,
        "accounts/own_data.html",
        status=status,
        export=view.export,
        download_url=commands.download_url(parts, view.export) if view.export else None,
        erasure=view.erasure if view.erasure and view.erasure.is_open else None,
        cooling_off_days=parts.settings.rules.erasure_cooling_off_days,
        marketing=said.get(ConsentKind.MARKETING_MAILS),
        refused=refused or [],
        done=None if refused else DONE.get(request.query_params.get("done", "")),
    )
