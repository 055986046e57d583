"""
A project in the hands of staff: its buffer share, losses of it, and its entries (ADR 0102).

Both are shown as they would be before they are; a loss above its limit becomes a proposal.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.credits.reads.entries import project_entries_page
from adapters.postgres.credits.reads.totals import project_sums, registry_sums
from adapters.postgres.projects.reads import buffer_shares
from adapters.postgres.projects.reads import projects as reads_projects
from adapters.postgres.projects.reads.projects import ProjectFilter
from adapters.postgres.queries import PageRequest
from api.commands.credits import reversals
from api.commands.projects import buffer_share
from api.commands.projects.projects import visible_project
from api.commands.proposals import proposal_limits
from api.http.cursors import read_cursor, write_cursor
from api.http.fields import Text, TonnesInput, refuse
from api.http.resources import reading, resources
from api.http.schema import RequestSchema
from api.pages.desks.actions import (
    Refused,
    StaffAction,
    SubmittedAction,
    after_action,
    desk_page_of_one,
    staff,
)
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import PageMissing, page_router, plain
from domain.accounts.proposals import ProposalKind
from domain.accounts.roles import Account, Permission
from domain.credits.reversal import CAUSE_LENGTH_MAX
from domain.errors import NotFound
from domain.projects.buffer_share import (
    PERCENT_MAX,
    REASON_LENGTH_MAX,
    ReversalRisk,
    default_percent,
)
from domain.projects.projects import Project, ProjectStatus
from domain.projects.verification import VINTAGE_MIN

PATH = "/staff/projects"
SHOWN = 25
WORDS_LENGTH_MAX = 200
_MAY = Permission.CANCEL_CREDITS

router = page_router()


def _per_cent(value: str) -> str:
    if Decimal(value) > PERCENT_MAX:
        raise refuse(f"Percent must be at most {PERCENT_MAX}")
    return value


class ShareForm(RequestSchema):
    """As `POST /projects/{id}/buffer-share` takes it; without `percent` the registry's table decides."""

    reversal_risk: ReversalRisk
    percent: (
        Annotated[str, Field(pattern=r"^[0-9]{1,2}(\.[0-9]{1,2})?$"), AfterValidator(_per_cent)]
        | None
    ) = None
    reason: Annotated[str, Text(REASON_LENGTH_MAX, lines=True)]


class LossForm(RequestSchema):
    """As `POST /projects/{id}/reversals` takes it; `vintage` None means all of them."""

    quantity: TonnesInput
    vintage: Annotated[int, Field(ge=VINTAGE_MIN, le=9999)] | None = None
    cause: Annotated[str, Text(CAUSE_LENGTH_MAX, lines=True)]
    avoidable: bool


async def _rate(request: Request, account: Account, action: SubmittedAction) -> None:
    form = _share_form(action)
    await buffer_share.set_buffer_share(
        resources(request),
        account,
        action.key,
        action.id("project"),
        reversal_risk=form.reversal_risk,
        percent=None if form.percent is None else Decimal(form.percent),
        reason=form.reason,
    )


async def _record_loss(request: Request, account: Account, action: SubmittedAction) -> None:
    form = _loss_form(action)
    await reversals.record_reversal(
        resources(request),
        account,
        action.key,
        action.id("project"),
        quantity_units=form.quantity,
        vintage=form.vintage,
        cause=form.cause,
        avoidable=form.avoidable,
    )


async def _say_what_share(request: Request, action: SubmittedAction) -> Response:
    form = _share_form(action)
    project = await _project(request, action.id("project"))
    async with reading(request) as connection:
        before = await buffer_shares.buffer_share(connection, project)
    return render_response(
        request,
        "desks/staff/share_confirmation.html",
        **after_action(request, {}, None),
        project=project,
        key=action.key,
        before=before,
        risk=form.reversal_risk,
        percent=default_percent(project.type, form.reversal_risk)
        if form.percent is None
        else Decimal(form.percent),
        again=_again(action, "reversal_risk", "percent", "reason"),
        reason=form.reason,
    )


