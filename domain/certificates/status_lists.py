"""
What became of credentials after they were signed, as lists that other people's verifiers read.

Each credential has a place, and each list has a bit for it: superseded by another seal (ADR 0021),
corrected (ADR 0040), touched by a reversal. A list is itself a credential, signed by the same key.

Source: W3C Bitstring Status List v1.0; ADR 0113.
"""

import base64
import binascii
import gzip
import zlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from domain.certificates.certificates import format_instant

PLACES = 131_072
"""In a list: the least that the specification allows, so that whoever asks for one tells nobody for whom."""

LIST_PATH = "/api/v1/registry/status-lists"
CREDENTIALS_CONTEXT = "https://www.w3.org/ns/credentials/v2"
LIST_TYPE = "BitstringStatusListCredential"
ENTRY_TYPE = "BitstringStatusListEntry"
_LIST_BYTES = PLACES // 8


class Status(StrEnum):
    """What a bit tells. A credential that is only corrected or touched is not revoked: it still stands."""

    SUPERSEDED = "superseded"
    CORRECTED = "corrected"
    REVERSED = "reversed"

    @property
    def purpose(self) -> str:
        """The specification's word."""
        return "revocation" if self is Status.SUPERSEDED else "message"

    @property
    def messages(self) -> tuple[str, str] | None:
        """What a bit of a message means, unset and set."""
        return _MESSAGES.get(self)


_MESSAGES = {
    Status.CORRECTED: (
        "Nothing in the certificate is corrected.",
        "Something in the certificate is wrong; the retirement's page says what is right.",
    ),
    Status.REVERSED: (
        "No reversal touches the retirement.",
        "Some of what was retired was lost again; the retirement's page says what covers it.",
    ),
}


def list_url(url: str, status: Status, number: int) -> str:
    return f"{url}{LIST_PATH}/{status.value}/{number}.vc.json"


def status_entries(url: str, place: int) -> list[dict[str, Any]]:
    """The `credentialStatus` of the credential at a place, counted from 0 over all lists."""
    number, index = divmod(place, PLACES)
    entries = []
    for status in Status:
        address = list_url(url, status, number)
        entry: dict[str, Any] = {
            "id": f"{address}#{index}",
            "type": ENTRY_TYPE,
            "statusPurpose": status.purpose,
            "statusListIndex": str(index),
            "statusListCredential": address,
        }
        if status.messages:
            entry["statusSize"] = 1
            entry["statusMessage"] = [
                {"status": f"0x{bit}", "message": text} for bit, text in enumerate(status.messages)
            ]
        entries.append(entry)
    return entries


def place_of(entries: Any) -> int:
    """
    The place that `credentialStatus` names; whether all of it is as it must be, its caller compares.

    Raises:
        ValueError, KeyError, TypeError: it names none.
    """
    first = entries[0]
    number = str(first["statusListCredential"]).rpartition("/")[2].partition(".")[0]
    index = str(first["statusListIndex"])
    if not (number + index).isascii() or not (number + index).isdigit() or len(number) > 12:  # noqa: PLR2004 -- as many as there can be
        raise ValueError("no place in a list")
    return int(number) * PLACES + int(index)


def bits(places: Iterable[int]) -> bytes:
    """A list with these places set, each from 0 to before PLACES; the first place is the highest bit."""
    made = bytearray(_LIST_BYTES)
    for place in places:
        made[place // 8] |= 0x80 >> place % 8
    return bytes(made)


def list_document(
    registry: Mapping[str, str], status: Status, number: int, content: bytes, *, at: datetime
) -> dict[str, Any]:
    """A list as a credential without its proof. `registry` has `did`, `name` and `url`."""
    address = list_url(registry["url"], status, number)
    # The same bits give the same bytes: no time and no file name in them.
    packed = gzip.compress(content, mtime=0)
    return {
        "@context": [CREDENTIALS_CONTEXT],
        "id": address,
        "type": ["VerifiableCredential", LIST_TYPE],
        "issuer": {"id": registry["did"], "name": registry["name"]},
        "validFrom": format_instant(at),
        "credentialSubject": {
            "id": f"{address}#list",
            "type": "BitstringStatusList",
            "statusPurpose": status.purpose,
            "encodedList": "u" + base64.urlsafe_b64encode(packed).decode().rstrip("="),
        },
    }


def is_set(document: Mapping[str, Any], place: int) -> bool:
    """
    Whether a list that was verified says it of a place, counted over all lists.

    Raises:
        ValueError: it is no such list, or one of another size.
    """
    try:
        encoded = document["credentialSubject"]["encodedList"]
        packed = base64.urlsafe_b64decode(encoded[1:] + "=" * (-len(encoded[1:]) % 4))
        content = zlib.decompressobj(wbits=31).decompress(packed, _LIST_BYTES + 1)
    except (KeyError, TypeError, AttributeError, binascii.Error, zlib.error) as error:
        raise ValueError(f"no status list ({type(error).__name__})") from None
    if not encoded.startswith("u") or len(content) != _LIST_BYTES:
        raise ValueError("no status list of the size that the registry makes")
    index = place % PLACES
    return bool(content[index // 8] & 0x80 >> index % 8)
