"""One credit entry with its tree, and one unit with its way."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from adapters.postgres.credits.reads import entries as reads_entries
from adapters.postgres.credits.reads import lineage as reads_lineage
from adapters.postgres.credits.reads import obligations as reads_obligations
from adapters.postgres.credits.reads.lineage_views import LineageStory
from adapters.postgres.projects.reads import projects as reads_projects
from adapters.postgres.standards import reads as reads_standards
from api.http.resources import reading, resources
from api.pages.parts.labels import shown_standards
from api.pages.parts.lineage_drawing import WIDTH, drawing_of, events_of, part_of, rows_of
from api.pages.parts.rendering import render
from api.pages.parts.routing import PageMissing, page_router
from domain.errors import Invalid
from domain.identifiers import Serial

ENTRIES_SHOWN = 50
UNIT_MAX = 2**63 - 1

router = page_router()


@router.get("/credits/{serial}")
async def credit(request: Request, serial: str) -> Response:
    """Lower case leads to the one address that an entry has."""
    if serial != serial.upper():
        return RedirectResponse(f"/credits/{_serial(serial.upper())}", status_code=301)
    async with reading(request) as connection:
        found = await reads_lineage.lineage(connection, _serial(serial), limit=ENTRIES_SHOWN)
        if found is None:
            raise PageMissing("credit entry")
        project_id = found.entries[0].project_id
        names = await reads_projects.project_names(connection, [project_id])
        owed = await reads_obligations.unsettled_obligations(connection, project_id)
        rows = rows_of(found, serial)
        requested = next(row for row in rows if row.is_requested)
        links = await reads_entries.credit_links(connection, requested.node.id)
        standards = await reads_standards.credit_standards(
            connection, project_id, requested.node.vintage, links.verification_id
        )
    return render(
        request,
        "public/credit.html",
        **shown_standards(resources(request), standards, of_a_credit=True),
        requested=requested,
        links=links,
        rows=rows,
        drawing=drawing_of(found, serial),
        project=names[project_id],
        owed=owed,
        truncated=found.truncated,
    )


@router.get("/units/{number}")
async def unit(request: Request, number: str) -> Response:
    """Where one unit is, and every entry it has been in."""
    unit_number = _number(number)
    async with reading(request) as connection:
        way = await reads_lineage.unit_path(connection, unit_number, limit=ENTRIES_SHOWN)
        if way is None:
            raise PageMissing("unit")
        names = await reads_projects.project_names(connection, [way.leaf.project_id])
    story = LineageStory(way.steps)
    before = [way.entries[0], *way.entries[:-1]]
    return render(
        request,
        "public/unit.html",
        number=unit_number,
        way=way,
        project=names[way.leaf.project_id],
        stops=[
            {
                "node": node,
                "events": events_of(node, story),
                "part": part_of(node, whole),
                "at": round(
                    (unit_number - whole.first_unit + 0.5) / whole.quantity_units * WIDTH, 2
                ),
                "has_gap": node.parent_id not in {None, whole.id},
            }
            for node, whole in zip(way.entries, before, strict=True)
        ],
    )


def _serial(text: str) -> Serial:
    try:
        return Serial.parse(text)
    except Invalid:
        raise PageMissing("credit entry") from None


def _number(text: str) -> int:
    digits = text.isascii() and text.isdigit() and len(text) <= len(str(UNIT_MAX))
    number = int(text) if digits else 0
    if not 0 < number <= UNIT_MAX:
        raise PageMissing("unit")
    return number
