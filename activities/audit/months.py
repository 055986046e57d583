"""The audit log's upkeep: what was queued is chained, months are made ahead, old ones archived (ADR 0070)."""

import asyncio
import gzip
import hashlib
import time
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from temporalio import activity

from activities.heartbeats import heartbeating
from activities.payloads import Payload
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from activities.ports.object_store import ObjectStore
from domain.audit.archives import AuditArchive, AuditMonth, archived_line, is_due, told_by

ENTRIES_AT_ONCE = 100
"""The head of the chain is held for so many, a few milliseconds."""

BATCH_ENTRIES = 2_000
LOOK_SECONDS = 1.0
MONTHS_AHEAD = 12
"""Room for a year in which nobody looks after the registry."""

MEDIA_TYPE = "application/gzip"


def object_key(month: date, sha256: str) -> str:
    """Under its own hash, so that no later attempt can change an earlier one's file."""
    return f"audit-archives/{month:%Y-%m}/{sha256}.jsonl.gz"


class ChainQueuedEntries(Payload):
    """Look again and again for `seconds`; 0: until nothing is queued."""

    seconds: float = 0


class QueuedEntriesChained(Payload):
    entries: int


class AddAuditMonths(Payload):
    """As many as are to be made ahead."""


class AuditMonthsAdded(Payload):
    months: int


class ArchiveAuditMonth(Payload):
    """The oldest one."""


class AuditMonthArchived(Payload):
    """`month` None: the oldest one is not old enough."""

    month: date | None = None
    sha256: str | None = None


class AuditMonthActivities:
    def __init__(
        self, database: Database, objects: ObjectStore, clock: Clock, *, kept_years: int
    ) -> None:
        self._database = database
        self._objects = objects
        self._clock = clock
        self._kept_years = kept_years

    @activity.defn
    @heartbeating
    async def chain_queued_entries(self, request: ChainQueuedEntries) -> QueuedEntriesChained:
        """Run again, or beside another, it chains what the other has not."""
        entries, ends_at = 0, time.monotonic() + request.seconds
        while True:
            async with self._database.transaction() as work:
                chained = await work.audit.chain_queued(ENTRIES_AT_ONCE)
            entries += chained
            if chained:
                continue
            if time.monotonic() >= ends_at:
                return QueuedEntriesChained(entries=entries)
            await asyncio.sleep(LOOK_SECONDS)

    @activity.defn
    async def add_audit_months(self, request: AddAuditMonths) -> AuditMonthsAdded:  # noqa: ARG002 -- it asks for nothing yet
        async with self._database.transaction() as work:
            added = await work.audit.add_months(self._clock.now().date(), MONTHS_AHEAD + 1)
        return AuditMonthsAdded(months=added)

    @activity.defn
    @heartbeating
    async def archive_audit_month(self, request: ArchiveAuditMonth) -> AuditMonthArchived:  # noqa: ARG002 -- likewise
        """
        Store the oldest month as a file, when it is old enough; then keep its hash and drop its rows.

        The row and the rows go in one transaction, after the file is there. What died between leaves a
        file that the next attempt stores again under the same name.
        """
        async with self._database.transaction() as work:
            month = await work.audit.oldest_month()
        today = self._clock.now().date()
        if month is None or not is_due(month.month, kept_years=self._kept_years, today=today):
            return AuditMonthArchived()
        with TemporaryDirectory(prefix="audit-archive-") as folder:
            file = Path(folder) / "month.jsonl.gz"
            archive = await self._write(month, file)
            await self._objects.store(archive.object_key, file, media_type=MEDIA_TYPE)
        async with self._database.transaction() as work:
            await _keep(work, archive)
        return AuditMonthArchived(month=archive.month, sha256=archive.sha256)

    async def _write(self, month: AuditMonth, file: Path) -> AuditArchive:
        anchored, told, after = {}, [], month.first_seq - 1
        # Without name and moment in it, so that the same entries make the same bytes.
        with file.open("wb") as raw, gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as packed:
            async with self._database.transaction() as work:
                named = await work.audit.anchored_in(month)
                while entries := await work.audit.entries_of(
                    month, after=after, limit=BATCH_ENTRIES
                ):
                    for chained in entries:
                        packed.write(archived_line(chained))
                        if chained.seq in named:
                            anchored[str(chained.seq)] = chained.hash
                        if fact := told_by(chained):
                            told.append(fact)
                    after = entries[-1].seq
        sha256, size_bytes = _measured(file)
        return AuditArchive(
            month=month.month,
            first_seq=month.first_seq,
            last_seq=month.last_seq,
            previous_hash=month.previous_hash,
            last_hash=month.last_hash,
            anchored=anchored,
            told=told,
            object_key=object_key(month.month, sha256),
            sha256=sha256,
            size_bytes=size_bytes,
            archived_at=self._clock.now(),
        )


def _measured(file: Path) -> tuple[str, int]:
    """SHA-256 (hex) and size (bytes)."""
    with file.open("rb") as stored:
        return hashlib.file_digest(stored, "sha256").hexdigest(), file.stat().st_size


async def _keep(work: UnitOfWork, archive: AuditArchive) -> None:
    if await work.audit.archive_of(archive.month) is None:
        await work.audit.keep_archive(archive)
        await work.audit.drop_month(archive.month)
