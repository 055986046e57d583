"""
How tonnes are worked out of what was measured: declared as data, versioned, the same for everybody.

A calculation names the series that it takes, its parameters and its steps; the last step is the result in
tonnes of CO2e, for each calendar year of the monitoring period by itself. Each step carries its uncertainty.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from domain.ingestion.units import is_known
from domain.monitoring.formulas import FUNCTIONS, Formula
from domain.monitoring.series import FormulaFault
from domain.projects.projects import ProjectType

RESULT_UNIT = "tCO2e"


DAYS = "days"

"""A name that every formula knows: days of the year that lie in the monitoring period."""


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
