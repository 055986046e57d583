"""Changing the facts of a project that is not decided yet; what is typed is kept, as for a new one (ADR 0094)."""

from collections.abc import Mapping
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from activities.projects.changes import ProjectChangesPayload
from adapters.postgres.projects.reads.projects import ProjectView
from api.commands.projects.changes import change_project, is_changeable
from api.commands.projects.projects import visible_project
from api.http.resources import resources
from api.pages.desks.actions import staff
from api.pages.desks.supplier.choices import methodology_choices, types_named
from api.pages.desks.supplier.new_project import (
    FIELDS,
    LENGTHS,
    POINTERS,
    ProjectForm,
    sent_project,
)
from api.pages.desks.unfinished import forget, keep, keep_of_expired, kept
from api.pages.parts.forms import NOT_CARRIED_OUT, FormFaults, form_faults, read_form
from api.pages.parts.labels import country_choices
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import PageMissing, page_router, see_other
from api.pages.parts.session import SignInFirst, person_of
from domain.accounts.roles import Permission
from domain.errors import NotFound
from domain.projects.projects import Project
from domain.quantities import format_tonnes

router = page_router()
_PLACES = POINTERS | {"/coordinates": "latitude"}


@router.get("/desk/projects/{project_id}/edit")
async def look(request: Request, project_id: UUID) -> Response:
    """As it is, but for what was typed and not sent."""
    person = staff(request, Permission.CHANGE_PROJECT)
    view = await _project(request, project_id)
    typed = _facts_of(view) | dict(await kept(request, person.account.id, _form(project_id)))
    return await _page(request, view, typed, FormFaults(200))


@router.post("/desk/projects/{project_id}/edit")
async def send(request: Request, project_id: UUID) -> Response:
    """`go`: save, keep (answered with nothing), or drop what was typed."""
    if person_of(request) is None:
        await keep_of_expired(request, _form(project_id), _fields)
        raise SignInFirst
    account = staff(request, Permission.CHANGE_PROJECT).account
    form = await read_form(request)
    view = await _project(request, project_id)
    if form.get("go") == "drop":
        await forget(request, account.id, _form(project_id))
        return see_other(f"/desk/projects/{project_id}")
    typed = await keep(request, account.id, _form(project_id), _fields(form))
    if form.get("go") == "keep":
        return Response(status_code=204)
    typed = _facts_of(view) | dict(typed)
    try:
        changed = ProjectForm.model_validate(sent_project(typed))
        await change_project(resources(request), account, project_id, _changes(changed))
    except NOT_CARRIED_OUT as no:
        return await _page(request, view, typed, form_faults(no, _PLACES))
    await forget(request, account.id, _form(project_id))
    return see_other(f"/desk/projects/{project_id}?done=edit")


def _facts_of(view: ProjectView) -> dict[str, str]:
    chosen = view.methodology_version_id
    return facts_of(view.project) | {"methodology_version_id": str(chosen) if chosen else ""}


def facts_of(project: Project) -> dict[str, str]:
    """As its supplier would type them."""
    return {
        "title": project.title,
        "type": project.type.value,
        "description": project.description,
        "location": project.location,
        "country": project.country,
        "latitude": project.coordinates.latitude,
        "longitude": project.coordinates.longitude,
        "emissions_target": format_tonnes(project.emissions_target_units),
        "start_date": project.start_date.isoformat(),
        "crediting_period_end": project.crediting_period_ends.isoformat()
        if project.crediting_period_ends
        else "",
    }


async def _project(request: Request, project_id: UUID) -> ProjectView:
    """
    Raises:
        PageMissing: there is no such project, or none of its facts can be changed.
    """
    account = staff(request, Permission.CHANGE_PROJECT).account
    try:
        view = await visible_project(resources(request), account, project_id)
    except NotFound:
        raise PageMissing("project") from None
    if view.project.developer_id != account.acts_for or not is_changeable(view):
        raise PageMissing("project that could be changed")
    return view


def _changes(form: ProjectForm) -> ProjectChangesPayload:
    return ProjectChangesPayload(
        **form.payload().model_dump(),
        without_crediting_period_end=form.crediting_period_end is None,
        without_methodology=form.methodology_version_id is None,
    )


def _fields(form: Mapping[str, str]) -> Mapping[str, str]:
    return {name: form[name] for name in FIELDS if name in form}


def _form(project_id: UUID) -> str:
    return f"project/{project_id}"


async def _page(
    request: Request, view: ProjectView, typed: Mapping[str, str], faults: FormFaults
) -> Response:
    return render_response(
        request,
        "desks/supplier/edit_project.html",
        status=faults.status,
        project=view.project,
        typed=typed,
        faults=faults,
        first_fault=next((name for name in FIELDS if name in faults.fields), None),
        types_named=types_named(),
        countries=country_choices(),
        methodologies=await methodology_choices(request, typed, view.methodology_version_id),
        lengths=LENGTHS,
    )
