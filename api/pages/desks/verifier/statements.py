"""The verification statement of a round: written by its verifier, read beside what staff tick before they countersign."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from api.commands.projects import statements as commands
from api.commands.projects.statements import Percent, StatementView, Words
from api.commands.projects.verification import visible_verification
from api.http.fields import TonnesInput, TonnesOrZeroInput
from api.http.resources import resources
from api.http.schema import RequestSchema
from api.pages.desks.unfinished import UnfinishedForm
from api.pages.desks.verifier.access import ADDRESS, Review, assigned_review, verifier
from api.pages.desks.verifier.decision_drafts import project_of, vintage_years
from api.pages.parts.forms import NOT_CARRIED_OUT, form_faults, read_form
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import page_router, see_other
from domain.projects.assurance.checklist import CHECKLIST, Reviewed, applicable_items
from domain.projects.assurance.statements import (
    Assurance,
    Deduction,
    Opinion,
    StatementTerms,
    format_percent,
)
from domain.projects.projects import Project
from domain.projects.verification import VintageQuantity
from domain.quantities import format_tonnes

_FIELDS_MAX = 320
_ONE = f"{ADDRESS}/{{verification_id}}/statement"
_PLACES = {
    name: name
    for name in (
        *("scope", "criteria", "independence", "assurance", "materiality", "uncertainty"),
        *("opinion", "quantities"),
    )
} | {"opinionBasis": "opinion_basis"}
"""Of the form's fields, by the places that the API has for them."""

router = page_router()


class StatementForm(RequestSchema):
    """Quantities and deductions are fields of their own, by vintage."""

    scope: Words
    criteria: Words
    assurance: Assurance
    materiality: Percent
    uncertainty: Percent
    independence: Words
    opinion: Opinion
    opinion_basis: Words | None = None


_QUANTITY: TypeAdapter[int] = TypeAdapter(TonnesOrZeroInput)
_DEDUCTED: TypeAdapter[int] = TypeAdapter(TonnesInput)
_REASON: TypeAdapter[str] = TypeAdapter(Words)


@dataclass
class _Read:
    """What a form says; `faults` are by the names of its fields."""

    quantities: list[VintageQuantity] = field(default_factory=list)
    deductions: list[Deduction] = field(default_factory=list)
    faults: dict[str, str] = field(default_factory=dict)


@router.get(_ONE)
async def look(request: Request, verification_id: UUID) -> Response:
    review = await assigned_review(request, verification_id)
    return await _page(request, review)


@router.post(_ONE)
async def write(request: Request, verification_id: UUID) -> Response:
    """PUT /verifications/{id}/statement as a page: the same again is no new version."""
    form = _unfinished(verification_id)
    await form.require_session(request)
    review = await assigned_review(request, verification_id)
    typed = await read_form(request, fields_max=_FIELDS_MAX)
    if answered := await form.answer(request, typed, f"{review.address}/statement"):
        return answered
    project = await project_of(request, review.view.verification)
    read = _read(request, review, project, typed)
    written: StatementForm | None = None
    words = {name: typed.get(name, "") for name in StatementForm.model_fields}
    words["opinionBasis"] = typed.get("opinion_basis", "")
    del words["opinion_basis"]
    if not words["opinionBasis"].strip():
        del words["opinionBasis"]
    try:
        written = StatementForm.model_validate(words)
    except ValidationError as error:
        read.faults = dict(form_faults(error, _PLACES).by_field) | read.faults
    if read.faults or written is None:
        return await _page(request, review, typed=typed, faults=read.faults, status=400)
    terms = StatementTerms(
        scope=written.scope,
        criteria=written.criteria,
        assurance=written.assurance,
        materiality_percent=written.materiality,
        methodology_version_id=review.view.verification.methodology_version_id,
        quantities=tuple(read.quantities),
        uncertainty_percent=written.uncertainty,
        deductions=tuple(read.deductions),
        independence=written.independence,
        opinion=written.opinion,
        opinion_basis=written.opinion_basis,
    )
    account = verifier(request).account
    try:
        await commands.write_statement(resources(request), account, verification_id, terms)
    except NOT_CARRIED_OUT as no:
        told = form_faults(no, _PLACES)
        return await _page(request, review, typed=typed, faults=told.by_field, status=told.status)
    await form.forget(request)
    return see_other(f"{review.address}/statement?done=1")


