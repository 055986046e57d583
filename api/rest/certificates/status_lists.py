"""Status lists: what became of credentials, for other people's verifiers (ADR 0113)."""

from typing import Annotated

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.certificates.reads import newest_status_list
from api.http.errors.problem import Code, error_responses
from api.http.fields import WholeNumber
from api.http.resources import reading
from api.http.responses import public_response
from api.http.routing import RegistryRoute
from domain.certificates.status_lists import LIST_TYPE, Status
from domain.errors import NotFound

NUMBER_MAX = 2**40
CACHED = "public, max-age=300"

router = APIRouter(
    prefix="/registry/status-lists", tags=["Public registry"], route_class=RegistryRoute
)


@router.get(
    "/{status}/{list_number}.vc.json",
    summary="Download a status list",
    response_class=Response,
    responses={
        200: {
            "description": "A signed credential.",
            "content": {
                "application/vc": {
                    "schema": {
                        "type": "object",
                        "description": "W3C Bitstring Status List 1.0; see ADR 0113.",
                    },
                    "example": {"type": ["VerifiableCredential", LIST_TYPE]},
                }
            },
        },
        **error_responses(Code.VALIDATION_ERROR, Code.NOT_FOUND),
    },
)
async def read_status_list(
    request: Request,
    status: Status,
    list_number: Annotated[int, WholeNumber(0, NUMBER_MAX)],
) -> Response:
    """
    A bit for each of 131,072 credentials: superseded by another seal, corrected, or touched by a reversal.

    Signed anew when a bit changes, which is looked at every five minutes.
    """
    async with reading(request) as connection:
        found = await newest_status_list(connection, status, list_number)
    if found is None:
        raise NotFound("There is no such list.")
    return public_response(
        request, found.document, media_type="application/vc", cache_control=CACHED
    )
