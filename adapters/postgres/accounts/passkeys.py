"""Passkeys and their challenges, written and found."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import passkey_challenges, passkeys, users
from adapters.postgres.write_batching import BatchingConnection
from domain.accounts.passkeys import Passkey, PasskeyChallenge, PasskeyPurpose


async def passkeys_of(
    connection: AsyncConnection | BatchingConnection, account_id: UUID
) -> Sequence[Passkey]:
    """Oldest first. Seen by: the account itself."""
    found = await connection.execute(
        select(passkeys)
        .where(passkeys.c.user_id == account_id)
        .order_by(passkeys.c.created_at, passkeys.c.id)
    )
    return [_passkey(row) for row in found.mappings()]


class PostgresPasskeys:
    def __init__(self, connection: BatchingConnection) -> None:
        self._connection = connection

    async def of(self, account_id: UUID) -> Sequence[Passkey]:
        await self._connection.execute(
            select(users.c.id).where(users.c.id == account_id).with_for_update()
        )
        return await passkeys_of(self._connection, account_id)

    async def add(self, passkey: Passkey) -> None:
        row = row_of(passkey) | {"transports": list(passkey.transports)}
        await self._connection.execute(insert(passkeys).values(row))

    async def rename(self, passkey_id: UUID, name: str) -> None:
        await self._set(passkey_id, name=name)

    async def note_use(self, passkey_id: UUID, sign_count: int, at: datetime) -> None:
        await self._set(
            passkey_id,
            sign_count=func.greatest(passkeys.c.sign_count, sign_count),
            last_used_at=at,
        )

    async def remove(self, passkey_id: UUID) -> None:
        await self._connection.execute(delete(passkeys).where(passkeys.c.id == passkey_id))

    async def add_challenge(self, challenge: PasskeyChallenge, *, at: datetime) -> None:
        await self._connection.execute(
            delete(passkey_challenges).where(passkey_challenges.c.expires_at <= at)
        )
        await self._connection.execute(insert(passkey_challenges).values(row_of(challenge)))

    async def take_challenge(
        self, challenge_id: UUID, purpose: PasskeyPurpose, *, asked_by: tuple[UUID, UUID] | None
    ) -> PasskeyChallenge | None:
        rules: list[ColumnElement[Any]] = [
            passkey_challenges.c.id == challenge_id,
            passkey_challenges.c.purpose == purpose.value,
        ]
        if asked_by is not None:
            account_id, session_id = asked_by
            rules += [
                passkey_challenges.c.user_id == account_id,
                passkey_challenges.c.session_id == session_id,
            ]
        found = await self._connection.execute(
            delete(passkey_challenges).where(*rules).returning(passkey_challenges)
        )
        row = found.mappings().one_or_none()
        return value_of(PasskeyChallenge, row) if row else None

    async def _set(self, passkey_id: UUID, **columns: object) -> None:
        await self._connection.execute(
            update(passkeys).where(passkeys.c.id == passkey_id).values(columns)
        )


def _passkey(row: RowMapping) -> Passkey:
    return value_of(Passkey, row, transports=tuple(row["transports"]))
