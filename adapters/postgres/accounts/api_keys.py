"""Keys of programs, written and found; a key itself is never stored, only its SHA-256."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.accounts.holding import HOLDING_ID
from adapters.postgres.queries import PageRequest, read_page
from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import api_keys, users
from adapters.postgres.write_batching import BatchingConnection
from domain.accounts.api_keys import ApiKey, Scope
from domain.accounts.roles import Account

# Made once: every request with a key asks this.
_BY_HASH = (
    select(users, HOLDING_ID, *(column.label(f"key_{column.name}") for column in api_keys.columns))
    .join(users, users.c.id == api_keys.c.user_id)
    .where(api_keys.c.key_hash == bindparam("key_hash"))
)


@dataclass(frozen=True)
class HeldKey:
    """A key, and the name of the one it acts for."""

    key: ApiKey
    user_name: str


class PostgresApiKeys:
    def __init__(self, connection: BatchingConnection) -> None:
        self._connection = connection

    async def get(self, key_id: UUID) -> ApiKey | None:
        found = await self._connection.execute(select(api_keys).where(api_keys.c.id == key_id))
        row = found.mappings().one_or_none()
        return _key(row) if row else None

    async def count_good(self, account_id: UUID, *, at: datetime) -> int:
        # Of two that are made at once the second counts the first.
        await self._connection.execute(
            select(users.c.id).where(users.c.id == account_id).with_for_update()
        )
        found = await self._connection.execute(
            select(func.count())
            .select_from(api_keys)
            .where(
                api_keys.c.user_id == account_id,
                api_keys.c.revoked_at.is_(None),
                api_keys.c.expires_at > at,
            )
        )
        count: int = found.scalar_one()
        return count

    async def add(self, key: ApiKey) -> bool:
        row = row_of(key) | {"scopes": [scope.value for scope in key.scopes]}
        added = await self._connection.execute(
            insert(api_keys).values(row).on_conflict_do_nothing(index_elements=["id"])
        )
        return bool(added.rowcount)

    async def revoke(self, key_id: UUID, at: datetime) -> None:
        await self._connection.execute(
            update(api_keys)
            .where(api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None))
            .values(revoked_at=at)
        )


async def find_key(connection: AsyncConnection, key_hash: str) -> tuple[ApiKey, Account] | None:
    """
    A key by its SHA-256, good or not, and the account it acts for.

    Seen by: whoever holds the key.
    """
    found = await connection.execute(_BY_HASH, {"key_hash": key_hash})
    row = found.mappings().one_or_none()
    if row is None:
        return None
    return _key(row, "key_"), value_of(Account, row)


async def note_use(connection: AsyncConnection, key_id: UUID, at: datetime) -> None:
    await connection.execute(
        update(api_keys)
        .where(api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None))
        .values(last_used_at=func.greatest(api_keys.c.last_used_at, at))
    )


async def keys_page(
    connection: AsyncConnection, account_id: UUID, page: PageRequest
) -> Sequence[ApiKey]:
    """Seen by: the account they act for; revoked and expired ones too."""
    query = select(api_keys).where(api_keys.c.user_id == account_id)
    by = (api_keys.c.created_at, api_keys.c.id)
    return [_key(row) for row in await read_page(connection, query, page, by)]


async def all_keys_page(connection: AsyncConnection, page: PageRequest) -> Sequence[HeldKey]:
    """Everybody's, revoked and expired ones too. Seen by: staff."""
    query = select(api_keys, users.c.name.label("user_name")).join(
        users, users.c.id == api_keys.c.user_id
    )
    by = (api_keys.c.created_at, api_keys.c.id)
    rows = await read_page(connection, query, page, by)
    return [HeldKey(_key(row), row["user_name"]) for row in rows]


def _key(row: RowMapping, prefix: str = "") -> ApiKey:
    columns: dict[str, Any] = {one.name: row[prefix + one.name] for one in api_keys.columns}
    return ApiKey(**columns | {"scopes": tuple(map(Scope, columns["scopes"]))})
