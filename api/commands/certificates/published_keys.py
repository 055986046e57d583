"""What is published of the keys and wallets by which strangers check certificates."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from adapters.settings import Settings
from adapters.settings.published import PublishedAddress
from domain.certificates.certificates import format_instant
from domain.certificates.published_keys import BY_DATABASE, BY_SETTINGS
from domain.chain.wallets import PlatformAddress


def published_document(settings: Settings, addresses: Sequence[PlatformAddress]) -> dict[str, Any]:
    """
    What stands at the well-known place.

    Certificate keys are the settings' word alone, and so are the addresses that settle a check:
    whoever could write a row could add one.
    """
    return {
        "name": settings.registry.registry_name,
        "certificateKeys": certificate_keys(settings),
        "platformAddresses": platform_addresses(settings, addresses),
    }


def certificate_keys(settings: Settings) -> list[dict[str, Any]]:
    """The key in use first, then those it came after; `until` null seals to this day."""
    keys: list[dict[str, Any]] = []
    if settings.published.certificate_public_key is not None:
        keys.append(
            {
                "publicKey": settings.published.certificate_public_key,
                "from": _instant(settings.published.certificate_key_from),
                "until": None,
            }
        )
    return keys + [
        {
            "publicKey": key.public_key,
            "from": _instant(key.valid_from),
            "until": _instant(key.valid_until),
        }
        for key in settings.published.former_certificate_keys
    ]


def platform_addresses(
    settings: Settings, addresses: Sequence[PlatformAddress]
) -> list[dict[str, Any]]:
    """
    Those the settings name, which alone settle a check, then those only the database knows.

    The database may tell since when one of them pays, and when one that is not in use was closed:
    rows can so take trust away, never give it. The address in use ends by the settings only.
    """
    recorded = {one.address: one for one in addresses}
    in_use = settings.published.platform_address
    named = {one.address: one for one in settings.published.published_addresses}
    if in_use:
        named = {in_use: named.get(in_use) or PublishedAddress(address=in_use)} | named

    def listed(one: PublishedAddress) -> dict[str, Any]:
        row = recorded.get(one.address)
        closed = row.until if row and one.address != in_use else None
        return {
            "address": one.address,
            "network": settings.chain.cardano_network.value,
            "from": _instant(one.valid_from or (row.since if row else None)),
            "until": _instant(one.valid_until or closed),
            "source": BY_SETTINGS,
        }

    return [listed(one) for one in named.values()] + [
        {
            "address": one.address,
            "network": one.network,
            "from": _instant(one.since),
            "until": _instant(one.until),
            "source": BY_DATABASE,
        }
        for one in addresses
        if one.address not in named
    ]


def _instant(moment: datetime | None) -> str | None:
    return format_instant(moment) if moment else None
