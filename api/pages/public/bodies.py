"""The bodies that verify projects here, and what they are accredited for, for everybody."""

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.organisations.reads import accredited_bodies
from api.commands.organisations.bodies import today
from api.http.resources import reading, resources
from api.pages.parts.rendering import render
from api.pages.parts.routing import page_router

SHOWN = 500

router = page_router()


@router.get("/verification-bodies")
async def verification_bodies(request: Request) -> Response:
    async with reading(request) as connection:
        bodies = await accredited_bodies(connection, limit=SHOWN)
    on = today(resources(request))
    return render(request, "public/bodies.html", bodies=bodies, today=on)
