"""The keys and wallets by which strangers check certificates, those given up included."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from adapters.postgres.chain.platform_addresses import read_platform_addresses
from api.commands.certificates.published_keys import published_document
from api.http.resources import reading, resources
from domain.certificates.published_keys import PUBLISHED_AT

router = APIRouter(include_in_schema=False)


@router.get(PUBLISHED_AT)
async def registry_keys(request: Request) -> Response:
    """The keys and wallets that certificates may be checked against, without their secrets."""
    async with reading(request) as connection:
        addresses = await read_platform_addresses(connection)
    return JSONResponse(
        published_document(resources(request).settings, addresses),
        headers={"Cache-Control": "public, max-age=300"},
    )
