"""The conservation sum: in total, for each vintage, and for each project and vintage."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.credits.reads import totals as reads_totals
from adapters.postgres.credits.reads.totals import ConservationPartView
from adapters.postgres.projects.reads import projects as reads_projects
from adapters.postgres.projects.reads.projects import ProjectNameView
from adapters.settings import Settings
from api.http.resources import reading
from api.http.single_flight import counted
from api.pages.parts.charts import Share, shares_of
from api.pages.parts.rendering import render
from api.pages.parts.routing import page_router
from domain.credits.ledger import Conservation

PER_PAGE = 50

router = page_router()


@dataclass(frozen=True)
class SumRow:
    """A sum with its parts side by side; `project` None: of all projects, `vintage` None: of all."""

    sums: Conservation
    shares: Sequence[Share]
    project: ProjectNameView | None = None
    vintage: int | None = None


@router.get("/conservation")
async def conservation(request: Request, page: str = "1") -> Response:
    """`page` goes through projects and vintages; the sums above are always of all of them."""
    settings: Settings = request.app.state.settings
    lines = await counted(request).conservation()
    async with reading(request) as connection:
        names = await reads_projects.project_names(connection, {line.project_id for line in lines})
        check = await reads_totals.last_check(connection)
    ordered = sorted(lines, key=lambda line: (names[line.project_id].number, line.vintage))
    number = int(page) if page.isascii() and page.isdigit() and len(page) < len("1000000") else 1
    first = max(number - 1, 0) * PER_PAGE
    return render(
        request,
        "public/conservation.html",
        total=_row(reads_totals.in_total(lines)),
        all_hold=all(line.parts.holds for line in lines),
        vintages=list(_by_vintage(lines)),
        rows=[
            _row(line.parts, names[line.project_id], line.vintage)
            for line in ordered[first : first + PER_PAGE]
        ],
        rows_in_all=len(ordered),
        next_link=f"/conservation?page={number + 1}#parts"
        if first + PER_PAGE < len(ordered)
        else None,
        first_link="/conservation#parts" if first else None,
        check=check,
        registry=settings.registry.public_url.rstrip("/"),
    )


def _by_vintage(lines: Sequence[ConservationPartView]) -> Iterable[SumRow]:
    for vintage in sorted({line.vintage for line in lines}, reverse=True):
        sums = reads_totals.in_total(line for line in lines if line.vintage == vintage)
        yield _row(sums, vintage=vintage)


def _row(
    sums: Conservation, project: ProjectNameView | None = None, vintage: int | None = None
) -> SumRow:
    parts = {
        "active": sums.active_units,
        "reserved": sums.reserved_units,
        "suspended": sums.suspended_units,
        "retired": sums.retired_units,
        "cancelled": sums.cancelled_units,
        "buffer": sums.buffer_units,
    }
    return SumRow(sums, shares_of(parts), project, vintage)
