"""Credits to buy: what holders offer, with whom to ask."""

from collections.abc import AsyncIterator, Mapping
from urllib.parse import urlencode
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from adapters.postgres.credits.reads import offers as reads_offers
from adapters.postgres.credits.reads.offers import OfferFilter, OfferSums, OfferView
from adapters.postgres.projects.reads import methodologies as reads_methodologies
from adapters.postgres.projects.reads import projects as reads_projects
from adapters.postgres.queries import PageRequest, Position
from api.http.cursors import read_cursor, write_cursor
from api.http.downloads.csv_lines import csv_lines
from api.http.resources import reading
from api.pages.parts.formats import rfc3339
from api.pages.parts.labels import SCHEMES, country_name, word
from api.pages.parts.rendering import render
from api.pages.parts.routing import page_router, plain
from domain.errors import Invalid
from domain.projects.projects import ProjectType
from domain.quantities import format_tonnes, parse_tonnes

PER_PAGE = 25
CSV_ROWS_AT_ONCE = 500
_YEAR_END = 10_000
_API_NAMES = {
    "project": "projectId",
    "quantity": "minQuantity",
    "methodology": "methodologyId",
}

router = page_router()


@router.get("/credits")
async def credits_to_buy(
    request: Request,
    type: str = "",
    country: str = "",
    vintage: str = "",
    quantity: str = "",
    project: str = "",
    methodology: str = "",
    label: str = "",
    cursor: str = "",
) -> Response:
    """A filter that names nothing known is looked for all the same, and nothing fits it."""
    chosen = _chosen(type, country, vintage, quantity, project, methodology, label)
    filters = {name: value for name, value in chosen.items() if value}
    page = PageRequest(PER_PAGE, after=read_cursor(cursor))
    rows, sums = [], OfferSums(0, 0)
    async with reading(request) as connection:
        if (wanted := _filter(chosen)) is not None:
            rows = list(await reads_offers.offers_page(connection, wanted, page))
            sums = await reads_offers.offer_sums(connection, wanted)
        countries = await reads_projects.project_countries(connection)
        vintages = await reads_offers.vintages_offered(connection)
        methodologies = await reads_methodologies.methodologies_used(connection)
    last = page.last_shown(rows)
    return render(
        request,
        "public/market.html",
        rows=page.shown(rows),
        sums=sums,
        chosen=chosen,
        filtered=bool(filters),
        types=sorted((type.value for type in ProjectType), key=word),
        countries=sorted(countries, key=country_name),
        vintages=vintages,
        methodologies=methodologies,
        labels=SCHEMES,
        csv_link=_with_filters("/credits.csv", filters),
        json_link=_with_filters(
            "/api/v1/registry/offers",
            {_API_NAMES.get(name, name): value for name, value in filters.items()},
        ),
        next_link=_with_filters(
            "/credits", {**filters, "cursor": write_cursor((last.offered_at, last.id))}
        )
        if last
        else None,
        first_link=_with_filters("/credits", filters) if cursor else None,
    )


@router.get("/credits.csv")
async def credits_to_buy_as_csv(
    request: Request,
    type: str = "",
    country: str = "",
    vintage: str = "",
    quantity: str = "",
    project: str = "",
    methodology: str = "",
    label: str = "",
) -> Response:
    """All that fits the list's filters, the newest offer first; RFC 4180, in UTF-8."""
    wanted = _filter(_chosen(type, country, vintage, quantity, project, methodology, label))
    headers = {"Content-Disposition": 'attachment; filename="credits.csv"'}
    return StreamingResponse(
        _csv_parts(request, wanted), media_type="text/csv; charset=utf-8", headers=headers
    )


async def _csv_parts(request: Request, wanted: OfferFilter | None) -> AsyncIterator[str]:
    columns = ("project_id", "project", "type", "country", "vintage", "available_tonnes")
    yield csv_lines([(*columns, "largest_entry", "largest_entry_tonnes", "ask", "offered_at")])
    after: Position | None = None
    while wanted:
        page = PageRequest(CSV_ROWS_AT_ONCE, after=after)
        async with reading(request) as connection:
            rows = await reads_offers.offers_page(connection, wanted, page)
        yield csv_lines(_csv_row(row) for row in page.shown(rows))
        last = page.last_shown(rows)
        if last is None:
            return
        after = (last.offered_at, last.id)


def _csv_row(row: OfferView) -> tuple[object, ...]:
    return (
        *(row.project_id, row.project_title, row.project_type, row.country, row.vintage),
        *(format_tonnes(row.available_units), row.serial, format_tonnes(row.largest_units)),
        *(row.holder_name or "", rfc3339(row.offered_at)),
    )


def _chosen(
    type: str,
    country: str,
    vintage: str,
    quantity: str,
    project: str,
    methodology: str,
    label: str,
) -> dict[str, str]:
    given = {
        "type": type,
        "country": country,
        "vintage": vintage,
        "quantity": quantity,
        "project": project,
        "methodology": methodology,
        "label": label,
    }
    return {name: plain(value) for name, value in given.items()}


def _filter(chosen: Mapping[str, str]) -> OfferFilter | None:
    """None where a filter names what cannot be: then nothing fits."""
    try:
        project = UUID(chosen["project"]) if chosen["project"] else None
        vintage = int(chosen["vintage"]) if chosen["vintage"] else None
        methodology = UUID(chosen["methodology"]) if chosen["methodology"] else None
        least = parse_tonnes(chosen["quantity"]) if chosen["quantity"] else None
    except (ValueError, Invalid):
        return None
    if vintage is not None and not 0 < vintage < _YEAR_END:
        return None
    return OfferFilter(
        project,
        vintage,
        chosen["type"] or None,
        chosen["country"] or None,
        least,
        methodology,
        chosen["label"] or None,
    )


def _with_filters(path: str, filters: Mapping[str, str]) -> str:
    return f"{path}?{urlencode(filters)}" if filters else path
