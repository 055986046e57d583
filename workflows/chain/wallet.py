"""
A platform wallet: puts what waits in the queue into transactions, and sends them.

One workflow for each network and wallet, for ever (continue-as-new). It follows nothing: the
follower (workflows/chain/follower.py) watches the chain for all wallets, and wakes them.
"""

from datetime import datetime, timedelta
from enum import StrEnum

import pydantic
from temporalio import workflow
from temporalio.common import VersioningBehavior
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.chain.anchoring import (
        AnchorRecords,
        ChainActivities,
        RecordsAnchored,
        SubmitTransaction,
    )
    from activities.chain.wallets import ChangeWallet, WalletActivities, WalletChanged
    from activities.payloads import Payload
    from domain.chain.wallets import DEFAULT_WALLET
    from workflows import policies
    from workflows.chain.ids import follower_workflow_id, wallet_workflow_id

FULL_AFTER_WAKES = 40
"""Each wake-up is about one record, and as many fill a transaction: worth a look before time."""

workflow_id = wallet_workflow_id


def is_turned_away(trouble: ActivityError) -> bool:
    """By a provider that wants no more of us (402, 403, 418), as the activities name it."""
    cause = trouble.cause
    return isinstance(cause, ApplicationError) and cause.type == "ChainMisconfigured"


class Activity(StrEnum):
    """
    sending    signs and sends what waits
    gathering  waits a little for more records to go with those that wait
    held       as many of its transactions as may be are in no block yet
    low        cannot pay; it looks again every minute
    idle       nothing waits
    frozen     staff have frozen it, or its key has refused to sign
    paused     the provider turned us away
    """

    SENDING = "sending"
    GATHERING = "gathering"
    HELD = "held"
    LOW = "low"
    IDLE = "idle"
    FROZEN = "frozen"
    PAUSED = "paused"


class WalletStart(Payload):
    """What one run hands to the next; the queue, the outputs and the freeze are in the database."""

    network: str
    wallet: str = DEFAULT_WALLET
    transactions_sent: int = 0
    flush: bool = False


class WalletWorkflowState(Payload):
    """`waiting` records as of the last look; `trouble` is a sentence when something is wrong."""

    doing: Activity
    frozen: bool
    transactions_sent: int
    waiting: int
    trouble: str | None = None


