"""Compliance reports: what there is, one with its files, asking for one, and who else may read it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.queries import PageRequest
from adapters.postgres.reports.reads import reports_page
from api.commands.reports import accesses as access_commands
from api.commands.reports import reports as commands
from api.commands.reports.accesses import GrantedAccess
from api.commands.reports.reports import AskedReport, files_of
from api.http.cursors import read_cursor, write_cursor
from api.http.fields import Country, Day, SentMoment, Text, refuse
from api.http.resources import reading, resources
from api.http.schema import RequestSchema
from api.pages.desks.actions import (
    Forms,
    Refused,
    StaffAction,
    SubmittedAction,
    done_sentence,
    handle_action,
    somebody,
    staff,
)
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import PageMissing, page_router, see_other
from domain.accounts.roles import Account, Permission
from domain.errors import NotFound
from domain.reports.accesses import LIFETIME_MAX
from domain.reports.reports import OF_ONE_ACCOUNT, TITLES, ReportKind
from workflows.reports.reports import last_month

ADDRESS = "/desk/reports"
SHOWN = 50
DAYS = (7, 30, LIFETIME_MAX.days)
_ASK = Permission.ASK_FOR_REPORT

router = page_router()


def _days(value: Any) -> int:
    if value not in map(str, DAYS):
        raise refuse(f"Open for must be one of {', '.join(map(str, DAYS))} days")
    return int(value)


class ReportForm(RequestSchema):
    kind: ReportKind
    first_day: Day
    last_day: Day
    known_at: SentMoment | None
    account_id: UUID | None
    party: Country | None


class AccessForm(RequestSchema):
    authority: Annotated[str, Text(200)]
    purpose: Annotated[str, Text(500)]
    days: Annotated[int, BeforeValidator(_days)]


async def _make(request: Request, account: Account, action: SubmittedAction) -> None:
    typed = {name: value.strip() or None for name, value in action.typed.items()}
    form = ReportForm.model_validate(
        {
            "kind": typed.get("kind"),
            "firstDay": typed.get("first_day"),
            "lastDay": typed.get("last_day"),
            "knownAt": typed.get("known_at"),
            "accountId": typed.get("account_id"),
            "party": typed.get("party"),
        }
    )
    report = await commands.make_report(
        resources(request), account, action.key, AskedReport(**form.model_dump())
    )
    request.state.made = report.id


async def _grant(request: Request, account: Account, action: SubmittedAction) -> None:
    typed = action.typed
    form = AccessForm.model_validate(
        {name: typed.get(name, "") for name in ("authority", "purpose", "days")}
    )
    parts = resources(request)
    request.state.granted = await access_commands.grant_access(
        parts,
        account,
        action.key,
        action.id("report"),
        authority=form.authority,
        purpose=form.purpose,
        expires_at=parts.clock.now() + timedelta(days=form.days),
    )


async def _revoke(request: Request, account: Account, action: SubmittedAction) -> None:
    await access_commands.revoke_access(resources(request), account, action.id("access"))


LIST_ACTIONS: Mapping[str, StaffAction] = {
    "make": StaffAction(_make, "The report is made."),
}
REPORT_ACTIONS: Mapping[str, StaffAction] = {
    "grant": StaffAction(_grant, "The report is open; the code was shown once."),
    "revoke": StaffAction(_revoke, "Nobody reads by that code any more."),
}


@router.get(ADDRESS)
async def look(request: Request) -> Response:
    staff(request, _ASK)
    return await _list(request)


@router.post(ADDRESS)
async def make(request: Request) -> Response:
    answer = await handle_action(request, _ASK, LIST_ACTIONS, _list)
    made: UUID | None = getattr(request.state, "made", None)
    return answer if made is None else see_other(f"{ADDRESS}/{made}")


@router.get(f"{ADDRESS}/{{report_id}}")
async def look_at_one(request: Request, report_id: UUID) -> Response:
    staff(request, _ASK)
    return await _one(request, report_id, is_reading=True)


@router.post(f"{ADDRESS}/{{report_id}}")
async def change_one(request: Request, report_id: UUID) -> Response:
    """The answer to a new access holds its code, once."""

    async def show(request: Request, refused: Refused | None) -> Response:
        return await _one(request, report_id, refused=refused)

    answer = await handle_action(request, Permission.MAKE_REPORTS, REPORT_ACTIONS, show)
    granted: GrantedAccess | None = getattr(request.state, "granted", None)
    return answer if granted is None else await _one(request, report_id, granted=granted)


@router.get(f"{ADDRESS}/{{report_id}}/files/{{name}}")
async def fetch(request: Request, report_id: UUID, name: str) -> Response:
    """Leads to the file's bytes; the audit log has who fetched it."""
    account = staff(request, _ASK).account
    try:
        address = await commands.file_address(resources(request), account, report_id, name)
    except NotFound:
        raise PageMissing("file") from None
    return see_other(address)


async def _list(request: Request, refused: Refused | None = None) -> Response:
    account = somebody(request).account
    page = PageRequest(SHOWN, after=read_cursor(request.query_params.get("cursor", "")))
    async with reading(request) as connection:
        rows = await reports_page(connection, account, page)
    last = page.last_shown(rows)
    first_day, last_day = last_month(resources(request).clock.now().date())
    makes_all = account.may(Permission.MAKE_REPORTS)
    return render_response(
        request,
        "desks/reports/reports.html",
        status=refused.status if refused else 200,
        refused=refused,
        done=None if refused else done_sentence(request, LIST_ACTIONS),
        forms=Forms(refused),
        reports=page.shown(rows),
        titles=TITLES,
        kinds=[kind for kind in ReportKind if makes_all or kind in OF_ONE_ACCOUNT],
        makes_all=makes_all,
        first_day=first_day,
        last_day=last_day,
        next_link=f"{ADDRESS}?cursor={write_cursor((last.made_at, last.id))}" if last else None,
        first_link=ADDRESS if page.after else None,
    )


async def _one(
    request: Request,
    report_id: UUID,
    *,
    refused: Refused | None = None,
    granted: GrantedAccess | None = None,
    is_reading: bool = False,
) -> Response:
    account, parts = somebody(request).account, resources(request)
    see = commands.read_report if is_reading else commands.visible_report
    try:
        report = await see(parts, account, report_id)
    except NotFound:
        raise PageMissing("report") from None
    opens = account.may(Permission.MAKE_REPORTS)
    now = parts.clock.now()
    return render_response(
        request,
        "desks/reports/report.html",
        status=refused.status if refused else 200,
        refused=refused,
        done=None if refused or granted else done_sentence(request, REPORT_ACTIONS),
        forms=Forms(refused),
        report=report,
        stated=TITLES[report.terms.kind],
        files=files_of(report),
        opens=opens,
        accesses=await access_commands.accesses(parts, account, report_id) if opens else (),
        now=now,
        granted=granted,
        days=DAYS,
    )
