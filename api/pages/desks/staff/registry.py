"""The desk of staff for the ledger: its entries and losses, its open data, and freezing it."""

from collections.abc import Mapping
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.chain.reads import unconfirmed_records
from adapters.postgres.credits.registry_state import read_registry_state
from adapters.postgres.projects.reads.desks.board import stage_counts
from adapters.postgres.publishing.reads.open_data import latest_manifest, row_counts
from api.commands.board import stage_deadlines
from api.commands.credits import freeze as commands
from api.commands.proposals import proposal_limits
from api.commands.publishing import open_data
from api.http.resources import reading, resources
from api.http.schema import RequestSchema
from api.pages.desks.actions import (
    Refused,
    StaffAction,
    SubmittedAction,
    after_action,
    desk_page,
    staff,
)
from api.pages.parts.freeze_banner import forget_state, load_registry_state
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import page_router, plain, see_other
from domain.accounts.roles import Account, Permission
from domain.projects.board import RoundStage

_SERIAL_LENGTH_MAX = 40

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


async def _say_what_stops(request: Request, action: SubmittedAction) -> Response:
    """Before it is frozen; a reason that would be refused is refused here already."""
    form = FreezeForm(reason=action.typed.get("reason", ""))
    parts = resources(request)
    async with reading(request) as connection:
        stages = await stage_counts(connection, stage_deadlines(parts), at=parts.clock.now())
        records = await unconfirmed_records(connection)
        state = await read_registry_state(connection)
    return render_response(
        request,
        "desks/staff/freeze.html",
        **after_action(request, {}, None),
        reason=form.reason,
        key=action.key,
        state=state,
        second_approvals=next(
            one for one in stages if one.stage is RoundStage.COUNTERSIGNATURE
        ).rounds,
        records=records,
        is_countersigned=proposal_limits(parts).freezes,
    )


async def _publish(request: Request, account: Account, action: SubmittedAction) -> None:
    await open_data.publish_export(resources(request), account, action.key)


async def _say_what_is_published(request: Request, action: SubmittedAction) -> Response:
    async with reading(request) as connection:
        counts = await row_counts(connection)
        latest = await latest_manifest(connection)
    return render_response(
        request,
        "desks/staff/publish.html",
        **after_action(request, {}, None),
        counts=counts,
        latest=latest,
        key=action.key,
    )


STAFF_ACTIONS: Mapping[str, StaffAction] = {
    "freeze": StaffAction(
        _freeze, "The registry is frozen, and everybody can read why.", confirm=_say_what_stops
    ),
    "unfreeze": StaffAction(
        _unfreeze, "The registry is open again; credits approved meanwhile follow."
    ),
    "publish": StaffAction(
        _publish,
        "The open data is published, with its manifest.",
        confirm=_say_what_is_published,
    ),
}


async def _page(request: Request, refused: Refused | None = None) -> Response:
    # What stands above every page must not say anything else than this one.
    forget_state(request)
    await load_registry_state(request)
    async with reading(request) as connection:
        state = await read_registry_state(connection)
        latest = await latest_manifest(connection)
    return render_response(
        request,
        "desks/staff/registry.html",
        **after_action(request, STAFF_ACTIONS, refused),
        state=state,
        latest=latest,
    )


@router.get("/staff/credits")
async def find_entry(request: Request, serial: str = "") -> Response:
    """From a serial that was typed to the page of its entry."""
    staff(request, Permission.CANCEL_CREDITS)
    wanted = quote(plain(serial)[:_SERIAL_LENGTH_MAX].upper(), safe="")
    return see_other(f"/staff/credits/{wanted}" if wanted else "/staff/registry")


desk_page(router, "/staff/registry", Permission.FREEZE_REGISTRY, STAFF_ACTIONS, _page)
