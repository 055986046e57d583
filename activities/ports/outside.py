"""Storage, the seal, and the time."""

from datetime import datetime
from pathlib import Path
from typing import Protocol

from domain.projects.documents import StoredBytes


class ObjectStore(Protocol):
    async def stored_bytes(self, key: str) -> StoredBytes | None:
        """Size and SHA-256 of what really is there, read through to the last byte."""

    async def keep(self, upload_key: str, kept_key: str) -> None:
        """Copy an upload to where its upload address cannot reach it any more; safe to repeat."""

    async def store(self, key: str, file: Path, *, media_type: str) -> None:
        """Store a file of any size; safe to repeat."""


class CertificateSigner(Protocol):
    """The registry's own key, which seals certificates."""

    @property
    def public_key(self) -> bytes:
        """Raw Ed25519, 32 bytes."""

    def sign(self, message: bytes) -> bytes:
        """Ed25519 signature, 64 bytes."""


class Clock(Protocol):
    def now(self) -> datetime:
        """The present moment, in UTC."""
