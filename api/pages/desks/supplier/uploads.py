"""
Documents of a project, uploaded from its page (ADR 0094).

With scripts: straight to storage, large files in parts; this answers the script, which sends forms, in
JSON. What was announced and not completed goes on when the same file is chosen again, on whatever
machine. Without scripts: a form with one file of up to 20 MB, which goes through here.
"""

from collections.abc import Mapping
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from adapters.postgres.projects.reads import rounds as reads_rounds
from api.commands.projects import documents as commands
from api.commands.projects.documents import AnnouncedDocument, DocumentAnnouncement
from api.http.resources import reading, resources
from api.http.responses import PRIVATE
from api.pages.desks.actions import somebody, staff
from api.pages.desks.sent_files import (
    Announce,
    announce_by_script,
    answer,
    part_bytes,
    refusal,
    send_by_form,
    told,
)
from api.pages.desks.supplier.project import ProjectForms, project_page
from api.pages.parts.forms import NOT_CARRIED_OUT, FormFaults, read_form
from api.pages.parts.routing import PageMissing, page_router, see_other
from domain.accounts.roles import Account, Permission, Role
from domain.errors import Conflict, NotFound
from domain.projects.documents import Document

router = page_router()


@router.post("/desk/projects/{project_id}/uploads")
async def announce(request: Request, project_id: UUID) -> Response:
    """For the script: a file of the round that is open."""
    account = staff(request, Permission.UPLOAD_EVIDENCE).account
    async with reading(request) as connection:
        round_id = await reads_rounds.open_round(connection, project_id)
    return await announce_by_script(
        request, account, _announce_for(request, account, project_id), round_id=round_id
    )


@router.post("/desk/projects/{project_id}/documents")
async def send(request: Request, project_id: UUID) -> Response:
    """The form with a file, for whoever has no scripts."""
    account = staff(request, Permission.UPLOAD_EVIDENCE).account

    async def show(typed: Mapping[str, str], faults: FormFaults) -> Response:
        return await project_page(request, project_id, ProjectForms("document", typed, faults))

    return await send_by_form(
        request,
        account,
        _announce_for(request, account, project_id),
        leads_to=f"/desk/projects/{project_id}",
        show=show,
    )


@router.post("/desk/documents/{document_id}/upload")
async def ask_again(request: Request, document_id: UUID) -> Response:
    """For the script: addresses of what is missing still."""
    account = staff(request, Permission.UPLOAD_EVIDENCE).account
    await read_form(request)
    parts = resources(request)
    try:
        awaited = await commands.awaited_upload(
            parts, account, document_id, in_parts_above=part_bytes(parts)
        )
    except NOT_CARRIED_OUT as no:
        return refusal(no)
    return answer(told(awaited, goes_on=True))


@router.post("/desk/documents/{document_id}/complete")
async def complete(request: Request, document_id: UUID) -> Response:
    """For the script. 202 as long as the bytes are being read: the same again asks what came of it."""
    account = staff(request, Permission.UPLOAD_EVIDENCE).account
    typed = await read_form(request)
    try:
        await commands.complete_document(
            resources(request), account, typed.get("key") or str(uuid4()), document_id
        )
    except NOT_CARRIED_OUT as no:
        return refusal(no)
    return answer({"completed": True})


@router.post("/desk/documents/{document_id}/give-up")
async def give_up(request: Request, document_id: UUID) -> Response:
    """Of one's own that is not completed; back to where it was begun, also when it is gone already."""
    account = staff(request, Permission.UPLOAD_EVIDENCE).account
    await read_form(request)
    try:
        view = await commands.visible_document(resources(request), account, document_id)
        await commands.give_up_upload(resources(request), account, document_id)
    except NotFound:
        raise PageMissing("document") from None
    except Conflict:
        return see_other(f"{_page_of(account, view.document)}?done=document#documents")
    return see_other(f"{_page_of(account, view.document)}?done=given-up#documents")


@router.get("/desk/documents/{document_id}/content")
async def download(request: Request, document_id: UUID) -> Response:
    """As the API's, for who is signed in on the pages."""
    account = somebody(request).account
    try:
        url = await commands.document_content(resources(request), account, document_id)
    except NotFound:
        raise PageMissing("document") from None
    return RedirectResponse(url, status_code=302, headers={"Cache-Control": PRIVATE})


def _page_of(account: Account, document: Document) -> str:
    """Where its uploader has it before them."""
    if account.role is Role.VERIFIER:
        return f"/desk/reviews/{document.verification_id}"
    return f"/desk/projects/{document.project_id}"


def _announce_for(request: Request, account: Account, project_id: UUID) -> Announce:
    async def announce(
        key: str, announcement: DocumentAnnouncement, in_parts_above: int
    ) -> AnnouncedDocument:
        return await commands.announce_for_project(
            resources(request),
            account,
            key,
            project_id,
            announcement,
            in_parts_above=in_parts_above,
        )

    return announce
