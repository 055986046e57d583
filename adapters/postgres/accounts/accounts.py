"""Accounts as activities need them: to check a role, to reach a person."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.ports.accounts import Contact
from adapters.postgres.accounts.holding import HOLDING_ID, LEGAL_NAME
from adapters.postgres.rows import columns_of, value_of
from adapters.postgres.tables import organisations, users
from domain.accounts.roles import REGISTRY_ACCOUNT_ID, Account, Role

_ACCOUNT = select(*columns_of(users, Account), HOLDING_ID)
_BY_ID = _ACCOUNT.where(users.c.id == bindparam("account_id"))
_COMPANY = select(LEGAL_NAME).where(users.c.id == bindparam("account_id"))
_HOLDER = select(organisations.c.id).where(
    organisations.c.holding_account_id == bindparam("account_id")
)


class PostgresAccounts:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, account_id: UUID) -> Account | None:
        return await self._one(_BY_ID, account_id=account_id)

    async def by_email(self, email: str) -> Account | None:
        return await self._one(_ACCOUNT.where(users.c.email == email))

    async def recipient(self, account_id: UUID) -> Account | None:
        account = await self.get(account_id)
        if account is None or account.acts_for == account_id:
            return account
        found = await self._connection.execute(_HOLDER, {"account_id": account_id})
        return account if found.one_or_none() is None else replace(account, holding_id=account_id)

    async def contact(self, account_id: UUID) -> Contact | None:
        found = await self._connection.execute(
            select(users.c.email, users.c.name).where(users.c.id == account_id)
        )
        row = found.one_or_none()
        return Contact(row.email, row.name) if row else None

    async def company(self, account_id: UUID) -> str | None:
        found = await self._connection.execute(_COMPANY, {"account_id": account_id})
        return found.scalar_one_or_none()

    async def administrators(self) -> Sequence[UUID]:
        found = await self._connection.execute(
            select(users.c.id)
            .where(
                users.c.role == Role.ADMINISTRATOR.value,
                users.c.id != REGISTRY_ACCOUNT_ID,
                # Who was invited and never came, or is locked, reads nothing and does nothing.
                users.c.email_verified,
                users.c.locked_at.is_(None),
            )
            .order_by(users.c.id)
        )
        return list(found.scalars())

    async def _one(self, query: Select[Any], **values: object) -> Account | None:
        found = await self._connection.execute(query, values)
        row = found.mappings().one_or_none()
        return value_of(Account, row) if row else None
