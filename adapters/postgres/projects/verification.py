"""Verifications and their timelines, written."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import Range, insert
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import registry_policy, verification_events, verification_requests
from domain.projects.verification import (
    MonitoringPeriod,
    TimelineEvent,
    Verification,
    VintageQuantity,
    vintages_document,
)

_OF_PROJECT = (
    select(verification_requests)
    .where(verification_requests.c.project_id == bindparam("of_project"))
    .order_by(verification_requests.c.number)
)
_FIRST_OF_PROJECT = (
    select(verification_requests)
    .where(
        verification_requests.c.project_id == bindparam("of_project"),
        verification_requests.c.monitoring_period.is_(None),
    )
    .order_by(verification_requests.c.number.desc())
    .limit(1)
)


class PostgresVerifications:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, verification: Verification) -> None:
        await self._connection.execute(
            insert(verification_requests).values(verification_row(verification))
        )

    async def for_project(self, project_id: UUID) -> Verification | None:
        found = await self._connection.execute(_FIRST_OF_PROJECT, {"of_project": project_id})
        row = found.mappings().one_or_none()
        return verification_from(row) if row else None

    async def rounds(self, project_id: UUID) -> Sequence[Verification]:
        found = await self._connection.execute(_OF_PROJECT, {"of_project": project_id})
        return [verification_from(row) for row in found.mappings()]

    async def lock(self, verification_id: UUID) -> Verification | None:
        found = await self._connection.execute(
            select(verification_requests)
            .where(verification_requests.c.id == verification_id)
            .with_for_update()
        )
        row = found.mappings().one_or_none()
        return verification_from(row) if row else None

    async def save(self, verification: Verification) -> None:
        await self._connection.execute(
            update(verification_requests)
            .where(verification_requests.c.id == verification.id)
            .values(verification_row(verification))
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


def verification_row(verification: Verification) -> dict[str, Any]:
    """What its columns hold; a monitoring period is a range, vintages are a JSON object by year."""
    period, vintages = verification.monitoring_period, verification.vintages
    return row_of(verification) | {
        "monitoring_period": period and Range(period.first_day, period.last_day, bounds="[]"),
        "vintages": None if vintages is None else vintages_document(vintages),
    }


def verification_from(row: RowMapping) -> Verification:
    vintages = row["vintages"]
    return value_of(
        Verification,
        row,
        monitoring_period=period_from(row["monitoring_period"]),
        vintages=None if vintages is None else vintages_from(vintages),
    )


def period_from(column: Range[date] | None) -> MonitoringPeriod | None:
    """PostgreSQL writes ranges of days without their upper end."""
    if column is None:
        return None
    if column.lower is None or column.upper is None:
        raise ValueError("a monitoring period has both ends (check constraint period_bounded)")
    return MonitoringPeriod(column.lower, column.upper - timedelta(days=1))


def vintages_from(document: Mapping[str, int]) -> tuple[VintageQuantity, ...]:
    """As `vintages_document` writes it, in the order of years."""
    return tuple(sorted(VintageQuantity(int(year), units) for year, units in document.items()))
