"""
Retiring credits in three steps: how much of what, on whose behalf and why, and the last look.

Nothing is kept between the steps: each form carries what was typed in the ones before. The last step shows the
chain record as the registry's own builder writes it, before anything is written.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import uuid4

from pydantic import Field, ValidationInfo, field_validator
from starlette.requests import Request
from starlette.responses import Response

from activities.credits.retirement import BeneficiaryPayload, RetireLine, RetirementPayload
from adapters.postgres.credits.reads.entries import CreditFilter, credits_page
from adapters.postgres.projects.reads.projects import project_names
from adapters.postgres.queries import PageRequest
from api.commands.credits.credits import visible_credit
from api.commands.credits.retirement import retire_entry
from api.commands.fresh_signatures import SentSignature
from api.http.fields import Country, SerialText, Text, TonnesInput, noun, refuse
from api.http.resources import reading, resources
from api.http.schema import RequestSchema
from api.pages.desks.actions import staff
from api.pages.desks.holdings.moving import attempt
from api.pages.parts.forms import NOT_CARRIED_OUT, FormFaults, form_faults, read_form
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import page_router, plain
from domain.accounts.roles import Permission
from domain.chain.metadata import join_text, retirement_record
from domain.credits.ledger import (
    CreditEntry,
    EntryStatus,
    require_active,
    require_movable,
)
from domain.credits.retirement import BENEFICIARY_NAME_LENGTH_MAX, PURPOSE_LENGTH_MAX
from domain.identifiers import operation_id
from domain.reasons import REASON_LENGTH_MAX

SHOWN = 100
LAST_STEP = 3
_STEPS = {
    1: ("serial", "quantity"),
    2: ("disclosed", "name", "country", "identifier", "purpose", "reason"),
}
_FIELDS = tuple(name for names in _STEPS.values() for name in names)
_GIVEN_THEN = "given at that moment"

router = page_router()


class AmountForm(RequestSchema):
    serial: SerialText
    quantity: TonnesInput


class RetirementWordsForm(RequestSchema):
    """`disclosed` is yes or no; of nobody who is not disclosed is anything kept."""

    disclosed: Annotated[bool, Field()]
    name: Annotated[
        Annotated[str, Text(BENEFICIARY_NAME_LENGTH_MAX)] | None, Field(validate_default=True)
    ] = None
    country: Annotated[Country | None, Field(validate_default=True)] = None
    identifier: Annotated[str, Text(100)] | None = None
    purpose: Annotated[str, Text(PURPOSE_LENGTH_MAX)]
    reason: Annotated[str, Text(REASON_LENGTH_MAX, lines=True)]

    @field_validator("name", "country")
    @classmethod
    def _named(cls, value: str | None, info: ValidationInfo) -> str | None:
        if info.data.get("disclosed") and value is None:
            raise refuse(f"{noun(info.field_name or '')} is required, unless nobody is named")
        return value


@router.get("/desk/retire")
async def begin(request: Request, serial: str = "") -> Response:
    staff(request, Permission.HOLD_CREDITS)
    return await _page(request, 1, {"serial": plain(serial), "disclosed": "yes"}, FormFaults())


@router.post("/desk/retire")
async def go_on(request: Request) -> Response:
    """`step` is the step that the form was shown for, `go` where the button leads."""
    account = staff(request, Permission.HOLD_CREDITS).account
    form = await read_form(request, fields_max=20)
    typed = {name: form.get(name, "").strip() for name in (*_FIELDS, "operation")}
    go = form.get("go", "")
    if go in {"1", "2"} and int(go) < _step(form):
        return await _page(request, int(go), typed, FormFaults())
    entry = None
    try:
        amount = AmountForm.model_validate({name: typed[name] for name in _STEPS[1]})
        entry = await visible_credit(resources(request), account, amount.serial)
        require_active(entry)
        require_movable(entry, amount.quantity, EntryStatus.RETIRED)
    except NOT_CARRIED_OUT as no:
        # A repetition of what was retired finds its entry gone, and its own answer.
        if _step(form) < LAST_STEP or entry is None:
            return await _page(request, 1, typed, form_faults(no, _STEPS[1]))
    if _step(form) == 1:
        return await _page(request, 2, typed, FormFaults())
    try:
        statement = _statement(typed)
    except NOT_CARRIED_OUT as no:
        return await _page(request, 2, typed, form_faults(no, _STEPS[2]))
    if _step(form) < LAST_STEP:
        return await _page(
            request, LAST_STEP, typed, FormFaults(), _record(entry, amount, statement, request)
        )
    operation = typed["operation"] or str(uuid4())
    typed["operation"] = operation

    async def carry_out(sent: SentSignature) -> None:
        line = RetireLine(serial=amount.serial, quantity_units=amount.quantity)
        await retire_entry(resources(request), account, operation, line, statement, sent=sent)

    async def again(faults: FormFaults) -> Response:
        record = _record(entry, amount, statement, request)
        return await _page(request, LAST_STEP, typed, faults, record)

    retirement_id = operation_id(account.id, "retire", operation)
    return await attempt(
        request,
        form,
        {**typed, "step": str(LAST_STEP)},
        _FIELDS,
        carry_out,
        again,
        done=f"/retirements/{retirement_id}",
    )


def _step(form: Mapping[str, str]) -> int:
    step = form.get("step", "")
    return int(step) if step in {"1", "2", "3"} else 1


def _statement(typed: Mapping[str, str]) -> RetirementPayload:
    """
    Raises:
        ValidationError: something is missing, or too long.
    """
    disclosed = typed["disclosed"] == "yes"
    named = ("name", "country", "identifier") if disclosed else ()
    wanted = RetirementWordsForm.model_validate(
        {
            "disclosed": disclosed,
            "purpose": typed["purpose"],
            "reason": typed["reason"],
            **{name: typed[name] or None for name in named},
        }
    )
    beneficiary = None
    if wanted.name is not None and wanted.country is not None:
        beneficiary = BeneficiaryPayload(
            name=wanted.name, country=wanted.country, identifier=wanted.identifier
        )
    return RetirementPayload(beneficiary=beneficiary, purpose=wanted.purpose, reason=wanted.reason)


def _record(
    entry: CreditEntry, amount: AmountForm, statement: RetirementPayload, request: Request
) -> Sequence[tuple[str, str]]:
    """
    The chain record by its own builder, field by field, as a reader joins it.

    What is only known when it is written is said so: the serial of a part, the time, and what hides the account.
    """
    whole = amount.quantity == entry.units.quantity_units
    record: Mapping[str, Any] = retirement_record(
        serial=entry.serial if whole else _GIVEN_THEN,
        project_id=entry.project_id,
        quantity_units=amount.quantity,
        vintage=entry.vintage,
        retired_by=_GIVEN_THEN,
        reason=statement.reason,
        at=resources(request).clock.now(),
    )
    shown = {**record, "timestamp": _GIVEN_THEN}
    return [
        (name, join_text(value) if isinstance(value, str | list) else str(value))
        for name, value in shown.items()
    ]


async def _page(
    request: Request,
    step: int,
    typed: Mapping[str, str],
    faults: FormFaults,
    record: Sequence[tuple[str, str]] = (),
) -> Response:
    account = staff(request, Permission.HOLD_CREDITS).account
    page = PageRequest(SHOWN)
    active = CreditFilter(status=EntryStatus.ACTIVE.value)
    async with reading(request) as connection:
        entries = await credits_page(connection, active, page, account=account)
        titles = await project_names(connection, {entry.project_id for entry in entries})
    return render_response(
        request,
        "desks/holdings/retire.html",
        status=faults.status,
        step=step,
        entries=page.shown(entries),
        titles=titles,
        typed={name: typed.get(name, "") for name in _FIELDS},
        earlier=[name for number, names in _STEPS.items() if number != step for name in names],
        record=record,
        given_then=_GIVEN_THEN,
        operation=typed.get("operation") or str(uuid4()),
        faults=faults,
    )
