"""Search: what has exactly one place leads there at once; names give a list."""

import re
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from adapters.postgres.chain import reads as reads_chain
from adapters.postgres.chain.reads import PublicRecordView
from adapters.postgres.credits.reads import retirement_summaries as reads_summaries
from adapters.postgres.credits.reads import search as reads_search
from adapters.postgres.credits.reads.retirement_summaries import RetirementSummaryView
from adapters.postgres.credits.reads.search import PlaceView
from adapters.postgres.projects.reads import projects as reads_projects
from adapters.postgres.projects.reads.projects import ProjectView
from adapters.postgres.queries import PageRequest
from adapters.postgres.standards import reads as reads_standards
from adapters.postgres.standards.reads import ForeignRangeView
from api.http.resources import reading
from api.pages.parts.rendering import render
from api.pages.parts.routing import page_router, plain
from domain.errors import Invalid
from domain.standards.foreign_serials import SerialNumbers, read_serial

RESULTS = 10
IN_ONE_TRANSACTION_MAX = 500
QUERY_LENGTH_MAX = 200

_SERIAL = re.compile(r"KRB-[0-9]{4}-([0-9]{3,9})(-[0-9]{6,12})?", re.IGNORECASE)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_TX_HASH = re.compile(r"(?:0x)?([0-9a-f]{64})", re.IGNORECASE)
_UNIT = re.compile(r"[0-9]{1,18}")

router = page_router()


@router.get("/search")
async def search(request: Request, q: str = "") -> Response:
    search_text = plain(q)[:QUERY_LENGTH_MAX]
    projects: Sequence[ProjectView] = ()
    retirements: Sequence[RetirementSummaryView] = ()
    records: Sequence[PublicRecordView] = ()
    foreign: Sequence[ForeignRangeView] = ()
    numbers = _foreign_numbers(search_text)
    async with reading(request) as connection:
        if numbers is not None:
            foreign = await reads_standards.foreign_ranges_page(
                connection, PageRequest(RESULTS), numbers=numbers
            )
            address = None
        elif tx_hash := _TX_HASH.fullmatch(search_text):
            records = await reads_chain.records_in(
                connection, tx_hash[1].lower(), limit=IN_ONE_TRANSACTION_MAX
            )
            address = _address_of_only(records)
        else:
            place = await _place(connection, search_text)
            address = _address(place) if place else None
        if address:
            return RedirectResponse(address, status_code=303)
        if search_text and not records and numbers is None:
            projects = await reads_projects.projects_found(connection, search_text, limit=RESULTS)
            retirements = await reads_summaries.retirements_found(
                connection, search_text, limit=RESULTS
            )
    return render(
        request,
        "public/search.html",
        q=search_text,
        searchable=any(sign.isalnum() for sign in search_text),
        projects=projects,
        retirements=retirements,
        records=records,
        foreign=foreign[:RESULTS],
        asked_elsewhere=numbers is not None,
    )


def _foreign_numbers(search_text: str) -> SerialNumbers | None:
    """What another registry's serial means; None: it is none."""
    try:
        return read_serial(search_text)
    except Invalid:
        return None


def _address_of_only(records: Sequence[PublicRecordView]) -> str | None:
    """Where the one record leads that a transaction carries; several are shown as a list."""
    if len(records) != 1:
        return None
    (record,) = records
    if record.retirement_id:
        return f"/retirements/{record.retirement_id}"
    return f"/credits/{record.serial}" if record.serial else None


async def _place(connection: AsyncConnection, search_text: str) -> PlaceView | None:
    """What has one place: a serial or its first parts, an identifier, or the number of a unit."""
    if serial := _SERIAL.fullmatch(search_text):
        if serial[2]:
            return await reads_search.place_of_serial(connection, search_text.upper())
        return await reads_search.place_of_project_number(connection, int(serial[1]))
    if _UUID.fullmatch(search_text):
        return await reads_search.place_of_identifier(connection, UUID(search_text))
    if _UNIT.fullmatch(search_text):
        return await reads_search.place_of_unit(connection, int(search_text))
    return None


def _address(place: PlaceView) -> str:
    if place.unit is not None:
        return f"/units/{place.unit}"
    if place.retirement_id:
        return f"/retirements/{place.retirement_id}"
    return f"/credits/{place.serial}" if place.serial else f"/projects/{place.project_id}"
