"""The wake-up signal to the wallet's workflow, coalesced: many queued records, one signal."""

import asyncio
from datetime import timedelta

import structlog
from temporalio.client import Client
from temporalio.service import RPCError

PAUSE_SECONDS = 0.5
SIGNAL_LIMIT = timedelta(seconds=5)

log = structlog.get_logger()


class TemporalWalletNotifier:
    """
    Wakes the wallet's workflow for the records that this process queues.

    A signal for each record cost the server as much as the whole retirement. Many notifications within
    `PAUSE_SECONDS` are one signal. One is lost when the process dies before it is sent; the
    worker therefore notifies when it starts, and the wallet looks at its queue by itself now and then.
    """

    def __init__(self, client: Client, wallet_workflow_id: str) -> None:
        self._wallet = client.get_workflow_handle(wallet_workflow_id)
        self._notified = asyncio.Event()

    def notify(self) -> None:
        self._notified.set()

    async def send_signals(self) -> None:
        """Send a signal for what was notified, until cancelled; the last one is sent even then."""
        try:
            while True:
                await self._notified.wait()
                await self._signal()
                await asyncio.sleep(PAUSE_SECONDS)
        finally:
            if self._notified.is_set():
                await self._signal()

    async def _signal(self) -> None:
        self._notified.clear()
        try:
            await self._wallet.signal("records_queued", rpc_timeout=SIGNAL_LIMIT)
        except (RPCError, RuntimeError) as not_sent:
            # The wallet may not have been started yet, and Temporal may be away: records wait.
            log.warning("the wallet was not woken", reason=str(not_sent))
