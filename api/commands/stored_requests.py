"""What was requested, stored before a workflow is told its id (ADR 0002, ADR 0012)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from temporalio.client import WorkflowUpdateFailedError

from activities.payloads import Payload
from adapters.postgres.requests.refused_requests import forget_stored_request
from adapters.postgres.requests.stored_requests import PostgresStoredRequests
from api.http.claims.late_claims import claim_with_request
from api.http.resources import Resources
from domain.errors import Refusal


@asynccontextmanager
async def store_request(
    parts: Resources, operation_id: UUID, account_id: UUID, payload: Payload
) -> AsyncIterator[None]:
    """
    Store a request while a workflow is asked to act on it; delete it when the answer is no.

    Where the outcome is unknown the request stays, because the workflow may still need it.
    """
    body = payload.model_dump(mode="json")
    if not await claim_with_request(parts, operation_id, account_id, body):
        async with parts.writing_once() as connection:
            await PostgresStoredRequests(connection).add(operation_id, account_id, body)
    try:
        yield
    except (WorkflowUpdateFailedError, Refusal):
        async with parts.writing_once() as connection:
            await forget_stored_request(connection, operation_id)
        raise
