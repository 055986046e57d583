"""
Rotation of the platform's key: what is left at an old address moves to the present one (ADR 0019).

A sweep is a transaction like any other: stored before it is sent, followed by whoever follows the
chain, sent again unchanged, built anew only when it is dead.
"""

from collections.abc import Sequence
from datetime import timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities import lookups
from activities.audit_and_notify import Message, audit, by_topic, tell_staff
from activities.chain.anchoring import turned_away_for_good
from activities.chain.chain_metrics import signature_made
from activities.payloads import Payload
from activities.ports.chain.provider import Chain
from activities.ports.chain.wallets import Wallet, WalletTooLow
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from domain.accounts.notifications import NotificationKind
from domain.accounts.roles import REGISTRY_ACCOUNT_ID
from domain.chain.signing_policy import SigningRefused
from domain.chain.transactions import (
    ChainTransactionStatus,
    ProtocolParameters,
    StoredTransaction,
    Tip,
)
from domain.chain.wallets import PlatformAddress
from domain.identifiers import derived_id

SWEEP_INPUTS_MAX = 200
"""Of one transaction: 36 bytes each leave it well below the 16 KB that a transaction may have."""

ANOTHER_WORKER = timedelta(seconds=30)


class SweepAddress(Payload):
    """An address of ours that is not the present one."""

    address: str


class AddressSwept(Payload):
    """
    `tx_hash` None: nothing is left there but `dust_lovelace`, too little to pay for its way.

    `unsent` transactions are stored and were never sent, as after an attempt that died with its
    commit: the follower sends them.
    """

    tx_hash: str | None = None
    dust_lovelace: int = 0
    unsent: int = 0


class CloseAddress(Payload):
    """`dust_lovelace` may stay behind."""

    address: str
    dust_lovelace: int


class AddressClosed(Payload):
    """`closed` False: something has come back to it meanwhile, and is to be swept first."""

    closed: bool