def _unfinished(verification_id: UUID) -> UnfinishedForm:
    names = frozenset({*StatementForm.model_fields})
    prefixes = ("quantity-", "deducted-", "reason-")
    return UnfinishedForm(f"statement/{verification_id}", names, prefixes, fields_max=_FIELDS_MAX)


async def _page(
    request: Request,
    review: Review,
    *,
    typed: Mapping[str, str] | None = None,
    faults: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    account, verification = verifier(request).account, review.view.verification
    project = await project_of(request, review.view.verification)
    view = await commands.visible_statement(resources(request), account, verification.id)
    kept = await _unfinished(verification.id).kept(request) if typed is None else {}
    round_view = await visible_verification(resources(request), account, verification.id)
    about = Reviewed(
        verification,
        project,
        view.methodology,
        view.statement,
        has_likely_duplicates=bool(round_view.duplicates),
    )
    return render_response(
        request,
        "desks/verifier/statement.html",
        status=status,
        review=review,
        round=verification,
        project=project,
        statement=view.statement,
        is_bound=view.bound,
        methodology=view.methodology,
        years=vintage_years(verification, project, resources(request).clock.now()),
        assurances=tuple(Assurance),
        opinions=tuple(Opinion),
        checklist=[CHECKLIST[item].sentence for item in applicable_items(about)],
        typed=typed if typed is not None else kept or _written(view),
        is_kept=bool(kept),
        faults=faults or {},
        key=str(uuid4()),
        done="The statement is written; an approval is bound to it."
        if not faults and request.query_params.get("done")
        else None,
    )


def _written(view: StatementView) -> Mapping[str, str]:
    """The newest statement as the form has it, to be written on."""
    if view.statement is None:
        return {}
    terms = view.statement.terms
    shown = {
        "scope": terms.scope,
        "criteria": terms.criteria,
        "assurance": terms.assurance.value,
        "materiality": format_percent(terms.materiality_percent),
        "uncertainty": format_percent(terms.uncertainty_percent),
        "independence": terms.independence,
        "opinion": terms.opinion.value,
        "opinion_basis": terms.opinion_basis or "",
    }
    for one in terms.quantities:
        shown[f"quantity-{one.vintage}"] = format_tonnes(one.quantity_units)
    for deducted in terms.deductions:
        shown[f"deducted-{deducted.vintage}"] = format_tonnes(deducted.quantity_units)
        shown[f"reason-{deducted.vintage}"] = deducted.reason
    return shown


def _read(request: Request, review: Review, project: Project, typed: Mapping[str, str]) -> _Read:
    read = _Read()
    for year in vintage_years(review.view.verification, project, resources(request).clock.now()):
        sent, deducted, reason = (
            typed.get(f"{name}-{year}", "").strip() for name in ("quantity", "deducted", "reason")
        )
        try:
            if sent or deducted:
                read.quantities.append(
                    VintageQuantity(year, _QUANTITY.validate_python(sent or "0"))
                )
        except ValidationError:
            read.faults[f"quantity-{year}"] = _tonnes_sentence(f"Quantity of {year}")
        if not deducted and not reason:
            continue
        try:
            units = _DEDUCTED.validate_python(deducted)
        except ValidationError:
            read.faults[f"deducted-{year}"] = _tonnes_sentence(f"Deduction from {year}")
            continue
        try:
            read.deductions.append(Deduction(year, _REASON.validate_python(reason), units))
        except ValidationError:
            read.faults[f"reason-{year}"] = f"Say why {year} has a deduction."
    if not read.quantities and not read.faults:
        read.faults["quantities"] = "Say how much is stated of at least one year."
    return read


def _tonnes_sentence(name: str) -> str:
    return f"{name} must be tonnes with at most two decimals, as 1234.5."
