"""What a unit of work offers of the chain."""

from typing import Protocol

from activities.ports.chain.records import ChainRecords, QueueEntries
from activities.ports.chain.wallets import PlatformAddresses, Wallets, WalletUtxos
from activities.ports.chain.watch import Alerts, ChainWatch, Reconciliations


class ChainRepositories(Protocol):
    """Records, wallets and alerts."""

    @property
    def records(self) -> ChainRecords: ...

    @property
    def queue_entries(self) -> QueueEntries: ...

    @property
    def wallet_utxos(self) -> WalletUtxos: ...

    @property
    def wallets(self) -> Wallets: ...

    @property
    def platform_addresses(self) -> PlatformAddresses: ...

    @property
    def reconciliations(self) -> Reconciliations: ...

    @property
    def alerts(self) -> Alerts: ...

    @property
    def watch(self) -> ChainWatch: ...
