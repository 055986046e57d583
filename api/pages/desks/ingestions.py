"""Files of data as their sender and staff see them: sending one in, and what became of each (ADR 0080)."""

from collections.abc import Mapping
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.ingestion import reads
from adapters.postgres.queries import PageRequest
from api.commands.ingestion import submissions as commands
from api.commands.ingestion.announcements import visible_submission
from api.commands.ingestion.formats import usable_formats
from api.commands.ingestion.withdrawals import withdraw
from api.http.cursors import read_cursor, write_cursor
from api.http.downloads.csv_lines import csv_lines
from api.http.errors.error_mapping import OutcomeUnknown, TooManyRequests, Unavailable
from api.http.resources import reading, resources
from api.http.responses import PRIVATE
from api.pages.desks.actions import somebody, staff
from api.pages.desks.ingestion.one_file import one_file
from api.pages.desks.ingestion.projects import own_projects, project_id_of
from api.pages.parts.forms import (
    NOT_CARRIED_OUT,
    SentFile,
    form_faults,
    read_form,
    read_form_with_file,
    why_not,
)
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import PageMissing, page_router, plain, see_other
from domain.accounts.roles import Permission
from domain.errors import NotFound, Refusal
from domain.ingestion.formats import Format
from domain.ingestion.submissions import FILE_NAME_CHARACTERS_MAX

SHOWN = 30

router = page_router()


@router.get("/ingestions")
async def look(request: Request) -> Response:
    """One's own files, or for staff all; with the form for those who may send one in, for `project` if one is asked for."""
    somebody(request)
    return await _list(request, {"project": request.query_params.get("project", "")}, {})


@router.post("/ingestions")
async def send(request: Request) -> Response:
    """Leads to the file's own page, also where the outcome takes longer than an answer may."""
    person = staff(request, Permission.SUBMIT_FILE)
    typed, file = await read_form_with_file(request, "file")
    formats = await usable_formats(resources(request), person.account)
    faults = _faults(typed.get("format", ""), file, formats)
    project = typed.get("project", "")
    if project and project_id_of(project) is None:
        faults["project"] = "Choose one of your projects, or none."
    if faults or file is None:
        return await _list(request, typed, faults, status=400)
    try:
        announced = await commands.submit_content(
            resources(request),
            person.account,
            typed.get("key") or str(uuid4()),
            format=typed["format"],
            file_name=plain(file.name)[:FILE_NAME_CHARACTERS_MAX] or "file",
            accept_partly=typed.get("accept_partly") == "on",
            content=file.content,
            project_id=project_id_of(project),
        )
    except OutcomeUnknown as later:
        return see_other(f"/ingestions/{later.operation_id}")
    except (Refusal, TooManyRequests) as no:
        told = form_faults(no, {"/projectId": "project"})
        faults = {**told.fields, **({"file": " ".join(told.sentences)} if told.sentences else {})}
        return await _list(request, typed, faults, status=told.status)
    except Unavailable:
        sentence = "The registry cannot read files at the moment. Send it again in a minute."
        return await _list(request, typed, {"file": sentence}, status=503)
    known = "?known=1" if announced.is_known else ""
    return see_other(f"/ingestions/{announced.submission.id}{known}")


