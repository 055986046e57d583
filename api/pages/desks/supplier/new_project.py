"""
Registering a project in steps, which somebody may leave and go on with later (ADR 0094).

What is typed stays with the account after each step, while it is typed (where scripts run), and when
the form is sent after its session ran out. Nothing of it is checked before its step is sent.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import ValidationError, model_validator
from starlette.requests import Request
from starlette.responses import Response

from activities.projects.projects import ProjectPayload
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
from api.http.resources import resources
from api.http.schema import RequestSchema
from api.pages.desks.actions import staff
from api.pages.desks.supplier.choices import methodology_choices, types_named
from api.pages.desks.unfinished import forget, keep, keep_of_expired, kept
from api.pages.parts.forms import NOT_CARRIED_OUT, FormFaults, form_faults, read_form
from api.pages.parts.labels import country_choices
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
        "quantity",
        "Quantity and time",
        (
            "methodology_version_id",
            "emissions_target",
            "start_date",
            "crediting_period_end",
        ),
    ),
    Step("check", "Check and register", ()),
)
FIELDS = tuple(name for step in STEPS for name in step.fields)
POINTERS = {"/" + re.sub("_(.)", lambda found: found[1].upper(), name): name for name in FIELDS}
LENGTHS = {
    "title": TITLE_LENGTH_MAX,
    "description": DESCRIPTION_LENGTH_MAX,
    "location": LOCATION_LENGTH_MAX,
}
NAMES = {
    "title": "Title",
    "type": "Type",
    "description": "Description",
    "location": "Location",
    "country": "Country",
    "latitude": "Latitude",
    "longitude": "Longitude",
    "methodology_version_id": "Methodology",
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
    methodology_version_id: UUID | None = None

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
            methodology_version_id=self.methodology_version_id,
        )


@router.get(ADDRESS)
async def look(request: Request, step: str = "") -> Response:
    """Where it was left, unless a step is asked for."""
    person = staff(request, Permission.REGISTER_PROJECT)
    typed = await kept(request, person.account.id, FORM)
    return await _page(request, _step(step or typed.get("step", "")), typed, FormFaults(200))


@router.post(ADDRESS)
async def send(request: Request) -> Response:
    """`go`: on, back, keep (answered with nothing), leave, or register."""
    if person_of(request) is None:
        await keep_of_expired(request, FORM, _fields)
        raise SignInFirst
    person = staff(request, Permission.REGISTER_PROJECT)
    form = await read_form(request)
    typed = await keep(request, person.account.id, FORM, _fields(form))
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
        return await _page(request, step, typed, faults)
    return see_other(f"{ADDRESS}?step={STEPS[position + 1].name}")


async def _register(request: Request, typed: Mapping[str, str]) -> Response:
    person = staff(request, Permission.REGISTER_PROJECT)
    parts = resources(request)
    try:
        form = ProjectForm.model_validate(sent_project(typed))
        view = await register_project(parts, person.account, typed["key"], form.payload())
    except NOT_CARRIED_OUT as no:
        return await _page(request, STEPS[-1], typed, form_faults(no, POINTERS))
    await forget(request, person.account.id, FORM)
    return see_other(f"/desk/projects/{view.project.id}?done=registered")


def _faults_of(typed: Mapping[str, str], step: Step) -> FormFaults:
    """Those of one step; others are told when theirs is sent."""
    try:
        ProjectForm.model_validate(sent_project(typed))
    except ValidationError as invalid:
        faults = form_faults(invalid, POINTERS)
        fields = {name: faults.fields[name] for name in step.fields if name in faults.fields}
        # Of the whole there is one rule, and the last step before the check is the one it is about.
        whole = faults.sentences if step is STEPS[-2] else ()
        return FormFaults(400, fields, whole)
    return FormFaults(200)


def sent_project(typed: Mapping[str, str]) -> dict[str, Any]:
    """As JSON would have it: what is empty is left out, degrees are numbers."""
    sent: dict[str, Any] = {}
    for name in FIELDS:
        if value := typed.get(name, "").strip():
            is_degrees = name in ("latitude", "longitude") and _DECIMAL.fullmatch(value)
            camel = re.sub("_(.)", lambda found: found[1].upper(), name)
            sent[camel] = float(value) if is_degrees else value
    return sent


def _fields(form: Mapping[str, str]) -> Mapping[str, str]:
    """Those of the step that was sent, and which step that was."""
    step = _step(form.get("step", ""))
    return {name: form[name] for name in step.fields if name in form} | {"step": step.name}


def _step(name: str) -> Step:
    return next((step for step in STEPS if step.name == name), STEPS[0])


async def _page(
    request: Request, step: Step, typed: Mapping[str, str], faults: FormFaults
) -> Response:
    methodologies = await methodology_choices(request, typed)
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
        types_named=types_named(),
        names=NAMES,
        countries=country_choices(),
        methodologies=methodologies,
        methodology_names=dict(methodologies),
        lengths=LENGTHS,
    )
