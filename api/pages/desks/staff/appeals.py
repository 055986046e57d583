"""The desk of staff for appeals and grievances: what waits, by when, and the answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.accounts.proposals import account_names
from adapters.postgres.projects.reads import appeals as reads_appeals
from adapters.postgres.projects.reads.appeals import AppealFilter
from adapters.postgres.queries import PageRequest
from api.commands.projects.programme import appeals as commands
from api.http.cursors import read_cursor, write_cursor
from api.http.fields import Text
from api.http.resources import reading, resources
from api.http.schema import RequestSchema
from api.pages.desks.actions import (
    Refused,
    StaffAction,
    SubmittedAction,
    after_action,
    desk_page,
    desk_page_of_one,
    staff,
)
from api.pages.parts.formats import age
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import PageMissing, page_router, plain
from domain.accounts.roles import Account, Permission
from domain.projects.programme.appeals import WORDS_LENGTH_MAX, Appeal, AppealStatus, Outcome

PATH = "/staff/appeals"
SHOWN = 50
_ANSWER = Permission.DECIDE_APPEAL

router = page_router()

Words = Annotated[str, Text(WORDS_LENGTH_MAX, lines=True)]


class AcknowledgementForm(RequestSchema):
    withheld_reason: Words | None


class DecisionForm(RequestSchema):
    public_reason: Words


async def _acknowledge(request: Request, account: Account, action: SubmittedAction) -> None:
    form = AcknowledgementForm(
        withheld_reason=action.typed.get("withheld_reason", "").strip() or None
    )
    await commands.acknowledge_appeal(
        resources(request),
        account,
        action.key,
        action.id("appeal"),
        withheld_reason=form.withheld_reason,
    )


async def _uphold(request: Request, account: Account, action: SubmittedAction) -> None:
    await _decide(request, account, action, Outcome.UPHELD)


async def _dismiss(request: Request, account: Account, action: SubmittedAction) -> None:
    await _decide(request, account, action, Outcome.DISMISSED)


async def _decide(
    request: Request, account: Account, action: SubmittedAction, outcome: Outcome
) -> None:
    form = DecisionForm(public_reason=action.typed.get("public_reason", ""))
    await commands.decide_appeal(
        resources(request),
        account,
        action.key,
        action.id("appeal"),
        outcome=outcome,
        public_reason=form.public_reason,
    )


APPEAL_ACTIONS: Mapping[str, StaffAction] = {
    "acknowledge": StaffAction(
        _acknowledge, "It is acknowledged: whoever filed it is told, and everybody reads of it."
    ),
    "uphold": StaffAction(_uphold, "It is upheld, and everybody reads why."),
    "dismiss": StaffAction(_dismiss, "It is dismissed, and everybody reads why."),
}


async def _list_page(request: Request, refused: Refused | None = None) -> Response:
    account, now = staff(request, _ANSWER).account, resources(request).clock.now()
    typed = plain(request.query_params.get("status", "open"))[:20]
    status = AppealStatus(typed) if typed in list(AppealStatus) else None
    page = PageRequest(
        SHOWN,
        newest_first=typed != "open",
        after=read_cursor(request.query_params.get("cursor", "")),
    )
    async with reading(request) as connection:
        rows = await reads_appeals.filed_appeals_page(
            connection,
            AppealFilter(status=status, is_open=typed == "open"),
            page,
            account=account,
        )
    last = page.last_shown(rows)
    cursor = write_cursor((last.appeal.filed_at, last.appeal.id)) if last else None
    return render_response(
        request,
        "desks/staff/appeals.html",
        **after_action(request, APPEAL_ACTIONS, refused),
        lines=[
            (view, _next(view.appeal, now), age(now - view.appeal.filed_at))
            for view in page.shown(rows)
        ],
        asked_status=typed,
        statuses=list(AppealStatus),
        next_link=f"{PATH}?{urlencode({'status': typed, 'cursor': cursor})}" if cursor else None,
        first_link=f"{PATH}?{urlencode({'status': typed})}" if page.after else None,
    )


async def _appeal_page(
    request: Request, appeal_id: UUID, refused: Refused | None = None
) -> Response:
    account, now = staff(request, _ANSWER).account, resources(request).clock.now()
    async with reading(request) as connection:
        view = await reads_appeals.filed_appeal(connection, appeal_id, account=account)
        if view is None:
            raise PageMissing("appeal")
        appeal = view.appeal
        people = {appeal.filed_by, appeal.acknowledged_by, appeal.decided_by} - {None}
        names = await account_names(connection, [one for one in people if one is not None])
    return render_response(
        request,
        "desks/staff/appeal.html",
        **after_action(request, APPEAL_ACTIONS, refused),
        view=view,
        next=_next(appeal, now),
        age=age(now - appeal.filed_at),
        names=names,
        is_mine=appeal.filed_by == account.id,
        words_max=WORDS_LENGTH_MAX,
    )


@dataclass(frozen=True)
class AppealDue:
    """What is to be done next and by when; `left` or, once it is over, `late` says how long in words."""

    to_do: str
    by: datetime
    left: str | None
    late: str | None


def _next(appeal: Appeal, now: datetime) -> AppealDue | None:
    """None of what is decided."""
    if appeal.is_settled:
        return None
    if appeal.status is AppealStatus.FILED:
        return _due("acknowledge", appeal.acknowledge_by, now)
    return _due("decide", appeal.answer_by, now)


def _due(to_do: str, by: datetime, now: datetime) -> AppealDue:
    is_late = now > by
    return AppealDue(
        to_do, by, None if is_late else age(by - now), age(now - by) if is_late else None
    )


desk_page(router, PATH, _ANSWER, APPEAL_ACTIONS, _list_page)
desk_page_of_one(router, PATH, _ANSWER, APPEAL_ACTIONS, _appeal_page)
