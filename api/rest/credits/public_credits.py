"""What became of the units under a serial, for everybody."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.credits.reads import entries as reads_entries
from api.http.errors.problem import Code, error_responses
from api.http.resources import reading
from api.http.responses import data_bytes, public_response
from api.http.routing import RegistryRoute
from api.http.schema import Data
from api.rest.credits.schemas.credits import SerialInPath
from api.rest.credits.schemas.public_credits import RegistryCredit, registry_credit_response
from domain.errors import NotFound
from domain.identifiers import Serial

router = APIRouter(prefix="/registry", tags=["Public registry"], route_class=RegistryRoute)


@router.get(
    "/credits/{serial}",
    summary="Look up a serial",
    response_model=Data[RegistryCredit],
    responses=error_responses(Code.VALIDATION_ERROR, Code.NOT_FOUND),
)
async def read_credit(request: Request, serial: SerialInPath) -> Response:
    """What became of the units under a serial, and the serials before and after it."""
    async with reading(request) as connection:
        entry = await reads_entries.credit(connection, Serial.parse(serial), account=None)
        if entry is None:
            raise NotFound("There is no such credit entry.")
        links = await reads_entries.credit_links(connection, entry.id)
    return public_response(request, data_bytes(registry_credit_response(entry, links)))
