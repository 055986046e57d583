"""
The platform wallet: drains the queue of chain records in order, and follows all that is in flight.

One workflow for each network and wallet, for ever (continue-as-new). Sending and following go on
side by side: a record that is queued while others are being confirmed is sent at once, on the
unconfirmed change of the one before.
"""

from enum import StrEnum

import pydantic
from temporalio import workflow
from temporalio.common import VersioningBehavior
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.chain import (
        AnchorRecords,
        AnnounceRecords,
        ChainActivities,
        ChainFollowed,
        FollowChain,
        SubmitTransaction,
    )
    from activities.payloads import Payload
    from workflows import policies
    from workflows.notices import RecordConfirmed


def workflow_id(network: str, wallet: str = "platform") -> str:
    return f"wallet/{network}/{wallet}"


class Activity(StrEnum):
    SENDING = "sending"
    FOLLOWING = "following"
    IDLE = "idle"
    PAUSED = "paused"


class WalletStart(Payload):
    network: str


class WalletState(Payload):
    doing: Activity
    transactions_sent: int
    in_flight: int


@workflow.defn(
    # It never ends by itself; a new version takes over where it continues as new or is upgraded.
    versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    failure_exception_types=[pydantic.ValidationError],
)
class WalletWorkflow:
    @workflow.init
    def __init__(self, start: WalletStart) -> None:
        self._start = start
        self._doing = Activity.SENDING
        self._woken = False
        self._sent = 0
        self._in_flight = 0
        self._following: workflow.ActivityHandle[ChainFollowed] | None = None

    @workflow.run
    async def run(self, start: WalletStart) -> None:
        while not workflow.info().is_continue_as_new_suggested():
            try:
                await self._send_what_waits()
                await self._follow()
            except ActivityError as trouble:
                # The queue keeps what waits. A provider that turned us away needs a person, and
                # asking faster would only make it a ban.
                workflow.logger.error("The wallet rests for a while: %s", trouble.cause)
                self._doing, self._following = Activity.PAUSED, None
                await workflow.sleep(policies.CHAIN_PAUSE)
        if self._following is not None:
            self._following.cancel()
        workflow.continue_as_new(start)

    @workflow.signal
    def records_queued(self) -> None:
        self._woken = True

    @workflow.query
    def state(self) -> WalletState:
        return WalletState(
            doing=self._doing, transactions_sent=self._sent, in_flight=self._in_flight
        )

    async def _send_what_waits(self) -> None:
        self._doing, self._woken = Activity.SENDING, False
        while True:
            anchored = await workflow.execute_activity_method(
                ChainActivities.anchor_records, AnchorRecords(), **policies.BUILD_AND_SIGN
            )
            if anchored.tx_hash is not None:
                await self._submit(anchored.tx_hash)
            elif not anchored.parked:
                return

    async def _submit(self, tx_hash: str) -> None:
        self._sent += 1
        try:
            await workflow.execute_activity_method(
                ChainActivities.submit_transaction,
                SubmitTransaction(tx_hash=tx_hash),
                **policies.SUBMIT,
            )
        except ActivityError as unsent:
            # The bytes are stored, and the follower sends them until they are seen or dead.
            workflow.logger.warning("%s was not sent yet: %s", tx_hash, unsent.cause)

    async def _follow(self) -> None:
        """Wait until the chain has something to tell or more records are queued."""
        if self._following is None:
            self._following = workflow.start_activity_method(
                ChainActivities.follow_chain, FollowChain(), **policies.FOLLOW
            )
        following = self._following
        self._doing = Activity.FOLLOWING
        await workflow.wait_condition(lambda: self._woken or following.done())
        if not following.done():
            return
        self._following = None
        followed = await following
        self._in_flight = followed.in_flight
        await self._announce(followed)
        if not followed.in_flight and not followed.requeued and not followed.confirmed:
            await self._rest()

    async def _announce(self, followed: ChainFollowed) -> None:
        if not followed.confirmed:
            return
        for record in followed.confirmed:
            waiting = workflow.get_external_workflow_handle(record.workflow_id)
            try:
                await waiting.signal(
                    "record_confirmed", RecordConfirmed(record_id=record.record_id)
                )
            except ApplicationError as absent:
                workflow.logger.info("%s is not waiting any more: %s", record.workflow_id, absent)
        await workflow.execute_activity_method(
            ChainActivities.announce_records,
            AnnounceRecords(record_ids=tuple(record.record_id for record in followed.confirmed)),
            **(policies.DATABASE | {"task_queue": policies.CARDANO_QUEUE}),
        )

    async def _rest(self) -> None:
        self._doing = Activity.IDLE
        try:
            await workflow.wait_condition(lambda: self._woken, timeout=policies.WALLET_CHECK)
        except TimeoutError:
            workflow.logger.debug("Nobody woke the wallet; it looks at its queue itself.")
