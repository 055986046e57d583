"""The write side of chain inside one transaction."""

from functools import cached_property

from adapters.postgres.chain.alerts import PostgresAlerts
from adapters.postgres.chain.platform_addresses import PostgresPlatformAddresses
from adapters.postgres.chain.reconciliation import PostgresReconciliations
from adapters.postgres.chain.records import PostgresChainRecords
from adapters.postgres.chain.resumption import PostgresQueueEntries
from adapters.postgres.chain.wallet_utxos import PostgresWalletUtxos
from adapters.postgres.chain.wallets import PostgresWallets
from adapters.postgres.chain.watch import PostgresChainWatch
from adapters.postgres.write_batching import BatchingConnection


class PostgresChainRepositories:
    """`activities.ports.chain.repositories.ChainRepositories`."""

    def __init__(self, connection: BatchingConnection) -> None:
        self._connection = connection

    @cached_property
    def records(self) -> PostgresChainRecords:
        return PostgresChainRecords(self._connection)

    @cached_property
    def queue_entries(self) -> PostgresQueueEntries:
        return PostgresQueueEntries(self._connection)

    @cached_property
    def wallet_utxos(self) -> PostgresWalletUtxos:
        return PostgresWalletUtxos(self._connection)

    @cached_property
    def wallets(self) -> PostgresWallets:
        return PostgresWallets(self._connection)

    @cached_property
    def platform_addresses(self) -> PostgresPlatformAddresses:
        return PostgresPlatformAddresses(self._connection)

    @cached_property
    def reconciliations(self) -> PostgresReconciliations:
        return PostgresReconciliations(self._connection)

    @cached_property
    def alerts(self) -> PostgresAlerts:
        return PostgresAlerts(self._connection)

    @cached_property
    def watch(self) -> PostgresChainWatch:
        return PostgresChainWatch(self._connection)
