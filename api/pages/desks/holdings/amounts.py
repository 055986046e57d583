"""
How much of what is retired: of one entry, of several that are named, or of a project's vintage.

What a vintage's quantity is made of is said line by line from the second step on, so that what is retired
is what was shown, whatever comes and goes meanwhile.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from pydantic import ValidationError
from starlette.requests import Request

from adapters.postgres.credits.reads.entries import CreditFilter, credits_page
from adapters.postgres.queries import PageRequest
from api.commands.credits.credits import visible_credit
from api.http.fields import SerialText, TonnesInput
from api.http.resources import reading, resources
from api.http.schema import RequestSchema
from api.pages.parts.forms import NOT_CARRIED_OUT, FormFaults, form_faults
from domain.accounts.roles import Account
from domain.credits.ledger import CreditEntry, EntryStatus, require_active, require_movable
from domain.credits.retirement import fill_lines, require_lines
from domain.quantities import format_tonnes

LINE = "line-"
"""Before a serial: the name of the field with how much of that entry is retired."""
SHOWN = 100
FIELDS = {"serial": "serial", "quantity": "quantity"}


class AmountForm(RequestSchema):
    serial: SerialText
    quantity: TonnesInput


class PoolForm(RequestSchema):
    """`serial` says a project and a vintage there: `{project id}/{year}`."""

    quantity: TonnesInput


@dataclass(frozen=True)
class AmountLine:
    """So many units of an entry; `quantity` as people read it."""

    entry: CreditEntry
    quantity_units: int

    @property
    def quantity(self) -> str:
        return format_tonnes(self.quantity_units)


@dataclass(frozen=True)
class Amount:
    """
    What was asked for; `faults` by the names of the fields.

    `lines` are there although the ledger would refuse them now, where each names an entry of the holder's: a
    repetition of what was retired finds its entries gone, and its own answer.
    """

    lines: Sequence[AmountLine] = ()
    faults: FormFaults = FormFaults()  # noqa: RUF009 -- it is frozen

    @property
    def quantity_units(self) -> int:
        return sum(line.quantity_units for line in self.lines)


async def read_amount(request: Request, account: Account, typed: Mapping[str, str]) -> Amount:
    """Every fault at once."""
    named = {name: value for name, value in typed.items() if name.startswith(LINE) and value}
    chosen = typed.get("serial", "")
    if named and chosen:
        sentence = "Choose one way: an entry or a vintage above, or quantities of several entries."
        return Amount(faults=FormFaults(400, {"serial": sentence}))
    if named:
        return await _named_lines(request, account, named)
    try:
        if "/" in chosen:
            return await _of_vintage(request, account, chosen, typed.get("quantity", ""))
        amount = AmountForm.model_validate({name: typed.get(name, "") for name in FIELDS})
    except NOT_CARRIED_OUT as no:
        return Amount(faults=form_faults(no, FIELDS))
    return await _one_line(request, account, amount, FIELDS)


async def _named_lines(request: Request, account: Account, named: Mapping[str, str]) -> Amount:
    lines: list[AmountLine] = []
    faults: dict[str, str] = {}
    for name, value in named.items():
        places = {"serial": name, "quantity": name}
        try:
            wanted = AmountForm.model_validate(
                {"serial": name.removeprefix(LINE), "quantity": value}
            )
        except ValidationError as error:
            faults |= form_faults(error, places).fields
            continue
        found = await _one_line(request, account, wanted, places)
        lines += found.lines
        faults |= found.faults.by_field
    try:
        require_lines([(line.entry.serial, line.quantity_units) for line in lines])
    except NOT_CARRIED_OUT as no:
        faults = faults or dict(form_faults(no, {}).by_field)
    return Amount(lines, FormFaults(400, faults) if faults else FormFaults())


async def _one_line(
    request: Request, account: Account, wanted: AmountForm, places: Mapping[str, str]
) -> Amount:
    lines: list[AmountLine] = []
    try:
        entry = await visible_credit(resources(request), account, wanted.serial)
        lines = [AmountLine(entry, wanted.quantity)]
        require_active(entry)
        require_movable(entry, wanted.quantity, EntryStatus.RETIRED)
    except NOT_CARRIED_OUT as no:
        told = form_faults(no, places)
        if told.sentences:
            # Of the entry as a whole: beside where it was chosen.
            told = FormFaults(told.status, {places["serial"]: " ".join(told.sentences)})
        return Amount(lines, told)
    return Amount(lines)


async def _own_entries(
    request: Request, account: Account, of: CreditFilter, enough_units: int
) -> list[CreditEntry]:
    """
    The oldest, page by page, until they come to that much: all of one moment, so that their order is the same.

    Where all come to less, all of them: the refusal says how much is held.
    """
    own: list[CreditEntry] = []
    page: PageRequest | None = PageRequest(SHOWN, newest_first=False)
    async with reading(request) as connection:
        while page is not None:
            entries = await credits_page(connection, of, page, account=account)
            own += [one for one in page.shown(entries) if one.owner_id == account.acts_for]
            last = page.last_shown(entries)
            if last is None:
                break
            older = sum(one.units.quantity_units for one in own if one.issued_at < last.issued_at)
            page = (
                None
                if older >= enough_units
                else PageRequest(SHOWN, newest_first=False, after=(last.issued_at, last.id))
            )
    return own


async def _of_vintage(request: Request, account: Account, chosen: str, typed: str) -> Amount:
    """
    The oldest entries first, until it is enough.

    Raises:
        ValidationError: the quantity is none.
        Invalid, InsufficientCredits: as `fill_lines`.
    """
    wanted = PoolForm.model_validate({"quantity": typed})
    project, _, vintage = chosen.partition("/")
    try:
        of = CreditFilter(EntryStatus.ACTIVE.value, int(vintage), UUID(project))
    except ValueError:
        return Amount(faults=FormFaults(400, {"serial": "Choose what is retired."}))
    own = await _own_entries(request, account, of, wanted.quantity)
    # Parts of one issuance are of one moment: the lower units first, so that it is the same whenever it is asked.
    own.sort(key=lambda one: (one.issued_at, one.units.first))
    by_serial = {one.serial: one for one in own}
    return Amount(
        [AmountLine(by_serial[serial], units) for serial, units in fill_lines(own, wanted.quantity)]
    )
