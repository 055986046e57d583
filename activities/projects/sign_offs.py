"""What was signed off, looked at again on a schedule; staff are told of any difference (ADR 0040)."""

from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from uuid import UUID

from temporalio import activity

from activities.alerts import settle
from activities.payloads import Payload
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from activities.ports.object_store import ObjectStore
from activities.projects.documents import permanent_key
from activities.run_once import run_once
from domain.chain.alerts import AlertCondition, AlertKind
from domain.projects.documents import Document
from domain.projects.sign_offs import (
    DIFFERENCES_MAX,
    DescribedBytes,
    document_difference,
    is_read_today,
    round_days,
    sign_off_differences,
)

BATCH_ROWS = 200


GAUGES = {
    AlertKind.SIGN_OFF_DIFFERENCE: (
        "registry_sign_off_differences",
        "registry_sign_offs_checked_seconds",
    ),
    AlertKind.DOCUMENT_DIFFERENCE: (
        "registry_document_differences",
        "registry_documents_checked_seconds",
    ),
}


class CheckSignOffs(Payload):
    """`check_id` names the check for ever."""

    check_id: UUID


class SignOffsChecked(Payload):
    """`checked` were looked at; `differences` names how many are not right, up to DIFFERENCES_MAX."""

    check_id: UUID
    checked: int
    differences: int = 0
    notification_ids: tuple[UUID, ...] = ()


class Read(Enum):
    EVERYTHING = auto()
    NOTHING = auto()


@dataclass(frozen=True)
class Turn:
    """Those whose turn it is `at` that moment, and those in `again`."""

    at: datetime
    again: Collection[UUID] = ()

    def is_of(self, document_id: UUID, *, days: int) -> bool:
        return document_id in self.again or is_read_today(document_id, self.at, days=days)


@dataclass
class SignOffFindings:
    """`read` is how many documents were read through; all were asked about."""

    checked: int = 0
    read: int = 0
    conditions: list[AlertCondition] = field(default_factory=list)

    def add(self, kind: AlertKind, subject: UUID, sentence: str) -> None:
        if len(self.conditions) < DIFFERENCES_MAX:
            self.conditions.append(AlertCondition(kind, str(subject), sentence))


class SignOffComparison:
    """
    Compares; the schedule and the command share it. It changes nothing.

    `beat` is called before every batch of rows and every document.
    """

    def __init__(
        self,
        database: Database,
        object_store: ObjectStore,
        *,
        beat: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._object_store = object_store
        self._beat = beat

    async def sign_offs(self) -> SignOffFindings:
        """Every approved verification, those that wait for a countersignature too."""
        compared, after = SignOffFindings(), UUID(int=0)
        while True:
            self._beat()
            async with self._database.transaction() as work:
                batch = await work.projects.sign_offs.after(after, limit=BATCH_ROWS)
            for signed in batch:
                compared.checked += 1
                if found := sign_off_differences(signed):
                    compared.add(AlertKind.SIGN_OFF_DIFFERENCE, signed.project.id, " ".join(found))
            if len(batch) < BATCH_ROWS:
                return compared
            after = batch[-1].verification.id

    async def documents(self, read: Read | Turn) -> SignOffFindings:
        """
        Every completed document: what storage says of it, or, of those to be `read`, its very bytes.

        Raises:
            Whatever object storage fails with: what cannot be read is no difference.
        """
        async with self._database.transaction() as work:
            days = round_days(await work.projects.sign_offs.document_bytes())
        compared = SignOffFindings()
        async for document in self._completed():
            self._beat()
            compared.checked += 1
            is_read = (
                read.is_of(document.id, days=days)
                if isinstance(read, Turn)
                else read is Read.EVERYTHING
            )
            compared.read += is_read
            found = document_difference(document, await self._held(document, is_read=is_read))
            if found is not None:
                compared.add(AlertKind.DOCUMENT_DIFFERENCE, document.id, found)
        return compared

    async def _completed(self) -> AsyncIterator[Document]:
        after = UUID(int=0)
        while True:
            async with self._database.transaction() as work:
                batch = await work.projects.sign_offs.documents_after(after, limit=BATCH_ROWS)
            for document in batch:
                yield document
            if len(batch) < BATCH_ROWS:
                return
            after = batch[-1].id

    async def _held(self, document: Document, *, is_read: bool) -> DescribedBytes | None:
        key = permanent_key(document.sha256)
        if not is_read:
            return await self._object_store.described_bytes(key)
        stored = await self._object_store.stored_bytes(key)
        return None if stored is None else DescribedBytes(stored.file_size, stored.sha256)


class SignOffActivities:
    def __init__(self, database: Database, object_store: ObjectStore, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._comparison = SignOffComparison(database, object_store, beat=activity.heartbeat)

    @activity.defn
    async def check_sign_offs(self, request: CheckSignOffs) -> SignOffsChecked:
        """Recompute every sign-off digest, and raise or clear an alert for each project."""
        compared = await self._comparison.sign_offs()
        return await self._tell(request, AlertKind.SIGN_OFF_DIFFERENCE, compared)

    @activity.defn
    async def check_documents(self, request: CheckSignOffs) -> SignOffsChecked:
        """
        Ask object storage for every completed document, read those whose turn it is, and raise or clear alerts.

        What differed last time is read again, so that its alert stays until it is mended.
        """
        at = self._clock.now()
        async with self._database.transaction() as work:
            again = await self._differing(work, at)
        compared = await self._comparison.documents(Turn(at, again))
        return await self._tell(request, AlertKind.DOCUMENT_DIFFERENCE, compared)

    @staticmethod
    async def _differing(work: UnitOfWork, at: datetime) -> set[UUID]:
        return {
            UUID(alert.subject)
            for alert in await work.chain.alerts.lock_recent(at)
            if alert.kind is AlertKind.DOCUMENT_DIFFERENCE and alert.is_open
        }

    async def _tell(
        self, request: CheckSignOffs, kind: AlertKind, compared: SignOffFindings
    ) -> SignOffsChecked:
        at = self._clock.now()

        async def effect() -> SignOffsChecked:
            unmailed = await settle(
                work, compared.conditions, watched={kind}, watch_id=request.check_id, at=at
            )
            return SignOffsChecked(
                check_id=request.check_id,
                checked=compared.checked,
                differences=len(compared.conditions),
                notification_ids=tuple(unmailed),
            )

        async with self._database.transaction() as work:
            checked = await run_once(
                work, f"check-{kind}/{request.check_id}", SignOffsChecked, effect
            )
        measure(kind, checked, at)
        return checked


def measure(kind: AlertKind, checked: SignOffsChecked, at: datetime) -> None:
    """
    For Prometheus, on the worker that checked (docs/operations.md, "What was signed off differs").

    The moment, in Unix seconds, tells which worker's count is the newest.
    """
    meter = activity.metric_meter()
    differences, checked_seconds = GAUGES[kind]
    meter.create_gauge(differences).set(checked.differences)
    meter.create_gauge(checked_seconds).set(int(at.timestamp()))
