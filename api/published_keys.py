"""The keys and wallets by which strangers check certificates, those given up included."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from adapters.postgres.platform_addresses import read_platform_addresses
from adapters.settings import Settings
from api.resources import reading, resources
from domain.certificates import format_instant
from domain.platform_addresses import PlatformAddress
from domain.published_keys import PUBLISHED_AT

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

    Certificate keys are the settings' word alone: whoever could write a row could add one.
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
    """Every address that ever paid, the newest first; before them one that has paid nothing yet."""
    published: list[dict[str, Any]] = [
        {
            "address": one.address,
            "network": one.network,
            "from": _instant(one.since),
            "until": _instant(one.until),
        }
        for one in addresses
    ]
    configured = settings.platform_address
    if configured is None or any(one.address == configured for one in addresses):
        return published
    network = settings.cardano_network.value
    return [
        {"address": configured, "network": network, "from": None, "until": None},
        *published,
    ]


def _instant(moment: datetime | None) -> str | None:
    return format_instant(moment) if moment else None
