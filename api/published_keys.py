"""The keys and wallets by which strangers check certificates, those given up included."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from adapters.postgres.platform_addresses import read_platform_addresses
from adapters.settings import PublishedAddress, Settings
from api.resources import reading, resources
from domain.certificates import format_instant
from domain.platform_addresses import PlatformAddress
from domain.published_keys import BY_DATABASE, BY_SETTINGS, PUBLISHED_AT

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


def published_document(settings: Settings, addresses: Sequence[PlatformAddress]) -> dict[str, Any]:
    """
    What stands at the well-known place.

    Certificate keys are the settings' word alone, and so are the addresses that settle a check:
    whoever could write a row could add one.
    """
    return {
        "name": settings.registry_name,
        "certificateKeys": certificate_keys(settings),
        "platformAddresses": platform_addresses(settings, addresses),
    }


def certificate_keys(settings: Settings) -> list[dict[str, Any]]:
    """The key in use first, then those it came after; `until` null seals to this day."""
    keys: list[dict[str, Any]] = []
    if settings.certificate_public_key is not None:
        keys.append(
            {
                "publicKey": settings.certificate_public_key,
                "from": _instant(settings.certificate_key_from),
                "until": None,
            }
        )
    return keys + [
        {
            "publicKey": key.public_key,
            "from": _instant(key.valid_from),
            "until": _instant(key.valid_until),
        }
        for key in settings.former_certificate_keys
    ]


def platform_addresses(
    settings: Settings, addresses: Sequence[PlatformAddress]
) -> list[dict[str, Any]]:
    """
    Those the settings name, which alone settle a check, then those only the database knows.

    Of the former too the database may know since when they pay; when they end, it is not asked.
    """
    since = {one.address: one.since for one in addresses}
    named = [
        *(
            [PublishedAddress(address=settings.platform_address)]
            if settings.platform_address
            else []
        ),
        *settings.published_addresses,
    ]
    configured = {one.address for one in named}
    return [
        {
            "address": one.address,
            "network": settings.cardano_network.value,
            "from": _instant(one.valid_from or since.get(one.address)),
            "until": _instant(one.valid_until),
            "source": BY_SETTINGS,
        }
        for one in named
    ] + [
        {
            "address": one.address,
            "network": one.network,
            "from": _instant(one.since),
            "until": _instant(one.until),
            "source": BY_DATABASE,
        }
        for one in addresses
        if one.address not in configured
    ]


def _instant(moment: datetime | None) -> str | None:
    return format_instant(moment) if moment else None
