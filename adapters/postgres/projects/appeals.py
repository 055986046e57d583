"""Appeals and grievances, written."""

from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import Select

from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import appeals
from domain.projects.programme.appeals import Appeal, AppealKind

_CHANGES = (
    "status",
    "acknowledged_at",
    "acknowledged_by",
    "withheld_reason",
    "decided_at",
    "decided_by",
    "public_reason",
)


class PostgresAppeals:
    """`activities.ports.projects.Appeals`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, appeal: Appeal) -> None:
        await self._connection.execute(insert(appeals).values(row_of(appeal)))

    async def get(self, appeal_id: UUID) -> Appeal | None:
        return await self._one(select(appeals).where(appeals.c.id == appeal_id))

    async def lock(self, appeal_id: UUID) -> Appeal | None:
        return await self._one(select(appeals).where(appeals.c.id == appeal_id).with_for_update())

    async def against(self, verification_id: UUID) -> Appeal | None:
        return await self._one(
            select(appeals).where(
                appeals.c.verification_id == verification_id,
                appeals.c.kind == AppealKind.APPEAL.value,
            )
        )

    async def save(self, appeal: Appeal) -> None:
        row = row_of(appeal)
        await self._connection.execute(
            update(appeals)
            .where(appeals.c.id == appeal.id)
            .values({name: row[name] for name in _CHANGES})
        )

    async def _one(self, query: Select[tuple[object, ...]]) -> Appeal | None:
        row = (await self._connection.execute(query)).mappings().one_or_none()
        return value_of(Appeal, row) if row else None
