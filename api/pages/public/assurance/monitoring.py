"""
Where a project lies, what was measured, and the tonnes that follow.

Everybody sees the boundary, and of each approved round what its tonnes were worked out of; those who work on the
project see all that came in, too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.monitoring.reads import boundaries as reads_boundaries
from adapters.postgres.monitoring.reads import quantifications as reads_quantifications
from adapters.postgres.monitoring.reads import readings as reads_readings
from adapters.postgres.monitoring.reads.quantifications import PublicQuantificationView
from adapters.postgres.monitoring.reads.readings import SeriesView
from adapters.postgres.projects.reads import projects as reads_projects
from adapters.postgres.projects.reads import verifications as reads_verifications
from adapters.postgres.projects.reads.verifications import VerificationFilter
from adapters.postgres.queries import PageRequest
from api.commands.monitoring.boundaries import SiteView, visible_place
from api.http.downloads.csv_lines import csv_lines
from api.http.resources import reading, resources
from api.pages.parts.charts import LineChart, line_chart_of
from api.pages.parts.rendering import render, render_response
from api.pages.parts.routing import PageMissing, page_router
from api.pages.parts.session import person_of
from api.pages.public.assurance.monitoring_rows import public_rows_of, rows_of
from api.pages.public.assurance.site_map import site_map
from domain.errors import NotFound
from domain.monitoring.calculations import Calculation
from domain.monitoring.quantifications import Quantification, inputs_from
from domain.monitoring.readings import Device, QualityFlag
from domain.projects.verification import MonitoringPeriod, Verification

SERIES_MAX = 24
POINTS_MAX = 20_000
ROUNDS_SHOWN = 20

router = page_router()


@dataclass(frozen=True)
class DrawnSeries:
    """A series with its lines in drawing units; `chart` None: too few values to draw."""

    name: str
    chart: LineChart | None
    values: int
    missing: int
    failed: int
    lowest: float
    highest: float


@dataclass(frozen=True)
class ShownQuantification:
    """What follows, with every input. `inputs_address` leads to the document; `round` None where only those who work on it see it."""

    round: int
    is_public: bool
    period: MonitoringPeriod
    calculation: Calculation
    parameters: Sequence[Any]
    vintages: Sequence[Mapping[str, Any]]
    sha256: str
    inputs_sha256: str
    series: Sequence[DrawnSeries]
    verification_id: UUID
    computed_at: datetime


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
        "measured": [drawn for one in series if (drawn := _drawn(one.name, one))],
        "quantified": [
            *(_shown_own(round, made, content) for round, made, content in own),
            *(_shown_public(one) for one in public),
        ],
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
            rows = list(rows_of(series))
        else:
            found = await reads_quantifications.public_quantifications_of(connection, project_id)
            rows = [row for one in found for row in public_rows_of(one)]
    head = ("series", "quantity", "unit", "time", "value", "uncertainty", "flag")
    headers = {
        "Cache-Control": "no-store",
        "Vary": "Cookie",
        "Content-Disposition": f'attachment; filename="monitoring-{project_id}.csv"',
    }
    return Response(csv_lines([head, *rows]), headers=headers, media_type="text/csv; charset=utf-8")


def _drawn(name: str, view: SeriesView) -> DrawnSeries | None:
    failed = [
        (at, value)
        for at, value, flag in view.points
        if flag == QualityFlag.FAIL and value is not None
    ]
    points = [(at, None if flag == QualityFlag.FAIL else value) for at, value, flag in view.points]
    return _series(f"{name}: {view.quantity} ({view.unit})", points, failed)


def _series(
    name: str,
    points: Sequence[tuple[datetime, float | None]],
    failed: Sequence[tuple[datetime, float]] = (),
) -> DrawnSeries | None:
    measured = [value for _, value in points if value is not None]
    if not measured:
        return None
    return DrawnSeries(
        name,
        line_chart_of(points, failed),
        len(measured),
        len(points) - len(measured) - len(failed),
        len(failed),
        min(measured),
        max(measured),
    )


def _shown_public(view: PublicQuantificationView) -> ShownQuantification:
    return _shown(
        view.content,
        view.result,
        round=view.round,
        is_public=True,
        sha256=view.quantification_sha256,
        verification_id=view.verification_id,
        computed_at=view.computed_at,
    )


def _shown_own(
    verification: Verification, made: Quantification, content: bytes
) -> ShownQuantification:
    return _shown(
        content,
        made.result,
        round=verification.number,
        is_public=False,
        sha256=made.sha256,
        verification_id=verification.id,
        computed_at=made.computed_at,
    )


def _shown(content: bytes, result: Mapping[str, Any], **facts: Any) -> ShownQuantification:
    inputs = inputs_from(content)
    drawn = (
        _series(
            f"{one.quantity} ({one.unit})",
            [(row.at, float(row.value)) for row in inputs.rows[one.name]],
        )
        for one in inputs.calculation.series
    )
    return ShownQuantification(
        period=inputs.period,
        calculation=inputs.calculation,
        parameters=inputs.parameters,
        vintages=result["vintages"],
        inputs_sha256=inputs.sha256,
        series=[one for one in drawn if one],
        **facts,
    )
