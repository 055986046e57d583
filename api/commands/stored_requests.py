"""What was asked for, kept before a workflow is told its id (ADR 0002)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from starlette.requests import Request
from temporalio.client import WorkflowUpdateFailedError

from activities.payloads import Payload
from adapters.postgres.requests.refused_requests import forget_draft
from adapters.postgres.requests.stored_requests import PostgresStoredRequests
from api.http.resources import writing_once
from domain.errors import Refusal


@asynccontextmanager
async def store_request(
    request: Request, draft_id: UUID, account_id: UUID, body: Payload
) -> AsyncIterator[None]:
    """
    Keep a draft while a workflow is asked to act on it; forget it when the answer is no.

    Where the outcome is unknown the draft stays, because the workflow may still need it.
    """
    async with writing_once(request) as connection:
        await PostgresStoredRequests(connection).add(
            draft_id, account_id, body.model_dump(mode="json")
        )
    try:
        yield
    except (WorkflowUpdateFailedError, Refusal):
        async with writing_once(request) as connection:
            await forget_draft(connection, draft_id)
        raise
