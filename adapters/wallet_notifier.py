"""The bell at the wallet's door: rung for each record that is queued, heard once in a while."""

import asyncio

import structlog
from temporalio.client import Client
from temporalio.service import RPCError

PAUSE_SECONDS = 0.5

log = structlog.get_logger()


class WalletBell:
    """
    Wakes the wallet's workflow for the records that this process queues.

    A signal for each record cost the server as much as the whole retirement. Many rings within
    `PAUSE_SECONDS` are one signal. A ring is lost when the process dies before it is heard; the
    worker therefore rings when it starts, and the wallet looks at its queue by itself now and then.
    """

    def __init__(self, client: Client, wallet_workflow_id: str) -> None:
        self._wallet = client.get_workflow_handle(wallet_workflow_id)
        self._rung = asyncio.Event()

    def ring(self) -> None:
        self._rung.set()

    async def carry(self) -> None:
        """Pass on what is rung, until cancelled; the last ring is passed on even then."""
        try:
            while True:
                await self._rung.wait()
                await self._signal()
                await asyncio.sleep(PAUSE_SECONDS)
        finally:
            if self._rung.is_set():
                await self._signal()

    async def _signal(self) -> None:
        self._rung.clear()
        try:
            await self._wallet.signal("records_queued")
        except (RPCError, RuntimeError) as unheard:
            # The wallet may not have been started yet, and Temporal may be away: records wait.
            log.warning("the wallet was not woken", reason=str(unheard))
