"""
Writing records to Cardano: build and store, then send, then follow.

The order is the point (docs/flows/chain.md): signed bytes are committed before a node sees them,
so that a crash at any moment sends the same transaction again rather than a second one.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.payloads import Payload
from activities.ports import (
    Chain,
    ChainMisconfigured,
    ChainUnavailable,
    Clock,
    Database,
    TransactionRefused,
    UnitOfWork,
    Wallet,
    WalletTooLow,
)
from domain.chain import (
    Inclusion,
    ProtocolParameters,
    StoredTransaction,
    Tip,
    TransactionStatus,
    UnspentOutput,
)
from domain.confirmations import Finding, Followed, Meaning, interpret
from domain.metadata import UnfitMetadata, payload
from domain.records import ChainRecord, RecordStatus

RECORDS_PER_TRANSACTION = 1
"""One record keeps exactly the seed's shape; `domain.metadata.payload` admits more."""

TOP_UP_DELAY = timedelta(seconds=60)
HEARTBEAT_SECONDS = 5
CONFIRMED_CHECK_BLOCKS = 10
"""Confirmed records are looked at again every tenth block until they are final."""


@dataclass(frozen=True)
class ChainRules:
    """The numbers that differ between networks and tests; `ttl_slots` are seconds on Cardano."""

    confirmations_required: int
    finality_blocks: int
    ttl_slots: int
    poll_seconds: float


class AnchorRecords(Payload):
    """Take what waits and put it into one signed transaction."""


class RecordsAnchored(Payload):
    """`tx_hash` None means that nothing waited; `parked` records wait for a person now."""

    tx_hash: str | None = None
    parked: int = 0


class SubmitTransaction(Payload):
    tx_hash: str


class TransactionSubmitted(Payload):
    tx_hash: str
    taken: bool


class FollowChain(Payload):
    """Watch everything in flight until there is something to tell."""


class ConfirmedRecord(Payload):
    record_id: UUID
    workflow_id: str


class ChainFollowed(Payload):
    """
    `confirmed` are records whose workflows are to be told. `requeued` says that a transaction
    expired and its records wait again. `in_flight` counts what is still watched.
    """

    confirmed: tuple[ConfirmedRecord, ...] = ()
    requeued: bool = False
    in_flight: int = 0


class AnnounceRecords(Payload):
    record_ids: tuple[UUID, ...]


class RecordsAnnounced(Payload):
    count: int


@contextmanager
def turned_away_for_good() -> Iterator[None]:
    """A quota that is used up or a token that is refused (402, 403, 418) is not asked again and again."""
    try:
        yield
    except ChainMisconfigured as misconfigured:
        raise ApplicationError(
            str(misconfigured), type="ChainMisconfigured", non_retryable=True
        ) from misconfigured


