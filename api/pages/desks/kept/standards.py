"""The desk of staff for what others say of a project: recording, confirming and withdrawing it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.projects.reads import rounds as reads_rounds
from api.commands.projects.projects import visible_project
from api.commands.standards import records as commands
from api.http.bodies.standards import (
    AuthorisationFields,
    AuthorisationStepFields,
    ForeignRangeFields,
    LabelFields,
    WithdrawalReasonFields,
)
from api.http.resources import reading, resources
from api.pages.desks.actions import (
    Refused,
    StaffAction,
    SubmittedAction,
    after_action,
    handle_action,
    staff,
)
from api.pages.parts.labels import shown_standards
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import PageMissing, page_router
from domain.accounts.roles import Account, Permission
from domain.errors import Fault, Invalid, NotFound
from domain.standards.article6 import AuthorisedUse, FirstTransfer, StepKind
from domain.standards.foreign_serials import GRAMMARS
from domain.standards.labels import CorsiaPhase, Scheme

_RECORD = Permission.RECORD_STANDARDS
_DIGITS_MAX = 9
_TYPED_STEPS = [one.value for one in StepKind if one is not StepKind.REQUEST]

router = page_router()


def _given(action: SubmittedAction, *names: str) -> dict[str, Any]:
    """What was typed into the fields of these names; an empty field says nothing."""
    typed = {name: action.typed.get(name, "").strip() for name in names}
    return {name: value for name, value in typed.items() if value}


def _whole(typed: str) -> Any:
    """A number where one is typed; anything else as it is, to be refused by its field."""
    return (
        int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= _DIGITS_MAX else typed
    )


def _vintages(action: SubmittedAction) -> dict[str, Any]:
    given = _given(action, "vintage_from", "vintage_to")
    names = {"vintage_from": "vintageFrom", "vintage_to": "vintageTo"}
    return {names[name]: _whole(value) for name, value in given.items()}


def _source(action: SubmittedAction) -> dict[str, Any]:
    given = _given(action, "url", "document", "dated")
    return {{"document": "documentId"}.get(name, name): value for name, value in given.items()}


async def _record_label(request: Request, account: Account, action: SubmittedAction) -> None:
    given = _given(action, "scheme", "identifier", "programme", "phase")
    days = _given(action, "valid_from", "valid_until")
    goals = action.typed.get("goals", "").replace(",", " ").split()
    form = LabelFields.model_validate(
        {
            **given,
            **_vintages(action),
            **{
                {"valid_from": "validFrom"}.get(name, "validUntil"): day
                for name, day in days.items()
            },
            "goals": [_whole(one) for one in goals],
            "source": _source(action),
        }
    )
    await commands.record_label(
        resources(request), account, action.key, action.id("project"), form.payload()
    )


async def _request(request: Request, account: Account, action: SubmittedAction) -> None:
    form = AuthorisationFields.model_validate({**_vintages(action), "source": _source(action)})
    await commands.request_authorisation(
        resources(request), account, action.key, action.id("project"), form.payload()
    )


async def _record_step(request: Request, account: Account, action: SubmittedAction) -> None:
    uses = [one.value for one in AuthorisedUse if f"use_{one.value}" in action.typed]
    terms = {
        "uses": uses,
        "firstTransfer": action.typed.get("first_transfer", ""),
        "changeableAfterTransfer": "changeable" in action.typed,
        **_given(action, "quantity"),
    }
    form = AuthorisationStepFields.model_validate(
        {
            "kind": action.typed.get("kind", ""),
            **({"terms": terms} if uses else {}),
            "source": _source(action),
        }
    )
    await commands.record_step(
        resources(request), account, action.key, action.id("authorisation"), form.payload()
    )


async def _record_range(request: Request, account: Account, action: SubmittedAction) -> None:
    issued, _, vintage = action.typed.get("issuance", "").partition("/")
    try:
        verification_id = UUID(issued)
    except ValueError:
        detail = "Choose the issuance that stands on these units."
        raise Invalid(detail, Fault("/issuance", detail)) from None
    given = _given(action, "registry", "serial", "quantity")
    form = ForeignRangeFields.model_validate(
        {**given, "vintage": _whole(vintage), "source": _source(action)}
    )
    await commands.record_range(
        resources(request),
        account,
        action.key,
        verification_id,
        vintage=form.vintage,
        quantity_units=form.quantity,
        payload=form.payload(),
    )


def _reason(action: SubmittedAction) -> str | None:
    """None confirms."""
    if action.do.startswith("confirm"):
        return None
    return WithdrawalReasonFields(reason=action.typed.get("reason", "")).reason


async def _settle_label(request: Request, account: Account, action: SubmittedAction) -> None:
    await commands.settle_label(
        resources(request), account, action.key, action.id("label"), _reason(action)
    )


async def _settle_step(request: Request, account: Account, action: SubmittedAction) -> None:
    number = _whole(action.typed.get("number", ""))
    if not isinstance(number, int):
        raise NotFound("This authorisation has no such step.")
    await commands.settle_step(
        resources(request),
        account,
        action.key,
        action.id("authorisation"),
        number,
        _reason(action),
    )


async def _settle_range(request: Request, account: Account, action: SubmittedAction) -> None:
    await commands.settle_range(
        resources(request), account, action.key, action.id("range"), _reason(action)
    )


_WAITS = "It is recorded, and waits for another administrator to confirm it."
_CONFIRMED = "It is confirmed; everybody reads it from now on."
_WITHDRAWN = "It is withdrawn."
STANDARD_ACTIONS: Mapping[str, StaffAction] = {
    "label": StaffAction(_record_label, _WAITS),
    "request": StaffAction(_request, _WAITS),
    "step": StaffAction(_record_step, _WAITS),
    "range": StaffAction(_record_range, _WAITS),
    "confirm-label": StaffAction(_settle_label, _CONFIRMED),
    "confirm-step": StaffAction(_settle_step, _CONFIRMED),
    "confirm-range": StaffAction(_settle_range, _CONFIRMED),
    "withdraw-label": StaffAction(_settle_label, _WITHDRAWN),
    "withdraw-step": StaffAction(_settle_step, _WITHDRAWN),
    "withdraw-range": StaffAction(_settle_range, _WITHDRAWN),
}


@router.get("/staff/projects/{project_id}/standards")
async def look(request: Request, project_id: UUID) -> Response:
    staff(request, _RECORD)
    return await _page(request, project_id, None)


@router.post("/staff/projects/{project_id}/standards")
async def change(request: Request, project_id: UUID) -> Response:
    async def show(request: Request, refused: Refused | None) -> Response:
        return await _page(request, project_id, refused)

    return await handle_action(request, _RECORD, STANDARD_ACTIONS, show)


async def _page(request: Request, project_id: UUID, refused: Refused | None) -> Response:
    parts = resources(request)
    account = staff(request, _RECORD).account
    try:
        project = (await visible_project(parts, account, project_id)).project
    except NotFound:
        raise PageMissing("project") from None
    view = await commands.project_standards(parts, account, project_id)
    async with reading(request) as connection:
        rounds = await reads_rounds.rounds(connection, project_id)
    return render_response(
        request,
        "desks/staff/standards.html",
        **after_action(request, STANDARD_ACTIONS, refused),
        **shown_standards(parts, view, of_a_credit=False),
        project=project,
        me=account.id,
        issuances=[
            (f"{one.id}/{vintage.vintage}", one.number, vintage)
            for one in rounds
            for vintage in one.approved_vintages
        ],
        schemes=[one.value for one in Scheme],
        phases=[one.value for one in CorsiaPhase],
        kinds=_TYPED_STEPS,
        uses=[one.value for one in AuthorisedUse],
        first_transfers=[one.value for one in FirstTransfer],
        registries=[(one.value, grammar.name) for one, grammar in GRAMMARS.items()],
    )
