"""Methodologies by which projects are verified here, and what each of their versions asks for."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.projects.reads.methodologies import methodologies_page
from adapters.postgres.queries import PageRequest
from api.commands.projects import methodologies as commands
from api.http.cursors import read_cursor, write_cursor
from api.http.resources import reading, resources
from api.pages.parts.rendering import render
from api.pages.parts.routing import PageMissing, page_router
from domain.errors import NotFound

SHOWN = 50

router = page_router()


@router.get("/methodologies")
async def methodologies(request: Request, cursor: str = "") -> Response:
    page = PageRequest(SHOWN, after=read_cursor(cursor))
    async with reading(request) as connection:
        rows = await methodologies_page(connection, page)
    last = page.last_shown(rows)
    path = "/methodologies"
    return render(
        request,
        "public/assurance/methodologies.html",
        methodologies=page.shown(rows),
        today=commands.today(resources(request)),
        next_link=f"{path}?cursor={write_cursor((last.created_at, last.methodology.id))}"
        if last
        else None,
        first_link=path if cursor else None,
    )


@router.get("/methodologies/{methodology_id}")
async def methodology(request: Request, methodology_id: UUID) -> Response:
    try:
        view = await commands.found_methodology(resources(request), methodology_id)
    except NotFound:
        raise PageMissing("methodology") from None
    return render(
        request,
        "public/assurance/methodology.html",
        methodology=view.methodology,
        versions=view.versions,
        today=commands.today(resources(request)),
    )
