"""
Where a project lies, what was measured, and the tonnes that follow.

Everybody sees the boundary, and of each approved round what its tonnes were worked out of; those who work on the
project see all that came in, too.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.monitoring.reads import boundaries as reads_boundaries
from adapters.postgres.monitoring.reads import quantifications as reads_quantifications
from adapters.postgres.monitoring.reads import readings as reads_readings
from adapters.postgres.monitoring.reads.quantifications import PublicQuantificationFacts
from adapters.postgres.monitoring.reads.readings import SeriesView
from adapters.postgres.projects.reads import projects as reads_projects
from adapters.postgres.projects.reads import verifications as reads_verifications
from adapters.postgres.projects.reads.verifications import VerificationFilter
from adapters.postgres.queries import PageRequest
from api.commands.monitoring.boundaries import SiteView, visible_place
from api.http.downloads.csv_lines import csv_lines
from api.http.resources import reading, resources
from api.pages.parts.monitoring.quantifications import (
    DRAWN,
    ShownQuantification,
    drawn_series,
    shown_own,
    shown_public,
)
from api.pages.parts.monitoring.site_map import site_map
from api.pages.parts.rendering import render, render_response
from api.pages.parts.routing import PageMissing, page_router
from api.pages.parts.session import person_of
from api.pages.public.assurance.monitoring_rows import public_rows_of, rows_of
from domain.errors import NotFound
from domain.monitoring.quantifications import Quantification
from domain.monitoring.readings import Device
from domain.projects.verification import Verification

SERIES_MAX = 24
POINTS_MAX = 20_000
ROUNDS_SHOWN = 20
PUBLIC_ROUNDS = 3
"""Approved rounds on one page: each is drawn of up to a hundred thousand values."""
ROUND_DIGITS_MAX = 9

router = page_router()


@router.get("/projects/{project_id}/monitoring")
async def look(request: Request, project_id: UUID, before: str = "") -> Response:
    """`before` goes back through the approved rounds by their numbers."""
    parts, person = resources(request), person_of(request)
    async with reading(request) as connection:
        project = await reads_projects.public_project(connection, project_id)
        if project is None:
            raise PageMissing("project")
        boundary = await reads_boundaries.public_boundary(connection, project_id)
        more = await reads_quantifications.public_quantifications_of(
            connection, project_id, before=_round_of(before), limit=PUBLIC_ROUNDS + 1
        )
    public, is_more = more[:PUBLIC_ROUNDS], len(more) > PUBLIC_ROUNDS
    here = f"/projects/{project_id}/monitoring"
    place: SiteView | None = None
    devices: Sequence[Device] = ()
    series: Sequence[SeriesView] = ()
    own: Sequence[tuple[Verification, Quantification]] = ()
    if person is not None:
        try:
            place = await visible_place(parts, person.account, project_id)
        except NotFound:
            place = None
    if place is not None and person is not None:
        async with reading(request) as connection:
            devices = await reads_readings.project_devices(connection, project_id)
            series = await reads_readings.series_of(
                connection, project_id, series=SERIES_MAX, points=POINTS_MAX
            )
            rounds = await reads_verifications.verifications_page(
                connection,
                VerificationFilter(project_id=project_id),
                PageRequest(ROUNDS_SHOWN),
                account=person.account,
            )
            found = []
            for one in rounds:
                newest = await reads_quantifications.newest_quantification(
                    connection, one.verification.id
                )
                if newest is None or _round_of(before) is not None:
                    continue
                if not await reads_quantifications.is_public(connection, one.verification.id):
                    found.append((one.verification, newest))
            own = found
    values: dict[str, Any] = {
        "project": project.project,
        "boundary": boundary,
        "site": site_map(
            boundary.geometry if boundary else None,
            place.points if place else (),
            place.outside if place else (),
        ),
        "place": place,
        "devices": devices,
        "measured": [drawn for one in series if (drawn := drawn_series(one))],
        "quantified": [
            *[await _own(request, verification, made) for verification, made in own],
            *[await _public(request, one) for one in public],
        ],
        "is_whole": place is not None,
        "next_link": f"{here}?before={public[-1].round}" if is_more else None,
        "first_link": here if _round_of(before) is not None else None,
        "csv_link": f"{here}.csv?before={before}"
        if _round_of(before) is not None
        else f"{here}.csv",
    }
    if place is None:
        return render(request, "public/assurance/monitoring.html", **values)
    return render_response(request, "public/assurance/monitoring.html", **values)


@router.get("/projects/{project_id}/monitoring.csv")
async def download(request: Request, project_id: UUID, before: str = "") -> Response:
    """
    For those who work on the project what came in, the newest of it; for others what approvals rest on.

    `before`: as on the page.
    """
    person = person_of(request)
    place = None
    if person is not None:
        try:
            place = await visible_place(resources(request), person.account, project_id)
        except NotFound:
            place = None
    async with reading(request) as connection:
        if place is not None:
            series = await reads_readings.series_of(
                connection, project_id, series=SERIES_MAX, points=POINTS_MAX
            )
            rows = rows_of(series)
        else:
            found = await reads_quantifications.public_quantifications_of(
                connection, project_id, before=_round_of(before), limit=PUBLIC_ROUNDS
            )
            contents = [
                await reads_quantifications.public_inputs(connection, one.quantification_sha256)
                for one in found
            ]
            rows = (row for one in contents for row in public_rows_of(one))
    head = ("series", "quantity", "unit", "time", "value", "uncertainty", "flag")
    headers = {
        "Cache-Control": "no-store",
        "Vary": "Cookie",
        "Content-Disposition": f'attachment; filename="monitoring-{project_id}.csv"',
    }
    lines = await DRAWN.read_one(lambda: csv_lines([head, *rows]))
    return Response(lines, headers=headers, media_type="text/csv; charset=utf-8")


def _round_of(before: str) -> int | None:
    """What is no number begins with the newest."""
    is_number = before.isascii() and before.isdigit() and len(before) <= ROUND_DIGITS_MAX
    return int(before) if is_number else None


async def _own(
    request: Request, verification: Verification, made: Quantification
) -> ShownQuantification:
    async def content() -> bytes:
        async with reading(request) as connection:
            return await reads_quantifications.inputs(connection, made.inputs_sha256)

    return shown_own(verification, made, await DRAWN.drawn(made.inputs_sha256, content))


async def _public(request: Request, one: PublicQuantificationFacts) -> ShownQuantification:
    async def content() -> bytes:
        async with reading(request) as connection:
            return await reads_quantifications.public_inputs(connection, one.quantification_sha256)

    return shown_public(one, await DRAWN.drawn(one.inputs_sha256, content))