class ChainActivities:
    def __init__(
        self, database: Database, chain: Chain, wallet: Wallet, clock: Clock, rules: ChainRules
    ) -> None:
        self._database = database
        self._chain = chain
        self._wallet = wallet
        self._clock = clock
        self._rules = rules

    @activity.defn
    async def anchor_records(self, request: AnchorRecords) -> RecordsAnchored:  # noqa: ARG002 -- one model in
        """
        Build, sign and store the next transaction, without sending it.

        It spends the wallet's largest output, which may be the change of a transaction still in
        flight. A record that the chain would refuse is parked with the reason.
        """
        with turned_away_for_good():
            tip = await self._chain.tip()
            parameters = await self._chain.parameters()
            await self._know_outputs()
        try:
            async with self._database.transaction() as work:
                return await self._anchor(work, tip, parameters)
        except WalletTooLow as too_low:
            # Somebody may have topped the wallet up since we last asked.
            await self._learn_outputs()
            raise ApplicationError(
                str(too_low), type="WalletTooLow", next_retry_delay=TOP_UP_DELAY
            ) from too_low

    @activity.defn
    async def submit_transaction(self, request: SubmitTransaction) -> TransactionSubmitted:
        """
        Send the stored bytes.

        A refusal is neither success nor failure: the same words are used for bytes that a node has
        already, so the follower asks the chain and sends them again until they are seen or dead.
        """
        async with self._database.transaction() as work:
            transaction = await work.records.transaction(request.tx_hash)
        if transaction is None:
            raise ApplicationError(
                f"No bytes are stored for transaction {request.tx_hash}.", non_retryable=True
            )
        with turned_away_for_good():
            taken = await self._send(transaction)
        return TransactionSubmitted(tx_hash=request.tx_hash, taken=taken)

    @activity.defn
    async def follow_chain(self, request: FollowChain) -> ChainFollowed:  # noqa: ARG002 -- one model in
        """
        Follow the tip for everything in flight, one visit a block, until there is something to tell.

        Heartbeats on every turn. Ends early, with what it knows, when its worker is shutting down
        or nothing is in flight. What it tells is read from the database, so nothing is lost when
        the answer is.
        """
        last_seen: Tip | None = None
        while True:
            activity.heartbeat()
            requeued = False
            try:
                with turned_away_for_good():
                    tip = await self._chain.tip()
                    if tip != last_seen:
                        requeued = await self._observe(tip)
                        last_seen = tip
            except ChainUnavailable as unavailable:
                activity.logger.warning("The chain gives no answer: %s", unavailable)
            followed = await self._what_to_tell(requeued=requeued)
            if followed.confirmed or requeued or not followed.in_flight:
                return followed
            if await self._shutting_down_within(self._rules.poll_seconds):
                return followed

    @activity.defn
    async def announce_records(self, request: AnnounceRecords) -> RecordsAnnounced:
        """Note that the waiting workflows have been told, so that they are not told for ever."""
        async with self._database.transaction() as work:
            await work.records.mark_announced(request.record_ids, self._clock.now())
        return RecordsAnnounced(count=len(request.record_ids))

    async def _know_outputs(self) -> None:
        """Ask the provider for the wallet's outputs only when we know of none of our own."""
        address = self._wallet.address
        async with self._database.transaction() as work:
            known = await work.wallet_outputs.lock_unspent(address)
        if not known:
            await self._learn_outputs()

    async def _learn_outputs(self) -> None:
        """Add what the provider shows; outputs we know of, spent ones among them, stay as they are."""
        address = self._wallet.address
        outputs = await self._chain.unspent_outputs(address)
        async with self._database.transaction() as work:
            await work.wallet_outputs.add(address, outputs)

    async def _anchor(
        self, work: UnitOfWork, tip: Tip, parameters: ProtocolParameters
    ) -> RecordsAnchored:
        records = await work.records.lock_queued(RECORDS_PER_TRANSACTION)
        if not records:
            return RecordsAnchored()
        address = self._wallet.address
        # Another attempt may have held the outputs until now: its change shows only to a new look.
        outputs = await work.wallet_outputs.lock_unspent(
            address
        ) or await work.wallet_outputs.lock_unspent(address)
        try:
            tx_hash = await self._sign_and_store(work, records, outputs[:1], tip, parameters)
        except UnfitMetadata as unfit:
            await work.records.park(records, str(unfit))
            return RecordsAnchored(parked=len(records))
        return RecordsAnchored(tx_hash=tx_hash)

    async def _sign_and_store(
        self,
        work: UnitOfWork,
        records: Sequence[ChainRecord],
        inputs: Sequence[UnspentOutput],
        tip: Tip,
        parameters: ProtocolParameters,
    ) -> str:
        if not inputs:
            raise WalletTooLow(f"{self._wallet.address} holds nothing to pay fees with.")
        signed = await self._wallet.sign(
            payload([record.record for record in records]),
            inputs=inputs,
            ttl_slot=tip.slot + self._rules.ttl_slots,
            parameters=parameters,
        )
        await work.records.add_transaction(
            StoredTransaction(
                tx_hash=signed.tx_hash,
                wallet_address=self._wallet.address,
                cbor=signed.cbor,
                ttl_slot=signed.ttl_slot,
                fee_lovelace=signed.fee_lovelace,
                status=TransactionStatus.SIGNED,
                built_at=self._clock.now(),
            )
        )
        await work.wallet_outputs.spend(signed.inputs, signed.tx_hash)
        await work.wallet_outputs.add(self._wallet.address, [signed.change])
        await work.records.attach(records, signed.tx_hash)
        return signed.tx_hash

    async def _send(self, transaction: StoredTransaction) -> bool:
        try:
            await self._chain.submit(transaction.cbor)
            taken = True
        except TransactionRefused as refused:
            activity.logger.info("A node refused %s: %s", transaction.tx_hash, refused)
            taken = False
        async with self._database.transaction() as work:
            current = await work.records.lock_transaction(transaction.tx_hash)
            if current is not None:
                await work.records.save_transaction(
                    _after_sending(current, taken, self._clock.now())
                )
        return taken

    async def _observe(self, tip: Tip) -> bool:
        """Look at everything in flight once; True when a transaction expired."""
        async with self._database.transaction() as work:
            in_flight = await work.records.in_flight()
        requeued = False
        for transaction in in_flight:
            activity.heartbeat()
            if not _due(transaction, tip):
                continue
            seen = await self._chain.inclusion(transaction.tx_hash)
            finding = interpret(
                Followed(
                    transaction.ttl_slot,
                    transaction.block_hash,
                    confirmed=transaction.status is TransactionStatus.CONFIRMED,
                    misses=transaction.misses,
                    expired_at_height=transaction.expired_at_height,
                ),
                seen=seen,
                tip=tip,
                confirmations_required=self._rules.confirmations_required,
                finality_blocks=self._rules.finality_blocks,
            )
            await self._save(transaction.tx_hash, finding, seen)
            requeued |= finding.meaning is Meaning.EXPIRED
            if finding.resend:
                await self._send(transaction)
        return requeued

    async def _save(self, tx_hash: str, finding: Finding, seen: Inclusion | None) -> None:
        async with self._database.transaction() as work:
            current = await work.records.lock_transaction(tx_hash)
            if current is None:
                return
            after = _after_finding(current, finding, seen, self._clock.now())
            await work.records.save_transaction(after)
            if after.status is TransactionStatus.EXPIRED:
                await work.records.requeue(tx_hash)
                await work.wallet_outputs.release(tx_hash)
            else:
                await work.records.set_status(tx_hash, RECORD_STATUS[after.status])

    async def _what_to_tell(self, *, requeued: bool) -> ChainFollowed:
        async with self._database.transaction() as work:
            records = await work.records.confirmed_unannounced()
            in_flight = await work.records.in_flight()
        return ChainFollowed(
            confirmed=tuple(
                ConfirmedRecord(record_id=record.id, workflow_id=record.waiting_workflow_id)
                for record in records
            ),
            requeued=requeued,
            in_flight=len(in_flight),
        )

    @staticmethod
    async def _shutting_down_within(seconds: float) -> bool:
        """Rest until the next turn, in slices, so that the server never misses a heartbeat."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            activity.heartbeat()
            try:
                await asyncio.wait_for(
                    activity.wait_for_worker_shutdown(), min(left, HEARTBEAT_SECONDS)
                )
            except TimeoutError:
                continue
            return True
        return False


RECORD_STATUS = {
    TransactionStatus.SIGNED: RecordStatus.SUBMITTED,
    TransactionStatus.SUBMITTED: RecordStatus.SUBMITTED,
    TransactionStatus.CONFIRMED: RecordStatus.CONFIRMED,
    TransactionStatus.FINAL: RecordStatus.FINAL,
}


def _due(transaction: StoredTransaction, tip: Tip) -> bool:
    """Unconfirmed transactions are looked at on every block, confirmed ones now and then."""
    if transaction.status is not TransactionStatus.CONFIRMED or transaction.misses:
        return True
    return tip.height - (transaction.block_height or 0) >= (
        transaction.confirmations + CONFIRMED_CHECK_BLOCKS
    )


def _after_sending(transaction: StoredTransaction, taken: bool, at: datetime) -> StoredTransaction:
    sent = replace(transaction, submissions=transaction.submissions + 1)
    if sent.status is not TransactionStatus.SIGNED or not taken:
        return sent
    return replace(sent, status=TransactionStatus.SUBMITTED, submitted_at=at)


STATUS_AFTER = {
    Meaning.SEEN: TransactionStatus.SUBMITTED,
    Meaning.CONFIRMED: TransactionStatus.CONFIRMED,
    Meaning.FINAL: TransactionStatus.FINAL,
    Meaning.VANISHED: TransactionStatus.SUBMITTED,
    Meaning.EXPIRED: TransactionStatus.EXPIRED,
}


def _after_finding(
    transaction: StoredTransaction, finding: Finding, seen: Inclusion | None, at: datetime
) -> StoredTransaction:
    status = STATUS_AFTER.get(finding.meaning, transaction.status)
    newly_confirmed = status is TransactionStatus.CONFIRMED and transaction.confirmed_at is None
    observed = replace(
        transaction,
        status=status,
        misses=finding.stored.misses,
        expired_at_height=finding.stored.expired_at_height,
        rollbacks=transaction.rollbacks + finding.rolled_back,
        confirmed_at=at if newly_confirmed else transaction.confirmed_at,
        checked_at=at,
    )
    if seen is not None:
        return replace(
            observed,
            block_hash=seen.block_hash,
            block_height=seen.block_height,
            block_slot=seen.slot,
            confirmations=finding.confirmations,
        )
    if finding.stored.block_hash is None:
        return replace(
            observed, block_hash=None, block_height=None, block_slot=None, confirmations=0
        )
    return observed
