"""The addresses that have paid for the registry's records, over time."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class PlatformAddress:
    """
    An address that the registry writes from, or has written from.

    `public_key` in hex. `since` is when it first paid; `until` is None while it may pay, and
    afterwards no transaction of it stands in a later block.
    """

    address: str
    network: str
    public_key: str
    since: datetime
    until: datetime | None = None
