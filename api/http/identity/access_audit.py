"""
What the audit log keeps of reads of confidential things, and of what was refused (ADR 0070).

Each is one row in the queue before the log, which waits for nobody; the worker chains it within seconds.
A read is answered only after its row is written. What is read stands in the entry by its identifier.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request

from activities.asked_from import ASKED_FROM
from activities.audit_and_notify import source_of
from adapters.postgres.audit.log import queue_entry
from adapters.postgres.identity import acting
from api.http.resources import Resources, resources
from domain.accounts.roles import Account
from domain.audit.log import AuditEntry

log = structlog.get_logger(__name__)


async def note_read(
    parts: Resources,
    account: Account,
    event_type: str,
    resource: tuple[str, UUID],
    read: Mapping[str, Any] | None = None,
    *,
    connection: AsyncConnection | None = None,
) -> None:
    """
    `read` says more of what was shown: identifiers and numbers, never what people wrote.

    `connection` is one to read with that is at hand.
    """
    entry = _entry(parts, event_type, resource, account.id, dict(read) if read else None)
    if connection is not None:
        await queue_entry(connection, entry)
        if acting() is not None:
            # Whoever is somebody reads in a transaction, which would take the entry with it.
            await connection.commit()
        return
    async with parts.writing_once() as another:
        await queue_entry(another, entry)


async def note_refused(request: Request, account: Account) -> None:
    """Somebody was told that they may not; when it cannot be noted they are told all the same."""
    route = request.scope.get("route")
    address = getattr(route, "path", None)
    refused = {"method": request.method, "address": address}
    try:
        await _queue(
            resources(request), "access.refused", ("account", account.id), account.id, refused
        )
    except (SQLAlchemyError, OSError) as error:
        log.warning("refusal_not_noted", error=type(error).__name__)


async def note_second_factor_refused(parts: Resources, account_id: UUID, factor: str) -> None:
    """The password was right; nobody knows who it was, so it is nobody's act."""
    after = {"factor": factor}
    await _queue(parts, "session.second_factor_refused", ("account", account_id), None, after)


async def _queue(
    parts: Resources,
    event_type: str,
    resource: tuple[str, UUID],
    actor_id: UUID | None,
    after: Mapping[str, Any] | None,
) -> None:
    async with parts.writing_once() as connection:
        await queue_entry(connection, _entry(parts, event_type, resource, actor_id, after))


def _entry(
    parts: Resources,
    event_type: str,
    resource: tuple[str, UUID],
    actor_id: UUID | None,
    after: Mapping[str, Any] | None,
) -> AuditEntry:
    resource_type, resource_id = resource
    return AuditEntry(
        event_type=event_type,
        action=event_type.rpartition(".")[2],
        user_id=actor_id,
        resource_type=resource_type,
        resource_id=resource_id,
        changes={"before": None, "after": after},
        at=parts.clock.now(),
        source=source_of(ASKED_FROM.get()),
    )
