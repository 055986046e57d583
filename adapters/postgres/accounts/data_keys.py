"""Data keys, and what is sealed under them: written, found by hash, and sealed anew in batches."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, Text, func, or_, select, type_coerce, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.ports.own_data import SealedBatch
from adapters.personal_data.seals import DataKey, PersonalData, Sealed
from adapters.postgres.personal_columns import SealedText, personal_data_of
from adapters.postgres.tables import account_acts, personal_data_keys, users

SEALED_COLUMNS: dict[Table, tuple[str, ...]] = {
    table: tuple(column.name for column in table.columns if isinstance(column.type, SealedText))
    for table in (users, account_acts)
}
"""By table, the columns whose values are sealed."""

_ROTATION = 7_072
"""The advisory lock of whoever makes a key."""

_NEWEST = select(personal_data_keys).order_by(personal_data_keys.c.version.desc())


async def lock_email(connection: AsyncConnection, email: str) -> None:
    """Until the commit: whoever else wants to add an account with this e-mail waits."""
    lock = personal_data_of(connection.dialect).email_hash(email)
    await connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(lock, 0))))


async def seal(
    connection: AsyncConnection, table: Table, row_id: UUID, **texts: str
) -> dict[str, Any]:
    """The columns' values for this row, sealed under the newest key."""
    key = await newest_key(connection)
    return _sealed(personal_data_of(connection.dialect), key, table, row_id, texts)


async def newest_key(connection: AsyncConnection) -> DataKey:
    """The key that seals; a new registry gets its first."""
    row = (await connection.execute(_NEWEST.limit(1))).one_or_none()
    if row is None:
        return await add_key(connection, 1)
    return DataKey(row.version, row.wrapped)


async def add_key(
    connection: AsyncConnection, version: int, *, at: datetime | None = None
) -> DataKey:
    """Make the key of this version; whoever makes it first has made it."""
    made = personal_data_of(connection.dialect).new_data_key(version)
    await connection.execute(
        insert(personal_data_keys)
        .values(
            version=made.version,
            wrapped=made.wrapped,
            **({} if at is None else {"created_at": at}),
        )
        .on_conflict_do_nothing()
    )
    kept = await connection.execute(
        select(personal_data_keys.c.wrapped).where(personal_data_keys.c.version == version)
    )
    return DataKey(version, kept.scalar_one())


async def seal_batch(connection: AsyncConnection, key: DataKey, *, limit: int) -> int:
    """
    Seal rows that are not sealed under this key, at most so many of each table; how many they were.

    Rows that somebody else changes at this moment are left for the next batch.

    Raises:
        UnreadablePersonalData: one cannot be opened; nothing was changed.
    """
    personal, count = personal_data_of(connection.dialect), 0
    for table, columns in SEALED_COLUMNS.items():
        behind = or_(
            *(~type_coerce(table.c[name], Text).startswith(key.prefix) for name in columns)
        )
        if table is users:
            behind |= users.c.email_hash.is_(None)
        found = await connection.execute(
            select(table.c.id, *(table.c[name] for name in columns))
            .where(behind)
            .order_by(table.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        for row in found.mappings().all():
            texts = {name: row[name] for name in columns if row[name] is not None}
            values: dict[str, Any] = dict(_sealed(personal, key, table, row["id"], texts))
            if table is users:
                values["email_hash"] = row["email"]
            await connection.execute(update(table).where(table.c.id == row["id"]).values(values))
            count += 1
    return count


async def rows_behind(connection: AsyncConnection, key: DataKey) -> int:
    """How many rows have a value that is not sealed under this key."""
    count = 0
    for table, columns in SEALED_COLUMNS.items():
        behind = or_(
            *(~type_coerce(table.c[name], Text).startswith(key.prefix) for name in columns)
        )
        found = await connection.execute(select(func.count()).select_from(table).where(behind))
        count += int(found.scalar_one())
    return count


def _sealed(
    personal: PersonalData, key: DataKey, table: Table, row_id: UUID, texts: dict[str, str]
) -> dict[str, Sealed]:
    return {
        name: personal.seal(value, key, f"{table.name}.{name}", row_id)
        for name, value in texts.items()
    }


class PostgresDataKeys:
    """`activities.ports.own_data.DataKeys`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def make_newer(self, *, made_before: datetime | None, at: datetime) -> int:
        # Two that rotate at once make one key.
        await self._connection.execute(select(func.pg_advisory_xact_lock(_ROTATION)))
        newest = (await self._connection.execute(_NEWEST.limit(1))).one_or_none()
        if newest is None:
            return (await add_key(self._connection, 1, at=at)).version
        if made_before is None or newest.created_at >= made_before:
            return int(newest.version)
        return (await add_key(self._connection, newest.version + 1, at=at)).version

    async def seal_batch(self, *, limit: int) -> SealedBatch:
        key = await newest_key(self._connection)
        count = await seal_batch(self._connection, key, limit=limit)
        return SealedBatch(key.version, count)
