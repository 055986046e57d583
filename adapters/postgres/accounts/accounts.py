"""Accounts as activities need them: to check a role, to reach a person."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.ports.accounts import Contact
from adapters.postgres.rows import value_of
from adapters.postgres.tables import users
from domain.accounts.roles import REGISTRY_ACCOUNT_ID, Account, Role

_BY_ID = select(users).where(users.c.id == bindparam("account_id"))
_BY_EMAIL = select(users).where(users.c.email == bindparam("address"))
_COMPANY = select(users.c.company).where(users.c.id == bindparam("account_id"))


class PostgresAccounts:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, account_id: UUID) -> Account | None:
        return await self._one(_BY_ID, account_id=account_id)

    async def by_email(self, email: str) -> Account | None:
        return await self._one(_BY_EMAIL, address=email.lower())

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
