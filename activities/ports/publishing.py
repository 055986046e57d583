"""What the registry tells the world: events, webhooks, open data."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID

from domain.publishing.events import Event, EventName
from domain.publishing.open_data import Dataset, FileFormat, LedgerState, PartSum
from domain.publishing.webhooks import Delivery, ReceiverResponse, Webhook


class Outbox(Protocol):
    async def add(self, event: Event) -> None:
        """Publish with this transaction; the same event again changes nothing."""

    async def get(self, event_id: UUID) -> Event | None: ...

    async def lock_undispatched(self, limit: int) -> Sequence[Event]:
        """Events whose deliveries are not planned yet, in order; what others hold is passed over."""

    async def mark_dispatched(self, event_ids: Sequence[UUID], at: datetime) -> None: ...

    async def occurred_between(
        self, since: datetime, until: datetime, names: Sequence[EventName], limit: int
    ) -> Sequence[Event]: ...


class Webhooks(Protocol):
    async def add(self, webhook: Webhook) -> None:
        """The same id again changes nothing."""

    async def get(self, webhook_id: UUID) -> Webhook | None: ...

    async def lock(self, webhook_id: UUID) -> Webhook | None: ...

    async def active(self) -> Sequence[Webhook]: ...

    async def save(self, webhook: Webhook) -> None: ...


class Deliveries(Protocol):
    async def add(self, deliveries: Sequence[Delivery]) -> None:
        """An event goes to a webhook by one delivery; the same again changes nothing."""

    async def get(self, delivery_id: UUID) -> Delivery | None: ...

    async def lock(self, delivery_id: UUID) -> Delivery | None: ...

    async def save(self, delivery: Delivery) -> None: ...

    async def untaken(self, limit: int) -> Sequence[Delivery]:
        """Pending ones that no workflow has taken on, in the order of their events."""


class Exports(Protocol):
    async def add(
        self, export_id: UUID, generated_at: datetime, *, manifest: bytes, sha256: str
    ) -> None:
        """Say publicly that an export is there; `manifest` is what will be served, byte for byte."""


@dataclass(frozen=True)
class ExportChunk:
    """Some whole lines of a file, and how many rows they are; a CSV's header is none."""

    content: bytes
    rows: int


class ExportSnapshot(Protocol):
    """The registry at one moment, however long it is read."""

    async def sums(self) -> Sequence[PartSum]: ...

    async def ledger(self, beat: Callable[[], None]) -> LedgerState:
        """Reads every entry; `beat` is called between the parts."""

    def chunks(self, dataset: Dataset, format: FileFormat) -> AsyncIterator[ExportChunk]:
        """A file of the open data that is written in lines, in order, a small part at a time."""


class OpenData(Protocol):
    def snapshot(self) -> AbstractAsyncContextManager[ExportSnapshot]: ...


class ParquetWriter(Protocol):
    async def write(self, dataset: Dataset, lines: Path, target: Path) -> None:
        """Write the rows of a JSONL file of the open data as Parquet; the same rows give the same bytes."""


class SealedSecrets(Protocol):
    def open(self, sealed: str, webhook_id: UUID) -> str:
        """A webhook's secret; raises when it was not sealed for this webhook."""


class WebhookSender(Protocol):
    async def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> ReceiverResponse:
        """
        POST once, to an address that was checked at this very moment, following no redirects.

        Never raises for what the receiver or the network does: that is an answer too.
        """


class PublishingRepositories(Protocol):
    """What a unit of work offers of publishing."""

    @property
    def outbox(self) -> Outbox: ...

    @property
    def webhooks(self) -> Webhooks: ...

    @property
    def deliveries(self) -> Deliveries: ...

    @property
    def exports(self) -> Exports: ...
