"""The desk of staff for the ledger: freezing it, and opening it again."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.credits.registry_state import read_registry_state
from api.pages.desks.actions import Deed, Forms, Refused, Sent, done_sentence, press, staff
from api.pages.parts.freeze_banner import forget_state, look_at_state
from api.pages.parts.rendering import render_answer
from api.pages.parts.routing import page_router, reading
from api.rest.credits.freeze import FreezeSent, UnfreezeSent, freeze_registry, unfreeze_registry
from domain.accounts.roles import Account, Permission

router = page_router()


async def _freeze(request: Request, account: Account, sent: Sent) -> None:
    body = FreezeSent.model_validate({"reason": sent.typed.get("reason", "")})
    await freeze_registry(request, account, sent.key, body)
    forget_state(request)


async def _unfreeze(request: Request, account: Account, sent: Sent) -> None:
    """The call takes none, but who reads the page learns why it was frozen and wants to know the end."""
    body = UnfreezeSent.model_validate({"reason": sent.typed.get("reason", "")})
    await unfreeze_registry(request, account, sent.key, body)
    forget_state(request)


DEEDS: Mapping[str, Deed] = {
    "freeze": Deed(_freeze, "The registry is frozen, and everybody can read why."),
    "unfreeze": Deed(_unfreeze, "The registry is open again; credits approved meanwhile follow."),
}


@router.get("/staff/registry")
async def look(request: Request) -> Response:
    staff(request, Permission.FREEZE_REGISTRY)
    return await _page(request)


@router.post("/staff/registry")
async def change(request: Request) -> Response:
    return await press(request, Permission.FREEZE_REGISTRY, DEEDS, _page)


async def _page(request: Request, refused: Refused | None = None) -> Response:
    # What stands above every page must not say anything else than this one.
    forget_state(request)
    await look_at_state(request)
    async with reading(request) as connection:
        state = await read_registry_state(connection)
    return render_answer(
        request,
        "desks/staff/registry.html",
        status=refused.status if refused else 200,
        refused=refused,
        done=None if refused else done_sentence(request, DEEDS),
        forms=Forms(refused),
        state=state,
    )
