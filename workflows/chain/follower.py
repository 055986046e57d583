"""
The follower: watches the chain for everything in flight, of every wallet, and tells who waits.

One workflow for each network, for ever (continue-as-new). All it knows is in the database.
"""

import asyncio
from enum import StrEnum

import pydantic
from temporalio import workflow
from temporalio.common import VersioningBehavior
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.chain.anchoring import (
        AnnounceRecords,
        ChainActivities,
        ChainFollowed,
        ConfirmedRecord,
        FollowChain,
    )
    from activities.payloads import Payload
    from workflows import policies
    from workflows.chain.confirmations import tell_confirmed
    from workflows.chain.ids import follower_workflow_id, wallet_workflow_id

workflow_id = follower_workflow_id


class Watch(StrEnum):
    FOLLOWING = "following"
    IDLE = "idle"
    PAUSED = "paused"


class FollowerStart(Payload):
    network: str


class FollowerState(Payload):
    """`in_flight` transactions as of the last word from the chain; `trouble` is a sentence."""

    doing: Watch
    in_flight: int
    trouble: str | None = None


@workflow.defn(
    # It never ends by itself; a new version takes over where it continues as new or is upgraded.
    versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    failure_exception_types=[pydantic.ValidationError],
)
class FollowerWorkflow:
    @workflow.init
    def __init__(self, start: FollowerStart) -> None:
        self._network = start.network
        self._doing = Watch.FOLLOWING
        self._trouble: str | None = None
        self._in_flight = 0
        self._woken = False

    @workflow.run
    async def run(self, start: FollowerStart) -> None:
        while not workflow.info().is_continue_as_new_suggested():
            try:
                await self._follow()
            except ActivityError as trouble:
                # A provider that turned us away needs a person; asking faster makes it a ban.
                workflow.logger.error("The follower rests for a while: %s", trouble.cause)
                self._doing, self._trouble = Watch.PAUSED, str(trouble.cause)
                await workflow.sleep(policies.CHAIN_PAUSE)
        workflow.continue_as_new(start)

    @workflow.signal
    def transaction_stored(self) -> None:
        self._woken = True

    @workflow.query
    def state(self) -> FollowerState:
        return FollowerState(doing=self._doing, in_flight=self._in_flight, trouble=self._trouble)

    async def _follow(self) -> None:
        self._doing, self._woken = Watch.FOLLOWING, False
        followed = await workflow.execute_activity_method(
            ChainActivities.follow_chain, FollowChain(), **policies.FOLLOW
        )
        self._in_flight, self._trouble = followed.in_flight, None
        await self._announce(followed.confirmed)
        for wallet in followed.wake:
            await self._signal(wallet_workflow_id(self._network, wallet), "blocks_came")
        if followed == ChainFollowed():
            await self._rest()

    async def _announce(self, records: tuple[ConfirmedRecord, ...]) -> None:
        """Tell first, note then: noting first and dying would leave somebody waiting for ever."""
        if not records:
            return
        await asyncio.gather(
            *(tell_confirmed(record.workflow_id, record.record_id) for record in records)
        )
        await workflow.execute_activity_method(
            ChainActivities.announce_records,
            AnnounceRecords(record_ids=tuple(record.record_id for record in records)),
            **(policies.DATABASE | {"task_queue": policies.CARDANO_QUEUE}),
        )

    async def _rest(self) -> None:
        self._doing = Watch.IDLE
        try:
            await workflow.wait_condition(lambda: self._woken, timeout=policies.WALLET_CHECK)
        except TimeoutError:
            workflow.logger.debug("Nobody woke the follower; it looks for itself.")

    @staticmethod
    async def _signal(to: str, name: str, *what: Payload) -> None:
        try:
            await workflow.get_external_workflow_handle(to).signal(name, *what)
        except ApplicationError as absent:
            workflow.logger.info("%s is not there any more: %s", to, absent.message)
