"""Working out the tonnes of each calendar year of a monitoring period by a declared calculation."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_FLOOR, Decimal, localcontext

from domain.errors import CannotQuantify, Fault
from domain.monitoring.calculations import DAYS, Calculation, SeriesInput
from domain.monitoring.formulas import Formula
from domain.monitoring.measured import CONTEXT, Measured
from domain.monitoring.series import FormulaFault, MeasuredSeries, Value
from domain.projects.verification import MonitoringPeriod
from domain.quantities import QUANTITY_UNITS_MAX

DIGITS = 20

"""Significant digits that are told of a result; more of them were worked with."""


@dataclass(frozen=True)
class InputRow:
    """One accepted value in its input's unit; `reference` names the reading or the line that it is."""

    at: datetime
    value: Decimal
    uncertainty: Decimal | None
    reference: str


@dataclass(frozen=True)
class ParameterValue:
    """`uncertainty` is the standard uncertainty; `source` says where the number is from."""

    name: str
    value: Decimal
    uncertainty: Decimal | None
    source: str


@dataclass(frozen=True)
class StepResult:
    name: str
    unit: str
    value: Decimal
    uncertainty: Decimal


@dataclass(frozen=True)
class VintageResult:
    """
    Of one calendar year: `tonnes` as worked out, `quantity_units` what may be issued of it.

    Those are units of 0.01 t, rounded down, and none where nothing was reduced or removed.
    """

    vintage: int
    tonnes: Decimal
    uncertainty: Decimal
    quantity_units: int
    rows: int
    steps: tuple[StepResult, ...]


def parameters_of(
    calculation: Calculation, told: Sequence[ParameterValue]
) -> tuple[ParameterValue, ...]:
    """
    Those of the calculation in its order, with defaults where nothing is told.

    Raises:
        CannotQuantify: one is missing, told twice, or is none of it; all faults at once.
    """
    by_name = {one.name: one for one in told}
    declared = {one.name for one in calculation.parameters}
    names = [one.name for one in told]
    faults = [
        Fault(f"/parameters/{place}/name", f"{name} is told twice.")
        if name in declared
        else Fault(f"/parameters/{place}/name", f"The calculation has no parameter {name}.")
        for place, name in enumerate(names)
        if name not in declared or name in names[:place]
    ]
    values = []
    for one in calculation.parameters:
        if one.name in by_name:
            values.append(by_name[one.name])
        elif one.default is not None:
            values.append(ParameterValue(one.name, one.default, None, "default of the calculation"))
        else:
            faults.append(Fault("/parameters", f"{one.name} is missing: {one.description}"))
    _raise(faults)
    return tuple(values)


def years_of(period: MonitoringPeriod) -> Iterator[tuple[int, date, date]]:
    """Each calendar year of the period with the first and the last day of it that lie in it."""
    for year in period.years:
        yield (
            year,
            max(period.first_day, date(year, 1, 1)),
            min(period.last_day, date(year, 12, 31)),
        )


def work_out(
    calculation: Calculation,
    period: MonitoringPeriod,
    rows: Mapping[str, Sequence[InputRow]],
    parameters: Sequence[ParameterValue],
) -> tuple[VintageResult, ...]:
    """
    The tonnes of each calendar year of the monitoring period; years and days are UTC's.

    Raises:
        CannotQuantify: a series has nothing in a year, or a step cannot be worked out; all faults at once.
    """
    with localcontext(CONTEXT):
        told = {
            one.name: Measured(one.value, {one.name: one.uncertainty} if one.uncertainty else {})
            for one in parameters
        }
        results, faults = [], list[Fault]()
        for year, first, last in years_of(period):
            days = Decimal((last - first).days + 1)
            known: dict[str, Value] = {**told, DAYS: Measured(days)}
            used = 0
            for series in calculation.series:
                found = [one for one in rows.get(series.name, ()) if first <= _day(one.at) <= last]
                used += len(found)
                if not found:
                    sentence = f"There is no accepted value of {series.quantity} in {year}, from {first} to {last}."
                    faults.append(Fault("/series", sentence))
                known[series.name] = _series(series, found)
            if not faults:
                try:
                    results.append(_vintage(calculation, year, known, used))
                except FormulaFault as fault:
                    faults.append(Fault("/calculation", f"{year}: {fault}"))
        _raise(faults)
    return tuple(results)


def _vintage(
    calculation: Calculation, year: int, known: dict[str, Value], rows: int
) -> VintageResult:
    steps = []
    result = Measured(Decimal(0))
    for step in calculation.steps:
        try:
            value = Formula(step.formula).value(known, gap_hours=calculation.gap_hours)
        except FormulaFault as fault:
            raise FormulaFault(f"{step.name}: {fault}") from None
        known[step.name] = value
        if isinstance(value, Measured):
            result = value
            steps.append(
                StepResult(
                    step.name, step.unit, told_digits(value.value), told_digits(value.uncertainty)
                )
            )
        elif step is calculation.steps[-1]:
            raise FormulaFault(f"{step.name}: the result is a number, and no series.")
    units = int((result.value * 100).to_integral_value(rounding=ROUND_FLOOR))
    if units > QUANTITY_UNITS_MAX:
        raise FormulaFault("The result is more than any project can be.")
    return VintageResult(
        vintage=year,
        tonnes=told_digits(result.value),
        uncertainty=told_digits(result.uncertainty),
        quantity_units=max(0, units),
        rows=rows,
        steps=tuple(steps),
    )


def told_digits(value: Decimal) -> Decimal:
    """As results are told: 20 significant digits, without zeros at the end."""
    context = CONTEXT.copy()
    context.prec = DIGITS
    return value.normalize(context)


def _series(declared: SeriesInput, rows: Sequence[InputRow]) -> MeasuredSeries:
    ordered = sorted(rows, key=lambda one: (one.at, one.reference))
    return MeasuredSeries(
        [
            (
                one.at,
                Measured(one.value, {declared.name: one.uncertainty} if one.uncertainty else {}),
            )
            for one in ordered
        ],
        frozenset({declared.name}) if declared.independent else frozenset(),
    )


def _day(at: datetime) -> date:
    return at.astimezone(UTC).date()


def _raise(faults: Sequence[Fault]) -> None:
    if faults:
        raise CannotQuantify(" ".join(dict.fromkeys(one.detail for one in faults)), *faults)
