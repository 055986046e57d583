"""The write side of monitoring inside one transaction."""

from functools import cached_property

from adapters.postgres.monitoring.boundaries import PostgresBoundaries
from adapters.postgres.monitoring.quantifications import PostgresQuantifications
from adapters.postgres.monitoring.readings import PostgresReadings
from adapters.postgres.write_batching import BatchingConnection


class PostgresMonitoringRepositories:
    """`activities.ports.monitoring.MonitoringRepositories`."""

    def __init__(self, connection: BatchingConnection) -> None:
        self._connection = connection

    @cached_property
    def readings(self) -> PostgresReadings:
        return PostgresReadings(self._connection)

    @cached_property
    def boundaries(self) -> PostgresBoundaries:
        return PostgresBoundaries(self._connection)

    @cached_property
    def quantifications(self) -> PostgresQuantifications:
        return PostgresQuantifications(self._connection)
