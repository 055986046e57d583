"""Projects: the list with its filters, and one project with its verification, evidence and credits."""

from collections.abc import Sequence
from typing import cast
from urllib.parse import urlencode
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.chain import pages_chain
from adapters.postgres.credits import pages
from adapters.postgres.projects import pages_project
from adapters.settings import Settings
from api.http.cursors import read_cursor, write_cursor
from api.pages.parts.chain_progress import chain_progress
from api.pages.parts.labels import country_name, word
from api.pages.parts.map import to_map, view_around
from api.pages.parts.rendering import render
from api.pages.parts.routing import PageMissing, page_router, plain, reading
from domain.projects.documents import Document
from domain.projects.projects import Coordinates, Project, ProjectStatus, ProjectType
from domain.projects.verification import sign_off_digest

PER_PAGE = 25
ENTRIES_PER_PAGE = 50

router = page_router()


@router.get("/projects")
async def projects(
    request: Request,
    q: str = "",
    status: str = "",
    type: str = "",
    country: str = "",
    cursor: str = "",
) -> Response:
    """A filter that names nothing known is looked for all the same, and nothing fits it."""
    given = {"q": q, "status": status, "type": type, "country": country}
    chosen = {name: plain(value) for name, value in given.items()}
    wanted = pages.ProjectFilter(
        status=chosen["status"] or None,
        type=chosen["type"] or None,
        country=chosen["country"] or None,
        words=pages.search_query(chosen["q"]) if chosen["q"] else None,
    )
    async with reading(request) as connection:
        rows = await pages.project_lines(
            connection, wanted, limit=PER_PAGE + 1, after=read_cursor(cursor)
        )
        countries = await pages.project_countries(connection)
    filters = {name: value for name, value in chosen.items() if value}
    return render(
        request,
        "public/projects.html",
        rows=rows[:PER_PAGE],
        chosen=chosen,
        filtered=bool(filters),
        statuses=[status.value for status in ProjectStatus],
        types=sorted((type.value for type in ProjectType), key=word),
        countries=sorted(countries, key=country_name),
        next_link=_next_link(filters, rows),
        first_link=f"/projects?{urlencode(filters)}".rstrip("?") if cursor else None,
    )


def _next_link(filters: dict[str, str], rows: Sequence[pages.ProjectLine]) -> str | None:
    if len(rows) <= PER_PAGE:
        return None
    last = rows[PER_PAGE - 1]
    return "/projects?" + urlencode({**filters, "cursor": write_cursor(last.created_at, last.id)})


@router.get("/projects/{project_id}")
async def project(request: Request, project_id: UUID, cursor: str = "") -> Response:
    """`cursor` pages through the credit entries."""
    settings: Settings = request.app.state.settings
    async with reading(request) as connection:
        found = await pages_project.project(connection, project_id)
        if found is None:
            raise PageMissing("project")
        timeline = await pages_project.timeline(connection, found.verification_id)
        evidence = await pages_project.evidence(connection, project_id)
        sums = await pages.project_sums(connection, project_id)
        entries = await pages_project.project_entries(
            connection, project_id, limit=ENTRIES_PER_PAGE + 1, after=read_cursor(cursor)
        )
        issuance = await pages_chain.issuance_record(connection, project_id)
    at = to_map(latitude=float(found.latitude), longitude=float(found.longitude))
    return render(
        request,
        "public/project.html",
        project=found,
        timeline=timeline,
        evidence=evidence,
        sign_off_today=_sign_off_today(found, evidence),
        sums=sums,
        entries=entries[:ENTRIES_PER_PAGE],
        more_link=_more_link(found, entries),
        first_link=f"/projects/{found.id}#credits" if cursor else None,
        issuance=chain_progress(
            issuance,
            required=settings.chain.confirmations_required,
            finality=settings.chain.chain_finality_blocks,
        )
        if issuance
        else None,
        at=at,
        map_view=view_around(at),
    )


def _more_link(
    project: pages_project.PublicProjectView, entries: Sequence[pages_project.Entry]
) -> str | None:
    if len(entries) <= ENTRIES_PER_PAGE:
        return None
    last = entries[ENTRIES_PER_PAGE - 1]
    cursor = urlencode({"cursor": write_cursor(last.last_action_at, last.id)})
    return f"/projects/{project.id}?{cursor}#credits"


def _sign_off_today(
    shown: pages_project.PublicProjectView, evidence: Sequence[pages_project.EvidenceView]
) -> str | None:
    """The digest that a sign-off would have now: it differs once data or documents have changed."""
    if shown.sign_off_digest is None:
        return None
    project = Project(
        id=shown.id,
        developer_id=shown.developer_id,
        title=shown.title,
        type=ProjectType(shown.type),
        description=shown.description,
        location=shown.location,
        country=shown.country,
        coordinates=Coordinates(shown.latitude, shown.longitude),
        emissions_target_units=shown.emissions_target_units,
        start_date=shown.start_date,
        status=ProjectStatus(shown.status),
        created_at=shown.created_at,
        updated_at=shown.updated_at,
        number=shown.number,
    )
    # The digest covers a document's type and SHA-256 only, which evidence has in every class.
    return sign_off_digest(project, cast("Sequence[Document]", evidence))
