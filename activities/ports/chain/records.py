"""Chain records on their way, from the queue until they are final."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.chain.commitments import AccountOpening
from domain.chain.records import ChainRecord, RecordStatus
from domain.chain.resumption import QueueEntry
from domain.chain.transactions import StoredTransaction, WatchedTransaction


class ChainRecords(Protocol):
    """The queue of chain records, and the transactions that carry them."""

    async def queue(
        self,
        record: ChainRecord,
        openings: Sequence[AccountOpening] = (),
        *,
        unless_there: bool = False,
    ) -> None:
        """
        `openings` show the accounts that the record commits to; they are kept beside it.

        With `unless_there` one that has its identifier already stays as it is, openings and all.
        """

    async def for_transaction(self, transaction_id: UUID) -> ChainRecord | None: ...

    async def lock_queued(self, limit: int) -> Sequence[ChainRecord]:
        """The oldest queued records, in order, skipping those another transaction holds."""

    async def attach(self, records: Sequence[ChainRecord], tx_hash: str) -> None:
        """The records are submitted with this transaction from now on."""

    async def carried_by(self, tx_hash: str) -> Sequence[ChainRecord]: ...

    async def set_status(self, tx_hash: str, status: RecordStatus) -> None: ...

    async def requeue(self, tx_hash: str, *, at: datetime) -> None:
        """Its records wait again, where they stood in the queue; how long they wait is counted anew."""

    async def count_attempt(self, records: Sequence[ChainRecord]) -> None:
        """A transaction of theirs expired."""

    async def count_queued(self) -> int: ...

    async def park(self, records: Sequence[ChainRecord], reason: str) -> None: ...

    async def add_transaction(self, transaction: StoredTransaction) -> None: ...

    async def transaction(self, tx_hash: str) -> StoredTransaction | None: ...

    async def lock_transaction(self, tx_hash: str) -> StoredTransaction | None: ...

    async def save_transaction(self, transaction: StoredTransaction) -> None: ...

    async def confirmed_unannounced(self, limit: int) -> Sequence[ChainRecord]:
        """
        Confirmed records whose waiting workflows have not been signalled yet, in order.

        Without those whose transaction was missed at the last tip: it may be a rollback.
        """

    async def mark_announced(self, record_ids: Sequence[UUID], at: datetime) -> None: ...

    async def withdraw_announcement(self, tx_hash: str) -> None:
        """What was announced of its records no longer holds: they are announced again when it does."""

    async def in_flight(self) -> Sequence[StoredTransaction]:
        """Signed, submitted and confirmed transactions, oldest first."""

    async def watched(self) -> Sequence[WatchedTransaction]:
        """The same without their bytes, parents before their children: what the follower watches."""

    async def count_in_flight(self) -> int: ...

    async def count_pending(self, address: str) -> int:
        """Transactions of one wallet that no block holds, as far as we have seen or can conclude."""

    async def count_unsent(self, address: str) -> int:
        """Transactions of one wallet that are signed and were sent to no node yet."""

    async def deepen(self, block_hash: str, tip_height: int, at: datetime) -> None:
        """The block was seen with this tip: count the confirmations of all it holds anew."""


class QueueEntries(Protocol):
    """Chain records as staff see them who send a parked one on."""

    async def lock(self, record_id: UUID) -> QueueEntry | None: ...

    async def save(self, record: QueueEntry) -> None: ...


class WalletNotifier(Protocol):
    """Tells the platform wallet that records wait; many notifications may arrive as one, and a few get lost."""

    def notify(self) -> None: ...
