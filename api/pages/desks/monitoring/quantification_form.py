"""The form of a quantification: what it sends, whose fields are at fault, and what it begins with."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field

from api.commands.monitoring.quantifications import QuantificationTerms
from api.http.fields import Day, NaturalNumber, Number, Text
from api.http.schema import RequestSchema
from api.pages.parts.forms import FormFaults
from domain.monitoring.calculations import Calculation
from domain.monitoring.quantifications import Inputs, decimal_text
from domain.monitoring.tonnes import ParameterValue
from domain.projects.verification import MonitoringPeriod, Verification

SOURCE_LENGTH_MAX = 500


class QuantifiedDaysForm(RequestSchema):
    first_day: Day = Field(alias="from")
    last_day: Day = Field(alias="to")


class ToldParameterForm(RequestSchema):
    name: Annotated[str, Text(40)]
    value: Number
    uncertainty: NaturalNumber | None = None
    source: Annotated[str, Text(SOURCE_LENGTH_MAX)]


class QuantificationForm(RequestSchema):
    """As POST /verifications/{id}/quantification takes it."""

    calculation: Annotated[str, Text(60)]
    monitoring_period: QuantifiedDaysForm | None = None
    parameters: list[ToldParameterForm]
    sources: dict[str, Annotated[str, Text(100)]]

    def terms(self) -> QuantificationTerms:
        days = self.monitoring_period
        return QuantificationTerms(
            self.calculation,
            MonitoringPeriod(days.first_day, days.last_day) if days else None,
            [ParameterValue(**dict(one)) for one in self.parameters],
            self.sources,
        )


def sent_quantification(
    calculation: Calculation | None, typed: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, str]]:
    """The body that a call would send, and the names of the form's fields by their places in it."""
    places = {
        "/calculation": "calculation",
        "/monitoringPeriod": "first_day",
        "/monitoringPeriod/from": "first_day",
        "/monitoringPeriod/to": "last_day",
    }
    parameters = list[dict[str, str]]()
    for one in calculation.parameters if calculation else ():
        told = {
            name: typed.get(f"p-{one.name}-{name}", "").strip()
            for name in ("value", "uncertainty", "source")
        }
        if one.default is not None and not any(told.values()):
            continue
        for name in told:
            places[f"/parameters/{len(parameters)}/{name}"] = f"p-{one.name}-{name}"
        parameters.append(
            {name: text for name, text in told.items() if text or name != "uncertainty"}
            | {"name": one.name}
        )
    sources = dict[str, str]()
    for series in calculation.series if calculation else ():
        places[f"/sources/{series.name}"] = f"s-{series.name}"
        if origin := typed.get(f"s-{series.name}", ""):
            sources[series.name] = origin
    sent: dict[str, Any] = {
        "calculation": typed.get("calculation", ""),
        "parameters": parameters,
        "sources": sources,
    }
    if "first_day" in typed or "last_day" in typed:
        days = {"from": typed.get("first_day", ""), "to": typed.get("last_day", "")}
        sent["monitoringPeriod"] = days
    return sent, places


def told_faults(faults: FormFaults) -> FormFaults:
    """Of a parameter with its name, and for people: calls send numbers as text, forms do anyway."""
    fields = {
        name: f"{name.split('-')[1].replace('_', ' ').capitalize()}: {sentence.replace('a decimal string', 'a number')}"
        if name.startswith("p-")
        else sentence
        for name, sentence in faults.fields.items()
    }
    return replace(faults, fields=fields)


def written_before(
    chosen: Calculation | None, verification: Verification, start: str, inputs: Inputs | None
) -> dict[str, str]:
    """As it was worked out the last time, to be changed; the first time with the day that the project began."""
    period = verification.monitoring_period or (inputs.period if inputs else None)
    written = {
        "calculation": chosen.id if chosen else "",
        "first_day": period.first_day.isoformat() if period else start,
        "last_day": period.last_day.isoformat() if period else "",
    }
    if inputs is None or chosen is None or inputs.calculation.id != chosen.id:
        return written
    defaults = {one.name: one.default for one in chosen.parameters}
    for one in inputs.parameters:
        if one.value == defaults.get(one.name) and one.uncertainty is None:
            continue
        written[f"p-{one.name}-value"] = decimal_text(one.value)
        written[f"p-{one.name}-source"] = one.source
        if one.uncertainty is not None:
            written[f"p-{one.name}-uncertainty"] = decimal_text(one.uncertainty)
    return written
