"""The desk of staff for the ledger: freezing it, and opening it again."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.credits.registry_state import read_registry_state
from api.commands.credits import freeze as commands
from api.http.resources import reading, resources
from api.http.schema import RequestSchema
from api.pages.desks.actions import (
    Forms,
    Refused,
    StaffAction,
    SubmittedAction,
    done_sentence,
    handle_action,
    staff,
)
from api.pages.parts.freeze_banner import forget_state, load_registry_state
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import page_router
from domain.accounts.roles import Account, Permission

router = page_router()


class FreezeForm(RequestSchema):
    """Both ways: the call takes none to unfreeze, but who read why it was frozen wants to know the end."""

    reason: commands.Reason


async def _freeze(request: Request, account: Account, action: SubmittedAction) -> None:
    form = FreezeForm(reason=action.typed.get("reason", ""))
    await commands.freeze_registry(resources(request), account, action.key, form.reason)
    forget_state(request)


async def _unfreeze(request: Request, account: Account, action: SubmittedAction) -> None:
    form = FreezeForm(reason=action.typed.get("reason", ""))
    await commands.unfreeze_registry(resources(request), account, action.key, form.reason)
    forget_state(request)


STAFF_ACTIONS: Mapping[str, StaffAction] = {
    "freeze": StaffAction(_freeze, "The registry is frozen, and everybody can read why."),
    "unfreeze": StaffAction(
        _unfreeze, "The registry is open again; credits approved meanwhile follow."
    ),
}


@router.get("/staff/registry")
async def look(request: Request) -> Response:
    staff(request, Permission.FREEZE_REGISTRY)
    return await _page(request)


@router.post("/staff/registry")
async def change(request: Request) -> Response:
    return await handle_action(request, Permission.FREEZE_REGISTRY, STAFF_ACTIONS, _page)


async def _page(request: Request, refused: Refused | None = None) -> Response:
    # What stands above every page must not say anything else than this one.
    forget_state(request)
    await load_registry_state(request)
    async with reading(request) as connection:
        state = await read_registry_state(connection)
    return render_response(
        request,
        "desks/staff/registry.html",
        status=refused.status if refused else 200,
        refused=refused,
        done=None if refused else done_sentence(request, STAFF_ACTIONS),
        forms=Forms(refused),
        state=state,
    )
