"""
Retiring credits in three steps: how much of what, on whose behalf and why, and the last look.

Nothing is kept between the steps: each form carries what was typed in the ones before. The last step shows the
chain record of each entry as the registry's own builder writes it, before anything is written.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import uuid4

from pydantic import Field, ValidationInfo, field_validator
from starlette.requests import Request
from starlette.responses import Response

from activities.credits.retirement import BeneficiaryPayload, RetireLine, RetirementPayload
from adapters.postgres.credits.reads.entries import CreditFilter, credits_page
from adapters.postgres.credits.reads.holdings import holdings
from adapters.postgres.projects.reads.projects import project_names
from adapters.postgres.queries import PageRequest
from api.commands.credits.retirement import retire_entry, retire_lines
from api.commands.fresh_signatures import SentSignature
from api.http.fields import Country, Text, noun, refuse
from api.http.resources import reading, resources
from api.http.schema import RequestSchema
from api.pages.desks.actions import staff
from api.pages.desks.holdings.amounts import LINE, SHOWN, Amount, AmountLine, read_amount
from api.pages.desks.holdings.moving import attempt
from api.pages.parts.forms import NOT_CARRIED_OUT, FormFaults, form_faults, read_form
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import page_router, plain
from domain.accounts.roles import Account, Permission
from domain.chain.metadata import join_text, retirement_record
from domain.credits.ledger import EntryStatus
from domain.credits.retirement import BENEFICIARY_NAME_LENGTH_MAX, LINES_MAX, PURPOSE_LENGTH_MAX
from domain.identifiers import operation_id
from domain.reasons import REASON_LENGTH_MAX

_FIELDS_MAX = 20 + SHOWN
LAST_STEP = 3
_STEPS = {
    1: ("serial", "quantity"),
    2: ("disclosed", "name", "country", "identifier", "purpose", "reason"),
}
_FIELDS = tuple(name for names in _STEPS.values() for name in names)
_PLACES = {name: name for name in _FIELDS}
_GIVEN_THEN = "given at that moment"

router = page_router()


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
    form = await read_form(request, fields_max=_FIELDS_MAX)
    typed = {name: form.get(name, "").strip() for name in (*_FIELDS, "operation")}
    typed |= {name: form[name].strip() for name in form if name.startswith(LINE)}
    go, step = form.get("go", ""), _step(form)
    if go in {"1", "2"} and int(go) < step:
        return await _page(request, int(go), typed, FormFaults())
    amount = await read_amount(request, account, typed)
    # A repetition of what was retired finds its entries gone, and its own answer.
    if amount.faults and (step < LAST_STEP or not amount.lines):
        return await _page(request, 1, typed, amount.faults)
    if "/" in typed["serial"] or len(amount.lines) > 1:
        # From here on it is these entries, whatever comes and goes meanwhile.
        typed |= {"serial": "", "quantity": ""}
        typed |= {f"{LINE}{line.entry.serial}": line.quantity for line in amount.lines}
    if step == 1:
        return await _page(request, 2, typed, FormFaults())
    try:
        statement = _statement(typed)
    except NOT_CARRIED_OUT as no:
        return await _page(request, 2, typed, form_faults(no, _PLACES))
    records = [_record(line, statement, request) for line in amount.lines]
    if step < LAST_STEP:
        return await _page(request, LAST_STEP, typed, FormFaults(), amount, records)
    operation = typed["operation"] or str(uuid4())
    typed["operation"] = operation

    async def carry_out(sent: SentSignature) -> None:
        await _retire(request, account, operation, amount, statement, sent)

    async def again(faults: FormFaults) -> Response:
        return await _page(request, LAST_STEP, typed, faults, amount, records)

    retirement_id = operation_id(account.id, _operation(amount), operation)
    return await attempt(
        request,
        form,
        {**typed, "step": str(LAST_STEP)},
        (),
        carry_out,
        again,
        done=f"/retirements/{retirement_id}",
    )


async def _retire(
    request: Request,
    account: Account,
    operation: str,
    amount: Amount,
    statement: RetirementPayload,
    sent: SentSignature,
) -> None:
    """One entry as `POST /credits/{serial}/retire`, several as `POST /retirements`: all of them or none."""
    lines = [
        RetireLine(serial=str(line.entry.serial), quantity_units=line.quantity_units)
        for line in amount.lines
    ]
    parts = resources(request)
    if len(lines) == 1:
        await retire_entry(parts, account, operation, lines[0], statement, sent=sent)
    else:
        await retire_lines(parts, account, operation, lines, statement, sent=sent)


def _operation(amount: Amount) -> str:
    """What the commands derive a retirement's id from, besides the key."""
    return "retire" if len(amount.lines) == 1 else "retire-lines"


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
    line: AmountLine, statement: RetirementPayload, request: Request
) -> Sequence[tuple[str, str]]:
    """
    The chain record of an entry by its own builder, field by field, as a reader joins it.

    What is only known when it is written is said so: the serial of a part, the time, and what hides the account.
    """
    entry = line.entry
    whole = line.quantity_units == entry.units.quantity_units
    record: Mapping[str, Any] = retirement_record(
        serial=entry.serial if whole else _GIVEN_THEN,
        project_id=entry.project_id,
        quantity_units=line.quantity_units,
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
    amount: Amount | None = None,
    records: Sequence[Sequence[tuple[str, str]]] = (),
) -> Response:
    account = staff(request, Permission.HOLD_CREDITS).account
    page = PageRequest(SHOWN)
    active = CreditFilter(status=EntryStatus.ACTIVE.value)
    async with reading(request) as connection:
        entries = await credits_page(connection, active, page, account=account)
        titles = await project_names(connection, {entry.project_id for entry in entries})
        held = await holdings(connection, account=account)
    named = {name: value for name, value in typed.items() if name.startswith(LINE)}
    earlier = [name for number, names in _STEPS.items() if number != step for name in names]
    return render_response(
        request,
        "desks/holdings/retire.html",
        status=faults.status,
        step=step,
        entries=page.shown(entries),
        titles=titles,
        pools=[one for one in held if one.active_units],
        typed={name: typed.get(name, "") for name in _FIELDS} | named,
        earlier=[*earlier, *(named if step > 1 else ())],
        lines_max=LINES_MAX,
        amount=amount,
        records=records,
        given_then=_GIVEN_THEN,
        operation=typed.get("operation") or str(uuid4()),
        faults=faults,
    )
