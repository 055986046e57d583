"""Accounts as they are opened, confirmed, locked and changed, written."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.ports.accounts import NewMember, RecordedAct
from adapters.postgres.accounts.personal_data.data_keys import lock_email, seal
from adapters.postgres.rows import columns_of, row_of, value_of
from adapters.postgres.tables import account_acts, account_tokens, sessions, users
from domain.accounts.membership import Member
from domain.accounts.roles import REGISTRY_ACCOUNT_ID, Role

_REGISTERED_ANEW = ("password_hash", "name", "company", "role")
_MEMBER = columns_of(users, Member)


class PostgresMembers:
    """`activities.ports.accounts.Members`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def register(self, member: NewMember) -> None:
        row = await self._sealed_row(member)
        added = insert(users).values(row)
        await self._connection.execute(
            added.on_conflict_do_update(
                index_elements=[users.c.id],
                set_={name: added.excluded[name] for name in (*_REGISTERED_ANEW, "updated_at")},
                where=users.c.email_verified.is_(False)
                & users.c.invited_at.is_(None)
                & users.c.locked_at.is_(None),
            )
        )
        # Those of a confirmed account that nobody has confirmed: none. So this asks nothing first.
        nobody_confirmed = select(users.c.id).where(
            users.c.id == row["id"], users.c.email_verified.is_(False)
        )
        await self._connection.execute(
            update(account_tokens)
            .where(
                account_tokens.c.user_id.in_(nobody_confirmed),
                account_tokens.c.purpose == "verify_email",
                account_tokens.c.used_at.is_(None),
            )
            .values(used_at=member.created_at)
        )

    async def invite(self, member: NewMember) -> bool:
        row = await self._sealed_row(member)
        if row["id"] != member.id:
            return False
        found = await self._connection.execute(
            insert(users).values(row).on_conflict_do_nothing().returning(users.c.id)
        )
        return found.one_or_none() is not None

    async def get(self, account_id: UUID) -> Member | None:
        return await self._one(select(*_MEMBER).where(users.c.id == account_id))

    async def lock(self, account_id: UUID) -> Member | None:
        return await self._one(select(*_MEMBER).where(users.c.id == account_id).with_for_update())

    async def lock_administrators(self) -> Sequence[Member]:
        found = await self._connection.execute(
            select(*_MEMBER)
            .where(users.c.role == Role.ADMINISTRATOR.value, users.c.id != REGISTRY_ACCOUNT_ID)
            .order_by(users.c.id)
            .with_for_update()
        )
        return [value_of(Member, row) for row in found.mappings()]

    async def email(self, account_id: UUID) -> str | None:
        found = await self._connection.execute(
            select(users.c.email).where(users.c.id == account_id)
        )
        return found.scalar_one_or_none()

    async def confirm_email(self, account_id: UUID, at: datetime) -> None:
        await self._set(account_id, at, email_verified=True)

    async def pending_email(self, account_id: UUID) -> str | None:
        found = await self._connection.execute(
            select(users.c.pending_email).where(users.c.id == account_id)
        )
        return found.scalar_one_or_none()

    async def set_pending_email(self, account_id: UUID, email: str | None, at: datetime) -> None:
        sealed = (
            {"pending_email": None}
            if email is None
            else await seal(self._connection, users, account_id, pending_email=email)
        )
        await self._set(account_id, at, **sealed)

    async def take_pending_email(self, account_id: UUID, at: datetime) -> bool:
        email = await self.pending_email(account_id)
        if email is None:
            return False
        await lock_email(self._connection, email)
        taken = await self._connection.execute(
            select(users.c.id).where(users.c.email == email, users.c.id != account_id)
        )
        if taken.first() is not None:
            return False
        sealed = await seal(self._connection, users, account_id, email=email)
        await self._set(account_id, at, **sealed, email_hash=email, pending_email=None)
        return True

    async def set_password(self, account_id: UUID, password_hash: str, at: datetime) -> None:
        await self._connection.execute(
            select(func.karbonica_set_password(account_id, password_hash, at))
        )

    async def set_locked(self, account_id: UUID, locked_at: datetime | None, at: datetime) -> None:
        await self._set(account_id, at, locked_at=locked_at)

    async def set_role(self, account_id: UUID, role: Role, at: datetime) -> None:
        await self._connection.execute(select(func.karbonica_set_role(account_id, role.value, at)))

    async def set_invited(self, account_id: UUID, at: datetime) -> None:
        await self._set(account_id, at, invited_at=at)

    async def change_profile(self, account_id: UUID, at: datetime, **columns: object) -> None:
        """Of `name`, `company` and `mails_notifications` those that are named."""
        name = columns.get("name")
        if isinstance(name, str):
            columns |= await seal(self._connection, users, account_id, name=name)
        await self._set(account_id, at, **columns)

    async def add_act(self, act: RecordedAct) -> None:
        row = row_of(act)
        if act.reason is not None:
            row |= await seal(self._connection, account_acts, act.id, reason=act.reason)
        await self._connection.execute(insert(account_acts).values(row))

    async def end_sessions(
        self, account_id: UUID, at: datetime, *, but_family: UUID | None = None
    ) -> None:
        theirs = (sessions.c.user_id == account_id) & sessions.c.ended_at.is_(None)
        if but_family is not None:
            theirs &= sessions.c.family_id != but_family
        await self._connection.execute(update(sessions).where(theirs).values(ended_at=at))

    async def end_family(self, account_id: UUID, family_id: UUID, at: datetime) -> bool:
        found = await self._connection.execute(
            update(sessions)
            .where(
                sessions.c.user_id == account_id,
                sessions.c.family_id == family_id,
                sessions.c.ended_at.is_(None),
            )
            .values(ended_at=at)
        )
        return bool(found.rowcount)

    async def _set(self, account_id: UUID, at: datetime, **columns: object) -> None:
        await self._connection.execute(
            update(users).where(users.c.id == account_id).values(**columns, updated_at=at)
        )

    async def _sealed_row(self, member: NewMember) -> dict[str, Any]:
        """Of the account that has this e-mail already, where there is one; nobody else adds one meanwhile."""
        await lock_email(self._connection, member.email)
        found = await self._connection.execute(
            select(users.c.id).where(users.c.email == member.email)
        )
        row_id = found.scalar_one_or_none() or member.id
        sealed = await seal(self._connection, users, row_id, email=member.email, name=member.name)
        return (
            row_of(member)
            | sealed
            | {"id": row_id, "email_hash": member.email, "updated_at": member.created_at}
        )

    async def _one(self, query: Select[Any]) -> Member | None:
        found = await self._connection.execute(query)
        row = found.mappings().one_or_none()
        return value_of(Member, row) if row else None
