"""
A span of each call of S3-compatible storage: of what is done, never of a key or of bytes.

Not by OpenTelemetry's instrument of botocore: it writes keys, and boto3 copies and uploads in threads of its own,
where it would begin new traces.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

from opentelemetry.trace import Span, SpanKind, Tracer

from activities.ports.object_store import ObjectStore
from domain.ingestion.folders import StoredObject
from domain.projects.documents import StoredBytes
from domain.projects.sign_offs import DescribedBytes


class TracedObjectStore:
    """Implements `activities.ports.object_store.ObjectStore` by another, which it passes everything to."""

    def __init__(self, store: ObjectStore, tracer: Tracer) -> None:
        self._store = store
        self._tracer = tracer

    async def stored_bytes(self, key: str) -> StoredBytes | None:
        with self._span("stored_bytes"):
            return await self._store.stored_bytes(key)

    async def described_bytes(self, key: str) -> DescribedBytes | None:
        with self._span("described_bytes"):
            return await self._store.described_bytes(key)

    async def join(self, key: str, size_bytes: int) -> None:
        with self._span("join"):
            await self._store.join(key, size_bytes)

    async def keep(self, upload_key: str, permanent_key: str) -> None:
        with self._span("keep"):
            await self._store.keep(upload_key, permanent_key)

    async def store(self, key: str, file: Path, *, media_type: str) -> None:
        with self._span("store"):
            await self._store.store(key, file, media_type=media_type)

    async def fetch(self, key: str, file: Path) -> None:
        with self._span("fetch"):
            await self._store.fetch(key, file)

    async def remove(self, key: str) -> None:
        with self._span("remove"):
            await self._store.remove(key)

    async def written_before(self, prefix: str, before: datetime) -> Sequence[str]:
        with self._span("written_before"):
            return await self._store.written_before(prefix, before)

    async def listed(self, prefix: str, *, most: int) -> Sequence[StoredObject]:
        with self._span("listed"):
            return await self._store.listed(prefix, most=most)

    async def abandon(self, prefix: str, before: datetime) -> int:
        with self._span("abandon"):
            return await self._store.abandon(prefix, before)

    def _span(self, call: str) -> AbstractContextManager[Span]:
        return self._tracer.start_as_current_span(
            f"S3 {call}",
            kind=SpanKind.CLIENT,
            attributes={"rpc.system": "aws-api", "rpc.service": "S3"},
        )
