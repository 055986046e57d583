"""Folders that pipelines drop files into: the list with the form that opens one, and one with what was dropped."""

from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.ingestion import folder_reads
from adapters.postgres.queries import PageRequest
from api.commands.ingestion import folders as commands
from api.commands.ingestion.formats import usable_formats
from api.http.cursors import read_cursor, write_cursor
from api.http.resources import reading, resources
from api.pages.desks.actions import somebody, staff
from api.pages.desks.ingestion.projects import own_projects, project_id_of
from api.pages.parts.forms import NOT_CARRIED_OUT, FormNotTaken, form_faults, read_form
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import PageMissing, page_router, plain, see_other
from domain.accounts.roles import Permission
from domain.errors import NotFound
from domain.ingestion.folders import FOLDERS_MAX, NAME_CHARACTERS_MAX

DROPS_SHOWN = 50
_NAMES = {"name": "name", "format": "format", "projectId": "project"}

router = page_router()


@router.get("/folders")
async def look(request: Request) -> Response:
    """One's own, or for staff all, the newest first."""
    return await _list(request, None)


@router.post("/folders")
async def open_one(request: Request) -> Response:
    """Leads to the folder's page, which says where to write."""
    account = staff(request, Permission.SUBMIT_FILE).account
    typed = await read_form(request)
    try:
        folder = await commands.open_folder(
            resources(request),
            account,
            typed.get("key") or str(uuid4()),
            name=plain(typed.get("name", "")).strip()[: NAME_CHARACTERS_MAX + 1],
            format=typed.get("format", ""),
            accept_partly=typed.get("accept_partly") == "on",
            project_id=project_id_of(typed.get("project", "")),
        )
    except NOT_CARRIED_OUT as no:
        return await _list(request, FormNotTaken("open", typed, form_faults(no, _NAMES)))
    return see_other(f"/folders/{folder.id}")


@router.get("/folders/{folder_id}")
async def look_at_one(request: Request, folder_id: UUID) -> Response:
    """Where a pipeline writes, and what has become of what it wrote."""
    return await _one(request, folder_id, None)


@router.post("/folders/{folder_id}/close")
async def close(request: Request, folder_id: UUID) -> Response:
    account = somebody(request).account
    typed = await read_form(request)
    try:
        await commands.close_folder(resources(request), account, folder_id)
    except NotFound:
        raise PageMissing("folder") from None
    except NOT_CARRIED_OUT as no:
        return await _one(request, folder_id, FormNotTaken("close", typed, form_faults(no, {})))
    return see_other(f"/folders/{folder_id}")


async def _list(request: Request, refused: FormNotTaken | None) -> Response:
    account = somebody(request).account
    parts = resources(request)
    async with reading(request) as connection:
        folders = await folder_reads.folders_page(
            connection, PageRequest(FOLDERS_MAX), account=account
        )
    formats = await usable_formats(parts, account)
    may_open = account.may(Permission.SUBMIT_FILE)
    typed = refused.typed if refused else {}
    return render_response(
        request,
        "desks/ingestion/folders.html",
        status=refused.status if refused else 200,
        folders=folders[:FOLDERS_MAX],
        formats=formats,
        may_open=may_open,
        projects=await own_projects(request, account, typed) if may_open else [],
        name_max=NAME_CHARACTERS_MAX,
        refused=refused,
        typed=typed,
        key=(refused.key if refused else "") or str(uuid4()),
    )


async def _one(request: Request, folder_id: UUID, refused: FormNotTaken | None) -> Response:
    account = somebody(request).account
    parts = resources(request)
    try:
        folder = await commands.visible_folder(parts, account, folder_id)
    except NotFound:
        raise PageMissing("folder") from None
    cursor = request.query_params.get("cursor")
    page = PageRequest(DROPS_SHOWN, after=read_cursor(cursor) if cursor else None)
    async with reading(request) as connection:
        drops = await folder_reads.drops_page(connection, folder_id, page)
    last = page.last_shown(drops)
    here = f"/folders/{folder_id}"
    return render_response(
        request,
        "desks/ingestion/folder.html",
        status=refused.status if refused else 200,
        folder=folder,
        bucket=parts.settings.storage.s3_bucket,
        format=(await usable_formats(parts, account)).get(folder.format),
        drops=page.shown(drops),
        may_close=folder.closed_at is None and folder.opened_by == account.id,
        refused=refused,
        next_link=f"{here}?cursor={write_cursor((last.drop.taken_at, last.drop.id))}"
        if last
        else None,
        first_link=here if page.after else None,
    )
