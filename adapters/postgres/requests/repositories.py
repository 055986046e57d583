"""The write side of requests inside one transaction."""

from functools import cached_property

from adapters.postgres.requests.run_once import PostgresActivityResults
from adapters.postgres.requests.stored_requests import PostgresStoredRequests
from adapters.postgres.requests.stored_responses import PostgresStoredResponses
from adapters.postgres.requests.unfinished_forms import PostgresUnfinishedForms
from adapters.postgres.write_batching import BatchingConnection


class PostgresRequestRepositories:
    """`activities.ports.requests.RequestRepositories`."""

    def __init__(self, connection: BatchingConnection) -> None:
        self._connection = connection

    @cached_property
    def stored_requests(self) -> PostgresStoredRequests:
        return PostgresStoredRequests(self._connection)

    @cached_property
    def activity_results(self) -> PostgresActivityResults:
        return PostgresActivityResults(self._connection)

    @cached_property
    def stored_responses(self) -> PostgresStoredResponses:
        return PostgresStoredResponses(self._connection)

    @cached_property
    def unfinished_forms(self) -> PostgresUnfinishedForms:
        return PostgresUnfinishedForms(self._connection)
