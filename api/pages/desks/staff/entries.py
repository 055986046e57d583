"""
One credit entry in the hands of staff: cancelling it, or releasing it from the buffer (ADR 0102).

Both are for ever and public, so that each is first shown as it would be; above its limit it becomes a proposal.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.accounts.proposals import account_names
from adapters.postgres.projects.reads.projects import project_names
from api.commands import proposals
from api.commands.credits import buffer, cancellation
from api.commands.credits.credits import visible_credit
from api.http.fields import SerialText, Text, TonnesInput
from api.http.resources import reading, resources
from api.http.schema import RequestSchema
from api.pages.desks.actions import (
    Refused,
    StaffAction,
    SubmittedAction,
    after_action,
    handle_action,
    staff,
)
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import PageMissing, page_router
from domain.accounts.proposals import ProposalKind
from domain.accounts.roles import REGISTRY_ACCOUNT_ID, Account, Permission
from domain.credits.ledger import CreditEntry, EntryStatus, require_movable
from domain.errors import Invalid, NotActive, NotFound
from domain.reasons import REASON_LENGTH_MAX

PATH = "/staff/credits"
_MAY = Permission.CANCEL_CREDITS
_FREE = frozenset({EntryStatus.ACTIVE, EntryStatus.BUFFER})

router = page_router()


class EntryActionForm(RequestSchema):
    """As `POST /credits/{serial}/cancel` and `POST /credits/{serial}/release` take it."""

    serial: SerialText
    quantity: TonnesInput
    reason: Annotated[str, Text(REASON_LENGTH_MAX, lines=True)]


@dataclass(frozen=True)
class EntryView:
    """`holder` is None for what the registry itself holds: its buffer."""

    entry: CreditEntry
    project_title: str
    holder: str | None


async def _cancel(request: Request, account: Account, action: SubmittedAction) -> None:
    form = _form(action)
    await cancellation.cancel_credits(
        resources(request), account, action.key, form.serial, form.quantity, form.reason
    )


async def _release(request: Request, account: Account, action: SubmittedAction) -> None:
    form = _form(action)
    await buffer.release_buffer(
        resources(request), account, action.key, form.serial, form.quantity, form.reason
    )


async def _say_what_is_cancelled(request: Request, action: SubmittedAction) -> Response:
    return await _confirmation(request, action, ProposalKind.CANCELLATION)


async def _say_what_is_released(request: Request, action: SubmittedAction) -> Response:
    return await _confirmation(request, action, ProposalKind.BUFFER_RELEASE)


ENTRY_ACTIONS: Mapping[str, StaffAction] = {
    "cancel": StaffAction(
        _cancel,
        "It is cancelled for ever; its holder is told, and its record is on its way to the chain.",
        confirm=_say_what_is_cancelled,
    ),
    "release": StaffAction(
        _release,
        "It is released: the project's supplier holds it now.",
        confirm=_say_what_is_released,
    ),
}


def _form(action: SubmittedAction) -> EntryActionForm:
    """
    Raises:
        ValidationError: with every fault.
    """
    return EntryActionForm(
        serial=action.subject,
        quantity=action.typed.get("quantity", "").strip(),
        reason=action.typed.get("reason", ""),
    )


async def _confirmation(request: Request, action: SubmittedAction, kind: ProposalKind) -> Response:
    """Before anything is done; what would be refused for the entry as it is now, is refused here already."""
    form = _form(action)
    found = await _entry(request, form.serial)
    entry = found.entry
    if entry.status not in _FREE or (
        kind is ProposalKind.BUFFER_RELEASE and entry.status is not EntryStatus.BUFFER
    ):
        raise NotActive(f"{entry.serial} is {entry.status}: there is nothing in it to move.")
    require_movable(entry, form.quantity, EntryStatus.CANCELLED)
    limits = proposals.proposal_limits(resources(request))
    return render_response(
        request,
        "desks/staff/entry_confirmation.html",
        **after_action(request, {}, None),
        found=found,
        do=action.do,
        key=action.key,
        quantity_units=form.quantity,
        rest_units=entry.units.quantity_units - form.quantity,
        typed_quantity=action.typed.get("quantity", ""),
        reason=form.reason,
        is_countersigned=limits.need_for_quantity(kind, form.quantity),
    )


@router.get(f"{PATH}/{{serial}}")
async def look(request: Request, serial: str) -> Response:
    return await _page(request, serial, None)


@router.post(f"{PATH}/{{serial}}")
async def change(request: Request, serial: str) -> Response:
    async def show(request: Request, refused: Refused | None) -> Response:
        return await _page(request, serial, refused)

    return await handle_action(request, _MAY, ENTRY_ACTIONS, show)


async def _page(request: Request, serial: str, refused: Refused | None) -> Response:
    staff(request, _MAY)
    try:
        found = await _entry(request, serial)
    except (NotFound, Invalid):
        raise PageMissing("credit entry") from None
    limits = proposals.proposal_limits(resources(request))
    return render_response(
        request,
        "desks/staff/entry.html",
        **after_action(request, ENTRY_ACTIONS, refused),
        found=found,
        is_free=found.entry.status in _FREE,
        is_buffer=found.entry.status is EntryStatus.BUFFER,
        cancellation_limit=limits.cancellation_units,
        release_limit=limits.buffer_release_units,
    )


async def _entry(request: Request, serial: str) -> EntryView:
    """
    Raises:
        NotFound, Invalid: there is no such entry.
    """
    account = staff(request, _MAY).account
    entry = await visible_credit(resources(request), account, serial)
    async with reading(request) as connection:
        titles = await project_names(connection, {entry.project_id})
        names = await account_names(connection, {entry.owner_id})
    holder = None if entry.owner_id == REGISTRY_ACCOUNT_ID else names.get(entry.owner_id)
    return EntryView(entry, titles[entry.project_id].title, holder)
