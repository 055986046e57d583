"""
Object storage in a dictionary; `uploads_change_to` stands for a client that writes again meanwhile.

It passes the tests in tests/adapters/storage/test_object_store.py that need no address.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from domain.ingestion.folders import StoredObject
from domain.projects.documents import StoredBytes
from domain.projects.sign_offs import DescribedBytes
from domain.projects.uploads import require_whole

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
"""When what nobody said a moment of was written, as a list tells it."""


class FakeObjectStore:
    """Implements `activities.ports.object_store.ObjectStore`."""

    def __init__(self, objects: dict[str, bytes] | None = None) -> None:
        self.objects = objects or {}
        self.uploads_change_to: bytes | None = None
        self.written_at: dict[str, datetime] = {}
        """When, of objects that are older than all others."""
        self.parts: dict[str, list[bytes]] = {}
        """Of uploads in parts that are not joined."""
        self.begun_at: dict[str, datetime] = {}
        """When those of them were begun that are older than all others."""

    async def stored_bytes(self, key: str) -> StoredBytes | None:
        body = self.objects.get(key)
        return None if body is None else StoredBytes(len(body), hashlib.sha256(body).hexdigest())

    async def described_bytes(self, key: str) -> DescribedBytes | None:
        body = self.objects.get(key)
        return None if body is None else DescribedBytes(len(body))

    async def join(self, key: str, size_bytes: int) -> None:
        if parts := self.parts.get(key):
            require_whole(size_bytes, [len(part) for part in parts])
            self.objects[key] = b"".join(self.parts.pop(key))

    async def keep(self, upload_key: str, permanent_key: str) -> None:
        if self.uploads_change_to is not None:
            self.objects[upload_key] = self.uploads_change_to
        self.objects[permanent_key] = self.objects[upload_key]

    async def store(self, key: str, file: Path, *, media_type: str) -> None:
        self.objects[key] = file.read_bytes()

    async def fetch(self, key: str, file: Path) -> None:
        file.write_bytes(self.objects[key])

    async def remove(self, key: str) -> None:
        self.objects.pop(key, None)

    async def written_before(self, prefix: str, before: datetime) -> Sequence[str]:
        return [
            key
            for key in self.objects
            if key.startswith(prefix) and self.written_at.get(key, datetime.now(UTC)) < before
        ]

    async def listed(self, prefix: str, *, most: int) -> Sequence[StoredObject]:
        below = sorted(key for key in self.objects if key.startswith(prefix))
        return [
            StoredObject(
                key,
                len(self.objects[key]),
                hashlib.md5(self.objects[key], usedforsecurity=False).hexdigest(),
                self.written_at.get(key, LONG_AGO),
            )
            for key in below[:most]
        ]

    async def abandon(self, prefix: str, before: datetime) -> int:
        gone = [
            key
            for key in self.parts
            if key.startswith(prefix) and self.begun_at.get(key, datetime.now(UTC)) < before
        ]
        for key in gone:
            del self.parts[key]
        return len(gone)
