"""What was requested, what came of it, and what was answered."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID


class StoredRequests(Protocol):
    """What was requested, stored by the API before a workflow learns its id."""

    async def add(self, request_id: UUID, account_id: UUID, body: Mapping[str, Any]) -> None:
        """Store a request's body; the same id keeps what it had."""

    async def body(self, request_id: UUID) -> Mapping[str, Any] | None: ...

    async def forget(self, before: datetime) -> int:
        """Forget what was requested before a moment; how many they were."""


class ActivityResults(Protocol):
    """What activities have brought about, so that running one again changes nothing."""

    async def claim(self, key: str) -> bool:
        """
        True for the first to come, who must `finish` in the same transaction.

        A second one waits here until the first has committed or failed.
        """

    async def finish(self, key: str, result: Mapping[str, Any]) -> None: ...

    async def result(self, key: str) -> Mapping[str, Any]: ...

    async def known(self, key: str) -> Mapping[str, Any] | None:
        """Its result; None before it was brought about."""


class StoredResponses(Protocol):
    """What was answered to requests with an idempotency key (ADR 0003)."""

    async def forget(self, before: datetime, *, limit: int) -> int:
        """Drop the bytes of the oldest answers given before a moment; how many they were."""


class UnfinishedForms(Protocol):
    """What somebody typed into a form and has not sent yet; one of each form, for each account."""

    async def fields(self, account_id: UUID, form: str) -> Mapping[str, str]:
        """By the names of the fields; empty when there is none."""

    async def save(
        self, account_id: UUID, form: str, fields: Mapping[str, str], *, at: datetime
    ) -> None: ...

    async def remove(self, account_id: UUID, form: str) -> None: ...

    async def forget(self, before: datetime) -> int:
        """Forget what was saved last before a moment; how many they were."""


class RequestRepositories(Protocol):
    """What a unit of work offers of requests."""

    @property
    def stored_requests(self) -> StoredRequests: ...

    @property
    def activity_results(self) -> ActivityResults: ...

    @property
    def stored_responses(self) -> StoredResponses: ...

    @property
    def unfinished_forms(self) -> UnfinishedForms: ...
