"""The desk of staff for methodologies: recording them, adding versions and withdrawing them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.projects.reads.methodologies import methodologies_page
from adapters.postgres.queries import PageRequest
from api.commands.projects import methodologies as commands
from api.http.cursors import read_cursor, write_cursor
from api.http.fields import Day
from api.http.resources import reading, resources
from api.http.schema import RequestSchema
from api.pages.desks.actions import (
    Forms,
    Refused,
    StaffAction,
    SubmittedAction,
    done_sentence,
    handle_action,
    staff,
)
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import PageMissing, page_router
from domain.accounts.roles import Account, Permission
from domain.errors import Fault, Invalid, NotFound
from domain.projects.assurance.methodologies import QuantificationParameter, VersionTerms
from domain.projects.documents import DocumentType
from domain.projects.projects import ProjectType

SHOWN = 50
PARAMETER_PARTS = 3
_KEEP = Permission.KEEP_METHODOLOGIES

router = page_router()


class MethodologyForm(RequestSchema):
    name: commands.MethodologyName
    standard: commands.MethodologyName
    sector: commands.MethodologyName


class ParameterForm(RequestSchema):
    name: commands.ParameterText
    unit: commands.ParameterText
    description: commands.ParameterText


class MethodologyVersionForm(RequestSchema):
    version: commands.VersionName
    project_types: commands.ProjectTypes
    required_document_types: commands.DocumentTypes
    crediting_period_years: commands.CreditingYears | None
    durability_years: commands.DurabilityYears | None
    requires_statement: bool
    requires_checklist: bool
    valid_from: Day
    calculations: commands.Calculations


class MethodologyWithdrawalForm(RequestSchema):
    reason: commands.WithdrawalReason


def _years(typed: str) -> Any:
    """A number where one is typed; anything else as it is, to be refused by its field."""
    text = typed.strip()
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else text  # noqa: PLR2004 -- any longer is too many years


def _known(typed: str, kind: type[StrEnum], field: str, noun: str) -> list[str]:
    """
    The words with commas between.

    Raises:
        Invalid: names those that are none of its kind.
    """
    words = typed.replace(",", " ").split()
    unknown = [word for word in words if word not in list(kind)]
    if unknown:
        detail = f"There is no {noun} “{'”, “'.join(unknown)}”"
        raise Invalid(detail, Fault(f"/{field}", detail))
    return words


def _parameters(typed: str) -> tuple[QuantificationParameter, ...]:
    """One a line: name; unit; description."""
    found = []
    for line in filter(str.strip, typed.splitlines()):
        parts = [part.strip() for part in line.split(";", PARAMETER_PARTS - 1)]
        if len(parts) != PARAMETER_PARTS:
            detail = "Each parameter is a line with its name, unit and description, with semicolons between"
            raise Invalid(detail, Fault("/parameters", detail))
        form = ParameterForm(**dict(zip(("name", "unit", "description"), parts, strict=True)))
        found.append(QuantificationParameter(form.name, form.unit, form.description))
    if len(found) > commands.PARAMETERS_MAX:
        detail = f"There may be {commands.PARAMETERS_MAX} parameters at most"
        raise Invalid(detail, Fault("/parameters", detail))
    return tuple(found)


def _terms(action: SubmittedAction) -> VersionTerms:
    typed = action.typed
    form = MethodologyVersionForm.model_validate(
        {
            "version": typed.get("version", ""),
            "projectTypes": _known(
                typed.get("types", ""), ProjectType, "projectTypes", "type of project"
            ),
            "requiredDocumentTypes": _known(
                typed.get("documents", ""),
                DocumentType,
                "requiredDocumentTypes",
                "type of document",
            ),
            "creditingPeriodYears": _years(typed.get("crediting_years", "")),
            "durabilityYears": _years(typed.get("durability_years", "")),
            "requiresStatement": "statement" in typed,
            "requiresChecklist": "checklist" in typed,
            "validFrom": typed.get("valid_from", ""),
            "calculations": typed.get("calculations", "").replace(",", " ").split(),
        }
    )
    facts = form.model_dump(exclude={"project_types", "required_document_types", "calculations"})
    return VersionTerms(
        project_types=tuple(dict.fromkeys(form.project_types)),
        required_document_types=tuple(dict.fromkeys(form.required_document_types)),
        parameters=_parameters(typed.get("parameters", "")),
        calculations=tuple(dict.fromkeys(form.calculations)),
        **facts,
    )


async def _add(request: Request, account: Account, action: SubmittedAction) -> None:
    typed = action.typed
    form = MethodologyForm.model_validate(
        {name: typed.get(name, "") for name in ("name", "standard", "sector")}
    )
    await commands.add_methodology(
        resources(request), account, action.key, **form.model_dump(), terms=_terms(action)
    )


async def _add_version(request: Request, account: Account, action: SubmittedAction) -> None:
    methodology_id = action.id("methodology")
    await commands.change_methodology(
        resources(request), account, methodology_id, new_version=_terms(action)
    )


async def _withdraw(request: Request, account: Account, action: SubmittedAction) -> None:
    form = MethodologyWithdrawalForm(reason=action.typed.get("reason", ""))
    try:
        version_id = UUID(action.typed.get("version", ""))
    except ValueError:
        raise NotFound("This methodology has no such version.") from None
    await commands.change_methodology(
        resources(request),
        account,
        action.id("methodology"),
        withdraws=version_id,
        withdrawal_reason=form.reason,
    )


METHODOLOGY_LIST_ACTIONS: Mapping[str, StaffAction] = {
    "add": StaffAction(_add, "The methodology is recorded, with its first version."),
}
METHODOLOGY_ACTIONS: Mapping[str, StaffAction] = {
    "version": StaffAction(_add_version, "The version is recorded; it never changes."),
    "withdraw": StaffAction(
        _withdraw, "The version is withdrawn: open rounds finish on it, no other chooses it."
    ),
}


@router.get("/staff/methodologies")
async def look(request: Request) -> Response:
    staff(request, _KEEP)
    return await _list_page(request)


@router.post("/staff/methodologies")
async def change(request: Request) -> Response:
    return await handle_action(request, _KEEP, METHODOLOGY_LIST_ACTIONS, _list_page)


@router.get("/staff/methodologies/{methodology_id}")
async def look_at_one(request: Request, methodology_id: UUID) -> Response:
    staff(request, _KEEP)
    return await _methodology_page(request, methodology_id)


@router.post("/staff/methodologies/{methodology_id}")
async def change_one(request: Request, methodology_id: UUID) -> Response:
    async def show(request: Request, refused: Refused | None) -> Response:
        return await _methodology_page(request, methodology_id, refused)

    return await handle_action(request, _KEEP, METHODOLOGY_ACTIONS, show)


async def _list_page(request: Request, refused: Refused | None = None) -> Response:
    page = PageRequest(SHOWN, after=read_cursor(request.query_params.get("cursor", "")))
    async with reading(request) as connection:
        rows = await methodologies_page(connection, page)
    last = page.last_shown(rows)
    path = "/staff/methodologies"
    position = (last.created_at, last.methodology.id) if last else None
    return render_response(
        request,
        "desks/staff/methodologies.html",
        status=refused.status if refused else 200,
        refused=refused,
        done=None if refused else done_sentence(request, METHODOLOGY_LIST_ACTIONS),
        forms=Forms(refused),
        methodologies=page.shown(rows),
        today=commands.today(resources(request)),
        next_link=f"{path}?cursor={write_cursor(position)}" if position else None,
        first_link=path if page.after else None,
        **_choices(),
    )


async def _methodology_page(
    request: Request, methodology_id: UUID, refused: Refused | None = None
) -> Response:
    parts = resources(request)
    try:
        view = await commands.found_methodology(parts, methodology_id)
    except NotFound:
        raise PageMissing("methodology") from None
    return render_response(
        request,
        "desks/staff/methodology.html",
        status=refused.status if refused else 200,
        refused=refused,
        done=None if refused else done_sentence(request, METHODOLOGY_ACTIONS),
        forms=Forms(refused),
        methodology=view.methodology,
        versions=view.versions,
        standing=[one for one in view.versions if one.withdrawn_at is None],
        today=commands.today(parts),
        **_choices(),
    )


def _choices() -> dict[str, list[str]]:
    return {
        "types": [kind.value for kind in ProjectType],
        "document_types": [kind.value for kind in DocumentType],
    }
