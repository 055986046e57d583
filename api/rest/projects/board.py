"""What waits for staff, in one answer (ADR 0093)."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.projects.reads.desks.board import BoardFilter, board_page
from adapters.postgres.queries import PageRequest
from api.commands.board import read_overview, stage_deadlines
from api.http.errors.problem import Code, error_responses
from api.http.identity.authentication import PERMITTED, SignedIn
from api.http.resources import reading, resources
from api.http.responses import json_response
from api.http.routing import RegistryRoute
from api.http.schema import Data
from api.rest.projects.schemas.board import OverviewResponse, overview_response

WAITING_SHOWN = 50

router = APIRouter(
    prefix="/admin", tags=["Staff"], route_class=RegistryRoute, dependencies=[PERMITTED]
)


@router.get(
    "/overview",
    summary="Read what waits for staff",
    response_model=Data[OverviewResponse],
    responses=error_responses(Code.AUTHENTICATION_ERROR, Code.AUTHORIZATION_ERROR),
)
async def read_what_waits(request: Request, account: SignedIn) -> Response:
    """For administrators: rounds by stage and those due first, the chain, wallets, alerts, files and proposals."""
    parts = resources(request)
    page = PageRequest(WAITING_SHOWN, newest_first=False)
    async with reading(request) as connection:
        overview = await read_overview(parts, connection, account)
        waiting = await board_page(connection, BoardFilter(), page, stage_deadlines(parts))
    return json_response(overview_response(overview, page.shown(waiting), at=parts.clock.now()))
