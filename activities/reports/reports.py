"""Making a compliance report: its files in object storage, and a signed manifest of them."""

import asyncio
from collections.abc import Awaitable
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from temporalio import activity

from activities.audit_and_notify import audit
from activities.payloads import Payload, PersonalRequest
from activities.ports.certificates import CertificateSigner
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from activities.ports.object_store import ObjectStore
from activities.ports.reports.reports import ReportFiles
from activities.run_once import done_before, run_once
from domain.reports.reports import (
    MEDIA_TYPES,
    Report,
    ReportKind,
    ReportTerms,
    manifest_bytes,
    manifest_sha256,
    require_terms,
)

HEARTBEAT_SECONDS = 5


def object_key(sha256: str) -> str:
    """Files are kept under their own hash: the same report made again stores nothing new."""
    return f"reports/{sha256}"


class MakeReport(PersonalRequest):
    """`actor_id` None: the schedule asked for it. The rest are the terms (domain.reports.reports.ReportTerms)."""

    report_id: UUID
    actor_id: UUID | None = None
    kind: ReportKind
    first_day: date
    last_day: date
    known_at: datetime
    account_id: UUID | None = None
    party: str | None = None

    @property
    def terms(self) -> ReportTerms:
        return ReportTerms(
            self.kind, self.first_day, self.last_day, self.known_at, self.account_id, self.party
        )


class ReportMade(Payload):
    """`report_id` is an earlier one where the same terms gave the same bytes; `sha256` that of the manifest."""

    report_id: UUID
    version: int
    sha256: str


class ReportActivities:
    def __init__(
        self,
        database: Database,
        files: ReportFiles,
        objects: ObjectStore,
        signer: CertificateSigner,
        clock: Clock,
        *,
        registry_name: str,
    ) -> None:
        self._database = database
        self._files = files
        self._objects = objects
        self._signer = signer
        self._clock = clock
        self._registry_name = registry_name

    @activity.defn
    async def make_report(self, request: MakeReport) -> ReportMade:
        """
        Write every file from one snapshot, store them, and only then say that the report is there.

        Raises:
            Invalid: the period has not settled yet, or its terms are not in order.
        """
        require_terms(request.terms, at=self._clock.now())
        key = f"make-report/{request.report_id}"
        # A report that is due is asked for every day, and its files are the whole ledger's.
        async with self._database.transaction() as work:
            if made := await done_before(work, key, ReportMade):
                return made
        with TemporaryDirectory(prefix="report-") as folder:
            written = await self._files.write(request.terms, Path(folder), activity.heartbeat)
            for file in written.files:
                await _beating(
                    self._objects.store(
                        object_key(file.sha256),
                        Path(folder) / file.name,
                        media_type=MEDIA_TYPES[file.format],
                    )
                )
        manifest = manifest_bytes(
            request.terms,
            written.files,
            written.sums,
            registry_name=self._registry_name,
            movements=written.movements,
        )
        async with self._database.transaction() as work:
            return await run_once(
                work, key, ReportMade, lambda: self._keep(work, request, manifest)
            )

    async def _keep(self, work: UnitOfWork, request: MakeReport, manifest: bytes) -> ReportMade:
        newest = await work.reports.newest(request.terms)
        sha256 = manifest_sha256(manifest)
        now = self._clock.now()
        if newest is not None and newest.sha256 == sha256:
            made = ReportMade(report_id=newest.id, version=newest.version, sha256=sha256)
        else:
            report = Report(
                id=request.report_id,
                terms=request.terms,
                version=newest.version + 1 if newest else 1,
                made_at=now,
                made_by=request.actor_id,
                manifest=manifest,
                sha256=sha256,
                public_key=self._signer.public_key.hex(),
                signature=self._signer.sign(manifest).hex(),
            )
            await work.reports.add(report)
            made = ReportMade(report_id=report.id, version=report.version, sha256=sha256)
        audit(
            work,
            "report.made",
            ("report", made.report_id),
            actor_id=request.actor_id,
            before=None,
            after={
                "kind": request.kind.value,
                "version": made.version,
                "manifestSha256": sha256,
            },
            at=now,
        )
        return made


async def _beating(storing: Awaitable[None]) -> None:
    """Storing a large file is one long call; the server must not take it for a dead worker."""
    task = asyncio.ensure_future(storing)
    while not task.done():
        activity.heartbeat()
        await asyncio.wait({task}, timeout=HEARTBEAT_SECONDS)
    await task
