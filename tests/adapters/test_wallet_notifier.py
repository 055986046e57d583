"""The bell: many records, few signals, and no ring that is lost while the process lives."""

import asyncio
from typing import Any, cast

import pytest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from adapters import wallet_notifier as wallet_bell
from adapters.wallet_notifier import TemporalWalletNotifier


class Wallet:
    """What the wallet_notifier sees of Temporal; `fails` as often as it says."""

    def __init__(self, fails: int = 0) -> None:
        self.signals: list[str] = []
        self._fails = fails

    def get_workflow_handle(self, workflow_id: str) -> "Wallet":
        assert workflow_id == "wallet/devnet"
        return self

    async def signal(self, name: str) -> None:
        if self._fails:
            self._fails -= 1
            raise RPCError("not found", RPCStatusCode.NOT_FOUND, b"")
        self.signals.append(name)


@pytest.fixture(autouse=True)
def short_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wallet_bell, "PAUSE_SECONDS", 0.02)


def bell_of(wallet: Wallet) -> TemporalWalletNotifier:
    return TemporalWalletNotifier(cast("Client", cast("Any", wallet)), "wallet/devnet")


async def carried(wallet_notifier: TemporalWalletNotifier) -> asyncio.Task[None]:
    task = asyncio.create_task(wallet_notifier.send_signals())
    await asyncio.sleep(0)
    return task


async def test_many_rings_within_a_pause_are_two_signals_at_most() -> None:
    wallet = Wallet()
    wallet_notifier = bell_of(wallet)
    task = await carried(wallet_notifier)

    for _ in range(50):
        wallet_notifier.notify()
        await asyncio.sleep(0)
    await asyncio.sleep(0.1)
    task.cancel()

    assert wallet.signals == ["records_queued"] * 2


async def test_a_wallet_that_does_not_hear_is_rung_again_for_the_next_record() -> None:
    wallet = Wallet(fails=1)
    wallet_notifier = bell_of(wallet)
    task = await carried(wallet_notifier)

    wallet_notifier.notify()
    await asyncio.sleep(0.05)
    unheard = list(wallet.signals)
    wallet_notifier.notify()
    await asyncio.sleep(0.05)
    task.cancel()

    assert (unheard, wallet.signals) == ([], ["records_queued"])


async def test_what_was_rung_is_passed_on_when_the_worker_stops() -> None:
    wallet = Wallet()
    wallet_notifier = bell_of(wallet)
    task = await carried(wallet_notifier)
    wallet_notifier.notify()
    await asyncio.sleep(0.005)

    wallet_notifier.notify()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert wallet.signals == ["records_queued"] * 2
