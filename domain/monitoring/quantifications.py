"""
A quantification: the inputs of a calculation as they were accepted, and the tonnes that follow.

The inputs are one document, canonical JSON (RFC 8785): the calculation as it was declared, its parameters, and
each value with the reading or line that it is. The result names the inputs by their SHA-256, and an approval
names the result by its own. So whoever has the inputs recomputes the tonnes, and whoever has the tonnes knows
of which inputs they are (tools/requantify.py).
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

import rfc8785

from domain.errors import CannotQuantify, Fault
from domain.monitoring.calculations import Calculation, DeclarationFault, calculation_from
from domain.monitoring.tonnes import InputRow, ParameterValue, VintageResult, work_out
from domain.projects.assurance.methodologies import MethodologyVersion
from domain.projects.assurance.quantified import QuantifiedRound
from domain.projects.projects import Project
from domain.projects.verification import (
    MonitoringPeriod,
    Verification,
    VintageQuantity,
    require_undecided,
)
from domain.quantities import format_tonnes

VERSION = 1
YEARS_MAX = 100
ROWS_MAX = 100_000
"""Of one quantification: as many are worked out in some seconds; a longer series is summed up before it is sent."""


@dataclass(frozen=True)
class Inputs:
    """What a quantification is worked out of; `content` is the document, `sha256` (hex) its digest."""

    calculation: Calculation
    period: MonitoringPeriod
    parameters: tuple[ParameterValue, ...]
    rows: Mapping[str, tuple[InputRow, ...]]
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True)
class Quantification:
    """`number` counts those of a round from 1; the newest counts. Rows never change."""

    id: UUID
    verification_id: UUID
    number: int
    calculation: str
    calculation_version: int
    period: MonitoringPeriod
    inputs_sha256: str
    result: Mapping[str, Any]
    computed_by: UUID
    computed_at: datetime

    @property
    def sha256(self) -> str:
        """Of the canonical JSON of the result, which names its inputs."""
        return hashlib.sha256(rfc8785.dumps(dict(self.result))).hexdigest()

    @property
    def vintages(self) -> tuple[VintageQuantity, ...]:
        return vintages_of(self.result)

    @property
    def quantified(self) -> QuantifiedRound:
        return QuantifiedRound(self.sha256, self.vintages)


def vintages_of(result: Mapping[str, Any]) -> tuple[VintageQuantity, ...]:
    """What a result says of each calendar year, in units of 0.01 t CO2e."""
    return tuple(
        VintageQuantity(one["vintage"], int(Decimal(one["quantity"]) * 100))
        for one in result["vintages"]
    )


def require_quantifiable(
    verification: Verification,
    period: MonitoringPeriod,
    calculation: Calculation,
    project: Project,
    methodology: MethodologyVersion | None,
) -> None:
    """
    `methodology` is what the round is verified by; None: it has none.

    Raises:
        AlreadyDecided: the round is decided; what it rests on stands as it was.
        CannotQuantify: the period is not that of the round, or runs backwards or too long, or the calculation is of
            other projects or none of the methodology's; all faults at once.
    """
    require_undecided(verification)
    faults, of_round = [], verification.monitoring_period
    if of_round is not None and of_round != period:
        faults.append(
            Fault("/monitoringPeriod", f"The monitoring period of the round is {of_round}.")
        )
    if not 0 < len(period.years) <= YEARS_MAX or period.first_day > period.last_day:
        faults.append(
            Fault(
                "/monitoringPeriod",
                f"A monitoring period runs from a day to a later one, {YEARS_MAX} years at most.",
            )
        )
    if project.type not in calculation.project_types:
        types = ", ".join(calculation.project_types)
        faults.append(
            Fault("/calculation", f"This calculation is of projects of the type {types}.")
        )
    allowed = methodology.terms.calculations if methodology else ()
    if methodology and allowed and f"{calculation.id}/{calculation.version}" not in allowed:
        faults.append(
            Fault(
                "/calculation",
                f"{methodology.title}, has tonnes worked out by {' or '.join(allowed)} alone; this is"
                f" {calculation.id}/{calculation.version}.",
            )
        )
    if faults:
        raise CannotQuantify(" ".join(one.detail for one in faults), *faults)


def inputs_of(
    calculation: Calculation,
    verification_id: UUID,
    period: MonitoringPeriod,
    parameters: Sequence[ParameterValue],
    rows: Mapping[str, Sequence[InputRow]],
) -> Inputs:
    """
    Raises:
        CannotQuantify: there are more rows than are worked out at once.
    """
    ordered = {
        one.name: tuple(sorted(rows.get(one.name, ()), key=lambda row: (row.at, row.reference)))
        for one in calculation.series
    }
    if sum(map(len, ordered.values())) > ROWS_MAX:
        sentence = f"There are more than {ROWS_MAX:,} values; send sums or means of them instead."
        raise CannotQuantify(sentence, Fault("/series", sentence))
    content = rfc8785.dumps(
        {
            "version": VERSION,
            "verificationId": str(verification_id),
            "monitoringPeriod": {
                "from": period.first_day.isoformat(),
                "to": period.last_day.isoformat(),
            },
            "calculation": dict(calculation.document),
            "parameters": [
                {
                    "name": one.name,
                    "value": decimal_text(one.value),
                    "uncertainty": _text(one.uncertainty),
                    "source": one.source,
                }
                for one in parameters
            ],
            "series": [
                {
                    "name": name,
                    "rows": [
                        [
                            moment_text(one.at),
                            decimal_text(one.value),
                            _text(one.uncertainty),
                            one.reference,
                        ]
                        for one in found
                    ],
                }
                for name, found in ordered.items()
            ],
        }
    )
    return Inputs(calculation, period, tuple(parameters), ordered, content)


def inputs_from(content: bytes) -> Inputs:
    """
    Read a document of inputs, whoever sends it.

    Raises:
        DeclarationFault: it is none; the words say what is wrong with it.
    """
    try:
        document = json.loads(content)
        period = MonitoringPeriod(
            *(date.fromisoformat(document["monitoringPeriod"][name]) for name in ("from", "to"))
        )
        parameters = tuple(
            ParameterValue(
                one["name"], Decimal(one["value"]), _decimal(one["uncertainty"]), one["source"]
            )
            for one in document["parameters"]
        )
        rows = {
            one["name"]: tuple(
                InputRow(_moment(at), Decimal(value), _decimal(uncertainty), reference)
                for at, value, uncertainty, reference in one["rows"]
            )
            for one in document["series"]
        }
        declared = document["calculation"]
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        InvalidOperation,
        RecursionError,
    ) as broken:
        raise DeclarationFault(f"This is no document of inputs: {broken}.") from None
    return Inputs(calculation_from(declared), period, parameters, rows, content)


def result_of(inputs: Inputs) -> dict[str, Any]:
    """
    The result as JSON: what the inputs are by their digest, and of each calendar year the tonnes and every step.

    Raises:
        CannotQuantify: as `calculations.work_out`.
    """
    worked_out = work_out(inputs.calculation, inputs.period, inputs.rows, inputs.parameters)
    return {
        "version": VERSION,
        "inputsSha256": inputs.sha256,
        "calculation": {"id": inputs.calculation.id, "version": inputs.calculation.version},
        "vintages": [_vintage(one) for one in worked_out],
    }


def recomputed_sha256(content: bytes) -> str:
    """The result's SHA-256 (hex), worked out of a document of inputs; empty where nothing follows from it."""
    try:
        result = result_of(inputs_from(content))
    except (DeclarationFault, CannotQuantify):
        return ""
    return hashlib.sha256(rfc8785.dumps(result)).hexdigest()


def _vintage(one: VintageResult) -> dict[str, Any]:
    return {
        "vintage": one.vintage,
        "tonnes": decimal_text(one.tonnes),
        "uncertainty": decimal_text(one.uncertainty),
        "quantity": format_tonnes(one.quantity_units),
        "rows": one.rows,
        "steps": [
            {
                "name": step.name,
                "unit": step.unit,
                "value": decimal_text(step.value),
                "uncertainty": decimal_text(step.uncertainty),
            }
            for step in one.steps
        ],
    }


def decimal_text(value: Decimal) -> str:
    """Without an exponent as long as that is short, and the same for equal numbers."""
    value = value.normalize() if value else Decimal(0)
    return str(value) if abs(value.adjusted()) > 30 else f"{value:f}"  # noqa: PLR2004 -- digits that are read


def moment_text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _text(value: Decimal | None) -> str | None:
    return None if value is None else decimal_text(value)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text} has no zone")
    return at
