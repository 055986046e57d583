"""Watching the way to the chain: three questions to the provider, a look at our rows, and alerts."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from temporalio import activity

from activities.alerts import settle
from activities.chain.provider_check import ProviderNeeds, provider_fitness
from activities.chain.utxo_sync import sync_utxos
from activities.payloads import Payload
from activities.ports.chain.provider import Chain, ChainMisconfigured, ChainUnavailable
from activities.ports.clock import Clock
from activities.ports.database import Database
from domain.chain.alerts import AlertKind
from domain.chain.provider_check import ProviderFitness, unfit
from domain.chain.transactions import Tip
from domain.chain.watch import (
    FAILURE_WINDOW,
    WATCHED,
    ChainRows,
    ProviderRefusal,
    Silence,
    TipResponse,
    after_query,
    low_balance,
    may_query,
    troubles,
)


class WatchChain(Payload):
    """`watch_id` names the alerts that this watch raises."""

    watch_id: UUID


class ChainWatched(Payload):
    """`troubles` counts what is wrong now; the notifications are those that were not mailed yet."""

    watch_id: UUID
    troubles: int = 0
    notification_ids: tuple[UUID, ...] = ()


class ChainWatchActivities:
    """`addresses` are the wallets that must be able to pay; `needs` what the provider must show."""

    def __init__(
        self,
        database: Database,
        chain: Chain,
        clock: Clock,
        *,
        needs: ProviderNeeds,
        addresses: Sequence[str],
    ) -> None:
        self._database = database
        self._chain = chain
        self._clock = clock
        self._needs = needs
        self._addresses = addresses

    @activity.defn
    async def watch_chain(self, request: WatchChain) -> ChainWatched:
        """
        Ask the provider for the tip, its network and its history, look at our rows, and raise or clear
        alerts.

        Of a wallet that is low it also asks for the outputs: somebody may have topped it up.

        What the provider does is never an error of this activity: it is what is watched.
        """
        at = self._clock.now()
        async with self._database.transaction() as work:
            before = await work.chain.watch.provider()
            rows = await work.chain.watch.rows(self._addresses, at - FAILURE_WINDOW)
        response = await self._ask() if may_query(before, at) else None
        fitness = None
        if isinstance(response, Tip):
            fitness = await self._fitness(response)
            await self._look_for_top_ups(rows)
        async with self._database.transaction() as work:
            # The lock also keeps two watches at once from raising the same alert.
            state = await work.chain.watch.lock_provider()
            if response is not None:
                state = after_query(state, response, at)
                await work.chain.watch.save_provider(state)
            rows = await work.chain.watch.rows(self._addresses, at - FAILURE_WINDOW)
            found = [
                *troubles(state, rows, network=self._needs.network.value, at=at),
                *unfit(
                    fitness,
                    network=self._needs.network.value,
                    finality_blocks=self._needs.finality_blocks,
                    not_shown=rows.not_shown,
                ),
            ]
            # A provider that says nothing has not begun to keep more.
            watched = WATCHED if fitness is None else WATCHED | {AlertKind.CHAIN_HISTORY_SHORT}
            unmailed = await settle(work, found, watched=watched, watch_id=request.watch_id, at=at)
        measure(rows, len(found), at)
        return ChainWatched(
            watch_id=request.watch_id, troubles=len(found), notification_ids=tuple(unmailed)
        )

    async def _look_for_top_ups(self, rows: ChainRows) -> None:
        """A wallet looks itself only when it can pay nothing any more; the alert is to end before."""
        for low in low_balance(rows):
            try:
                await sync_utxos(self._database, self._chain, low.subject)
            except (ChainUnavailable, ChainMisconfigured) as trouble:
                activity.logger.warning("The outputs of a low wallet were not shown: %s", trouble)

    async def _fitness(self, tip: Tip) -> ProviderFitness | None:
        try:
            return await provider_fitness(self._chain, tip, self._needs)
        except (ChainUnavailable, ChainMisconfigured) as trouble:
            activity.logger.warning("The provider did not say what it shows: %s", trouble)
            return None

    async def _ask(self) -> TipResponse:
        try:
            return await self._chain.tip()
        except ChainUnavailable as unavailable:
            activity.logger.warning("The chain gives no response: %s", unavailable)
            return Silence()
        except ChainMisconfigured as misconfigured:
            activity.logger.error("The chain's provider turns us away: %s", misconfigured)
            return ProviderRefusal()


def measure(rows: ChainRows, alerts_open: int, at: datetime) -> None:
    """For Prometheus, on the worker that watched last (docs/operations.md, "Numbers of the chain")."""
    meter = activity.metric_meter()
    waited = at - rows.waiting_since if rows.waiting_since else timedelta()
    gauges = {
        "registry_chain_records_queued": rows.queued,
        "registry_chain_records_waiting": rows.waiting,
        "registry_chain_oldest_waiting_seconds": int(waited.total_seconds()),
        "registry_chain_transactions_in_flight": rows.in_flight,
        "registry_chain_transactions_not_shown": rows.not_shown,
        "registry_alerts_open": alerts_open,
    }
    for name, value in gauges.items():
        meter.create_gauge(name).set(value)
    for funds in rows.wallets:
        balance = meter.create_gauge("registry_wallet_lovelace")
        balance.set(funds.lovelace or 0, {"address": funds.address})
