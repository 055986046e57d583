"""Formats that people make: the list, a version with its review, and what it would change of a file."""

from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.ingestion import format_reads
from api.commands.ingestion import drafts as draft_commands
from api.commands.ingestion import formats as commands
from api.http.resources import reading, resources
from api.pages.desks.actions import somebody, staff
from api.pages.desks.ingestion.mapping_forms import KINDS, kind_of
from api.pages.parts.forms import (
    NOT_CARRIED_OUT,
    FormFaults,
    FormNotTaken,
    form_faults,
    read_form,
    read_form_with_file,
)
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import PageMissing, page_router, plain, see_other
from domain.accounts.roles import Permission
from domain.errors import NotFound
from domain.ingestion.mapping.dry_runs import DryRun
from domain.ingestion.mapping.stored_formats import REVIEWERS, FormatReview
from domain.ingestion.submissions import FILE_NAME_CHARACTERS_MAX

_NAMES = {"note": "text", "text": "text", "kind": "kind"}

router = page_router()


@router.get("/formats")
async def look(request: Request) -> Response:
    """Those that people made and this account may see, with the form that begins a new one."""
    return await _list(request, None)


@router.post("/formats")
async def begin(request: Request) -> Response:
    """A sample is looked at; leads to the page where its columns are chosen."""
    person = staff(request, Permission.SUBMIT_FILE)
    typed, file = await read_form_with_file(request, "file")
    kind = kind_of(typed.get("kind", ""))
    faults = {}
    if kind is None:
        faults["kind"] = "Choose what a row is."
    if file is None or not file.content:
        faults["file"] = "Choose a file with a header and some rows."
    if kind is None or file is None or faults:
        return await _list(request, FormNotTaken("begin", typed, FormFaults(400, faults)))
    try:
        draft_id = await draft_commands.begin_draft(
            resources(request),
            person.account,
            typed.get("key") or str(uuid4()),
            kind=kind,
            file_name=plain(file.name)[:FILE_NAME_CHARACTERS_MAX] or "file",
            content=file.content,
        )
    except NOT_CARRIED_OUT as no:
        return await _list(request, FormNotTaken("begin", typed, form_faults(no, _NAMES)))
    return see_other(f"/formats/drafts/{draft_id}")


@router.get("/formats/{format_id}/{version}")
async def look_at_version(request: Request, format_id: str, version: int) -> Response:
    """What it says, its sample, and for others than its author the review."""
    return await _version(request, format_id, version)


@router.post("/formats/{format_id}/{version}/review")
async def review(request: Request, format_id: str, version: int) -> Response:
    account = somebody(request).account
    typed = await read_form(request)
    try:
        await commands.review_version(
            resources(request),
            account,
            format_id,
            version,
            is_accepted=typed.get("verdict") == "accept",
            note=typed.get("text", "").replace("\r\n", "\n").replace("\x00", ""),
        )
    except NotFound:
        raise PageMissing("format") from None
    except NOT_CARRIED_OUT as no:
        return await _version(
            request,
            format_id,
            version,
            refused=FormNotTaken("review", typed, form_faults(no, _NAMES)),
        )
    return see_other(f"/formats/{format_id}/{version}?done=review")


@router.post("/formats/{format_id}/{version}/dry-run")
async def try_file(request: Request, format_id: str, version: int) -> Response:
    """What of a file would change beside the version before; nothing of it is kept."""
    account = somebody(request).account
    typed, file = await read_form_with_file(request, "file")
    try:
        after = await commands.visible_version(resources(request), account, format_id, version)
        before = await commands.visible_version(resources(request), account, format_id, version - 1)
    except NotFound:
        raise PageMissing("format") from None
    if file is None or not 0 < len(file.content) <= draft_commands.DRAFT_BYTES_MAX:
        fault = f"Choose a file, up to {draft_commands.DRAFT_BYTES_MAX // 1000} kB."
        return await _version(
            request,
            format_id,
            version,
            refused=FormNotTaken("dry-run", typed, FormFaults(400, {"file": fault})),
        )
    tried = await commands.compare_versions(before.stored.format, after.stored.format, file.content)
    return await _version(request, format_id, version, tried=tried)


async def _list(request: Request, refused: FormNotTaken | None) -> Response:
    account = somebody(request).account
    async with reading(request) as connection:
        versions = await format_reads.versions(connection, account=account)
    return render_response(
        request,
        "desks/ingestion/formats.html",
        status=refused.status if refused else 200,
        versions=versions,
        may_make=account.may(Permission.SUBMIT_FILE),
        kinds=KINDS,
        refused=refused,
        typed=refused.typed if refused else {},
        key=(refused.key if refused else "") or str(uuid4()),
    )


async def _version(
    request: Request,
    format_id: str,
    version: int,
    *,
    refused: FormNotTaken | None = None,
    tried: DryRun | None = None,
) -> Response:
    account = somebody(request).account
    try:
        view = await commands.visible_version(resources(request), account, format_id, version)
    except NotFound:
        raise PageMissing("format") from None
    stored = view.stored
    has_former = version > 1
    may_review = (
        account.role in REVIEWERS
        and account.id != stored.saved_by
        and stored.review is FormatReview.WAITING
    )
    return render_response(
        request,
        "desks/ingestion/format.html",
        status=refused.status if refused else 200,
        view=view,
        stored=stored,
        format=stored.format,
        has_former=has_former,
        may_review=may_review,
        is_own=account.id == stored.saved_by,
        tried=tried,
        refused=refused,
        typed=refused.typed if refused else {},
        done="Your review was kept, and its author told."
        if request.query_params.get("done") == "review"
        else None,
    )
