"""The write side of standards inside one transaction."""

from functools import cached_property

from adapters.postgres.standards.authorisations import PostgresAuthorisations
from adapters.postgres.standards.foreign_ranges import PostgresForeignRanges
from adapters.postgres.standards.labels import PostgresLabels
from adapters.postgres.write_batching import BatchingConnection


class PostgresStandardRepositories:
    """`activities.ports.standards.repositories.StandardRepositories`."""

    def __init__(self, connection: BatchingConnection) -> None:
        self._connection = connection

    @cached_property
    def labels(self) -> PostgresLabels:
        return PostgresLabels(self._connection)

    @cached_property
    def authorisations(self) -> PostgresAuthorisations:
        return PostgresAuthorisations(self._connection)

    @cached_property
    def foreign_ranges(self) -> PostgresForeignRanges:
        return PostgresForeignRanges(self._connection)
