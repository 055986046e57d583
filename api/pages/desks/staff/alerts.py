"""Alerts with their history: what is wrong now, and what was (ADR 0017)."""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.chain.reads import alerts_page
from adapters.postgres.queries import PageRequest
from api.http.cursors import read_cursor, write_cursor
from api.http.resources import reading, resources
from api.pages.desks.actions import after_action, staff
from api.pages.parts.formats import age
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import page_router, plain
from domain.accounts.roles import Permission
from domain.chain.alerts import AlertKind

PATH = "/staff/alerts"
SHOWN = 50
STATES = {"open": True, "over": False}

router = page_router()


@router.get(PATH)
async def look(request: Request) -> Response:
    """Filters as `GET /admin/alerts` has them; without any, all of them."""
    staff(request, Permission.RUN_CHAIN)
    now = resources(request).clock.now()
    asked = {name: plain(request.query_params.get(name, ""))[:50] for name in ("kind", "state")}
    filters = {name: value for name, value in asked.items() if value}
    page = PageRequest(SHOWN, after=read_cursor(request.query_params.get("cursor", "")))
    async with reading(request) as connection:
        rows = await alerts_page(
            connection,
            page,
            kind=AlertKind(asked["kind"]) if asked["kind"] in list(AlertKind) else None,
            is_open=STATES.get(asked["state"]),
        )
    last = page.last_shown(rows)
    cursor = write_cursor((last.raised_at, last.id)) if last else None
    return render_response(
        request,
        "desks/staff/alerts.html",
        **after_action(request, {}, None),
        alerts=[(one, age((one.cleared_at or now) - one.raised_at)) for one in page.shown(rows)],
        asked=asked,
        kinds=list(AlertKind),
        next_link=f"{PATH}?{urlencode({**filters, 'cursor': cursor})}" if cursor else None,
        first_link=f"{PATH}?{urlencode(filters)}".rstrip("?") if page.after else None,
    )
