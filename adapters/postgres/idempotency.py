"""Answers kept by idempotency key, so that a repeated request gets the same bytes (ADR 0003)."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.tables import idempotency_keys

_ANSWER = (
    idempotency_keys.c.request_hash,
    idempotency_keys.c.status,
    idempotency_keys.c.body,
)


@dataclass(frozen=True)
class KeptAnswer:
    """`status` and `body` are None until a first answer is known."""

    request_hash: str
    status: int | None
    body: bytes | None


async def claim(
    connection: AsyncConnection, account_id: UUID, key: str, request_hash: str
) -> KeptAnswer:
    """Tie a key to a request, or tell what it was tied to before."""
    claimed = await connection.execute(
        insert(idempotency_keys)
        .values(account_id=account_id, key=key, request_hash=request_hash)
        # An update that changes nothing, because only an update returns the row that was there.
        .on_conflict_do_update(
            index_elements=["account_id", "key"], set_={"key": idempotency_keys.c.key}
        )
        .returning(*_ANSWER)
    )
    return KeptAnswer(**claimed.mappings().one())


async def keep(
    connection: AsyncConnection, account_id: UUID, key: str, *, status: int, body: bytes
) -> bool:
    """Keep the first answer for ever; False when another request with this key was faster."""
    kept = await connection.execute(
        update(idempotency_keys)
        .where(
            idempotency_keys.c.account_id == account_id,
            idempotency_keys.c.key == key,
            idempotency_keys.c.status.is_(None),
        )
        .values(status=status, body=body)
        .returning(idempotency_keys.c.key)
    )
    return kept.one_or_none() is not None
