"""Search: what has exactly one place leads there at once; names give a list."""

import re
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from adapters.postgres.credits.reads import retirement_summaries as reads_summaries
from adapters.postgres.credits.reads import search as reads_search
from adapters.postgres.credits.reads.retirement_summaries import RetirementSummaryView
from adapters.postgres.credits.reads.retirements import RetirementFilter
from adapters.postgres.credits.reads.search import PlaceView
from adapters.postgres.projects.reads import projects as reads_projects
from adapters.postgres.projects.reads.projects import ProjectFilter, ProjectView
from adapters.postgres.queries import PageRequest
from api.http.resources import reading
from api.pages.parts.rendering import render
from api.pages.parts.routing import page_router, plain

RESULTS = 10
IN_ONE_TRANSACTION_MAX = 100
QUERY_LENGTH_MAX = 200

_SERIAL = re.compile(r"KRB-\d{4}-\d{3,9}-\d{6,12}", re.IGNORECASE)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_TX_HASH = re.compile(r"[0-9a-f]{64}", re.IGNORECASE)
_UNIT = re.compile(r"[0-9]{1,18}")

router = page_router()


@router.get("/search")
async def search(request: Request, q: str = "") -> Response:
    search_text = plain(q)[:QUERY_LENGTH_MAX]
    projects: Sequence[ProjectView] = ()
    retirements: Sequence[RetirementSummaryView] = ()
    async with reading(request) as connection:
        if _TX_HASH.fullmatch(search_text):
            retirements = await _retirements(
                connection, RetirementFilter(tx_hash=search_text.lower()), IN_ONE_TRANSACTION_MAX
            )
        place = None if len(retirements) > 1 else await _place(connection, search_text)
        if place:
            return RedirectResponse(_address(place), status_code=303)
        if search_text and not retirements:
            page = PageRequest(RESULTS)
            projects = page.shown(
                await reads_projects.projects_page(
                    connection, ProjectFilter(words=search_text), page, account=None
                )
            )
            retirements = await _retirements(
                connection, RetirementFilter(beneficiary_words=search_text), RESULTS
            )
    return render(
        request, "public/search.html", q=search_text, projects=projects, retirements=retirements
    )


async def _retirements(
    connection: AsyncConnection, chosen: RetirementFilter, limit: int
) -> Sequence[RetirementSummaryView]:
    page = PageRequest(limit)
    return page.shown(await reads_summaries.retirement_summaries_page(connection, chosen, page))


async def _place(connection: AsyncConnection, search_text: str) -> PlaceView | None:
    """What has one place: a serial, an identifier, a transaction, or the number of a unit."""
    if _SERIAL.fullmatch(search_text):
        return await reads_search.place_of_serial(connection, search_text.upper())
    if _UUID.fullmatch(search_text):
        return await reads_search.place_of_identifier(connection, UUID(search_text))
    if _TX_HASH.fullmatch(search_text):
        return await reads_search.place_of_transaction(connection, search_text.lower())
    if _UNIT.fullmatch(search_text):
        return await reads_search.place_of_unit(connection, int(search_text))
    return None


def _address(place: PlaceView) -> str:
    if place.unit is not None:
        return f"/units/{place.unit}"
    if place.retirement_id:
        return f"/retirements/{place.retirement_id}"
    return f"/credits/{place.serial}" if place.serial else f"/projects/{place.project_id}"
