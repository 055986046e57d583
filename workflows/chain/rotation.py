"""
An old address of the platform: swept to the present one until nothing is left, then closed.

Begun by every worker that holds the old key; when there is nothing to do it ends at once.
"""

import pydantic
from temporalio import workflow
from temporalio.common import VersioningBehavior
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.chain.anchoring import ChainActivities, SubmitTransaction
    from activities.chain.rotation import (
        AddressClosed,
        AddressSwept,
        CloseAddress,
        RotationActivities,
        SweepAddress,
    )
    from activities.payloads import Payload
    from workflows import policies
    from workflows.chain.ids import follower_workflow_id


def workflow_id(network: str, address: str) -> str:
    return f"rotation/{network}/{address}"


class RotationStart(Payload):
    network: str
    address: str


class Rotated(Payload):
    """How many transactions it took to empty the address."""

    sweeps: int


@workflow.defn(
    # Until its sweep is final it may run for half a day; a new version takes over (ADR 0009).
    versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    failure_exception_types=[pydantic.ValidationError],
)
class RotationWorkflow:
    @workflow.init
    def __init__(self, start: RotationStart) -> None:
        self._start = start
        self._sweeps = 0

    @workflow.run
    async def run(self, start: RotationStart) -> Rotated:  # noqa: ARG002 -- init keeps it
        while True:
            swept = await self._sweep()
            if swept.tx_hash is None and (await self._close(swept)).closed:
                return Rotated(sweeps=self._sweeps)

    @workflow.query
    def sweeps(self) -> int:
        return self._sweeps

    async def _sweep(self) -> AddressSwept:
        swept = await workflow.execute_activity_method(
            RotationActivities.sweep_address,
            SweepAddress(address=self._start.address),
            **policies.BUILD_AND_SIGN,
        )
        if swept.tx_hash is not None:
            self._sweeps += 1
            await self._submit(swept.tx_hash)
        if swept.tx_hash is not None or swept.unsent:
            await self._wake_follower()
        return swept

    async def _close(self, swept: AddressSwept) -> AddressClosed:
        return await workflow.execute_activity_method(
            RotationActivities.close_address,
            CloseAddress(address=self._start.address, dust_lovelace=swept.dust_lovelace),
            **policies.CLOSE_ADDRESS,
        )

    async def _submit(self, tx_hash: str) -> None:
        try:
            await workflow.execute_activity_method(
                ChainActivities.submit_transaction,
                SubmitTransaction(tx_hash=tx_hash),
                **policies.SUBMIT,
            )
        except ActivityError as unsent:
            # The bytes are stored, and the follower sends them until they are seen or dead.
            workflow.logger.warning("%s was not sent yet: %s", tx_hash, unsent.cause)

    async def _wake_follower(self) -> None:
        """It follows whatever is in flight, once it looks; idle it looks seldom."""
        following = follower_workflow_id(self._start.network)
        try:
            await workflow.get_external_workflow_handle(following).signal("transaction_stored")
        except ApplicationError as absent:
            workflow.logger.warning("%s is not there: %s", following, absent.message)
