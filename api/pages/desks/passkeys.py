"""One's passkeys: added, named, removed (ADR 0069)."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.accounts.linked_wallets import linked_wallet
from adapters.postgres.accounts.passkeys import passkeys_of
from api.commands.accounts import passkeys as commands
from api.commands.accounts.linked_wallets import Asker
from api.commands.passkey_challenges import AskedPasskey
from api.http.resources import reading, resources
from api.http.schema import RequestSchema
from api.pages.desks.actions import (
    Forms,
    Refused,
    StaffAction,
    SubmittedAction,
    done_sentence,
    handle_action,
    somebody,
)
from api.pages.parts.forms import read_form
from api.pages.parts.passkey_asking import sent_passkey, shown_passkey
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import page_router
from domain.accounts.passkeys import PASSKEYS_MAX
from domain.accounts.roles import Account
from domain.errors import Conflict

ADDRESS = "/account/passkeys"
_CONFLICT = 409
router = page_router()


class NameForm(RequestSchema):
    name: commands.PasskeyName


def _asker(request: Request, account: Account) -> Asker:
    return Asker(account, somebody(request).session.family_id)


async def _add(request: Request, account: Account, action: SubmittedAction) -> None:
    form = NameForm(name=action.typed.get("name", ""))
    await commands.add_passkey(
        resources(request),
        _asker(request, account),
        action.key,
        form.name,
        sent_passkey(action.typed),
    )


async def _rename(request: Request, account: Account, action: SubmittedAction) -> None:
    form = NameForm(name=action.typed.get("name", ""))
    await commands.rename_passkey(resources(request), account, action.id("passkey"), form.name)


async def _remove(request: Request, account: Account, action: SubmittedAction) -> None:
    await commands.remove_passkey(resources(request), account, action.id("passkey"))


ACTIONS: Mapping[str, StaffAction] = {
    "add": StaffAction(
        _add, "The passkey is added. Whoever signs in to your account is asked for one from now on."
    ),
    "rename": StaffAction(_rename, "The passkey has its new name."),
    "remove": StaffAction(_remove, "The passkey is removed."),
}


@router.get(ADDRESS)
async def look(request: Request) -> Response:
    somebody(request)
    return await _page(request)


@router.post(f"{ADDRESS}/new")
async def ask(request: Request) -> Response:
    """What the API does for POST /me/passkeys/challenge: the same page, with what is asked."""
    person = somebody(request)
    await read_form(request)
    try:
        asked = await commands.ask_to_add(resources(request), _asker(request, person.account))
    except Conflict as full:
        nothing = SubmittedAction("ask", "", "", {})
        return await _page(request, Refused(_CONFLICT, [full.detail], nothing))
    return await _page(request, asked=asked)


@router.post(ADDRESS)
async def change(request: Request) -> Response:
    return await handle_action(request, None, ACTIONS, _page)


async def _page(
    request: Request, refused: Refused | None = None, *, asked: AskedPasskey | None = None
) -> Response:
    person = somebody(request)
    async with reading(request) as connection:
        passkeys = await passkeys_of(connection, person.account.id)
        has_wallet = await linked_wallet(connection, person.account.id) is not None
    return render_response(
        request,
        "desks/passkeys.html",
        status=refused.status if refused else 200,
        refused=refused,
        done=None if refused or asked else done_sentence(request, ACTIONS),
        forms=Forms(refused),
        passkeys=passkeys,
        has_wallet=has_wallet,
        is_demanded=person.account.role
        in resources(request).settings.web.second_factor_demanded_of,
        may_add=len(passkeys) < PASSKEYS_MAX,
        asked=shown_passkey(asked) if asked else None,
    )
