"""The registry's own keys and addresses, with their times, for whoever checks a certificate."""

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.chain.platform_addresses import read_platform_addresses
from adapters.settings import Settings
from api.commands.certificates.published_keys import certificate_keys, platform_addresses
from api.http.resources import reading
from api.pages.parts.rendering import render
from api.pages.parts.routing import page_router
from domain.certificates.published_keys import PUBLISHED_AT

router = page_router()


@router.get("/keys")
async def keys(request: Request) -> Response:
    settings: Settings = request.app.state.settings
    async with reading(request) as connection:
        addresses = await read_platform_addresses(connection)
    return render(
        request,
        "public/keys.html",
        certificate_keys=certificate_keys(settings),
        addresses=platform_addresses(settings, addresses),
        document=settings.registry.public_url.rstrip("/") + PUBLISHED_AT,
    )
