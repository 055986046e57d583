"""The supplier's projects: what each waits for, on whom, and what they do next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.projects.reads.desks.supplier_projects import (
    SupplierFilter,
    SupplierProjectView,
    supplier_projects_page,
)
from adapters.postgres.queries import PageRequest
from adapters.settings import Settings
from api.http.cursors import read_cursor, write_cursor
from api.http.resources import reading, resources
from api.pages.desks.actions import staff
from api.pages.desks.supplier.new_project import FORM
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import page_router, plain
from domain.accounts.roles import Permission
from domain.projects.supplier.next_steps import Deadlines, NextStep, next_step
from domain.projects.verification import VerificationStatus

PER_PAGE = 25
DONE = {"kept": "What you typed is kept. Go on with it whenever you like."}

router = page_router()


@dataclass(frozen=True)
class ProjectLine:
    """`is_late`: its deadline has passed."""

    view: SupplierProjectView
    next: NextStep
    is_late: bool


def lines_of(request: Request, found: Sequence[SupplierProjectView]) -> list[ProjectLine]:
    now, deadlines = resources(request).clock.now(), deadlines_of(request)
    steps = [
        next_step(view.newest, view.document_types, deadlines, findings_open=view.findings_open)
        for view in found
    ]
    return [
        ProjectLine(view, step, step.deadline is not None and step.deadline < now)
        for view, step in zip(found, steps, strict=True)
    ]


def deadlines_of(request: Request) -> Deadlines:
    settings: Settings = request.app.state.settings
    rules = settings.rules
    return Deadlines(
        assignment=timedelta(hours=rules.assignment_deadline_hours),
        review=timedelta(hours=rules.review_deadline_hours),
        countersignature=timedelta(hours=rules.countersignature_deadline_hours),
    )


@router.get("/desk/projects")
async def projects(
    request: Request, q: str = "", waits: str = "", status: str = "", cursor: str = ""
) -> Response:
    """`waits=me` shows those that wait for the supplier alone; `status` is of the newest round."""
    account = staff(request, Permission.REGISTER_PROJECT).account
    given = {"q": plain(q), "waits": plain(waits), "status": plain(status)}
    chosen = {name: value for name, value in given.items() if value}
    wanted = SupplierFilter(
        waits_for_supplier=chosen.get("waits") == "me",
        round_status=chosen.get("status"),
        words=chosen.get("q"),
    )
    page = PageRequest(PER_PAGE, after=read_cursor(cursor))
    async with reading(request) as connection:
        rows = await supplier_projects_page(connection, wanted, page, account=account)
    async with resources(request).database.transaction() as work:
        unfinished = await work.requests.unfinished_forms.fields(account.id, FORM)
    last = page.last_shown(rows)
    more = last and {
        **chosen,
        "cursor": write_cursor((last.project.created_at, last.project.id)),
    }
    return render_response(
        request,
        "desks/supplier/projects.html",
        done=DONE.get(request.query_params.get("done", "")),
        lines=lines_of(request, page.shown(rows)),
        chosen=given,
        filtered=bool(chosen),
        statuses=[one.value for one in VerificationStatus],
        unfinished=unfinished,
        next_link=f"/desk/projects?{urlencode(more)}" if more else None,
        first_link=f"/desk/projects?{urlencode(chosen)}".rstrip("?") if cursor else None,
    )
