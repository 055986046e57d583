"""Files of any size, outside the database."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from domain.ingestion.folders import StoredObject
from domain.projects.documents import StoredBytes
from domain.projects.sign_offs import DescribedBytes


class ObjectStore(Protocol):
    async def stored_bytes(self, key: str) -> StoredBytes | None:
        """Size and SHA-256 of what really is there, read through to the last byte."""

    async def described_bytes(self, key: str) -> DescribedBytes | None:
        """What storage says of an object, without a byte of it being read."""

    async def join(self, key: str, size_bytes: int) -> None:
        """
        Join the parts of an upload in parts to one object; nothing where none was begun. Safe to repeat.

        Raises:
            DocumentMismatch: the parts do not come to that size yet; they stay.
        """

    async def keep(self, upload_key: str, permanent_key: str) -> None:
        """Copy an upload to where its upload address cannot reach it any more; safe to repeat."""

    async def store(self, key: str, file: Path, *, media_type: str) -> None:
        """Store a file of any size; safe to repeat."""

    async def fetch(self, key: str, file: Path) -> None:
        """Write what is there to a file, of any size; it must be there."""

    async def remove(self, key: str) -> None:
        """Remove what is there, if anything is; safe to repeat."""

    async def written_before(self, prefix: str, before: datetime) -> Sequence[str]:
        """Keys below a prefix whose bytes were written before a moment."""

    async def listed(self, prefix: str, *, most: int) -> Sequence[StoredObject]:
        """What is below a prefix, in the order of the keys; the first ones where there are more."""

    async def abandon(self, prefix: str, before: datetime) -> int:
        """Give up the uploads in parts that were begun before a moment; how many they were."""
