"""
Writing records to Cardano: build and store, then send, then follow.

The order is the point (docs/flows/chain.md): signed bytes are committed before a node sees them,
so that a crash at any moment sends the same transaction again rather than a second one.
"""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.chain.chain_metrics import signature_made
from activities.chain.confirmation_tracker import ChainRules, ConfirmationTracker, VisitResult
from activities.chain.submission import Submission
from activities.chain.utxo_sync import ensure_utxos_known, sync_utxos
from activities.chain.wallets import stop_signing
from activities.payloads import Payload
from activities.ports.chain.provider import Chain, ChainMisconfigured, ChainUnavailable
from activities.ports.chain.wallets import Wallet, WalletTooLow
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from domain.chain.metadata import UnfitMetadata, payload
from domain.chain.packing import RECORDS_AT_ONCE, pack, transaction_bytes_target
from domain.chain.records import ChainRecord
from domain.chain.signing_policy import SigningRefused
from domain.chain.transactions import (
    ChainTransactionStatus,
    ProtocolParameters,
    SignedTransaction,
    StoredTransaction,
    Tip,
    UnspentOutput,
)
from domain.chain.wallets import DEFAULT_WALLET, PlatformAddress

HEARTBEAT_SECONDS = 5
TOLD_SECONDS = 1
"""How soon a webhook of the provider is heard; each look is one row."""
INPUTS_MAX = 3
"""Of a transaction with records: three of the smallest outputs there can be pay the largest fee."""
ANNOUNCED_AT_ONCE = 50
"""
Nobody looks at the tip while workflows are told, and a busy server takes seconds for these. The
rest follows at once, unless a rollback has taken it back by then.
"""


class AnchorRecords(Payload):
    """
    Put what waits into one signed transaction of this wallet.

    `flush`: what waits has waited long enough, and goes even if the transaction is not full.
    """

    wallet: str = DEFAULT_WALLET
    flush: bool = False


class RecordsAnchored(Payload):
    """
    `tx_hash` None means that nothing was signed, for one of these reasons: nothing waits; what
    waits may have company within `flush_in_seconds`; the wallet is `frozen`, by staff or because
    its key has refused to sign, as `refused` says; as many transactions as may be are in no block
    yet (`held`); the wallet is `too_low`, as it says.

    `parked` records wait for a person now, `waiting` ones for a transaction. `share_with` names
    the other wallets, when there is more to do than this one does. When nothing was signed,
    `unsent` counts transactions that are stored and were never sent, as after an attempt that died
    with its commit: the follower sends them.
    """

    tx_hash: str | None = None
    parked: int = 0
    waiting: int = 0
    flush_in_seconds: float | None = None
    frozen: bool = False
    refused: str | None = None
    held: bool = False
    too_low: str | None = None
    share_with: tuple[str, ...] = ()
    unsent: int = 0


class SubmitTransaction(Payload):
    tx_hash: str


class TransactionSubmitted(Payload):
    tx_hash: str
    taken: bool


class FollowChain(Payload):
    """Watch everything in flight, of every wallet, until there is something to tell."""


class ConfirmedRecord(Payload):
    """`again`: the chain was rolled back, and the record may stand in another block than before."""

    record_id: UUID
    workflow_id: str
    again: bool = False


