"""Alerts, kept."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import alerts
from domain.chain.alerts import Alert


class PostgresAlerts:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, alert: Alert) -> None:
        await self._connection.execute(
            insert(alerts).values(row_of(alert)).on_conflict_do_nothing()
        )

    async def save(self, alert: Alert) -> None:
        await self._connection.execute(
            update(alerts).where(alerts.c.id == alert.id).values(row_of(alert))
        )

    async def lock_recent(self, cleared_since: datetime) -> Sequence[Alert]:
        found = await self._connection.execute(
            select(alerts)
            .where(or_(alerts.c.cleared_at.is_(None), alerts.c.cleared_at >= cleared_since))
            .order_by(alerts.c.raised_at, alerts.c.id)
            .with_for_update()
        )
        return [value_of(Alert, row) for row in found.mappings()]
