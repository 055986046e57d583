"""
Reading a report by the code that staff gave, without an account. Each reading is noted.

The code comes in a form and never in an address, which logs and histories would keep.
"""

from starlette.requests import Request
from starlette.responses import Response

from api.commands.reports import accesses as commands
from api.commands.reports.reports import files_of
from api.http.resources import resources
from api.pages.parts.forms import read_form
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import page_router
from domain.errors import Forbidden, NotFound
from domain.reports.reports import TITLES

ADDRESS = "/report-access"
router = page_router()


@router.get(ADDRESS)
async def ask(request: Request) -> Response:
    return _page(request)


@router.post(ADDRESS)
async def open_report(request: Request) -> Response:
    """With `file` the page leads to its bytes for a minute; browsers follow no form to another place."""
    form = await read_form(request, of_session=False)
    code, file = form.get("code", ""), form.get("file") or None
    try:
        access, report, url = await commands.read_by_code(resources(request), code, file=file)
    except (NotFound, Forbidden) as no:
        status = 404 if isinstance(no, NotFound) else 403
        return _page(request, status, refused=no.detail)
    return render_response(
        request,
        "desks/reports/access.html",
        status=200,
        refused=None,
        code=code.strip(),
        access=access,
        report=report,
        stated=TITLES[report.terms.kind],
        files=files_of(report),
        file=file,
        url=url,
    )


def _page(request: Request, status: int = 200, *, refused: str | None = None) -> Response:
    return render_response(
        request, "desks/reports/access.html", status=status, refused=refused, report=None
    )
