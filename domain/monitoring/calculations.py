"""
How tonnes are worked out of what was measured: declared as data, versioned, the same for everybody.

A calculation names the series that it takes, its parameters and its steps; the last step is the result in
tonnes of CO2e, for each calendar year of the monitoring period by itself. Each step carries its uncertainty.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_FLOOR, Decimal, InvalidOperation, localcontext
from typing import Any

from domain.errors import CannotQuantify, Fault
from domain.ingestion.units import is_known
from domain.monitoring.formulas import FUNCTIONS, Formula, FormulaFault, MeasuredSeries, Value
from domain.monitoring.measured import CONTEXT, Measured
from domain.projects.projects import ProjectType
from domain.projects.verification import MonitoringPeriod
from domain.quantities import QUANTITY_UNITS_MAX

RESULT_UNIT = "tCO2e"
DAYS = "days"
"""A name that every formula knows: days of the year that lie in the monitoring period."""
DIGITS = 20
"""Significant digits that are told of a result; more of them were worked with."""
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_ID = re.compile(r"[a-z][a-z0-9-]{0,59}")


class DeclarationFault(ValueError):
    """A calculation is declared wrongly; the words are all its faults, a line each."""


@dataclass(frozen=True)
class SeriesInput:
    """
    Accepted values of one `quantity`, in `unit` or converted to it.

    `independent`: each value's uncertainty is its own; else all of a series are wrong together, as by one
    calibration, which is the larger result.
    """

    name: str
    quantity: str
    unit: str
    description: str
    independent: bool = False


@dataclass(frozen=True)
class ParameterInput:
    """A number that is told with the quantification; `default` None: it must be."""

    name: str
    unit: str
    description: str
    default: Decimal | None = None


@dataclass(frozen=True)
class CalculationStep:
    name: str
    formula: str
    unit: str
    description: str


@dataclass(frozen=True)
class Calculation:
    """`document` is the declaration as JSON, by which anybody can work it out again."""

    id: str
    version: int
    title: str
    description: str
    source: str
    project_types: tuple[ProjectType, ...]
    gap_hours: Decimal
    series: tuple[SeriesInput, ...]
    parameters: tuple[ParameterInput, ...]
    steps: tuple[CalculationStep, ...]
    document: Mapping[str, Any]


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


def calculation_from(declared: Mapping[str, Any]) -> Calculation:
    """
    Raises:
        DeclarationFault: it is declared wrongly; all faults at once.
    """
    faults: list[str] = []
    try:
        calculation = Calculation(
            id=str(declared["id"]),
            version=int(declared["version"]),
            title=str(declared["title"]),
            description=str(declared["description"]),
            source=str(declared["source"]),
            project_types=tuple(ProjectType(one) for one in declared["project_types"]),
            gap_hours=Decimal(str(declared.get("gap_hours", "24"))),
            series=tuple(
                SeriesInput(
                    str(one["name"]),
                    str(one["quantity"]),
                    str(one["unit"]),
                    str(one["description"]),
                    independent=bool(one.get("independent", False)),
                )
                for one in declared.get("series", ())
            ),
            parameters=tuple(
                ParameterInput(
                    str(one["name"]),
                    str(one["unit"]),
                    str(one["description"]),
                    default=Decimal(str(one["default"])) if "default" in one else None,
                )
                for one in declared.get("parameters", ())
            ),
            steps=tuple(
                CalculationStep(
                    *(str(one[name]) for name in ("name", "formula", "unit", "description"))
                )
                for one in declared["steps"]
            ),
            document=declared,
        )
    except (KeyError, TypeError, ValueError, AttributeError, InvalidOperation) as broken:
        raise DeclarationFault(
            f"The declaration lacks something, or has it wrong: {broken}."
        ) from None
    faults += _faults(calculation)
    if faults:
        raise DeclarationFault("\n".join(faults))
    return calculation


def _faults(calculation: Calculation) -> Iterator[str]:
    if not _ID.fullmatch(calculation.id):
        yield "The id is in small letters, digits and hyphens."
    if calculation.version < 1:
        yield "Versions count from 1."
    if not 0 < calculation.gap_hours < 10_000:  # noqa: PLR2004 -- more than a year is no gap
        yield "gap_hours is more than 0 and below 10000."
    known = {DAYS}
    names = [one.name for one in calculation.series] + [one.name for one in calculation.parameters]
    for name in names:
        yield from _name_faults(name, known)
        known.add(name)
    yield from (
        f"{one.name}: the unit {one.unit} is not known."
        for one in calculation.series
        if not is_known(one.unit)
    )
    for step in calculation.steps:
        yield from _name_faults(step.name, known)
        try:
            unknown = sorted(Formula(step.formula).names - known)
        except FormulaFault as fault:
            yield f"{step.name}: {fault}"
        else:
            yield from (f"{step.name}: there is no {name} before it." for name in unknown)
        known.add(step.name)
    if not calculation.steps or calculation.steps[-1].unit != RESULT_UNIT:
        yield f"The last step is the result, in {RESULT_UNIT}."


def _name_faults(name: str, known: set[str]) -> Iterator[str]:
    if not _NAME.fullmatch(name) or name in FUNCTIONS:
        yield f"{name}: a name is of small letters, digits and _, and no function."
    if name in known:
        yield f"{name}: there is one of that name."


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
