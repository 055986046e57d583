"""Answers kept by idempotency key, so that a repeated request gets the same bytes (ADR 0003)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    DateTime,
    LargeBinary,
    SmallInteger,
    Text,
    Uuid,
    bindparam,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
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

_LOOK = select(*_ANSWER).where(
    idempotency_keys.c.account_id == bindparam("of_account"),
    idempotency_keys.c.key == bindparam("of_key"),
)
_CLAIM_WITH_REQUEST = text("""
    WITH claimed AS (
        INSERT INTO idempotency_keys (account_id, key, request_hash)
        VALUES (:account_id, :key, :request_hash)
        ON CONFLICT (account_id, key) DO UPDATE SET key = excluded.key
        RETURNING request_hash, status, body, answered_at, location
    ), added AS (
        INSERT INTO drafts (id, account_id, body)
        SELECT :request_id, :account_id, :body FROM claimed WHERE claimed.request_hash = :request_hash
        ON CONFLICT DO NOTHING
    )
    SELECT * FROM claimed
""").bindparams(
    bindparam("account_id", type_=Uuid()),
    bindparam("key", type_=Text()),
    bindparam("request_hash", type_=Text()),
    bindparam("request_id", type_=Uuid()),
    bindparam("body", type_=JSONB()),
)
_KEEP_ALL = text("""
    UPDATE idempotency_keys kept
       SET status = given.status, body = given.body, location = given.location,
           answered_at = given.answered_at
      FROM unnest(:accounts, :keys, :statuses, :bodies, :locations, :moments)
           AS given (account_id, key, status, body, location, answered_at)
     WHERE kept.account_id = given.account_id AND kept.key = given.key AND kept.status IS NULL
""").bindparams(
    bindparam("accounts", type_=ARRAY(Uuid())),
    bindparam("keys", type_=ARRAY(Text())),
    bindparam("statuses", type_=ARRAY(SmallInteger())),
    bindparam("bodies", type_=ARRAY(LargeBinary())),
    bindparam("locations", type_=ARRAY(Text())),
    bindparam("moments", type_=ARRAY(DateTime(timezone=True))),
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


async def look(connection: AsyncConnection, account_id: UUID, key: str) -> StoredResponse | None:
    """
    What a key is tied to; None: to nothing yet.

    Seen by: the account whose key it is.
    """
    found = await connection.execute(_LOOK, {"of_account": account_id, "of_key": key})
    row = found.mappings().one_or_none()
    return StoredResponse(**row) if row else None


async def claim_with_request(
    connection: AsyncConnection,
    account_id: UUID,
    key: str,
    request_hash: str,
    *,
    request_id: UUID,
    body: Mapping[str, Any],
) -> StoredResponse:
    """As `claim`, and as `PostgresStoredRequests.add` where the key is this request's: one statement."""
    row = {"account_id": account_id, "key": key, "request_hash": request_hash}
    claimed = await connection.execute(
        _CLAIM_WITH_REQUEST, row | {"request_id": request_id, "body": dict(body)}
    )
    return StoredResponse(**claimed.mappings().one())


@dataclass(frozen=True)
class GivenResponse:
    """A first answer, to be kept under a key that its request has claimed."""

    account_id: UUID
    key: str
    status: int
    body: bytes
    location: str | None
    at: datetime


async def keep_all(connection: AsyncConnection, given: Sequence[GivenResponse]) -> None:
    """As `keep`, for any number of answers in one statement; those that are kept already stay."""
    await connection.execute(
        _KEEP_ALL,
        {
            "accounts": [one.account_id for one in given],
            "keys": [one.key for one in given],
            "statuses": [one.status for one in given],
            "bodies": [one.body for one in given],
            "locations": [one.location for one in given],
            "moments": [one.at for one in given],
        },
    )


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
