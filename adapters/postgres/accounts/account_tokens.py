"""Tokens in the links of mails: their hashes, written, locked and used up."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import account_tokens
from domain.accounts.membership import AccountToken, TokenPurpose


class PostgresAccountTokens:
    """`activities.ports.accounts.AccountTokens`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, token: AccountToken) -> None:
        await self._connection.execute(insert(account_tokens).values(row_of(token)))

    async def get(self, token_hash: str) -> AccountToken | None:
        return await self._one(
            select(account_tokens).where(account_tokens.c.token_hash == token_hash)
        )

    async def lock(self, token_hash: str) -> AccountToken | None:
        return await self._one(
            select(account_tokens)
            .where(account_tokens.c.token_hash == token_hash)
            .with_for_update()
        )

    async def use_up(self, user_id: UUID, purposes: Sequence[TokenPurpose], at: datetime) -> None:
        await self._connection.execute(
            update(account_tokens)
            .where(
                account_tokens.c.user_id == user_id,
                account_tokens.c.purpose.in_([purpose.value for purpose in purposes]),
                account_tokens.c.used_at.is_(None),
            )
            .values(used_at=at)
        )

    async def _one(self, query: Select[Any]) -> AccountToken | None:
        found = await self._connection.execute(query)
        row = found.mappings().one_or_none()
        return value_of(AccountToken, row) if row else None
