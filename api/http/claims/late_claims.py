"""Keys that are claimed together with what is stored for a workflow (ADR 0117)."""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from adapters.postgres.requests import stored_responses as idempotency
from adapters.postgres.requests.stored_responses import StoredResponse
from api.http.resources import Resources
from domain.errors import Conflict


@dataclass
class LateClaim:
    """A key that is claimed together with what is stored for a workflow; `stored` is what it was tied to."""

    account_id: UUID
    key: str
    request_hash: str
    stored: StoredResponse | None = None

    def noted(self, stored: StoredResponse) -> None:
        """
        Raises:
            Conflict: the key belongs to another request.
        """
        self.stored = stored
        if stored.request_hash != self.request_hash:
            raise used_otherwise()


LATE_CLAIM: ContextVar[LateClaim | None] = ContextVar("late_claim", default=None)


async def claim_before_workflow(parts: Resources) -> None:
    """
    Claim the key of the request at hand, where nothing is stored for its workflow.

    Raises:
        Conflict: the key belongs to another request.
    """
    late = LATE_CLAIM.get()
    if late is not None and late.stored is None:
        async with parts.writing_once() as connection:
            late.noted(
                await idempotency.claim(connection, late.account_id, late.key, late.request_hash)
            )


async def claim_with_request(
    parts: Resources, operation_id: UUID, account_id: UUID, body: Mapping[str, Any]
) -> bool:
    """
    Claim the key of the request at hand and store what its workflow will read, in one commit.

    False where there is no such key: the caller stores it.

    Raises:
        Conflict: the key belongs to another request.
    """
    late = LATE_CLAIM.get()
    if late is None or late.stored is not None or late.account_id != account_id:
        return False
    async with parts.writing_once() as connection:
        stored = await idempotency.claim_with_request(
            connection, account_id, late.key, late.request_hash, request_id=operation_id, body=body
        )
    late.noted(stored)
    return True


def used_otherwise() -> Conflict:
    return Conflict("This Idempotency-Key was used with another request; choose a new one.")
