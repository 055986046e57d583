"""Verifications and their timelines, written."""

from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import registry_policy, verification_events, verification_requests
from domain.projects.verification import TimelineEvent, Verification

_FOR_PROJECT = select(verification_requests).where(
    verification_requests.c.project_id == bindparam("of_project")
)


class PostgresVerifications:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, verification: Verification) -> None:
        await self._connection.execute(insert(verification_requests).values(row_of(verification)))

    async def for_project(self, project_id: UUID) -> Verification | None:
        found = await self._connection.execute(_FOR_PROJECT, {"of_project": project_id})
        row = found.mappings().one_or_none()
        return value_of(Verification, row) if row else None

    async def lock(self, verification_id: UUID) -> Verification | None:
        found = await self._connection.execute(
            select(verification_requests)
            .where(verification_requests.c.id == verification_id)
            .with_for_update()
        )
        row = found.mappings().one_or_none()
        return value_of(Verification, row) if row else None

    async def save(self, verification: Verification) -> None:
        await self._connection.execute(
            update(verification_requests)
            .where(verification_requests.c.id == verification.id)
            .values(row_of(verification))
        )

    async def countersignature_is_required(self) -> bool:
        found = await self._connection.execute(select(registry_policy.c.require_countersignature))
        required: bool = found.scalar_one()
        return required

    async def add_event(self, event: TimelineEvent) -> bool:
        added = await self._connection.execute(
            insert(verification_events)
            .values(row_of(event))
            .on_conflict_do_nothing()
            .returning(verification_events.c.id)
        )
        return added.one_or_none() is not None
