"""Having the tonnes of a round worked out, by its supplier or its verifier, and seeing every step of it (ADR 0104)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from adapters.monitoring.declared import declared_calculations
from adapters.postgres.monitoring.reads import quantifications as reads
from adapters.postgres.monitoring.reads import readings as reads_readings
from api.commands.monitoring import quantifications as commands
from api.commands.projects.projects import visible_project
from api.commands.projects.verification import visible_verification
from api.http.resources import reading, resources
from api.pages.desks.actions import staff
from api.pages.desks.monitoring.quantification_form import (
    SOURCE_LENGTH_MAX,
    QuantificationForm,
    sent_quantification,
    told_faults,
    written_before,
)
from api.pages.parts.forms import NOT_CARRIED_OUT, FormFaults, form_faults, read_form
from api.pages.parts.monitoring.quantifications import DRAWN, shown_own
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import PageMissing, page_router, see_other
from domain.accounts.roles import Account, Permission
from domain.errors import NotFound
from domain.monitoring.calculations import Calculation, ParameterInput, SeriesInput
from domain.monitoring.quantifications import Inputs, decimal_text, inputs_from

ADDRESS = "/desk/verifications/{verification_id}/quantification"
ORIGINS_SHOWN = 200
_FIELDS_MAX = 200
"""Some fields for each parameter of a calculation."""

router = page_router()


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
    sent, places = sent_quantification(calculation, typed)
    try:
        terms = QuantificationForm.model_validate(sent).terms()
        await commands.quantify(resources(request), account, verification_id, terms)
    except NotFound:
        raise PageMissing("round") from None
    except NOT_CARRIED_OUT as no:
        form = TypedQuantification(typed, told_faults(form_faults(no, places)))
        return await _page(request, account, verification_id, form)
    return see_other(f"/desk/verifications/{verification_id}/quantification?done=1")


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
    quantified = None
    if made and content:
        quantified = shown_own(verification, made, await DRAWN.of_document(content))
    calculations = [
        one for one in declared_calculations().values() if project.type in one.project_types
    ]
    chosen = _chosen(request, calculations, form.typed, inputs)
    origins = [(one.quantity, Origin(one.name, one.unit, one.total)) for one in came_in]
    typed = written_before(chosen, verification, project.start_date.isoformat(), inputs) | dict(
        form.typed
    )
    is_supplier = account.may(Permission.DRAW_BOUNDARY)
    is_its_verifier = verification.verifier_id == account.id
    return render_response(
        request,
        "desks/monitoring/quantification.html",
        status=form.faults.status,
        project=project,
        round=verification,
        back=f"/desk/projects/{project.id}/monitoring"
        if is_supplier
        else f"/desk/reviews/{verification_id}"
        if is_its_verifier
        else "/desk/reviews",
        may_work_out=(is_supplier or is_its_verifier) and not verification.is_decided,
        is_supplier=is_supplier,
        quantified=quantified,
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
