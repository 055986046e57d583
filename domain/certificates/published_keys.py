"""
The list of keys and wallets that the registry publishes, read without trusting its shape.

It stands at `/.well-known/karbonica-registry.json`. `certificateKeys` are `{publicKey, from,
until}`, `platformAddresses` are `{address, network, from, until, source}`; times are RFC 3339 or null.
`source` is who says so: whoever deploys the registry, or only its database.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from domain.certificates.check_results import TrustedAddress, TrustedKey

PUBLISHED_AT = "/.well-known/karbonica-registry.json"

BY_SETTINGS, BY_DATABASE = "settings", "database"


@dataclass(frozen=True)
class Trusted:
    """What is known of the registry from elsewhere than the certificate; None means nobody said."""

    keys: tuple[TrustedKey, ...] | None = None
    addresses: tuple[TrustedAddress, ...] | None = None


def read_published(document: Any) -> Trusted:
    """
    Raises:
        ValueError: it is no such list.
    """
    try:
        return Trusted(
            tuple(
                TrustedKey(
                    str(key["publicKey"]),
                    valid_until=_instant(key.get("until")),
                    valid_from=_instant(key.get("from")),
                )
                for key in document["certificateKeys"]
            ),
            tuple(
                TrustedAddress(
                    str(entry["address"]),
                    network=entry.get("network"),
                    valid_until=_instant(entry.get("until")),
                    only_by_database=entry.get("source") == BY_DATABASE,
                )
                for entry in document["platformAddresses"]
            ),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a registry's list of keys ({type(error).__name__})") from None


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
