"""Freezing and resuming one wallet of the platform: its state and its audit entry, in one transaction."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from temporalio import activity

from activities import lookups
from activities.audit_and_notify import audit
from activities.payloads import Payload, PersonalRequest
from activities.ports.chain.wallets import Wallet
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from activities.run_once import run_once
from domain.accounts.roles import Account
from domain.chain import wallets
from domain.chain.records import ChainRecord
from domain.chain.signing_policy import OtherMetadata, SigningRefused
from domain.chain.wallets import DEFAULT_WALLET, WalletState
from domain.errors import NotFound


class WalletFreezePayload(Payload):
    """What staff wrote; it stands in the audit log."""

    reason: str


class ChangeWallet(PersonalRequest):
    """Freeze or resume a wallet; the stored request of a freeze is `operation_id`."""

    operation_id: UUID
    actor_id: UUID
    wallet: str = DEFAULT_WALLET


class WalletChanged(Payload):
    wallet: str
    frozen: bool


class WalletActivities:
    def __init__(
        self, database: Database, by_name: Mapping[str, Wallet], clock: Clock, *, network: str
    ) -> None:
        self._database = database
        self._wallets = by_name
        self._clock = clock
        self._network = network

    @activity.defn
    async def freeze_wallet(self, request: ChangeWallet) -> WalletChanged:
        """Wait for a signature under way, then let it sign nothing new (domain.chain.wallets.freeze)."""

        def frozen(before: WalletState, body: object, actor: Account) -> WalletState:
            reason = WalletFreezePayload.model_validate(
                lookups.found(body, "stored request")
            ).reason
            return wallets.freeze(before, reason, actor=actor, at=self._clock.now())

        return await self._change(request, "freeze", frozen)

    @activity.defn
    async def resume_wallet(self, request: ChangeWallet) -> WalletChanged:
        """Let it sign again (domain.chain.wallets.resume)."""

        def resumed(before: WalletState, _body: object, actor: Account) -> WalletState:
            return wallets.resume(before, actor=actor)

        return await self._change(request, "resume", resumed)

    async def _change(
        self,
        request: ChangeWallet,
        action: str,
        decide: Callable[[WalletState, object, Account], WalletState],
    ) -> WalletChanged:
        async def change() -> WalletChanged:
            actor = await lookups.account(work, request.actor_id)
            body = await work.requests.stored_requests.body(request.operation_id)
            before = await self._locked(work, request.wallet)
            after = decide(before, body, actor)
            await work.chain.wallets.save(after)
            _audit(work, before, after, action, request.actor_id, self._clock.now())
            return WalletChanged(wallet=after.name, frozen=after.is_frozen)

        async with self._database.transaction() as work:
            key = f"{action}-wallet/{request.operation_id}"
            return await run_once(work, key, WalletChanged, change)

    async def _locked(self, work: UnitOfWork, name: str) -> WalletState:
        if name not in self._wallets:
            raise NotFound(f"There is no wallet {name!r}.")
        return await work.chain.wallets.lock(self._network, name, self._wallets[name].address)


async def stop_signing(
    work: UnitOfWork,
    before: WalletState,
    records: Sequence[ChainRecord],
    refused: SigningRefused,
    at: datetime,
) -> int:
    """
    Freeze a wallet whose key has refused to sign for these records, and count those that are parked.

    They are parked when it is their content that was refused: then no transaction may carry them
    before somebody has looked. Refused for anything else, they keep their place in the queue.
    """
    after = wallets.stop(before, f"Its key refused to sign. {refused}", at=at)
    await work.chain.wallets.save(after)
    _audit(work, before, after, "freeze", None, at)
    if not isinstance(refused, OtherMetadata):
        return 0
    await work.chain.records.park(records, f"The key refused to sign it. {refused}")
    return len(records)


def _audit(
    work: UnitOfWork,
    before: WalletState,
    after: WalletState,
    action: str,
    actor_id: UUID | None,
    at: datetime,
) -> None:
    audit(
        work,
        f"wallet.{action}",
        ("wallet", after.id),
        actor_id=actor_id,
        before={"frozen": before.is_frozen, "reason": before.frozen_reason},
        after={"frozen": after.is_frozen, "reason": after.frozen_reason},
        at=at,
    )
