"""The front page: what this registry is, the sum that must hold, and what was retired lately."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.credits.reads import retirement_summaries as reads_summaries
from adapters.postgres.credits.reads import totals as reads_totals
from adapters.postgres.credits.reads.retirements import RetirementFilter
from adapters.postgres.projects.reads import projects as reads_projects
from adapters.postgres.projects.reads.projects import ProjectPinView
from adapters.postgres.queries import PageRequest
from api.http.resources import reading
from api.http.single_flight import counted
from api.pages.parts import charts
from api.pages.parts.map import WHOLE_MAP, MapPoint, to_map
from api.pages.parts.rendering import render
from api.pages.parts.routing import page_router
from domain.credits.ledger import Conservation

MONTHS_SHOWN = 12
PINS_MAX = 500
LATEST = 5

router = page_router()


@dataclass(frozen=True)
class Pin:
    id: UUID
    title: str
    status: str
    at: MapPoint


@router.get("/")
async def home(request: Request) -> Response:
    months = charts.months_until(datetime.now(UTC).date(), MONTHS_SHOWN)
    since = datetime(months[0].year, months[0].month, 1, tzinfo=UTC)
    whole = counted(request)
    newest = PageRequest(LATEST)
    sums, counts = await asyncio.gather(whole.sums(), whole.counts())
    async with reading(request) as connection:
        retired = await reads_totals.retired_by_month(connection, since=since)
        found = await reads_projects.project_pins(connection, limit=PINS_MAX)
        latest = await reads_summaries.retirement_summaries_page(
            connection, RetirementFilter(), newest
        )
    return render(
        request,
        "public/home.html",
        sums=sums,
        counts=counts,
        shares=_shares(sums),
        chart=charts.chart_of(months, retired),
        whole_map=WHOLE_MAP,
        pins=[_pin(project) for project in found],
        latest=newest.shown(latest),
    )


def _shares(sums: Conservation) -> list[charts.Share]:
    return charts.shares_of(
        {
            "active": sums.active_units,
            "reserved": sums.reserved_units,
            "suspended": sums.suspended_units,
            "retired": sums.retired_units,
            "cancelled": sums.cancelled_units,
            "buffer": sums.buffer_units,
        }
    )


def _pin(project: ProjectPinView) -> Pin:
    at = to_map(latitude=project.latitude, longitude=project.longitude)
    return Pin(project.id, project.title, project.status, at)
