"""The write side of publishing inside one transaction."""

from functools import cached_property

from adapters.postgres.publishing.manifests import PostgresExports
from adapters.postgres.publishing.outbox import PostgresOutbox
from adapters.postgres.publishing.webhooks import PostgresDeliveries, PostgresWebhooks
from adapters.postgres.write_batching import BatchingConnection


class PostgresPublishingRepositories:
    """`activities.ports.publishing.PublishingRepositories`."""

    def __init__(self, connection: BatchingConnection) -> None:
        self._connection = connection

    @cached_property
    def outbox(self) -> PostgresOutbox:
        return PostgresOutbox(self._connection)

    @cached_property
    def webhooks(self) -> PostgresWebhooks:
        return PostgresWebhooks(self._connection)

    @cached_property
    def deliveries(self) -> PostgresDeliveries:
        return PostgresDeliveries(self._connection)

    @cached_property
    def exports(self) -> PostgresExports:
        return PostgresExports(self._connection)
