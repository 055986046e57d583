"""Monitoring data as rows of a table to download."""

from collections.abc import Iterator, Sequence

from adapters.postgres.monitoring.reads.readings import SeriesView
from domain.monitoring.quantifications import inputs_from


def rows_of(series: Sequence[SeriesView]) -> Iterator[tuple[object, ...]]:
    for one in series:
        for at, value, flag in one.points:
            yield one.name, one.quantity, one.unit, at.isoformat(), value, None, flag


def public_rows_of(content: bytes) -> Iterator[tuple[object, ...]]:
    """Of a document of inputs."""
    inputs = inputs_from(content)
    for declared in inputs.calculation.series:
        for row in inputs.rows[declared.name]:
            yield (
                *(row.reference, declared.quantity, declared.unit, row.at.isoformat()),
                *(row.value, row.uncertainty, None),
            )
