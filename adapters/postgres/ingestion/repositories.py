"""The write side of ingestion inside one transaction."""

from functools import cached_property

from adapters.postgres.ingestion.submissions import PostgresSubmissions
from adapters.postgres.write_batching import BatchingConnection


class PostgresIngestionRepositories:
    """`activities.ports.ingestion.IngestionRepositories`."""

    def __init__(self, connection: BatchingConnection) -> None:
        self._connection = connection

    @cached_property
    def submissions(self) -> PostgresSubmissions:
        return PostgresSubmissions(self._connection)
