"""Mails about accounts, asked for and noted."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import account_messages, account_tokens, users
from domain.accounts.messages import AccountMessage, AccountMessageKind


class PostgresAccountMessages:
    """`activities.ports.accounts.AccountMessages`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def ask(self, message: AccountMessage, *, email: str | None = None) -> None:
        row = row_of(message)
        if email is None:
            await self._connection.execute(insert(account_messages).values(row))
            return
        del row["user_id"]
        # One statement for an e-mail that is known and for one that is not.
        to_whoever = select(users.c.id).where(users.c.email == email).scalar_subquery()
        await self._connection.execute(
            insert(account_messages).values(row | {"user_id": to_whoever})
        )

    async def waiting(self, message_id: UUID) -> AccountMessage | None:
        found = await self._connection.execute(
            select(account_messages).where(
                account_messages.c.id == message_id, account_messages.c.handled_at.is_(None)
            )
        )
        row = found.mappings().one_or_none()
        return value_of(AccountMessage, row) if row else None

    async def waiting_between(
        self, since: datetime, before: datetime, *, limit: int
    ) -> Sequence[UUID]:
        found = await self._connection.execute(
            select(account_messages.c.id)
            .where(
                account_messages.c.handled_at.is_(None),
                account_messages.c.requested_at >= since,
                account_messages.c.requested_at < before,
            )
            .order_by(account_messages.c.requested_at, account_messages.c.id)
            .limit(limit)
        )
        return list(found.scalars())

    async def mailed_since(self, user_id: UUID, kind: AccountMessageKind, since: datetime) -> int:
        found = await self._connection.execute(
            select(func.count())
            .select_from(account_messages)
            .where(
                account_messages.c.user_id == user_id,
                account_messages.c.kind == kind.value,
                account_messages.c.mailed_at >= since,
            )
        )
        return int(found.scalar_one())

    async def mark_handled(self, message_id: UUID, at: datetime, *, mailed: bool) -> None:
        await self._connection.execute(
            update(account_messages)
            .where(account_messages.c.id == message_id)
            .values(handled_at=at, mailed_at=at if mailed else None)
        )

    async def forget(self, before: datetime) -> int:
        forgotten = await self._connection.execute(
            delete(account_messages).where(account_messages.c.requested_at < before)
        )
        await self._connection.execute(
            delete(account_tokens).where(account_tokens.c.expires_at < before)
        )
        return forgotten.rowcount