@workflow.defn(
    # It never ends by itself; a new version takes over where it continues as new or is upgraded.
    versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    failure_exception_types=[pydantic.ValidationError],
)
class WalletWorkflow:
    @workflow.init
    def __init__(self, start: WalletStart) -> None:
        self._network = start.network
        self._name = start.wallet
        self._sent = start.transactions_sent
        self._flush = start.flush
        self._flush_at: datetime | None = None
        self._doing = Activity.SENDING
        self._trouble: str | None = None
        self._frozen = False
        self._changes = 0
        self._waiting = 0
        self._wakes = 0
        self._check_requested = False
        self._may_share = True

    @workflow.run
    async def run(self, start: WalletStart) -> None:
        while not workflow.info().is_continue_as_new_suggested():
            try:
                await self._take_a_turn()
            except ActivityError as trouble:
                # The queue keeps what waits. A provider that turned us away needs a person, and
                # asking faster would only make it a ban.
                workflow.logger.error("The wallet rests for a while: %s", trouble.cause)
                self._doing, self._trouble = Activity.PAUSED, str(trouble.cause)
                await workflow.sleep(policies.CHAIN_PAUSE)
        await workflow.wait_condition(workflow.all_handlers_finished)
        workflow.continue_as_new(
            start.model_copy(update={"transactions_sent": self._sent, "flush": self._flush})
        )

    @workflow.signal
    def records_queued(self) -> None:
        self._wakes += 1
        self._may_share = True

    @workflow.signal
    def help_asked(self) -> None:
        """Another wallet has more to do than it can; the two must not ask each other in a circle."""
        self._check_requested = True

    @workflow.signal
    def blocks_came(self) -> None:
        """The follower saw room for more, or records that wait again."""
        self._check_requested = True

    @workflow.update
    async def freeze(self, request: ChangeWallet) -> WalletChanged:
        changed = await workflow.execute_activity_method(
            WalletActivities.freeze_wallet, request, **policies.DATABASE
        )
        self._frozen, self._changes = True, self._changes + 1
        return changed

    @workflow.update
    async def resume(self, request: ChangeWallet) -> WalletChanged:
        changed = await workflow.execute_activity_method(
            WalletActivities.resume_wallet, request, **policies.DATABASE
        )
        self._frozen, self._changes = False, self._changes + 1
        self._check_requested = True
        return changed

    @workflow.query
    def state(self) -> WalletWorkflowState:
        return WalletWorkflowState(
            doing=self._doing,
            frozen=self._frozen,
            transactions_sent=self._sent,
            waiting=self._waiting,
            trouble=self._trouble,
        )

    async def _take_a_turn(self) -> None:
        self._doing, self._wakes, self._check_requested = Activity.SENDING, 0, False
        changes = self._changes
        anchored = await workflow.execute_activity_method(
            ChainActivities.anchor_records,
            AnchorRecords(wallet=self._name, flush=self._flush),
            **policies.BUILD_AND_SIGN,
        )
        self._waiting = anchored.waiting
        self._trouble = anchored.too_low or anchored.refused
        if self._changes == changes:
            # Whoever froze or resumed it meanwhile knows better than an answer from before that.
            self._frozen = anchored.frozen
        if anchored.share_with:
            await self._request_help(anchored.share_with)
        if anchored.tx_hash is not None:
            self._flush, self._flush_at = False, None
            await self._submit(anchored.tx_hash)
        elif not anchored.parked:
            if anchored.unsent:
                await self._signal(follower_workflow_id(self._network), "transaction_stored")
            await self._rest(anchored)

    async def _submit(self, tx_hash: str) -> None:
        self._sent += 1
        unsent = await self._sent_now(tx_hash)
        await self._signal(follower_workflow_id(self._network), "transaction_stored")
        # What is signed meanwhile could not be sent either; the wallet rests as when it is turned
        # away before it signs. Runs from before went on at once (ADR 0009).
        if (
            unsent is not None
            and is_turned_away(unsent)
            and workflow.patched("rest-when-turned-away-while-sending")
        ):
            raise unsent

    async def _sent_now(self, tx_hash: str) -> ActivityError | None:
        """What kept it from being sent, if anything did."""
        try:
            await workflow.execute_activity_method(
                ChainActivities.submit_transaction,
                SubmitTransaction(tx_hash=tx_hash),
                **policies.SUBMIT,
            )
        except ActivityError as unsent:
            # The bytes are stored, and the follower sends them until they are seen or dead.
            workflow.logger.warning("%s was not sent yet: %s", tx_hash, unsent.cause)
            return unsent
        return None

    async def _rest(self, anchored: RecordsAnchored) -> None:
        """Wait for what there is to wait for."""
        if anchored.flush_in_seconds is not None:
            await self._gather(timedelta(seconds=anchored.flush_in_seconds))
        elif anchored.frozen:
            await self._until(Activity.FROZEN, policies.WALLET_CHECK)
        elif anchored.too_low is not None:
            self._doing = Activity.LOW
            await workflow.sleep(policies.TOP_UP_CHECK)
        elif anchored.held:
            await self._until(Activity.HELD, policies.HELD_CHECK)
        else:
            self._may_share = False
            await self._until(Activity.IDLE, policies.QUEUE_CHECK, wakes=1)

    async def _gather(self, longest: timedelta) -> None:
        """More records may come and share a transaction; at the latest the oldest has waited enough."""
        self._flush_at = self._flush_at or workflow.now() + longest
        left = self._flush_at - workflow.now()
        self._flush = left <= timedelta() or not await self._until(
            Activity.GATHERING, left, wakes=FULL_AFTER_WAKES
        )

    async def _until(
        self, doing: Activity, longest: timedelta, *, wakes: int | None = None
    ) -> bool:
        """Whether something came up: so many wake-ups, or a reason to look whatever the queue."""
        self._doing = doing
        try:
            await workflow.wait_condition(
                lambda: self._check_requested or (wakes is not None and self._wakes >= wakes),
                timeout=longest,
            )
        except TimeoutError:
            return False
        return True

    async def _request_help(self, others: tuple[str, ...]) -> None:
        """Once for each wake-up, and never when it is ourselves who were asked."""
        if not self._may_share:
            return
        self._may_share = False
        for other in others:
            await self._signal(workflow_id(self._network, other), "help_asked")

    @staticmethod
    async def _signal(to: str, name: str) -> None:
        try:
            await workflow.get_external_workflow_handle(to).signal(name)
        except ApplicationError as absent:
            # Whoever is not running looks for itself when it starts.
            workflow.logger.warning("%s is not there: %s", to, absent.message)
