"""Quantifications with their inputs, written."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as insert_unless
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.projects.reads.changes import worked_out
from adapters.postgres.rows import value_of
from adapters.postgres.tables import quantification_inputs, quantifications
from domain.monitoring.quantifications import Inputs, Quantification
from domain.projects.verification import MonitoringPeriod


class PostgresQuantifications:
    """`activities.ports.monitoring.Quantifications`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def newest(self, verification_id: UUID) -> Quantification | None:
        found = await self._connection.execute(
            select(quantifications)
            .where(quantifications.c.verification_id == verification_id)
            .order_by(quantifications.c.number.desc())
            .limit(1)
        )
        row = found.mappings().one_or_none()
        return quantification_from(row) if row else None

    async def add(self, quantification: Quantification, inputs: Inputs) -> None:
        await self._connection.execute(
            insert_unless(quantification_inputs)
            .values(sha256=inputs.sha256, content=inputs.content)
            .on_conflict_do_nothing()
        )
        row = vars(quantification) | {
            "period_from": quantification.period.first_day,
            "period_to": quantification.period.last_day,
            "result": dict(quantification.result),
            "sha256": quantification.sha256,
        }
        del row["period"]
        await self._connection.execute(insert(quantifications).values(row))

    async def worked_out(self, verification_id: UUID) -> Sequence[tuple[datetime, str]]:
        return await worked_out(self._connection, verification_id)


def quantification_from(row: RowMapping) -> Quantification:
    return value_of(
        Quantification, row, period=MonitoringPeriod(row["period_from"], row["period_to"])
    )