class RotationActivities:
    """`retired` are the wallets of keys that were given up; each may pay `present` alone."""

    def __init__(
        self,
        database: Database,
        chain: Chain,
        present: Wallet,
        retired: Sequence[Wallet],
        clock: Clock,
        *,
        ttl_slots: int,
    ) -> None:
        self._database = database
        self._chain = chain
        self._present = present
        self._retired = {wallet.address: wallet for wallet in retired}
        self._clock = clock
        self._ttl_slots = ttl_slots

    @activity.defn
    async def sweep_address(self, request: SweepAddress) -> AddressSwept:
        """
        Build, sign and store a transaction that moves the address' outputs, without sending it.

        The provider is asked what is there. Outputs that an earlier attempt has spent stay spent,
        so an attempt that is repeated moves nothing twice. When the key refuses to sign, staff are
        told, and nothing is tried again: it would be refused again.
        """
        wallet = self._wallet(request.address)
        with turned_away_for_good():
            tip = await self._chain.tip()
            parameters = await self._chain.parameters()
            shown = await self._chain.unspent_outputs(wallet.address)
        try:
            async with self._database.transaction() as work:
                await work.chain.platform_addresses.add(self._as_published(wallet))
                await work.chain.wallet_utxos.add(wallet.address, shown)
                return await self._sweep(work, wallet, tip, parameters)
        except SigningRefused as refused:
            sentence = f"The key of {wallet.address} refused to sign its sweep. {refused}"
            await self._tell_staff(sentence)
            raise ApplicationError(sentence, type="SigningRefused", non_retryable=True) from refused

    @activity.defn
    async def close_address(self, request: CloseAddress) -> AddressClosed:
        """
        Write down that the address pays nothing any more.

        Fails and is tried again until all its transactions are final or expired: a rollback could
        still bring one of them into a later block than it is said to be in.
        """
        async with self._database.transaction() as work:
            unsettled = await work.chain.platform_addresses.unsettled_transactions(request.address)
            if unsettled:
                raise ApplicationError(
                    f"{unsettled} transactions of {request.address} are not final yet.",
                    type="NotFinalYet",
                )
            left = await work.chain.wallet_utxos.lock_unspent(request.address)
            if sum(output.lovelace for output in left) > request.dust_lovelace:
                return AddressClosed(closed=False)
            await self._close(work, request.address)
            return AddressClosed(closed=True)

    def _wallet(self, address: str) -> Wallet:
        wallet = self._retired.get(address)
        if wallet is None:
            # In a fleet that is being restarted another one may hold it already.
            raise ApplicationError(
                f"This worker holds no retired key for {address}: RETIRED_PLATFORM_KEYS names it.",
                type="KeyNotHeld",
                next_retry_delay=ANOTHER_WORKER,
            )
        return wallet

    def _as_published(self, wallet: Wallet) -> PlatformAddress:
        return PlatformAddress(
            wallet.address, wallet.network, wallet.public_key.hex(), self._clock.now()
        )

    async def _sweep(
        self, work: UnitOfWork, wallet: Wallet, tip: Tip, parameters: ProtocolParameters
    ) -> AddressSwept:
        outputs = (await work.chain.wallet_utxos.lock_unspent(wallet.address))[:SWEEP_INPUTS_MAX]
        if not outputs:
            return AddressSwept(unsent=await work.chain.records.count_unsent(wallet.address))
        try:
            signed = await wallet.sweep(
                self._present.address,
                inputs=outputs,
                ttl_slot=tip.slot + self._ttl_slots,
                parameters=parameters,
            )
        except WalletTooLow as dust:
            activity.logger.info("What is left at %s stays there: %s", wallet.address, dust)
            return AddressSwept(dust_lovelace=sum(output.lovelace for output in outputs))
        now = self._clock.now()
        await work.chain.records.add_transaction(
            StoredTransaction(
                tx_hash=signed.tx_hash,
                wallet_address=wallet.address,
                cbor=signed.cbor,
                ttl_slot=signed.ttl_slot,
                fee_lovelace=signed.fee_lovelace,
                status=ChainTransactionStatus.SIGNED,
                built_at=now,
            )
        )
        await work.chain.wallet_utxos.spend(signed.inputs, signed.tx_hash)
        await work.chain.wallet_utxos.add(self._present.address, [signed.change])
        signature_made(wallet.address, signed, records=0)
        self._audit(
            work,
            wallet.address,
            "swept",
            before={"address": wallet.address},
            after={
                "address": self._present.address,
                "lovelace": signed.change.lovelace,
                "txHash": signed.tx_hash,
            },
        )
        return AddressSwept(tx_hash=signed.tx_hash)

    async def _tell_staff(self, sentence: str) -> None:
        """Once of each refusal, however many workers start; the chain watch mails it."""
        message = Message(NotificationKind.ALERT, sentence, "/keys")
        async with self._database.transaction() as work:
            await tell_staff(
                work,
                message,
                notification_id=by_topic(REGISTRY_ACCOUNT_ID, sentence),
                at=self._clock.now(),
            )

    async def _close(self, work: UnitOfWork, address: str) -> None:
        known = lookups.found(await work.chain.platform_addresses.get(address), "platform address")
        if known.until is not None:
            return
        now = self._clock.now()
        await work.chain.platform_addresses.close(address, now)
        self._audit(
            work,
            address,
            "closed",
            before={"address": address, "until": None},
            after={"address": address, "until": now.isoformat()},
        )

    def _audit(
        self,
        work: UnitOfWork,
        address: str,
        happened: str,
        *,
        before: dict[str, object],
        after: dict[str, object],
    ) -> None:
        audit(
            work,
            f"platform_address.{happened}",
            ("platform_address", derived_id(REGISTRY_ACCOUNT_ID, address)),
            actor_id=None,
            before=before,
            after=after,
            at=self._clock.now(),
        )
