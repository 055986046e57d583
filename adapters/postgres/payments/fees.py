"""Fee schedules and what was decided of them, written and read."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, insert, select, text
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import fee_decisions, fee_schedules
from domain.payments.fees import FeeDecision, FeeOutcome, FeeSchedule


class PostgresFeeSchedules:
    """`activities.ports.payments.repositories.FeeSchedules`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def lock(self) -> None:
        await self._connection.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended('fee_schedules', 0))")
        )

    async def all(self) -> Sequence[FeeSchedule]:
        rows = await self._connection.execute(schedules_query())
        return [schedule_from(row) for row in rows.mappings()]

    async def in_force(self) -> FeeSchedule | None:
        query = (
            schedules_query()
            .where(fee_decisions.c.outcome == FeeOutcome.COUNTERSIGNED.value)
            .order_by(None)
            .order_by(fee_schedules.c.number.desc())
            .limit(1)
        )
        row = (await self._connection.execute(query)).mappings().one_or_none()
        return schedule_from(row) if row else None

    async def add(self, schedule: FeeSchedule) -> None:
        row = {name: value for name, value in row_of(schedule).items() if name != "decision"}
        await self._connection.execute(insert(fee_schedules).values(row))

    async def decide(self, decision: FeeDecision) -> None:
        await self._connection.execute(insert(fee_decisions).values(row_of(decision)))


def schedules_query() -> Select[Any]:
    """All of them, by number."""
    decision = fee_decisions.c
    return (
        select(
            fee_schedules,
            decision.outcome,
            decision.reason.label("refusal"),
            decision.decided_by,
            decision.decided_at,
        )
        .outerjoin(fee_decisions, decision.schedule_id == fee_schedules.c.id)
        .order_by(fee_schedules.c.number)
    )


def schedule_from(row: RowMapping) -> FeeSchedule:
    decision = None
    if row["decided_at"] is not None:
        decision = FeeDecision(
            row["id"],
            FeeOutcome(row["outcome"]),
            row["refusal"],
            row["decided_by"],
            row["decided_at"],
        )
    return value_of(FeeSchedule, row, decision=decision)
