"""Answers kept by idempotency key, so that a repeated request gets the same bytes (ADR 0003)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.tables import idempotency_keys

_ANSWER = (
    idempotency_keys.c.request_hash,
    idempotency_keys.c.status,
    idempotency_keys.c.body,
    idempotency_keys.c.answered_at,
    idempotency_keys.c.location,
)

# Made once: on the way of every write, building a statement costs as much as sending it.
_CLAIM = (
    insert(idempotency_keys)
    # An update that changes nothing, because only an update returns the row that was there.
    .on_conflict_do_update(
        index_elements=["account_id", "key"], set_={"key": idempotency_keys.c.key}
    )
    .returning(*_ANSWER)
)
_KEEP = (
    update(idempotency_keys)
    .where(
        idempotency_keys.c.account_id == bindparam("of_account"),
        idempotency_keys.c.key == bindparam("of_key"),
        idempotency_keys.c.status.is_(None),
    )
    .returning(idempotency_keys.c.key)
)


@dataclass(frozen=True)
class StoredResponse:
    """
    All but `request_hash` is None until a first answer is known.

    After a day `body` is forgotten; `status`, and `location` if there is one, are not.
    """

    request_hash: str
    status: int | None
    body: bytes | None
    answered_at: datetime | None
    location: str | None


async def claim(
    connection: AsyncConnection, account_id: UUID, key: str, request_hash: str
) -> StoredResponse:
    """Tie a key to a request, or tell what it was tied to before."""
    row = {"account_id": account_id, "key": key, "request_hash": request_hash}
    claimed = await connection.execute(_CLAIM, row)
    return StoredResponse(**claimed.mappings().one())


async def keep(
    connection: AsyncConnection,
    account_id: UUID,
    key: str,
    *,
    status: int,
    body: bytes,
    location: str | None,
    at: datetime,
) -> bool:
    """Keep the first answer; False when another request with this key was faster."""
    answer = {"status": status, "body": body, "location": location, "answered_at": at}
    stored = await connection.execute(_KEEP, {"of_account": account_id, "of_key": key, **answer})
    return stored.one_or_none() is not None


class PostgresStoredResponses:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def forget(self, before: datetime, *, limit: int) -> int:
        name = tuple_(idempotency_keys.c.account_id, idempotency_keys.c.key)
        oldest = (
            select(idempotency_keys.c.account_id, idempotency_keys.c.key)
            .where(idempotency_keys.c.body.is_not(None), idempotency_keys.c.answered_at < before)
            .order_by(idempotency_keys.c.answered_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        forgotten = await self._connection.execute(
            update(idempotency_keys)
            .where(name.in_(oldest))
            .values(body=None)
            .returning(idempotency_keys.c.key)
        )
        return len(forgotten.all())
