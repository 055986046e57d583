"""The tonnes of a round as a page tells them: every step, every parameter, and each series with its lines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from adapters.postgres.monitoring.reads.quantifications import PublicQuantificationView
from adapters.postgres.monitoring.reads.readings import SeriesView
from api.pages.parts.charts import LineChart, line_chart_of
from domain.monitoring.calculations import Calculation
from domain.monitoring.quantifications import Quantification, inputs_from
from domain.monitoring.readings import QualityFlag
from domain.projects.verification import MonitoringPeriod, Verification


@dataclass(frozen=True)
class DrawnSeries:
    """A series with its lines in drawing units; `chart` None: too few values to draw."""

    name: str
    chart: LineChart | None
    values: int
    missing: int
    failed: int
    lowest: float
    highest: float


@dataclass(frozen=True)
class ShownQuantification:
    """What follows, with every input. `inputs_address` leads to the document; `round` None where only those who work on it see it."""

    round: int
    is_public: bool
    period: MonitoringPeriod
    calculation: Calculation
    parameters: Sequence[Any]
    vintages: Sequence[Mapping[str, Any]]
    sha256: str
    inputs_sha256: str
    series: Sequence[DrawnSeries]
    verification_id: UUID
    computed_at: datetime


def drawn_series(view: SeriesView) -> DrawnSeries | None:
    failed = [
        (at, value)
        for at, value, flag in view.points
        if flag == QualityFlag.FAIL and value is not None
    ]
    points = [(at, None if flag == QualityFlag.FAIL else value) for at, value, flag in view.points]
    return _series(f"{view.name}: {view.quantity} ({view.unit})", points, failed)


def _series(
    name: str,
    points: Sequence[tuple[datetime, float | None]],
    failed: Sequence[tuple[datetime, float]] = (),
) -> DrawnSeries | None:
    measured = [value for _, value in points if value is not None]
    if not measured:
        return None
    return DrawnSeries(
        name,
        line_chart_of(points, failed),
        len(measured),
        len(points) - len(measured) - len(failed),
        len(failed),
        min(measured),
        max(measured),
    )


def shown_public(view: PublicQuantificationView) -> ShownQuantification:
    return _shown(
        view.content,
        view.result,
        round=view.round,
        is_public=True,
        sha256=view.quantification_sha256,
        verification_id=view.verification_id,
        computed_at=view.computed_at,
    )


def shown_own(
    verification: Verification, made: Quantification, content: bytes
) -> ShownQuantification:
    return _shown(
        content,
        made.result,
        round=verification.number,
        is_public=False,
        sha256=made.sha256,
        verification_id=verification.id,
        computed_at=made.computed_at,
    )


def _shown(content: bytes, result: Mapping[str, Any], **facts: Any) -> ShownQuantification:
    inputs = inputs_from(content)
    drawn = (
        _series(
            f"{one.quantity} ({one.unit})",
            [(row.at, float(row.value)) for row in inputs.rows[one.name]],
        )
        for one in inputs.calculation.series
    )
    return ShownQuantification(
        period=inputs.period,
        calculation=inputs.calculation,
        parameters=inputs.parameters,
        vintages=result["vintages"],
        inputs_sha256=inputs.sha256,
        series=[one for one in drawn if one],
        **facts,
    )
