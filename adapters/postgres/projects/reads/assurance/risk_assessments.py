"""Risk assessments, read: whole by those who work on the project, points and share by everybody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.projects.assurance.risk_assessments import (
    assessment_from,
    assessments_query,
)
from adapters.postgres.queries import read
from domain.projects.programme.risk_assessment import RiskAssessment


@dataclass(frozen=True)
class PublicRiskView:
    """An assessment that was countersigned, at `decided_at`; `scores` are points by factor."""

    project_id: UUID
    number: int
    tool: str
    tool_version: str
    scores: Mapping[str, int]
    internal_points: int
    external_points: int
    natural_points: int
    percent: Decimal
    decided_at: datetime

    @property
    def total(self) -> int:
        return self.internal_points + self.external_points + self.natural_points


async def assessments_of(connection: AsyncConnection, project_id: UUID) -> Sequence[RiskAssessment]:
    """
    By number, with the reasons of each factor.

    Seen by: whoever works on the project, which the caller has read with the account that asks.
    """
    rows = await connection.execute(assessments_query(project_id))
    return [assessment_from(row) for row in rows.mappings()]


async def public_risk(connection: AsyncConnection, project_id: UUID) -> PublicRiskView | None:
    """
    The one that counts: the last that was countersigned.

    Seen by: everybody.
    """
    found = await public_risks(connection, project_id)
    return found[0] if found else None


async def public_risks(connection: AsyncConnection, project_id: UUID) -> Sequence[PublicRiskView]:
    """
    Those that were countersigned, the newest first.

    Seen by: everybody.
    """
    sql = """
        SELECT project_id, number, tool, tool_version, scores, internal_points, external_points, natural_points,
               percent, decided_at
          FROM public_risk_assessments WHERE project_id = :project_id ORDER BY number DESC
    """
    return await read(connection, PublicRiskView, sql, project_id=project_id)
