"""Having the tonnes of a round worked out, by its supplier or its verifier, and seeing every step of it (ADR 0104)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from adapters.monitoring.declared import declared_calculations
from adapters.postgres.monitoring.reads import quantifications as reads
from adapters.postgres.monitoring.reads import readings as reads_readings
from api.commands.monitoring import quantifications as commands
from api.commands.monitoring.quantifications import QuantificationTerms
from api.commands.projects.projects import visible_project
from api.commands.projects.verification import visible_verification
from api.http.fields import Day, NaturalNumber, Number, Text
from api.http.resources import reading, resources
from api.http.schema import RequestSchema
from api.pages.desks.actions import staff
from api.pages.parts.forms import NOT_CARRIED_OUT, FormFaults, form_faults, read_form
from api.pages.parts.monitoring.quantifications import shown_own
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import PageMissing, page_router, see_other
from domain.accounts.roles import Account, Permission
from domain.errors import NotFound
from domain.monitoring.calculations import Calculation, ParameterInput, SeriesInput
from domain.monitoring.quantifications import Inputs, decimal_text, inputs_from
from domain.monitoring.tonnes import ParameterValue
from domain.projects.verification import MonitoringPeriod, Verification

ADDRESS = "/desk/verifications/{verification_id}/quantification"
ORIGINS_SHOWN = 200
SOURCE_LENGTH_MAX = 500
_FIELDS_MAX = 200
"""Some fields for each parameter of a calculation."""

router = page_router()


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


@dataclass(frozen=True)
class Origin:
    """A device or a series of files: `values` came in of it."""

    name: str
    unit: str
    values: int


@dataclass(frozen=True)
class SeriesChoice:
    """What a calculation takes, and of what it can be taken."""

    declared: SeriesInput
    origins: Sequence[Origin]


@dataclass(frozen=True)
class TypedQuantification:
    """What stands in the form, and what is wrong with it."""

    typed: Mapping[str, str] = field(default_factory=dict)
    faults: FormFaults = field(default_factory=FormFaults)


@router.get(ADDRESS)
async def look(request: Request, verification_id: UUID) -> Response:
    """`calculation` chooses whose parameters are asked for."""
    account = staff(request, Permission.QUANTIFY).account
    return await _page(request, account, verification_id, TypedQuantification())


@router.post(ADDRESS)
async def work_out(request: Request, verification_id: UUID) -> Response:
    account = staff(request, Permission.QUANTIFY).account
    typed = await read_form(request, fields_max=_FIELDS_MAX)
    calculation = declared_calculations().get(typed.get("calculation", ""))
    sent, places = _sent(calculation, typed)
    try:
        terms = QuantificationForm.model_validate(sent).terms()
        await commands.quantify(resources(request), account, verification_id, terms)
    except NotFound:
        raise PageMissing("round") from None
    except NOT_CARRIED_OUT as no:
        form = TypedQuantification(typed, _told(form_faults(no, places)))
        return await _page(request, account, verification_id, form)
    return see_other(f"/desk/verifications/{verification_id}/quantification?done=1")


def _sent(
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


def _told(faults: FormFaults) -> FormFaults:
    """Of a parameter with its name, and for people: calls send numbers as text, forms do anyway."""
    fields = {
        name: f"{name.split('-')[1].replace('_', ' ').capitalize()}: {sentence.replace('a decimal string', 'a number')}"
        if name.startswith("p-")
        else sentence
        for name, sentence in faults.fields.items()
    }
    return replace(faults, fields=fields)


async def _page(
    request: Request, account: Account, verification_id: UUID, form: TypedQuantification
) -> Response:
    parts = resources(request)
    try:
        verification = (await visible_verification(parts, account, verification_id)).verification
        project = (await visible_project(parts, account, verification.project_id)).project
    except NotFound:
        raise PageMissing("round") from None
    async with reading(request) as connection:
        made = await reads.newest_quantification(connection, verification_id)
        content = await reads.inputs(connection, made.inputs_sha256) if made else None
        came_in = await reads_readings.series_of(
            connection, project.id, series=ORIGINS_SHOWN, points=1
        )
    inputs = inputs_from(content) if content else None
    calculations = [
        one for one in declared_calculations().values() if project.type in one.project_types
    ]
    chosen = _chosen(request, calculations, form.typed, inputs)
    origins = [(one.quantity, Origin(one.name, one.unit, one.total)) for one in came_in]
    typed = _written(chosen, verification, project.start_date.isoformat(), inputs) | dict(
        form.typed
    )
    is_supplier = account.may(Permission.DRAW_BOUNDARY)
    return render_response(
        request,
        "desks/monitoring/quantification.html",
        status=form.faults.status,
        project=project,
        round=verification,
        back=f"/desk/projects/{project.id}/monitoring"
        if is_supplier
        else f"/desk/reviews/{verification_id}",
        is_supplier=is_supplier,
        quantified=shown_own(verification, made, content) if made and content else None,
        number=made.number if made else 0,
        calculations=[(one.id, one.title) for one in calculations],
        chosen=chosen,
        parameters=_in_order(chosen.parameters) if chosen else [],
        series=[
            SeriesChoice(one, [origin for quantity, origin in origins if quantity == one.quantity])
            for one in (chosen.series if chosen else ())
        ],
        typed=typed,
        faults=form.faults,
        first_fault=next(iter(form.faults.fields), None),
        source_length_max=SOURCE_LENGTH_MAX,
        done="The tonnes are worked out. The newest result counts."
        if request.query_params.get("done") and not form.faults
        else None,
    )


def _chosen(
    request: Request,
    calculations: Sequence[Calculation],
    typed: Mapping[str, str],
    inputs: Inputs | None,
) -> Calculation | None:
    """What was asked for, else that of the last time, else the only one that there is."""
    before = inputs.calculation.id if inputs else ""
    asked = typed.get("calculation") or request.query_params.get("calculation") or before
    if len(calculations) == 1 and not asked:
        return calculations[0]
    return next((one for one in calculations if one.id == asked), None)


def _in_order(parameters: Sequence[ParameterInput]) -> list[tuple[ParameterInput, str | None]]:
    """Those that must be told first; each with its default."""
    told = [(one, None if one.default is None else decimal_text(one.default)) for one in parameters]
    return sorted(told, key=lambda one: one[1] is not None)


def _written(
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
