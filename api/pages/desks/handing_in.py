"""Handing in units for those that were issued in error and moved on: the supplier's own, staff anybody's."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import Response

from api.commands.credits import issuance_corrections as commands
from api.http.fields import SerialText, Text, TonnesInput
from api.http.resources import resources
from api.http.schema import RequestSchema
from api.pages.desks.actions import staff
from api.pages.parts.forms import NOT_CARRIED_OUT, FormFaults, form_faults, read_form
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import PageMissing, page_router, see_other
from domain.accounts.roles import Permission
from domain.credits.obligation import REASON_LENGTH_MAX, ObligationStatus
from domain.errors import NotFound

POINTERS = {"/serial": "serial", "/quantity": "quantity", "/reason": "reason"}

router = page_router()


class HandInForm(RequestSchema):
    serial: SerialText
    quantity: TonnesInput
    reason: Annotated[str, Text(REASON_LENGTH_MAX, lines=True)]


@router.get("/corrections/{correction_id}/hand-in")
async def begin(request: Request, correction_id: UUID) -> Response:
    return await _page(request, correction_id, {}, FormFaults(200))


@router.post("/corrections/{correction_id}/hand-in")
async def hand_in(request: Request, correction_id: UUID) -> Response:
    account = staff(request, Permission.MAKE_GOOD).account
    typed = await read_form(request)
    try:
        form = HandInForm.model_validate(
            {name: typed.get(name, "") for name in ("serial", "quantity", "reason")}
        )
        await commands.hand_in(
            resources(request),
            account,
            typed.get("key") or str(uuid4()),
            correction_id,
            serial=form.serial,
            quantity_units=form.quantity,
            reason=form.reason,
        )
    except NOT_CARRIED_OUT as no:
        return await _page(request, correction_id, typed, form_faults(no, POINTERS))
    return see_other(f"/corrections/{correction_id}?done=handed-in")


async def _page(
    request: Request, correction_id: UUID, typed: Mapping[str, str], faults: FormFaults
) -> Response:
    staff(request, Permission.MAKE_GOOD)
    try:
        whole = await commands.issuance_correction(resources(request), correction_id)
    except NotFound:
        raise PageMissing("correction") from None
    return render_response(
        request,
        "desks/handing_in.html",
        status=faults.status,
        correction=whole.correction,
        is_owed=whole.correction.status != ObligationStatus.SETTLED.value,
        faults=faults,
        typed=typed,
        first_fault=next(iter(faults.fields), None),
        key=typed.get("key") if faults.ask_again else str(uuid4()),
        reason_max=REASON_LENGTH_MAX,
    )