@router.post("/ingestions/{ingestion_id}/resubmit")
async def send_mended(request: Request, ingestion_id: UUID) -> Response:
    """The mended file, in the place of this one; leads to its page, which says what it mended."""
    person = staff(request, Permission.SUBMIT_FILE)
    typed, file = await read_form_with_file(request, "file")
    try:
        before = await visible_submission(resources(request), person.account, ingestion_id)
    except NotFound:
        raise PageMissing("file") from None
    if file is None or not file.content:
        fault = "Choose a file." if file is None else "This file is empty."
        return await one_file(request, ingestion_id, typed, {"file": fault}, status=400)
    try:
        announced = await commands.submit_content(
            resources(request),
            person.account,
            typed.get("key") or str(uuid4()),
            format=before.format,
            file_name=plain(file.name)[:FILE_NAME_CHARACTERS_MAX] or "file",
            accept_partly=typed.get("accept_partly") == "on",
            content=file.content,
            predecessor_id=ingestion_id,
            project_id=before.project_id,
        )
    except OutcomeUnknown as later:
        return see_other(f"/ingestions/{later.operation_id}")
    except (Refusal, TooManyRequests) as no:
        status, sentences = why_not(no)
        return await one_file(
            request, ingestion_id, typed, {"file": " ".join(sentences)}, status=status
        )
    except Unavailable:
        sentence = "The registry cannot read files at the moment. Send it again in a minute."
        return await one_file(request, ingestion_id, typed, {"file": sentence}, status=503)
    known = "?known=1" if announced.is_known else ""
    return see_other(f"/ingestions/{announced.submission.id}{known}")


@router.post("/ingestions/{ingestion_id}/withdraw")
async def take_back(request: Request, ingestion_id: UUID) -> Response:
    """Leads back to the file's page."""
    account = somebody(request).account
    typed = await read_form(request)
    reason = typed.get("reason", "").replace("\r\n", "\n").replace("\x00", "")
    try:
        await withdraw(resources(request), account, ingestion_id, reason)
    except NotFound:
        raise PageMissing("file") from None
    except NOT_CARRIED_OUT as no:
        told = form_faults(no, {"reason": "reason"})
        return await one_file(request, ingestion_id, typed, told.by_field, status=told.status)
    return see_other(f"/ingestions/{ingestion_id}")


@router.get("/ingestions/{ingestion_id}")
async def look_atone_file(request: Request, ingestion_id: UUID) -> Response:
    """What became of a file, all that is wrong with it, and who must act."""
    return await one_file(request, ingestion_id, {}, {})


@router.get("/ingestions/{ingestion_id}/issues.csv")
async def download_issues(request: Request, ingestion_id: UUID) -> Response:
    """As the API's, for who is signed in on the pages."""
    person = somebody(request)
    await visible_submission(resources(request), person.account, ingestion_id)
    async with reading(request) as connection:
        found = await reads.issues(connection, ingestion_id)
    headers = {
        "Cache-Control": PRIVATE,
        "Content-Disposition": f'attachment; filename="issues-{ingestion_id}.csv"',
    }
    body = csv_lines(commands.issue_table(found))
    return Response(body, headers=headers, media_type="text/csv; charset=utf-8")


async def _list(
    request: Request, typed: Mapping[str, str], faults: Mapping[str, str], *, status: int = 200
) -> Response:
    person = somebody(request)
    cursor = request.query_params.get("cursor")
    after = read_cursor(cursor) if cursor else None
    page = PageRequest(SHOWN, after=after)
    async with reading(request) as connection:
        rows = await reads.submissions_page(connection, page, account=person.account)
    last = page.last_shown(rows)
    formats = await usable_formats(resources(request), person.account)
    may_send = person.account.may(Permission.SUBMIT_FILE)
    return render_response(
        request,
        "desks/ingestions.html",
        status=status,
        may_send=may_send,
        projects=await own_projects(request, person.account, typed) if may_send else [],
        sees_all=person.account.may(Permission.SEE_EVERYTHING),
        submissions=page.shown(rows),
        formats=formats,
        own=[one for one in formats.values() if one.optional],
        others=[one for one in formats.values() if not one.optional],
        typed=typed,
        faults=faults,
        key=typed.get("key") or str(uuid4()),
        next_link=f"/ingestions?cursor={write_cursor((last.created_at, last.id))}"
        if last
        else None,
        first_link="/ingestions" if after else None,
    )


def _faults(format: str, file: SentFile | None, formats: Mapping[str, Format]) -> dict[str, str]:
    faults: dict[str, str] = {}
    if format not in formats:
        faults["format"] = "Choose what the file is."
    if file is None:
        faults["file"] = "Choose a file."
    elif not file.content:
        faults["file"] = "This file is empty."
    return faults
