"""Setting what of a project's issuances goes into the buffer, for staff."""

from decimal import Decimal
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.commands.projects import buffer_share as commands
from api.http.errors.problem import Code, error_responses
from api.http.idempotency import OperationKey
from api.http.identity.authentication import SignedIn
from api.http.resources import resources
from api.http.responses import json_response
from api.http.routing import IdempotentRoute
from api.http.schema import Data
from api.rest.projects.schemas.buffer_share import (
    BufferShareRequest,
    BufferShareResponse,
    buffer_share_response,
)

router = APIRouter(tags=["Staff"], route_class=IdempotentRoute)


@router.post(
    "/projects/{project_id}/buffer-share",
    summary="Set a project's buffer share",
    response_model=Data[BufferShareResponse],
    responses=error_responses(
        Code.VALIDATION_ERROR,
        Code.AUTHENTICATION_ERROR,
        Code.AUTHORIZATION_ERROR,
        Code.NOT_FOUND,
        Code.CONFLICT,
    ),
)
async def set_buffer_share(
    request: Request,
    account: SignedIn,
    project_id: UUID,
    key: OperationKey,
    body: BufferShareRequest,
) -> Response:
    """
    For administrators, until the project is approved or rejected; again if need be.

    Who sets none leaves it to the registry's table: 20 per cent of what is issued for forests, soils
    and coasts that nobody rated, nothing for all other types.
    """
    share = await commands.set_buffer_share(
        resources(request),
        account,
        key,
        project_id,
        reversal_risk=body.reversal_risk,
        percent=None if body.percent is None else Decimal(body.percent),
        reason=body.reason,
    )
    return json_response(buffer_share_response(share))
