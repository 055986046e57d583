"""Chain records of movements that have none: those of releases that wrote none for them (ADR 0045)."""

from temporalio import activity

from activities import lookups
from activities.credits import ledger_writes
from activities.payloads import Payload
from activities.ports.chain.records import WalletNotifier
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from domain.credits.ledger import CreditTransaction

BATCH_RECORDS = 500
"""In one transaction: each is read and queued by itself, some milliseconds."""


class QueueMissingRecords(Payload):
    """Nothing is needed to find them."""


class MissingRecordsQueued(Payload):
    """None is missing now; how many were stands in the log."""


class MissingRecordActivities:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        wallet_notifier: WalletNotifier | None = None,
        salts: ledger_writes.Salts = ledger_writes.random_salt,
    ) -> None:
        self._database = database
        self._clock = clock
        self._wallet_notifier = wallet_notifier
        self._salts = salts

    @activity.defn
    async def queue_missing_records(self, request: QueueMissingRecords) -> MissingRecordsQueued:  # noqa: ARG002 -- an activity has one
        """
        Queue a record for every credit transaction that has none, oldest first, with the time it happened at.

        What is queued stays queued when the attempt dies. Of two attempts at once the first to queue a
        record has queued it: its key has the last word.
        """
        count = 0
        while queued := await self._queue_batch():
            count += queued
            activity.heartbeat()
        if count and self._wallet_notifier is not None:
            self._wallet_notifier.notify()
        activity.logger.info("%s movements had no chain record", count)
        return MissingRecordsQueued()

    async def _queue_batch(self) -> int:
        async with self._database.transaction() as work:
            found = await work.credits.entries.without_record(BATCH_RECORDS)
            for credit_transaction in found:
                await self._queue(work, credit_transaction)
        return len(found)

    async def _queue(self, work: UnitOfWork, credit_transaction: CreditTransaction) -> None:
        moved = await work.credits.entries.get(credit_transaction.result_entry_id)
        reason = None
        if credit_transaction.retirement_id is not None:
            retirement = await work.credits.retirements.get(credit_transaction.retirement_id)
            reason = lookups.found(retirement, "retirement").reason
        await ledger_writes.queue_record(
            work,
            credit_transaction,
            lookups.found(moved, "credit entry"),
            waiting_workflow_id=ledger_writes.present_workflow_id(),
            at=self._clock.now(),
            salts=self._salts,
            reason=reason,
            unless_there=True,
        )
