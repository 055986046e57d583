"""Handing credits over: to anybody by e-mail address, or what is set aside to whoever asked for it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.credits.reads.entries import CreditFilter, credits_page
from adapters.postgres.credits.reads.reservations import ReservationView
from adapters.postgres.projects.reads.projects import project_names
from adapters.postgres.queries import PageRequest
from api.commands.credits import reservations
from api.commands.credits.transfer import transfer_credits
from api.commands.fresh_signatures import SentSignature, SignatureNeeded
from api.http.fields import SerialText, Text, TonnesInput
from api.http.resources import reading, resources
from api.http.schema import RequestSchema
from api.pages.desks.actions import somebody, staff
from api.pages.parts.forms import NOT_CARRIED_OUT, FormFaults, form_faults, read_form
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import PageMissing, page_router, plain, see_other
from api.pages.parts.wallet_signing import sent_proof, shown
from domain.accounts.roles import Account, Permission
from domain.credits.ledger import EntryStatus
from domain.errors import NotFound

SHOWN = 100
_FIELDS = ("serial", "quantity", "recipientEmail")

router = page_router()


class TransferForm(RequestSchema):
    serial: SerialText
    quantity: TonnesInput
    recipient_email: Annotated[str, Text(255)]


@router.get("/desk/transfer")
async def ask(request: Request, serial: str = "") -> Response:
    staff(request, Permission.HOLD_CREDITS)
    return await _transfer_page(request, {"serial": plain(serial)}, FormFaults())


@router.post("/desk/transfer")
async def transfer(request: Request) -> Response:
    """POST /api/v1/credits/{serial}/transfer as a page."""
    account = staff(request, Permission.HOLD_CREDITS).account
    form = await read_form(request)
    typed = {name: form.get(name, "").strip() for name in (*_FIELDS, "operation")}

    async def carry_out(sent: SentSignature) -> None:
        wanted = TransferForm.model_validate({name: typed[name] for name in _FIELDS})
        await transfer_credits(
            resources(request),
            account,
            typed["operation"] or str(uuid4()),
            wanted.serial,
            wanted.quantity,
            wanted.recipient_email,
            sent=sent,
        )

    async def again(faults: FormFaults) -> Response:
        return await _transfer_page(request, typed, faults)

    return await attempt(request, form, typed, _FIELDS, carry_out, again)


@router.get("/desk/reservations/{reservation_id}/hand-over")
async def look(request: Request, reservation_id: UUID) -> Response:
    account = staff(request, Permission.HOLD_CREDITS).account
    found = await _reservation(request, account, reservation_id)
    return _hand_over_page(request, found, FormFaults(), str(uuid4()))


@router.post("/desk/reservations/{reservation_id}/hand-over")
async def hand_over(request: Request, reservation_id: UUID) -> Response:
    """POST /api/v1/reservations/{id}/fulfil as a page."""
    account = staff(request, Permission.HOLD_CREDITS).account
    found = await _reservation(request, account, reservation_id)
    form = await read_form(request)
    operation = form.get("operation", "") or str(uuid4())

    async def carry_out(sent: SentSignature) -> None:
        await reservations.fulfil_reservation(
            resources(request), account, operation, reservation_id, sent=sent
        )

    async def again(faults: FormFaults) -> Response:
        return _hand_over_page(request, found, faults, operation)

    return await attempt(request, form, {"operation": operation}, (), carry_out, again)


async def attempt(
    request: Request,
    form: Mapping[str, str],
    typed: Mapping[str, str],
    fields: tuple[str, ...],
    carry_out: Callable[[SentSignature], Awaitable[None]],
    again: Callable[[FormFaults], Awaitable[Response]],
    *,
    done: str = "/desk/holdings?done=transferred",
) -> Response:
    """Carry a movement out; ask the wallet first where it must sign, and show the form again where it may not be."""
    try:
        await carry_out(sent_signature(request, form))
    except SignatureNeeded as needed:
        if needed.signature is None:
            return await again(FormFaults(403, sentences=(needed.problem.detail,)))
        return render_response(
            request,
            "desks/holdings/signing.html",
            asked=shown(request, needed.signature),
            typed=typed,
        )
    except NOT_CARRIED_OUT as no:
        return await again(form_faults(no, {name: name for name in fields}))
    return see_other(done)


def sent_signature(request: Request, form: Mapping[str, str]) -> SentSignature:
    """
    What the wallet signed, where the form was shown again to ask for it.

    Raises:
        Invalid: it names no challenge of ours.
    """
    session_id = somebody(request).session.id
    if not form.get("challenge"):
        return SentSignature(session_id)
    proof = sent_proof(form)
    return SentSignature(session_id, proof.challenge_id, proof.signature, proof.key)


async def _reservation(request: Request, account: Account, reservation_id: UUID) -> ReservationView:
    try:
        found = await reservations.visible_reservation(resources(request), account, reservation_id)
    except NotFound:
        raise PageMissing("reservation") from None
    if not found.is_holder:
        raise PageMissing("reservation")
    return found


async def _transfer_page(
    request: Request, typed: Mapping[str, str], faults: FormFaults
) -> Response:
    account = staff(request, Permission.HOLD_CREDITS).account
    page = PageRequest(SHOWN)
    active = CreditFilter(status=EntryStatus.ACTIVE.value)
    async with reading(request) as connection:
        entries = await credits_page(connection, active, page, account=account)
        titles = await project_names(connection, {entry.project_id for entry in entries})
    return render_response(
        request,
        "desks/holdings/transfer.html",
        status=faults.status,
        entries=page.shown(entries),
        titles=titles,
        typed={"quantity": "", "recipientEmail": "", **typed},
        operation=typed.get("operation") if faults.status in {202, 503} else str(uuid4()),
        faults=faults,
    )


def _hand_over_page(
    request: Request, found: ReservationView, faults: FormFaults, operation: str
) -> Response:
    return render_response(
        request,
        "desks/holdings/hand_over.html",
        status=faults.status,
        found=found,
        faults=faults,
        operation=operation,
    )
