"""The write side of ingestion inside one transaction."""

from functools import cached_property

from adapters.postgres.ingestion.folders import PostgresFolders
from adapters.postgres.ingestion.issue_groups import PostgresIssueGroups
from adapters.postgres.ingestion.stored_formats import PostgresStoredFormats
from adapters.postgres.ingestion.submissions import PostgresSubmissions
from adapters.postgres.write_batching import BatchingConnection


class PostgresIngestionRepositories:
    """`activities.ports.ingestion.IngestionRepositories`."""

    def __init__(self, connection: BatchingConnection) -> None:
        self._connection = connection

    @cached_property
    def submissions(self) -> PostgresSubmissions:
        return PostgresSubmissions(self._connection)

    @cached_property
    def issue_groups(self) -> PostgresIssueGroups:
        return PostgresIssueGroups(self._connection)

    @cached_property
    def stored_formats(self) -> PostgresStoredFormats:
        return PostgresStoredFormats(self._connection)

    @cached_property
    def folders(self) -> PostgresFolders:
        return PostgresFolders(self._connection)
