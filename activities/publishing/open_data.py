"""Publishing the open data: files of one moment in object storage, and a manifest of them."""

import asyncio
import hashlib
from collections.abc import Awaitable
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from temporalio import activity

from activities.audit_and_notify import audit
from activities.payloads import Payload, PersonalRequest
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from activities.ports.object_store import ObjectStore
from activities.ports.publishing import ExportSnapshot, OpenData, ParquetWriter
from activities.run_once import run_once
from domain.certificates.certificates import canonical_bytes
from domain.publishing.open_data import (
    LINE_FORMATS,
    MEDIA_TYPES,
    Dataset,
    Export,
    ExportFile,
    FileFormat,
    file_name,
    manifest,
)

HEARTBEAT_SECONDS = 5


def object_key(sha256: str) -> str:
    """Files are kept under their own hash, so that no later attempt can change an earlier one's."""
    return f"exports/{sha256}"


class PublishExport(PersonalRequest):
    """`actor_id` None: the schedule asked for it."""

    export_id: UUID
    actor_id: UUID | None = None


class ExportPublished(Payload):
    """`sha256` is that of the manifest's bytes."""

    export_id: UUID
    sha256: str


class ExportActivities:
    def __init__(
        self,
        database: Database,
        open_data: OpenData,
        parquet: ParquetWriter,
        objects: ObjectStore,
        clock: Clock,
    ) -> None:
        self._database = database
        self._open_data = open_data
        self._parquet = parquet
        self._objects = objects
        self._clock = clock

    @activity.defn
    async def publish_export(self, request: PublishExport) -> ExportPublished:
        """
        Write every file from one snapshot, store them, and only then say publicly that they are there.

        The sum is counted in the same snapshot, from the ledger's rows and not from the files.
        """
        with TemporaryDirectory(prefix="export-") as folder:
            export = await self._write_files(request.export_id, Path(folder))
            for file in export.files:
                await _beating(
                    self._objects.store(
                        object_key(file.sha256),
                        Path(folder) / file.name,
                        media_type=MEDIA_TYPES[file.format],
                    )
                )
        async with self._database.transaction() as work:
            return await run_once(
                work,
                f"publish-export/{request.export_id}",
                ExportPublished,
                lambda: _publish(work, request, export),
            )

    async def _write_files(self, export_id: UUID, folder: Path) -> Export:
        async with self._open_data.snapshot() as snapshot:
            generated_at = self._clock.now()
            # The first query fixes the moment that all of them see.
            sums = await snapshot.sums()
            ledger = await snapshot.ledger(activity.heartbeat)
            files = [
                await _write_file(snapshot, dataset, format, folder)
                for dataset in Dataset
                for format in LINE_FORMATS
            ]
        as_parquet = [
            await self._write_parquet(lines, folder)
            for lines in files
            if lines.format is FileFormat.JSONL
        ]
        return Export(export_id, generated_at, [*files, *as_parquet], sums, ledger)

    async def _write_parquet(self, lines: ExportFile, folder: Path) -> ExportFile:
        """Of the very rows that were just written as lines."""
        target = folder / file_name(lines.dataset, FileFormat.PARQUET)
        await _beating(self._parquet.write(lines.dataset, folder / lines.name, target))
        with target.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        size = target.stat().st_size
        return ExportFile(lines.dataset, FileFormat.PARQUET, lines.rows, size, digest)


async def _write_file(
    snapshot: ExportSnapshot, dataset: Dataset, format: FileFormat, folder: Path
) -> ExportFile:
    rows, size, digest = 0, 0, hashlib.sha256()
    with (folder / file_name(dataset, format)).open("wb") as file:
        async for chunk in snapshot.chunks(dataset, format):
            activity.heartbeat()
            file.write(chunk.content)
            digest.update(chunk.content)
            rows += chunk.rows
            size += len(chunk.content)
    return ExportFile(dataset, format, rows, size, digest.hexdigest())


async def _publish(work: UnitOfWork, request: PublishExport, export: Export) -> ExportPublished:
    content = canonical_bytes(manifest(export))
    sha256 = hashlib.sha256(content).hexdigest()
    await work.publishing.exports.add(
        export.id, export.generated_at, manifest=content, sha256=sha256
    )
    audit(
        work,
        "export.published",
        ("export", export.id),
        actor_id=request.actor_id,
        before=None,
        after={"manifestSha256": sha256},
        at=export.generated_at,
    )
    return ExportPublished(export_id=export.id, sha256=sha256)


async def _beating(storing: Awaitable[None]) -> None:
    """Storing a large file is one long call; the server must not take it for a dead worker."""
    task = asyncio.ensure_future(storing)
    while not task.done():
        activity.heartbeat()
        await asyncio.wait({task}, timeout=HEARTBEAT_SECONDS)
    await task
