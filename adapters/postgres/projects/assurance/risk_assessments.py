"""Risk assessments and what was decided of them, written, and read back as the rules see them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, insert, select
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import risk_assessments, risk_decisions
from domain.projects.programme.risk_assessment import (
    RiskAssessment,
    RiskDecision,
    RiskOutcome,
    ScoredFactor,
)
from domain.projects.programme.risk_tool import RiskFactor


class PostgresRiskAssessments:
    """`activities.ports.projects.RiskAssessments`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, assessment: RiskAssessment) -> None:
        row = {name: value for name, value in vars(assessment).items() if name != "decision"}
        factors = [row_of(one) for one in assessment.factors]
        await self._connection.execute(insert(risk_assessments).values(row | {"factors": factors}))

    async def of_project(self, project_id: UUID) -> Sequence[RiskAssessment]:
        rows = await self._connection.execute(assessments_query(project_id))
        return [assessment_from(row) for row in rows.mappings()]

    async def decide(self, decision: RiskDecision) -> None:
        await self._connection.execute(insert(risk_decisions).values(row_of(decision)))


def assessments_query(project_id: UUID) -> Select[Any]:
    """All of a project, by number."""
    decision = risk_decisions.c
    return (
        select(
            risk_assessments,
            decision.outcome,
            decision.reason,
            decision.decided_by,
            decision.decided_at,
        )
        .outerjoin(risk_decisions, decision.assessment_id == risk_assessments.c.id)
        .where(risk_assessments.c.project_id == project_id)
        .order_by(risk_assessments.c.number)
    )


def assessment_from(row: RowMapping) -> RiskAssessment:
    factors = tuple(
        ScoredFactor(RiskFactor(one["factor"]), one["score"], one["reason"])
        for one in row["factors"]
    )
    decision = None
    if row["decided_at"] is not None:
        decision = RiskDecision(
            row["id"],
            RiskOutcome(row["outcome"]),
            row["reason"],
            row["decided_by"],
            row["decided_at"],
        )
    return value_of(RiskAssessment, row, factors=factors, decision=decision)
