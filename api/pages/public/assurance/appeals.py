"""Appeals and grievances for everybody to read; whoever filed one, and staff, read the whole of it here too."""

from urllib.parse import urlencode
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.projects.reads import appeals as reads_appeals
from adapters.postgres.projects.reads.appeals import AppealFilter, FiledAppealView
from adapters.postgres.queries import PageRequest
from api.http.cursors import read_cursor, write_cursor
from api.http.resources import reading, resources
from api.pages.parts.rendering import render
from api.pages.parts.routing import PageMissing, page_router, plain
from api.pages.parts.session import person_of
from domain.accounts.roles import Permission
from domain.projects.programme.appeals import AppealKind, AppealStatus
from domain.projects.verification import VerificationStatus

SHOWN = 25

router = page_router()


@router.get("/appeals")
async def appeals(
    request: Request, kind: str = "", status: str = "", project: str = "", cursor: str = ""
) -> Response:
    """A filter that names nothing known filters nothing."""
    chosen = AppealFilter(
        project_id=_id(project),
        kind=AppealKind(kind) if kind in list(AppealKind) else None,
        status=AppealStatus(status) if status in list(AppealStatus) else None,
    )
    filters = {
        name: str(value)
        for name, value in (
            ("kind", chosen.kind),
            ("status", chosen.status),
            ("project", chosen.project_id),
        )
        if value is not None
    }
    page = PageRequest(SHOWN, after=read_cursor(plain(cursor)))
    async with reading(request) as connection:
        rows = await reads_appeals.appeals_page(connection, chosen, page)
    last = page.last_shown(rows)
    api_names = {"project": "projectId"}
    return render(
        request,
        "public/assurance/appeals.html",
        rows=page.shown(rows),
        chosen=filters,
        kinds=list(AppealKind),
        statuses=list(AppealStatus),
        now=resources(request).clock.now(),
        json_link=_with(
            "/api/v1/registry/appeals",
            {api_names.get(name, name): value for name, value in filters.items()},
        ),
        next_link=_with("/appeals", {**filters, "cursor": write_cursor((last.filed_at, last.id))})
        if last
        else None,
        first_link=_with("/appeals", filters) if cursor else None,
    )


@router.get("/appeals/{appeal_id}")
async def appeal(request: Request, appeal_id: UUID) -> Response:
    person = person_of(request)
    filed: FiledAppealView | None = None
    async with reading(request) as connection:
        found = await reads_appeals.public_appeal(connection, appeal_id)
        if found is None:
            raise PageMissing("appeal")
        if person is not None:
            filed = await reads_appeals.filed_appeal(connection, appeal_id, account=person.account)
    is_staff = person is not None and person.account.may(Permission.DECIDE_APPEAL)
    return render(
        request,
        "public/assurance/appeal.html",
        appeal=found,
        filed=filed,
        is_staff=is_staff,
        may_resubmit=filed is not None
        and not is_staff
        and filed.appeal.status is AppealStatus.UPHELD
        and filed.round_status == VerificationStatus.REJECTED,
        just_filed=request.query_params.get("done") == "filed",
        now=resources(request).clock.now(),
    )


def _id(typed: str) -> UUID | None:
    try:
        return UUID(typed)
    except ValueError:
        return None


def _with(address: str, values: dict[str, str]) -> str:
    return f"{address}?{urlencode(values)}" if values else address
