"""
Registering a project in steps, which somebody may leave and go on with later (ADR 0094).

What is typed stays with the account after each step, while it is typed (where scripts run), and when
the form is sent after its session ran out. Nothing of it is checked before its step is sent.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Self
from uuid import UUID, uuid4

from pydantic import ValidationError, model_validator
from starlette.requests import Request
from starlette.responses import Response

from activities.projects.projects import ProjectPayload
from adapters.postgres.identity import acting_as
from api.commands.projects.projects import register_project
from api.http.fields import (
    Country,
    Day,
    Latitude,
    Longitude,
    StartDay,
    Text,
    TonnesInput,
    refuse,
)
from api.http.idempotency import KEY_PATTERN
from api.http.resources import resources
from api.http.schema import RequestSchema
from api.pages.desks.actions import staff
from api.pages.desks.supplier.faults import REFUSALS, FormFaults, form_faults
from api.pages.parts.forms import read_form, read_form_of_expired
from api.pages.parts.labels import country_choices, word
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import page_router, see_other
from api.pages.parts.session import SignInFirst, person_of
from domain.accounts.roles import Permission
from domain.errors import Invalid
from domain.projects.projects import (
    DESCRIPTION_LENGTH_MAX,
    LOCATION_LENGTH_MAX,
    TITLE_LENGTH_MAX,
    ProjectType,
    require_crediting_period,
)

ADDRESS = "/desk/projects/new"
FORM = "new-project"
KEPT_LENGTH_MAX = DESCRIPTION_LENGTH_MAX + 2_000
"""More than any field takes, so that what is too long is there to be made shorter."""
_DECIMAL = re.compile(r"[+-]?[0-9]{1,6}(\.[0-9]{1,15})?")


@dataclass(frozen=True)
class Step:
    name: str
    title: str
    fields: tuple[str, ...]


STEPS = (
    Step("project", "The project", ("title", "type", "description")),
    Step("place", "The place", ("location", "country", "latitude", "longitude")),
    Step(
        "quantity", "Quantity and time", ("emissions_target", "start_date", "crediting_period_end")
    ),
    Step("check", "Check and register", ()),
)
FIELDS = tuple(name for step in STEPS for name in step.fields)
POINTERS = {"/" + re.sub("_(.)", lambda found: found[1].upper(), name): name for name in FIELDS}
NAMES = {
    "title": "Title",
    "type": "Type",
    "description": "Description",
    "location": "Location",
    "country": "Country",
    "latitude": "Latitude",
    "longitude": "Longitude",
    "emissions_target": "Announced quantity",
    "start_date": "Start date",
    "crediting_period_end": "Crediting period until",
}
"""As people read them where they are checked."""

router = page_router()


class ProjectForm(RequestSchema):
    """The fields of the steps, as `POST /projects` takes them."""

    title: Annotated[str, Text(TITLE_LENGTH_MAX)]
    type: ProjectType
    description: Annotated[str, Text(DESCRIPTION_LENGTH_MAX, lines=True)]
    location: Annotated[str, Text(LOCATION_LENGTH_MAX)]
    country: Country
    latitude: Latitude
    longitude: Longitude
    emissions_target: TonnesInput
    start_date: StartDay
    crediting_period_end: Day | None = None

    @model_validator(mode="after")
    def _crediting_period(self) -> Self:
        try:
            require_crediting_period(self.start_date, self.crediting_period_end)
        except Invalid as invalid:
            raise refuse(invalid.detail) from None
        return self

    def payload(self) -> ProjectPayload:
        return ProjectPayload(
            title=self.title,
            type=self.type,
            description=self.description,
            location=self.location,
            country=self.country,
            latitude=self.latitude,
            longitude=self.longitude,
            emissions_target_units=self.emissions_target,
            start_date=self.start_date,
            crediting_period_ends=self.crediting_period_end,
        )


@router.get(ADDRESS)
async def look(request: Request, step: str = "") -> Response:
    """Where it was left, unless a step is asked for."""
    person = staff(request, Permission.REGISTER_PROJECT)
    typed = await _kept(request, person.account.id)
    return _page(request, _step(step or typed.get("step", "")), typed, FormFaults(200))


@router.post(ADDRESS)
async def send(request: Request) -> Response:
    """`go`: on, back, keep (answered with nothing), leave, or register."""
    if person_of(request) is None:
        if former := await read_form_of_expired(request):
            holder, form = former
            with acting_as(holder):
                await _keep(request, holder.account_id, form)
        raise SignInFirst
    person = staff(request, Permission.REGISTER_PROJECT)
    form = await read_form(request)
    typed = await _keep(request, person.account.id, form)
    step = _step(form.get("step", ""))
    match form.get("go"):
        case "keep":
            return Response(status_code=204)
        case "leave":
            return see_other("/desk/projects?done=kept")
        case "register":
            return await _register(request, typed)
    position = STEPS.index(step)
    if form.get("go") == "back":
        return see_other(f"{ADDRESS}?step={STEPS[max(position - 1, 0)].name}")
    faults = _faults_of(typed, step)
    if faults.all:
        return _page(request, step, typed, faults)
    return see_other(f"{ADDRESS}?step={STEPS[position + 1].name}")


async def _register(request: Request, typed: Mapping[str, str]) -> Response:
    person = staff(request, Permission.REGISTER_PROJECT)
    parts = resources(request)
    try:
        form = ProjectForm.model_validate(_sent(typed))
        view = await register_project(parts, person.account, typed["key"], form.payload())
    except REFUSALS as no:
        return _page(request, STEPS[-1], typed, form_faults(no, POINTERS))
    async with parts.database.transaction() as work:
        await work.requests.unfinished_forms.remove(person.account.id, FORM)
    return see_other(f"/desk/projects/{view.project.id}?done=registered")


def _faults_of(typed: Mapping[str, str], step: Step) -> FormFaults:
    """Those of one step; others are told when theirs is sent."""
    try:
        ProjectForm.model_validate(_sent(typed))
    except ValidationError as invalid:
        faults = form_faults(invalid, POINTERS)
        fields = {name: faults.fields[name] for name in step.fields if name in faults.fields}
        # Of the whole there is one rule, and the last step before the check is the one it is about.
        whole = faults.sentences if step is STEPS[-2] else ()
        return FormFaults(400, fields, whole)
    return FormFaults(200)


def _sent(typed: Mapping[str, str]) -> dict[str, Any]:
    """As JSON would have it: what is empty is left out, degrees are numbers."""
    sent: dict[str, Any] = {}
    for name in FIELDS:
        if value := typed.get(name, "").strip():
            is_degrees = name in ("latitude", "longitude") and _DECIMAL.fullmatch(value)
            camel = re.sub("_(.)", lambda found: found[1].upper(), name)
            sent[camel] = float(value) if is_degrees else value
    return sent


async def _kept(request: Request, account_id: UUID) -> Mapping[str, str]:
    async with resources(request).database.transaction() as work:
        return await work.requests.unfinished_forms.fields(account_id, FORM)


async def _keep(
    request: Request, account_id: UUID | None, form: Mapping[str, str]
) -> Mapping[str, str]:
    """All that is known of the form now; the key makes it act once, whichever session sends it."""
    if account_id is None:
        return form
    parts = resources(request)
    step = _step(form.get("step", ""))
    typed = {name: _storable(form[name])[:KEPT_LENGTH_MAX] for name in step.fields if name in form}
    async with parts.database.transaction() as work:
        forms = work.requests.unfinished_forms
        kept = {"key": str(uuid4())} | dict(await forms.fields(account_id, FORM))
        if not re.fullmatch(KEY_PATTERN, kept["key"]):
            kept["key"] = str(uuid4())
        kept |= typed | {"step": step.name}
        await forms.save(account_id, FORM, kept, at=parts.clock.now())
    return kept


def _storable(text: str) -> str:
    """Without what PostgreSQL holds in no text; browsers send lines with both of their ends."""
    return text.replace("\x00", "").replace("\r\n", "\n")


def _step(name: str) -> Step:
    return next((step for step in STEPS if step.name == name), STEPS[0])


def _page(request: Request, step: Step, typed: Mapping[str, str], faults: FormFaults) -> Response:
    return render_response(
        request,
        "desks/supplier/new_project.html",
        status=faults.status,
        address=ADDRESS,
        step=step,
        steps=STEPS,
        typed=typed,
        faults=faults,
        first_fault=next((name for name in step.fields if name in faults.fields), None),
        types_named=sorted(
            ((one.value, word(one.value)) for one in ProjectType), key=lambda one: one[1]
        ),
        names=NAMES,
        countries=country_choices(),
        lengths={
            "title": TITLE_LENGTH_MAX,
            "description": DESCRIPTION_LENGTH_MAX,
            "location": LOCATION_LENGTH_MAX,
        },
    )
