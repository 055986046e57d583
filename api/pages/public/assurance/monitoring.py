"""
Where a project lies, what was measured, and the tonnes that follow.

Everybody sees the boundary, and of each approved round what its tonnes were worked out of; those who work on the
project see all that came in, too.
"""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.monitoring.reads import boundaries as reads_boundaries
from adapters.postgres.monitoring.reads import quantifications as reads_quantifications
from adapters.postgres.monitoring.reads import readings as reads_readings
from adapters.postgres.monitoring.reads.readings import SeriesView
from adapters.postgres.projects.reads import projects as reads_projects
from adapters.postgres.projects.reads import verifications as reads_verifications
from adapters.postgres.projects.reads.verifications import VerificationFilter
from adapters.postgres.queries import PageRequest
from api.commands.monitoring.boundaries import SiteView, visible_place
from api.http.downloads.csv_lines import csv_lines
from api.http.resources import reading, resources
from api.pages.parts.monitoring.quantifications import drawn_series, shown_own, shown_public
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

router = page_router()


@router.get("/projects/{project_id}/monitoring")
async def look(request: Request, project_id: UUID) -> Response:
    parts, person = resources(request), person_of(request)
    async with reading(request) as connection:
        project = await reads_projects.public_project(connection, project_id)
        if project is None:
            raise PageMissing("project")
        boundary = await reads_boundaries.public_boundary(connection, project_id)
        public = await reads_quantifications.public_quantifications_of(connection, project_id)
    place: SiteView | None = None
    devices: Sequence[Device] = ()
    series: Sequence[SeriesView] = ()
    own: Sequence[tuple[Verification, Quantification, bytes]] = ()
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
            shown = {one.verification_id for one in public}
            found = []
            for one in rounds:
                newest = await reads_quantifications.newest_quantification(
                    connection, one.verification.id
                )
                if newest is not None and one.verification.id not in shown:
                    content = await reads_quantifications.inputs(connection, newest.inputs_sha256)
                    found.append((one.verification, newest, content))
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
        # Up to a hundred thousand values each: not while everybody else waits.
        "quantified": await asyncio.to_thread(
            lambda: [
                *(shown_own(round, made, content) for round, made, content in own),
                *(shown_public(one) for one in public),
            ]
        ),
        "is_whole": place is not None,
    }
    if place is None:
        return render(request, "public/assurance/monitoring.html", **values)
    return render_response(request, "public/assurance/monitoring.html", **values)


@router.get("/projects/{project_id}/monitoring.csv")
async def download(request: Request, project_id: UUID) -> Response:
    """For those who work on the project what came in, the newest of it; for others what approvals rest on."""
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
            found = await reads_quantifications.public_quantifications_of(connection, project_id)
            rows = (row for one in found for row in public_rows_of(one))
    head = ("series", "quantity", "unit", "time", "value", "uncertainty", "flag")
    headers = {
        "Cache-Control": "no-store",
        "Vary": "Cookie",
        "Content-Disposition": f'attachment; filename="monitoring-{project_id}.csv"',
    }
    lines = await asyncio.to_thread(lambda: csv_lines([head, *rows]))
    return Response(lines, headers=headers, media_type="text/csv; charset=utf-8")