class ChainFollowed(Payload):
    """
    `confirmed` are records whose workflows are to be told. `requeued` says that a transaction
    expired and its records wait again. `in_flight` counts what is still watched. `wake` names the
    wallets that have something to do.
    """

    confirmed: tuple[ConfirmedRecord, ...] = ()
    requeued: bool = False
    in_flight: int = 0
    wake: tuple[str, ...] = ()


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
    """`by_name` are the platform's wallets, which share one queue."""

    def __init__(
        self,
        database: Database,
        chain: Chain,
        by_name: Mapping[str, Wallet],
        clock: Clock,
        rules: ChainRules,
        *,
        network: str,
    ) -> None:
        self._database = database
        self._chain = chain
        self._wallets = by_name
        self._clock = clock
        self._rules = rules
        self._network = network
        self._submission = Submission(database, chain, clock)
        self._tracker = ConfirmationTracker(database, chain, clock, rules, self._submission)
        self._recent: tuple[float, Tip, ProtocolParameters] | None = None

    @activity.defn
    async def anchor_records(self, request: AnchorRecords) -> RecordsAnchored:
        """
        Build, sign and store the next transaction of a wallet, without sending it.

        It spends the wallet's largest output, which may be the change of a transaction still in
        flight; together with the next ones if it is too small to pay. A record that the chain would
        refuse is parked with the reason. When the key refuses to sign, the wallet is frozen: asking
        again would be refused again (ADR 0026).
        """
        wallet = self._wallet(request.wallet)
        async with self._database.transaction() as work:
            waiting = await work.chain.records.count_queued()
            if not waiting:
                state = await work.chain.wallets.lock(self._network, request.wallet, wallet.address)
                held_up = {"frozen": state.is_frozen, "refused": state.refusal}
                return (await self._left(work, request)).model_copy(update=held_up)
        with turned_away_for_good():
            tip, parameters = await self._recent_tip()
            await ensure_utxos_known(self._database, self._chain, wallet.address)
        try:
            return await self._anchor(wallet, request, tip, parameters)
        except WalletTooLow:
            with turned_away_for_good():
                # Somebody may have topped the wallet up, or spent from it, since we last asked.
                await sync_utxos(self._database, self._chain, wallet.address)
        try:
            return await self._anchor(wallet, request, tip, parameters)
        except WalletTooLow as too_low:
            return RecordsAnchored(
                waiting=waiting, too_low=str(too_low), share_with=self._others(request.wallet)
            )

    @activity.defn
    async def submit_transaction(self, request: SubmitTransaction) -> TransactionSubmitted:
        """
        Send the stored bytes.

        A refusal is no failure: the follower asks the chain and sends them again until they are
        seen or dead.
        """
        transaction = await self._submission.stored(request.tx_hash)
        if transaction is None:
            raise ApplicationError(
                f"No bytes are stored for transaction {request.tx_hash}.", non_retryable=True
            )
        with turned_away_for_good():
            taken = await self._submission.send(transaction)
        return TransactionSubmitted(tx_hash=request.tx_hash, taken=taken)

    @activity.defn
    async def follow_chain(self, request: FollowChain) -> ChainFollowed:  # noqa: ARG002 -- one model in
        """
        Follow the tip for everything in flight, one visit a block, until there is something to tell.

        Heartbeats on every turn. Ends early, with what it knows, when its worker is shutting down
        or nothing is in flight. What it tells is read from the database, so nothing is lost when
        the answer is.
        """
        while True:
            activity.heartbeat()
            told_at = await self._told_at()
            visited = VisitResult()
            try:
                with turned_away_for_good():
                    await self._tracker.visit(await self._chain.tip(), visited)
            except ChainUnavailable as unavailable:
                activity.logger.warning("The chain gives no answer: %s", unavailable)
            followed = await self._chain_followed(visited)
            if followed.confirmed or followed.wake or visited.requeued or not followed.in_flight:
                return followed
            if await self._shutting_down_before_next_look(told_at):
                return followed

    @activity.defn
    async def announce_records(self, request: AnnounceRecords) -> RecordsAnnounced:
        """Note that the waiting workflows have been told, so that they are not told for ever."""
        async with self._database.transaction() as work:
            await work.chain.records.mark_announced(request.record_ids, self._clock.now())
        return RecordsAnnounced(count=len(request.record_ids))

    def _wallet(self, name: str) -> Wallet:
        if name not in self._wallets:
            raise ApplicationError(
                f"No key is configured for the wallet {name!r} (PLATFORM_WALLETS).",
                type="NotFound",
                non_retryable=True,
            )
        return self._wallets[name]

    def _others(self, name: str) -> tuple[str, ...]:
        return tuple(other for other in self._wallets if other != name)

    async def _recent_tip(self) -> tuple[Tip, ProtocolParameters]:
        """A TTL of two hours does not need the newest tip, and parameters change once in days."""
        now = time.monotonic()
        if self._recent is None or now - self._recent[0] >= self._rules.tip_seconds:
            self._recent = now, await self._chain.tip(), await self._chain.parameters()
        return self._recent[1], self._recent[2]

    async def _anchor(
        self, wallet: Wallet, request: AnchorRecords, tip: Tip, parameters: ProtocolParameters
    ) -> RecordsAnchored:
        async with self._database.transaction() as work:
            return await self._anchor_in(work, wallet, request, tip, parameters)

    async def _anchor_in(
        self,
        work: UnitOfWork,
        wallet: Wallet,
        request: AnchorRecords,
        tip: Tip,
        parameters: ProtocolParameters,
    ) -> RecordsAnchored:
        # Held until the commit: of two attempts at one wallet the second sees what the first did.
        state = await work.chain.wallets.lock(self._network, request.wallet, wallet.address)
        pending = await work.chain.records.count_pending(wallet.address)
        held = pending >= self._rules.pending_max
        if state.is_frozen or held:
            held_up = {"frozen": state.is_frozen, "refused": state.refusal, "held": held}
            return (await self._left(work, request)).model_copy(update=held_up)
        records = await work.chain.records.lock_queued(RECORDS_AT_ONCE)
        packed = pack(records, bytes_max=transaction_bytes_target(parameters))
        for record, reason in packed.unfit:
            await work.chain.records.park([record], reason)
        parked = len(packed.unfit)
        full = packed.full or len(records) == RECORDS_AT_ONCE
        if not packed.taken:
            return RecordsAnchored(parked=parked)
        if pending and not full and not request.flush:
            return RecordsAnchored(
                parked=parked,
                waiting=len(packed.taken),
                flush_in_seconds=self._rules.flush_seconds,
            )
        outputs = await work.chain.wallet_utxos.lock_unspent(wallet.address)
        try:
            tx_hash = await self._sign_and_store(
                work, wallet, packed.taken, outputs, tip, parameters
            )
        except UnfitMetadata as unfit:
            # Only a record that is larger than a transaction by itself comes this far.
            await work.chain.records.park(packed.taken[:1], str(unfit))
            return RecordsAnchored(parked=parked + 1)
        except SigningRefused as refused:
            parked += await stop_signing(work, state, packed.taken, refused, self._clock.now())
            return RecordsAnchored(parked=parked, frozen=True, refused=str(refused))
        left = await self._left(work, request)
        return left.model_copy(update={"tx_hash": tx_hash, "parked": parked, "unsent": 0})

    async def _left(self, work: UnitOfWork, request: AnchorRecords) -> RecordsAnchored:
        waiting = await work.chain.records.count_queued()
        return RecordsAnchored(
            waiting=waiting,
            share_with=self._others(request.wallet) if waiting else (),
            unsent=await work.chain.records.count_unsent(self._wallet(request.wallet).address),
        )

    async def _sign_and_store(
        self,
        work: UnitOfWork,
        wallet: Wallet,
        records: Sequence[ChainRecord],
        outputs: Sequence[UnspentOutput],
        tip: Tip,
        parameters: ProtocolParameters,
    ) -> str:
        signed = await self._sign(wallet, records, outputs, tip, parameters)
        await work.chain.records.add_transaction(
            StoredTransaction(
                tx_hash=signed.tx_hash,
                wallet_address=wallet.address,
                cbor=signed.cbor,
                ttl_slot=signed.ttl_slot,
                fee_lovelace=signed.fee_lovelace,
                status=ChainTransactionStatus.SIGNED,
                built_at=self._clock.now(),
            )
        )
        await work.chain.platform_addresses.pays(
            PlatformAddress(
                wallet.address, wallet.network, wallet.public_key.hex(), self._clock.now()
            )
        )
        await work.chain.wallet_utxos.spend(signed.inputs, signed.tx_hash)
        await work.chain.wallet_utxos.add(wallet.address, [signed.change])
        await work.chain.records.attach(records, signed.tx_hash)
        signature_made(wallet.address, signed, records=len(records))
        return signed.tx_hash

    async def _sign(
        self,
        wallet: Wallet,
        records: Sequence[ChainRecord],
        outputs: Sequence[UnspentOutput],
        tip: Tip,
        parameters: ProtocolParameters,
    ) -> SignedTransaction:
        """Spend the largest output; when it is too small, the largest few together."""

        async def spending(inputs: Sequence[UnspentOutput]) -> SignedTransaction:
            return await wallet.sign(
                payload([record.record for record in records]),
                record_ids=[record.id for record in records],
                inputs=inputs,
                ttl_slot=tip.slot + self._rules.ttl_slots,
                parameters=parameters,
            )

        if not outputs:
            raise WalletTooLow(f"{wallet.address} holds nothing to pay fees with.")
        try:
            return await spending(outputs[:1])
        except WalletTooLow:
            if len(outputs) == 1:
                raise
        try:
            return await spending(outputs[:INPUTS_MAX])
        except UnfitMetadata as unfit:
            # Two inputs more are 74 bytes more, and the record is not to blame for them.
            raise WalletTooLow(f"Several small outputs pay for no transaction: {unfit}") from unfit

    async def _chain_followed(self, visited: VisitResult) -> ChainFollowed:
        async with self._database.transaction() as work:
            records = await work.chain.records.confirmed_unannounced(ANNOUNCED_AT_ONCE)
            carriers = {
                tx_hash: await work.chain.records.transaction(tx_hash)
                for tx_hash in dict.fromkeys(record.tx_hash for record in records)
                if tx_hash is not None
            }
            in_flight = await work.chain.records.count_in_flight()
            # Blocks that took some make room for more.
            wake = visited.requeued or (
                visited.included and await work.chain.records.count_queued() > 0
            )
        rolled_back = {tx_hash for tx_hash, one in carriers.items() if one and one.rollbacks}
        return ChainFollowed(
            confirmed=tuple(
                ConfirmedRecord(
                    record_id=record.id,
                    workflow_id=record.waiting_workflow_id,
                    again=record.tx_hash in rolled_back,
                )
                for record in records
            ),
            requeued=visited.requeued,
            in_flight=in_flight,
            wake=tuple(self._wallets) if wake else (),
        )

    async def _shutting_down_before_next_look(self, told_at: datetime | None) -> bool:
        """
        Rest until the next turn, in slices, so that the server never misses a heartbeat.

        Shorter, once the provider has told of something since `told_at`.
        """
        until = time.monotonic() + self._rules.poll_seconds
        slice_seconds = TOLD_SECONDS if self._rules.is_told else HEARTBEAT_SECONDS
        while (left := until - time.monotonic()) > 0:
            activity.heartbeat()
            try:
                await asyncio.wait_for(
                    activity.wait_for_worker_shutdown(), min(left, slice_seconds)
                )
            except TimeoutError:
                if await self._told_at() != told_at:
                    return False
                continue
            return True
        return False

    async def _told_at(self) -> datetime | None:
        if not self._rules.is_told:
            return None
        async with self._database.transaction() as work:
            return (await work.chain.watch.provider()).told_at
