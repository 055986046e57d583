"""Chain records on their way, and the eyes that are kept on them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from domain.chain.alerts import Alert
from domain.chain.reconciliation import OwnRecord, Reconciliation
from domain.chain.records import ChainRecord, RecordStatus
from domain.chain.resumption import ResumableRecord
from domain.chain.transactions import StoredTransaction, WatchedTransaction
from domain.chain.watch import ChainRows, ProviderState


class Records(Protocol):
    """The queue of chain records, and the transactions that carry them."""

    async def queue(self, record: ChainRecord) -> None: ...

    async def for_transaction(self, transaction_id: UUID) -> ChainRecord | None: ...

    async def lock_queued(self, limit: int) -> Sequence[ChainRecord]:
        """The oldest queued records, in order, skipping those another transaction holds."""

    async def attach(self, records: Sequence[ChainRecord], tx_hash: str) -> None:
        """The records are submitted with this transaction from now on."""

    async def carried_by(self, tx_hash: str) -> Sequence[ChainRecord]: ...

    async def set_status(self, tx_hash: str, status: RecordStatus) -> None: ...

    async def requeue(self, tx_hash: str, *, failed: bool, at: datetime) -> None:
        """
        Its records wait again, where they stood in the queue; how long they wait is counted anew.
        `failed` counts an attempt; a record that has failed too often is parked instead
        (domain.chain.records.ATTEMPTS_MAX).
        """

    async def count_queued(self) -> int: ...

    async def park(self, records: Sequence[ChainRecord], reason: str) -> None: ...

    async def add_transaction(self, transaction: StoredTransaction) -> None: ...

    async def transaction(self, tx_hash: str) -> StoredTransaction | None: ...

    async def lock_transaction(self, tx_hash: str) -> StoredTransaction | None: ...

    async def save_transaction(self, transaction: StoredTransaction) -> None: ...

    async def confirmed_unannounced(self, limit: int) -> Sequence[ChainRecord]:
        """
        Confirmed records whose waiting workflows have not been told yet, in order.

        Without those whose transaction the last look at the chain missed: it may be a rollback.
        """

    async def mark_announced(self, record_ids: Sequence[UUID], at: datetime) -> None: ...

    async def take_back_announcement(self, tx_hash: str) -> None:
        """What was told of its records no longer holds as it was told: tell it again when it does."""

    async def in_flight(self) -> Sequence[StoredTransaction]:
        """Signed, submitted and confirmed transactions, oldest first."""

    async def watched(self) -> Sequence[WatchedTransaction]:
        """The same without their bytes, parents before their children: what the follower watches."""

    async def count_in_flight(self) -> int: ...

    async def count_pending(self, address: str) -> int:
        """Transactions of one wallet that no block holds, as far as we have seen."""

    async def count_unsent(self, address: str) -> int:
        """Transactions of one wallet that are signed and were sent to no node yet."""

    async def deepen(self, block_hash: str, tip_height: int, at: datetime) -> None:
        """The block was seen with this tip: count the confirmations of all it holds anew."""


class Reconciliations(Protocol):
    """What is compared with the chain, a part at a time, and what came of it."""

    async def addresses(self) -> Sequence[str]:
        """Every address that a transaction of ours was ever signed for."""

    async def due(
        self, after: str, *, since_height: int | None, again: Sequence[str], limit: int
    ) -> Sequence[str]:
        """
        Hashes after `after`, in order: of transactions with a record that we call confirmed.

        `since_height` leaves out those in lower blocks, but never those in none, nor `again`.
        """

    async def records_in(self, tx_hash: str) -> Sequence[OwnRecord]: ...

    async def unexplained(self, tx_hashes: Sequence[str]) -> Sequence[str]:
        """Which of these are no transaction of ours, or one that was given up as expired."""

    async def saying(self, record: Mapping[str, Any]) -> OwnRecord | None:
        """Our record that says the very same."""

    async def add(self, reconciliation: Reconciliation) -> None: ...

    async def last(self) -> Reconciliation | None: ...


class Alerts(Protocol):
    async def add(self, alert: Alert) -> None:
        """The same id again, or a second open one of a kind and subject, changes nothing."""

    async def save(self, alert: Alert) -> None: ...

    async def lock_recent(self, cleared_since: datetime) -> Sequence[Alert]:
        """The open ones, and those cleared since then."""


class ResumableRecords(Protocol):
    """Chain records as staff see them who send a parked one on."""

    async def lock(self, record_id: UUID) -> ResumableRecord | None: ...

    async def save(self, record: ResumableRecord) -> None: ...


class ChainWatch(Protocol):
    """How the way to the chain is: our own rows, and what is known of the provider."""

    async def provider(self) -> ProviderState: ...

    async def lock_provider(self) -> ProviderState: ...

    async def save_provider(self, state: ProviderState) -> None: ...

    async def rows(self, addresses: Sequence[str], since: datetime) -> ChainRows:
        """All of one moment; what is counted as lately began at `since`."""


class WalletNotifier(Protocol):
    """Tells the platform wallet that records wait; many rings may be heard as one, and few be lost."""

    def notify(self) -> None: ...
