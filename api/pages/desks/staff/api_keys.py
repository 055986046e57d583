"""The desk of staff for programs: which keys there are, and for whom they act (ADR 0063)."""

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.accounts.api_keys import all_keys_page
from adapters.postgres.queries import PageRequest
from api.http.cursors import read_cursor, write_cursor
from api.http.resources import reading, resources
from api.pages.desks.actions import Forms, staff
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import page_router
from domain.accounts.roles import Permission

ADDRESS = "/staff/api-keys"
SHOWN = 50
router = page_router()


@router.get(ADDRESS)
async def look(request: Request) -> Response:
    staff(request, Permission.MANAGE_USERS)
    page = PageRequest(SHOWN, after=read_cursor(request.query_params.get("cursor", "")))
    async with reading(request) as connection:
        rows = await all_keys_page(connection, page)
    now, last = resources(request).clock.now(), page.last_shown(rows)
    older = write_cursor((last.key.created_at, last.key.id)) if last else None
    return render_response(
        request,
        "desks/staff/api_keys.html",
        refused=None,
        done=None,
        forms=Forms(),
        held_keys=page.shown(rows),
        good={one.key.id for one in rows if one.key.is_good(at=now)},
        next_link=f"{ADDRESS}?cursor={older}" if older else None,
        first_link=ADDRESS if page.after else None,
    )
