"""
Uploads in parts to S3-compatible storage: begun here, and an address for each part that is missing.

Storage itself remembers which parts are there, so the registry keeps nothing of it: whoever comes back,
from whatever machine, is told what is missing. The worker joins the parts (adapters/storage/object_store.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.etree.ElementTree import Element  # nosec B405 -- only the type; defusedxml reads

import httpx
from defusedxml.ElementTree import fromstring

from adapters.storage.presigned_urls import PresignedUrls
from domain.projects.uploads import UploadPart, upload_parts

ADDRESSES_MAX = 50
"""In one answer; a file of 5 GB has hundreds of parts, and an address is good for minutes only."""


class StorageAway(Exception):
    """Storage gave no answer, or one that is of no use."""


@dataclass(frozen=True)
class PresignedPart:
    """PUT these bytes of the file, of exactly this size, to `url`."""

    part: UploadPart
    url: str


@dataclass(frozen=True)
class UploadInParts:
    """`missing` are the next parts to upload, some of all that are; none: all of them are there."""

    parts: Sequence[UploadPart]
    there: frozenset[int]
    missing: Sequence[PresignedPart]

    @property
    def bytes_there(self) -> int:
        return sum(part.size_bytes for part in self.parts if part.number in self.there)


class MultipartUploads:
    def __init__(self, urls: PresignedUrls, http: httpx.AsyncClient) -> None:
        self._urls = urls
        self._http = http

    async def find_or_begin(
        self, key: str, *, content_type: str, size_bytes: int, part_bytes: int
    ) -> UploadInParts:
        """
        What is there of an upload, begun now if it was not.

        A part of another size than it should have counts as missing.

        Raises:
            StorageAway: as it says.
        """
        upload_id = await self._find(key)
        if upload_id is None:
            headers = {"Content-Type": content_type, **self._urls.encryption}
            await self._ask("POST", key, {"uploads": ""}, headers)
            # Not the one that was just begun: of two that were begun at once, both take the first.
            upload_id = await self._find(key)
        if upload_id is None:
            raise StorageAway("an upload that was begun is not there")
        sizes = await self._sizes(key, upload_id)
        parts = upload_parts(size_bytes, part_bytes)
        there = frozenset(
            part.number for part in parts if sizes.get(part.number) == part.size_bytes
        )
        missing = [
            PresignedPart(part, self._urls.presigned_part(key, upload_id, part))
            for part in parts
            if part.number not in there
        ][:ADDRESSES_MAX]
        return UploadInParts(parts, there, missing)

    async def abandon(self, key: str) -> None:
        """
        Give up what was begun under this key, its parts included; nothing where nothing was.

        Raises:
            StorageAway: as it says; the sweep gives it up later.
        """
        if upload_id := await self._find(key):
            url = self._urls.inside("DELETE", key, {"uploadId": upload_id})
            try:
                await self._http.delete(url)
            except httpx.HTTPError as error:
                raise StorageAway(type(error).__name__) from error

    async def _find(self, key: str) -> str | None:
        """The first upload that was begun under this very key."""
        found = await self._ask("GET", None, {"uploads": "", "prefix": key})
        begun = [
            (datetime.fromisoformat(_text(one, "Initiated")), _text(one, "UploadId"))
            for one in found.iterfind("{*}Upload")
            if _text(one, "Key") == key
        ]
        return min(begun)[1] if begun else None

    async def _sizes(self, key: str, upload_id: str) -> dict[int, int]:
        """Bytes by the number of the part."""
        sizes: dict[int, int] = {}
        after = "0"
        while True:
            asked = {"uploadId": upload_id, "part-number-marker": after}
            found = await self._ask("GET", key, asked)
            sizes |= {
                int(_text(part, "PartNumber")): int(_text(part, "Size"))
                for part in found.iterfind("{*}Part")
            }
            if _text(found, "IsTruncated") != "true":
                return sizes
            after = _text(found, "NextPartNumberMarker")

    async def _ask(
        self,
        method: str,
        key: str | None,
        parameters: Mapping[str, str],
        headers: Mapping[str, str] | None = None,
    ) -> Element:
        url = self._urls.inside(method, key, parameters, headers)
        try:
            answer = await self._http.request(method, url, headers=headers)
        except httpx.HTTPError as error:
            raise StorageAway(type(error).__name__) from error
        if not answer.is_success:
            raise StorageAway(f"HTTP {answer.status_code}")
        found: Element = fromstring(answer.content)
        return found


def _text(element: Element, name: str) -> str:
    return element.findtext(f"{{*}}{name}") or ""
