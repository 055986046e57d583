"""Measured series in a formula: row by row, of two at the same moments, and summed up."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from domain.monitoring.measured import Measured, root_sum_of_squares

_SECONDS_IN_HOUR = 3600


class FormulaFault(ValueError):
    """A formula cannot be read, or not be worked out; the words are a sentence for a person."""


@dataclass(frozen=True)
class MeasuredSeries:
    """
    Rows in the order of time. `independent` are the sources whose rows vary each for itself: in sums their
    contributions are added as squares. Those of other sources are wrong together and add up (the larger result).
    """

    rows: Sequence[tuple[datetime, Measured]]
    independent: frozenset[str] = frozenset()


Value = Measured | MeasuredSeries


def number_of(value: Value) -> Measured:
    if isinstance(value, MeasuredSeries):
        raise FormulaFault(
            "A series stands where a number is wanted; sum, mean or integrate it first."
        )
    return value


def each_of(value: Value, function: Callable[[Measured], Measured]) -> Value:
    if isinstance(value, Measured):
        return function(value)
    return MeasuredSeries([(at, function(one)) for at, one in value.rows], value.independent)


def both_of(one: Value, other: Value, operation: Callable[[Measured, Measured], Measured]) -> Value:
    """Of two series the rows of the same moment; what one of them lacks is left out."""
    if isinstance(one, Measured) and isinstance(other, Measured):
        return operation(one, other)
    if isinstance(one, Measured):
        return each_of(other, lambda row: operation(one, row))
    if isinstance(other, Measured):
        return each_of(one, lambda row: operation(row, other))
    by_time = _by_time(other)
    _by_time(one)
    rows = [(at, operation(row, by_time[at])) for at, row in one.rows if at in by_time]
    return MeasuredSeries(rows, one.independent | other.independent)


def _by_time(series: MeasuredSeries) -> dict[datetime, Measured]:
    by_time = dict(series.rows)
    if len(by_time) < len(series.rows):
        raise FormulaFault(
            "A series has two rows at one moment; name the device or series to take."
        )
    return by_time


def of_series(name: str, value: Value, gap_hours: Decimal) -> Measured:
    if isinstance(value, Measured):
        raise FormulaFault(f"{name} is of a series.")
    rows = value.rows
    if name == "count":
        return Measured(Decimal(len(rows)))
    if not rows:
        raise FormulaFault("A series has no rows that are measured at the same moments.")
    if name in {"first", "last"}:
        return rows[0 if name == "first" else -1][1]
    if name == "integral":
        return _weighted(value, _hours_of_rows(rows, gap_hours))
    number = Decimal(len(rows))
    weight = Decimal(1) if name == "sum" else 1 / number
    total = _weighted(value, [weight] * len(rows))
    return total if name != "sample_mean" else _sampled(total, [one.value for _, one in rows])


def _hours_of_rows(rows: Sequence[tuple[datetime, Measured]], gap_hours: Decimal) -> list[Decimal]:
    weights = [Decimal(0)] * len(rows)
    for index, ((before, _), (after, _)) in enumerate(pairwise(rows)):
        span = after - before
        # Whole microseconds, so that no binary fraction comes in.
        micros = (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds
        hours = Decimal(micros) / (_SECONDS_IN_HOUR * 1_000_000)
        if hours <= gap_hours:
            weights[index] += hours / 2
            weights[index + 1] += hours / 2
    return weights


def _weighted(series: MeasuredSeries, weights: Sequence[Decimal]) -> Measured:
    total, together, apart = Decimal(0), dict[str, Decimal](), dict[str, list[Decimal]]()
    for (_, one), weight in zip(series.rows, weights, strict=True):
        total += one.value * weight
        for source, part in one.parts.items():
            if source in series.independent:
                apart.setdefault(source, []).append(part * weight)
            else:
                together[source] = together.get(source, Decimal(0)) + part * weight
    return Measured(
        total, together | {source: root_sum_of_squares(parts) for source, parts in apart.items()}
    )


def _sampled(mean: Measured, values: Sequence[Decimal]) -> Measured:
    number = len(values)
    if number < 2:  # noqa: PLR2004 -- one value has no spread
        raise FormulaFault("A sample has at least two rows.")
    squares = sum(((one - mean.value) ** 2 for one in values), Decimal(0))
    error = (squares / (number - 1) / number).sqrt()
    # Named by its own value: two samples are two sources, the same sample twice is one.
    return Measured(mean.value, {**mean.parts, f"sample {mean.value} {number}": error})
