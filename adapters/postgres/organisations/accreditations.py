"""Accreditations of verification bodies and declarations of their verifiers, written."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import accreditations, conflict_declarations
from domain.organisations.accreditation import Accreditation, ConflictDeclaration

_RENEWED = ("project_types", "valid_from", "valid_until", "evidence_url", "recorded_by")


class PostgresAccreditations:
    """`activities.ports.organisations.Accreditations`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of(self, organisation_id: UUID) -> Sequence[Accreditation]:
        found = await self._connection.execute(
            select(accreditations)
            .where(accreditations.c.organisation_id == organisation_id)
            .order_by(accreditations.c.created_at, accreditations.c.id)
        )
        return [accreditation_from(row) for row in found.mappings()]

    async def save(self, accreditation: Accreditation, at: datetime) -> None:
        row = row_of(accreditation) | {
            "project_types": list(accreditation.project_types),
            "created_at": at,
            "updated_at": at,
        }
        added = insert(accreditations).values(row)
        await self._connection.execute(
            added.on_conflict_do_update(
                index_elements=["organisation_id", "scheme", "number"],
                set_={name: added.excluded[name] for name in (*_RENEWED, "updated_at")},
            )
        )

    async def drop_inherited(self, organisation_id: UUID, at: datetime) -> None:
        await self._connection.execute(
            update(accreditations)
            .where(
                accreditations.c.organisation_id == organisation_id,
                accreditations.c.inherited,
                accreditations.c.valid_until.is_(None),
            )
            .values(
                # Not before it began: one that is replaced on its first day ends with it.
                valid_until=func.greatest(
                    accreditations.c.valid_from, (at - timedelta(days=1)).date()
                ),
                updated_at=at,
            )
        )


class PostgresConflictDeclarations:
    """`activities.ports.organisations.ConflictDeclarations`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, declaration: ConflictDeclaration) -> bool:
        added = await self._connection.execute(
            insert(conflict_declarations)
            .values(row_of(declaration))
            .on_conflict_do_nothing()
            .returning(conflict_declarations.c.id)
        )
        return added.one_or_none() is not None

    async def newest(self, verification_id: UUID, user_id: UUID) -> ConflictDeclaration | None:
        found = await self._connection.execute(
            select(conflict_declarations)
            .where(
                conflict_declarations.c.verification_id == verification_id,
                conflict_declarations.c.user_id == user_id,
            )
            .order_by(conflict_declarations.c.declared_at.desc(), conflict_declarations.c.id)
            .limit(1)
        )
        row = found.mappings().one_or_none()
        return value_of(ConflictDeclaration, row) if row else None


def accreditation_from(row: RowMapping) -> Accreditation:
    return value_of(Accreditation, row, project_types=tuple(row["project_types"]))
