"""The tonnes of a round as a page tells them: every step, every parameter, and each series with its lines."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from adapters.postgres.monitoring.reads.quantifications import PublicQuantificationFacts
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


@dataclass(frozen=True)
class DrawnInputs:
    """What a document of inputs shows: the same for ever, since it is named by its SHA-256."""

    period: MonitoringPeriod
    calculation: Calculation
    parameters: Sequence[Any]
    sha256: str
    series: Sequence[DrawnSeries]


DRAWN_MAX = 200
"""Documents whose drawings a process keeps; one has a few kilobytes, whatever the document's size."""


class DrawnDocuments:
    """
    Drawings of documents of inputs, the last ones kept under their SHA-256.

    A document has up to a hundred thousand values, and everybody may ask for its page: one of them is
    read at a time, however many ask.
    """

    def __init__(self, *, most: int = DRAWN_MAX) -> None:
        self._most = most
        self._kept: OrderedDict[str, DrawnInputs] = OrderedDict()
        self._turn = asyncio.Lock()

    async def drawn(self, digest: str, content: Callable[[], Awaitable[bytes]]) -> DrawnInputs:
        """`content` is asked for where nothing is kept."""
        async with self._turn:
            kept = self._kept.get(digest)
            if kept is None:
                kept = await asyncio.to_thread(drawn_of, await content())
                self._kept[digest] = kept
            self._kept.move_to_end(digest)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return kept

    async def of_document(self, content: bytes) -> DrawnInputs:
        """Of a document that is at hand."""

        async def at_hand() -> bytes:
            return content

        return await self.drawn(sha256(content).hexdigest(), at_hand)

    async def read_one(self, read: Callable[[], str]) -> str:
        """Something else that is made of documents, in its turn too."""
        async with self._turn:
            return await asyncio.to_thread(read)


DRAWN = DrawnDocuments()


def shown_public(view: PublicQuantificationFacts, drawn: DrawnInputs) -> ShownQuantification:
    return _shown(
        drawn,
        view.result,
        round=view.round,
        is_public=True,
        sha256=view.quantification_sha256,
        verification_id=view.verification_id,
        computed_at=view.computed_at,
    )


def shown_own(
    verification: Verification, made: Quantification, drawn: DrawnInputs
) -> ShownQuantification:
    return _shown(
        drawn,
        made.result,
        round=verification.number,
        is_public=False,
        sha256=made.sha256,
        verification_id=verification.id,
        computed_at=made.computed_at,
    )


def drawn_of(content: bytes) -> DrawnInputs:
    inputs = inputs_from(content)
    drawn = (
        _series(
            f"{one.quantity} ({one.unit})",
            [(row.at, float(row.value)) for row in inputs.rows[one.name]],
        )
        for one in inputs.calculation.series
    )
    return DrawnInputs(
        inputs.period,
        inputs.calculation,
        inputs.parameters,
        inputs.sha256,
        [one for one in drawn if one],
    )


def _shown(drawn: DrawnInputs, result: Mapping[str, Any], **facts: Any) -> ShownQuantification:
    return ShownQuantification(
        period=drawn.period,
        calculation=drawn.calculation,
        parameters=drawn.parameters,
        vintages=result["vintages"],
        inputs_sha256=drawn.sha256,
        series=drawn.series,
        **facts,
    )