async def _say_what_a_loss_does(request: Request, action: SubmittedAction) -> Response:
    form = _loss_form(action)
    project = await _project(request, action.id("project"))
    async with reading(request) as connection:
        own = await project_sums(connection, project.id)
        whole = await registry_sums(connection)
    covered_units = min(form.quantity, whole.buffer_units)
    return render_response(
        request,
        "desks/staff/loss_confirmation.html",
        **after_action(request, {}, None),
        project=project,
        key=action.key,
        form=form,
        own=own,
        own_covered_units=min(covered_units, own.buffer_units),
        covered_units=covered_units,
        owed_units=form.quantity - covered_units,
        again=_again(action, "quantity", "vintage", "cause", "avoidable"),
        is_countersigned=proposal_limits(resources(request)).need_for_quantity(
            ProposalKind.REVERSAL, form.quantity
        ),
    )


PROJECT_ACTIONS: Mapping[str, StaffAction] = {
    "share": StaffAction(
        _rate,
        "The buffer share is set, and public. It holds for every issuance of the project.",
        confirm=_say_what_share,
    ),
    "loss": StaffAction(
        _record_loss,
        "The loss is recorded; holders of what it touches are told.",
        confirm=_say_what_a_loss_does,
    ),
}


def _share_form(action: SubmittedAction) -> ShareForm:
    """
    Raises:
        ValidationError: with every fault.
    """
    typed = action.typed
    return ShareForm.model_validate(
        {
            "reversalRisk": typed.get("reversal_risk", ""),
            "percent": typed.get("percent", "").strip() or None,
            "reason": typed.get("reason", ""),
        }
    )


def _loss_form(action: SubmittedAction) -> LossForm:
    """
    Raises:
        ValidationError: with every fault.
    """
    typed = action.typed
    return LossForm.model_validate(
        {
            "quantity": typed.get("quantity", "").strip(),
            "vintage": typed.get("vintage", "").strip() or None,
            "cause": typed.get("cause", ""),
            # Neither is chosen for staff: whoever could have hindered it answers for it.
            "avoidable": {"yes": True, "no": False}.get(typed.get("avoidable", "")),
        }
    )


def _again(action: SubmittedAction, *names: str) -> Mapping[str, str]:
    """What was typed, for the form that confirms it."""
    return {name: action.typed.get(name, "") for name in names}


@router.get(PATH)
async def find(request: Request) -> Response:
    """The newest projects, or those that have the words, to come to one of them."""
    account = staff(request, _MAY).account
    words = plain(request.query_params.get("q", ""))[:WORDS_LENGTH_MAX].strip()
    async with reading(request) as connection:
        found = (
            await reads_projects.projects_found(connection, words, limit=SHOWN)
            if words
            else await reads_projects.projects_page(
                connection, ProjectFilter(), PageRequest(SHOWN), account=account
            )
        )[:SHOWN]
    return render_response(
        request,
        "desks/staff/projects.html",
        **after_action(request, {}, None),
        words=words,
        found=found,
    )


async def _page(request: Request, project_id: UUID, refused: Refused | None = None) -> Response:
    project = await _project(request, project_id)
    page = PageRequest(SHOWN, after=read_cursor(request.query_params.get("cursor", "")))
    async with reading(request) as connection:
        share = await buffer_shares.buffer_share(connection, project)
        sums = await project_sums(connection, project_id)
        rows = await project_entries_page(connection, project_id, page)
    last = page.last_shown(rows)
    limits = proposal_limits(resources(request))
    return render_response(
        request,
        "desks/staff/project.html",
        **after_action(request, PROJECT_ACTIONS, refused),
        project=project,
        share=share,
        can_rate=project.status is ProjectStatus.PENDING,
        risks=tuple(ReversalRisk),
        sums=sums,
        loss_limit=limits.reversal_units,
        entries=page.shown(rows),
        next_link=f"{PATH}/{project_id}?cursor={write_cursor((last.last_action_at, last.id))}#entries"
        if last
        else None,
        first_link=f"{PATH}/{project_id}#entries" if page.after else None,
    )


async def _project(request: Request, project_id: UUID) -> Project:
    account = staff(request, _MAY).account
    try:
        return (await visible_project(resources(request), account, project_id)).project
    except NotFound:
        raise PageMissing("project") from None


desk_page_of_one(router, PATH, _MAY, PROJECT_ACTIONS, _page)
