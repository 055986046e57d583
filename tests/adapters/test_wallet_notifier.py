"""Many queued records are few signals to the wallet, and none is lost while the process lives."""

import asyncio
from datetime import timedelta
from typing import Any, cast

import pytest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from adapters import wallet_notifier
from adapters.wallet_notifier import TemporalWalletNotifier


class Wallet:
    """What the notifier sees of Temporal; `fails` as often as it says."""

    def __init__(self, fails: int = 0) -> None:
        self.signals: list[str] = []
        self._fails = fails

    def get_workflow_handle(self, workflow_id: str) -> "Wallet":
        assert workflow_id == "wallet/devnet"
        return self

    async def signal(self, name: str, *, rpc_timeout: timedelta) -> None:
        # Without a limit a server that hangs would hold up the worker's end.
        assert rpc_timeout == wallet_notifier.SIGNAL_LIMIT
        if self._fails:
            self._fails -= 1
            raise RPCError("not found", RPCStatusCode.NOT_FOUND, b"")
        self.signals.append(name)


@pytest.fixture(autouse=True)
def short_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wallet_notifier, "PAUSE_SECONDS", 0.02)


def notifier_of(wallet: Wallet) -> TemporalWalletNotifier:
    return TemporalWalletNotifier(cast("Client", cast("Any", wallet)), "wallet/devnet")


async def sending(notifier: TemporalWalletNotifier) -> asyncio.Task[None]:
    task = asyncio.create_task(notifier.send_signals())
    await asyncio.sleep(0)
    return task


async def test_many_notifications_within_a_pause_are_two_signals_at_most() -> None:
    wallet = Wallet()
    notifier = notifier_of(wallet)
    task = await sending(notifier)

    for _ in range(50):
        notifier.notify()
        await asyncio.sleep(0)
    await asyncio.sleep(0.1)
    task.cancel()

    assert wallet.signals == ["records_queued"] * 2


async def test_a_signal_that_fails_is_sent_again_with_the_next_record() -> None:
    wallet = Wallet(fails=1)
    notifier = notifier_of(wallet)
    task = await sending(notifier)

    notifier.notify()
    await asyncio.sleep(0.05)
    not_sent = list(wallet.signals)
    notifier.notify()
    await asyncio.sleep(0.05)
    task.cancel()

    assert (not_sent, wallet.signals) == ([], ["records_queued"])


async def test_what_was_notified_is_sent_when_the_worker_stops() -> None:
    wallet = Wallet()
    notifier = notifier_of(wallet)
    task = await sending(notifier)
    notifier.notify()
    await asyncio.sleep(0.005)

    notifier.notify()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert wallet.signals == ["records_queued"] * 2
