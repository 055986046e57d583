"""Asking a holder to reserve credits, from the page of an entry or of what is offered."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Annotated
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.credits.reads import entries as reads_entries
from adapters.postgres.projects.reads.projects import project_names
from api.commands.credits.reservations import request_reservation
from api.http.fields import Day, Text, TonnesInput
from api.http.resources import reading, resources
from api.http.schema import RequestSchema
from api.pages.desks.actions import staff
from api.pages.parts.forms import NOT_CARRIED_OUT, FormFaults, form_faults, read_form
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import PageMissing, page_router, see_other
from domain.accounts.roles import Permission
from domain.credits.reservation import NOTE_LENGTH_MAX, RESERVED_AT_MOST
from domain.errors import Invalid
from domain.identifiers import Serial

USUALLY = timedelta(days=14)
_FIELDS = ("quantity", "until", "note")

router = page_router()


class ReserveForm(RequestSchema):
    """`until` is a day, whose end is meant, in UTC."""

    quantity: TonnesInput
    until: Day
    note: Annotated[str, Text(NOTE_LENGTH_MAX, shortest=0, lines=True)]


@router.get("/credits/{serial}/reserve")
async def ask(request: Request, serial: str) -> Response:
    staff(request, Permission.RESERVE_CREDITS)
    return await _page(request, serial, {}, FormFaults())


@router.post("/credits/{serial}/reserve")
async def reserve(request: Request, serial: str) -> Response:
    """POST /api/v1/credits/{serial}/reservations as a page."""
    account = staff(request, Permission.RESERVE_CREDITS).account
    form = await read_form(request)
    typed = {name: form.get(name, "").strip() for name in (*_FIELDS, "operation")}
    try:
        wanted = ReserveForm.model_validate({name: typed[name] for name in _FIELDS})
        await request_reservation(
            resources(request),
            account,
            typed["operation"] or str(uuid4()),
            serial,
            quantity_units=wanted.quantity,
            until=datetime.combine(wanted.until, time(23, 59, 59), tzinfo=UTC),
            note=wanted.note,
        )
    except NOT_CARRIED_OUT as no:
        return await _page(
            request, serial, typed, form_faults(no, {name: name for name in _FIELDS})
        )
    return see_other("/desk/holdings?done=asked#reservations")


async def _page(
    request: Request, serial: str, typed: Mapping[str, str], faults: FormFaults
) -> Response:
    account = staff(request, Permission.RESERVE_CREDITS).account
    try:
        asked_for = Serial.parse(serial)
    except Invalid:
        raise PageMissing("credit entry") from None
    async with reading(request) as connection:
        entry = await reads_entries.credit(connection, asked_for, account=None)
        if entry is None:
            raise PageMissing("credit entry")
        titles = await project_names(connection, [entry.project_id])
    today = resources(request).clock.now().date()
    return render_response(
        request,
        "desks/holdings/reserve.html",
        status=faults.status,
        entry=entry,
        project=titles[entry.project_id],
        is_mine=entry.owner_id == account.acts_for,
        typed={"quantity": "", "note": "", "until": (today + USUALLY).isoformat(), **typed},
        first_day=today.isoformat(),
        last_day=(today + RESERVED_AT_MOST - timedelta(days=1)).isoformat(),
        operation=typed.get("operation") if faults.status in {202, 503} else str(uuid4()),
        faults=faults,
    )
