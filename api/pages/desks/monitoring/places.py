"""Where a project lies, where it is sampled, and what measures there: entered by its supplier (ADR 0104)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from adapters.monitoring.declared import declared_calculations
from adapters.postgres.monitoring.reads import quantifications as reads_quantifications
from adapters.postgres.monitoring.reads import readings as reads_readings
from adapters.postgres.projects.reads import verifications as reads_verifications
from adapters.postgres.projects.reads.verifications import VerificationFilter
from adapters.postgres.queries import PageRequest
from api.commands.monitoring import boundaries
from api.commands.monitoring.boundaries import SiteView
from api.commands.projects.projects import visible_project
from api.http.resources import reading, resources
from api.pages.desks.actions import staff
from api.pages.desks.monitoring.devices import LENGTHS, POINTERS, register_typed_device
from api.pages.desks.monitoring.point_lines import PointsForm, lines_of, rows_of
from api.pages.parts.forms import (
    NOT_CARRIED_OUT,
    FormFaults,
    SentFile,
    form_faults,
    not_carried_out,
    read_form_with_file,
)
from api.pages.parts.monitoring.site_map import site_map
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import PageMissing, page_router, see_other
from domain.accounts.roles import Account, Permission
from domain.errors import Invalid, NotFound
from domain.monitoring.boundaries import POINTS_MAX, POSITIONS_MAX
from domain.monitoring.geojson import geometry_in
from domain.projects.projects import Project

ADDRESS = "/desk/projects/{project_id}/monitoring"
FAULTS_SHOWN = 20
DONE = {
    "device": "The device is registered. Its readings are taken from now on.",
    "boundary": "The boundary is drawn, and everybody sees it.",
    "points": "The sampling points are set.",
}
_HAVE = {"geometry": "The boundary has", "points": "The sampling points have"}

router = page_router()


@dataclass(frozen=True)
class PlaceForms:
    """`do`: which form was sent and not carried out; `listed`: its faults, where it has several. `preview`: not drawn yet."""

    do: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    faults: FormFaults = field(default_factory=FormFaults)
    listed: Sequence[str] = ()
    preview: SiteView | None = None


@router.get(ADDRESS)
async def look(request: Request, project_id: UUID) -> Response:
    account = staff(request, Permission.DRAW_BOUNDARY).account
    return await _page(request, account, project_id, PlaceForms())


@router.post(ADDRESS)
async def change(request: Request, project_id: UUID) -> Response:
    """`do`: register a device, draw the boundary (`go` preview: only show it), or set the sampling points."""
    account = staff(request, Permission.DRAW_BOUNDARY).account
    sent, file = await read_form_with_file(request, "file")
    typed: Mapping[str, str] = sent
    do = typed.get("do", "")
    try:
        if do == "device":
            await register_typed_device(request, account, project_id, typed)
        elif do == "boundary":
            typed, geometry = _drawn(typed, file)
            if typed.get("go") == "preview":
                preview = await boundaries.checked_boundary(
                    resources(request), account, project_id, geometry
                )
                return await _page(
                    request, account, project_id, PlaceForms(do, typed, preview=preview)
                )
            await boundaries.draw_boundary(resources(request), account, project_id, geometry)
        elif do == "points":
            await _set_points(request, account, project_id, typed)
        else:
            raise PageMissing("button")
    except NotFound:
        raise PageMissing("project") from None
    except NOT_CARRIED_OUT as no:
        return await _page(request, account, project_id, _refused(no, do, typed, file))
    return see_other(f"/desk/projects/{project_id}/monitoring?done={do}")


def _drawn(
    typed: Mapping[str, str], file: SentFile | None
) -> tuple[Mapping[str, str], Mapping[str, Any]]:
    """What is to be drawn, with the text of a file in the field, where it can be looked at and sent again."""
    if file is not None:
        typed = {**typed, "geometry": _text_of(file)}
    return typed, geometry_in(typed.get("geometry", ""))


def _text_of(file: SentFile) -> str:
    """What is no UTF-8 is replaced, and so is no JSON, or a name that nobody reads."""
    return file.content.decode("utf-8-sig", errors="replace")


async def _set_points(
    request: Request, account: Account, project_id: UUID, typed: Mapping[str, str]
) -> None:
    rows, _ = rows_of(typed.get("points", ""))
    form = PointsForm.model_validate({"points": rows})
    await boundaries.set_points(resources(request), account, project_id, form.sampling_points())


def _refused(no: Exception, do: str, typed: Mapping[str, str], file: SentFile | None) -> PlaceForms:
    if do == "device":
        return PlaceForms(do, typed, form_faults(no, POINTERS))
    told = not_carried_out(no)
    if do == "boundary":
        name, place = "geometry", _position
        typed = {**typed, "geometry": _text_of(file)} if file else typed
    else:
        name, place = "points", _line_of(typed.get("points", ""))
    of_field = [place(pointer) + said for pointer, said in told.faults if f"/{name}" in pointer]
    others = tuple(said for pointer, said in told.faults if f"/{name}" not in pointer)
    if not of_field:
        return PlaceForms(do, typed, FormFaults(told.status, {}, others, told.ask_again))
    shown = of_field[:FAULTS_SHOWN]
    if len(of_field) > len(shown):
        shown.append(f"And {len(of_field) - len(shown)} more.")
    first = shown[0] if len(of_field) == 1 else f"{_HAVE[name]} {len(of_field)} faults."
    listed = shown if len(of_field) > 1 else ()
    return PlaceForms(do, typed, FormFaults(told.status, {name: first}, others), listed)


def _position(pointer: str) -> str:
    """Polygon, ring and position as people count them; nothing where the whole is meant."""
    numbers = [int(part) + 1 for part in pointer.split("/") if part.isdecimal()]
    words = ("Polygon", "ring", "position")[-3 if len(numbers) > 2 else -2 :]  # noqa: PLR2004 -- a MultiPolygon's
    told = ", ".join(f"{word} {number}" for word, number in zip(words, numbers, strict=False))
    return f"{told[:1].upper()}{told[1:]}: " if told else ""


def _line_of(text: str) -> Any:
    try:
        lines = rows_of(text)[1]
    except Invalid:
        lines = []

    def told(pointer: str) -> str:
        number = pointer.removeprefix("/points/").partition("/")[0]
        return f"Line {lines[int(number)]}: " if number.isdecimal() and lines else ""

    return told


async def _page(
    request: Request, account: Account, project_id: UUID, forms: PlaceForms
) -> Response:
    parts = resources(request)
    try:
        view = await visible_project(parts, account, project_id)
        place = await boundaries.visible_place(parts, account, project_id)
    except NotFound:
        raise PageMissing("project") from None
    async with reading(request) as connection:
        devices = await reads_readings.project_devices(connection, project_id)
        rounds = await reads_verifications.verifications_page(
            connection, VerificationFilter(project_id=project_id), PageRequest(1), account=account
        )
        newest = rounds[0].verification if rounds else None
        made = (
            await reads_quantifications.newest_quantification(connection, newest.id)
            if newest
            else None
        )
    preview = forms.preview
    return render_response(
        request,
        "desks/monitoring/places.html",
        status=forms.faults.status,
        project=view.project,
        place=place,
        site=_site(place),
        preview=preview,
        preview_site=_site(preview) if preview else None,
        devices=devices,
        newest=newest,
        made=made,
        asked=_asked(view.project),
        forms=forms,
        faults=forms.faults,
        listed=forms.listed,
        typed={"points": lines_of(place.points), **forms.typed},
        first_fault=next(iter(forms.faults.fields), None),
        done=None if forms.do else DONE.get(request.query_params.get("done", "")),
        lengths=LENGTHS,
        points_max=POINTS_MAX,
        positions_max=POSITIONS_MAX,
    )


def _site(place: SiteView) -> Any:
    return site_map(
        place.boundary.geometry if place.boundary else None, place.points, place.outside
    )


def _asked(project: Project) -> list[tuple[str, str, str]]:
    """What calculations of the project's type take: quantity, unit, and by which one."""
    return [
        (series.quantity, series.unit, one.title)
        for one in declared_calculations().values()
        if project.type in one.project_types
        for series in one.series
    ]
