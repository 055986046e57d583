"""What the audit log keeps of sessions: begun, ended, and refused (ADR 0054)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from activities.asked_from import ASKED_FROM
from activities.audit_and_notify import source_of
from adapters.postgres.audit.log import PostgresAuditLog
from domain.audit.log import AuditEntry


async def note_session_begun(
    connection: AsyncConnection, account_id: UUID, family_id: UUID, *, kind: str, at: datetime
) -> None:
    """`kind` is `api` or `page`; `family_id` is what all tokens of one log-in share."""
    await _append(
        connection, "session.begun", ("session", family_id), account_id, {"kind": kind}, at
    )


async def note_session_ended(
    connection: AsyncConnection, account_id: UUID, family_id: UUID, *, reason: str, at: datetime
) -> None:
    """`reason` is `signed_out`, `replaced` or `refresh_token_reused`; one that expires leaves no entry."""
    await _append(
        connection, "session.ended", ("session", family_id), account_id, {"reason": reason}, at
    )


async def note_sign_in_refused(
    connection: AsyncConnection, subject_id: UUID, *, locked: bool, at: datetime
) -> None:
    """
    `subject_id` is the account, or stands for a log-in that is nobody's: what strangers type is not kept.

    Nobody knows who it was, so it is nobody's act. Once sign-in is locked for its source nothing more is
    written, so that nobody can fill the log.
    """
    await _append(
        connection, "session.refused", ("account", subject_id), None, {"locked": locked}, at
    )


async def _append(
    connection: AsyncConnection,
    event_type: str,
    resource: tuple[str, UUID],
    actor_id: UUID | None,
    after: dict[str, Any],
    at: datetime,
) -> None:
    """The last statement of a transaction: from here to the commit nobody else can append."""
    resource_type, resource_id = resource
    log = PostgresAuditLog(connection)
    log.add(
        AuditEntry(
            event_type=event_type,
            action=event_type.rpartition(".")[2],
            user_id=actor_id,
            resource_type=resource_type,
            resource_id=resource_id,
            changes={"before": None, "after": after},
            at=at,
            source=source_of(ASKED_FROM.get()),
        )
    )
    await log.append_added()
