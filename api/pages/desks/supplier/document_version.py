"""A newer version of a document, uploaded as any other; once it is completed it counts in the former's place."""

from collections.abc import Mapping
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.projects.reads.documents import DocumentView
from api.commands.projects import documents as commands
from api.commands.projects.documents import AnnouncedDocument, DocumentAnnouncement
from api.http.middleware.body_limit import FILE_BYTES_MAX
from api.http.resources import resources
from api.pages.desks.actions import staff
from api.pages.desks.sent_files import Announce, announce_by_script, send_by_form
from api.pages.desks.supplier.project import CLASSES, ProjectForms
from api.pages.parts.forms import FormFaults
from api.pages.parts.rendering import render_response
from api.pages.parts.routing import PageMissing, page_router
from api.pages.parts.security import policy_uploading
from domain.accounts.roles import Account, Permission
from domain.errors import NotFound
from domain.projects.documents import FILE_SIZE_MAX

router = page_router()


@router.get("/desk/documents/{document_id}/version")
async def look(request: Request, document_id: UUID) -> Response:
    return await _page(request, document_id, {}, FormFaults(200))


@router.post("/desk/documents/{document_id}/version")
async def send(request: Request, document_id: UUID) -> Response:
    """The form with a file, for whoever has no scripts."""
    account, former = await _former(request, document_id)

    async def show(typed: Mapping[str, str], faults: FormFaults) -> Response:
        return await _page(request, document_id, typed, faults)

    return await send_by_form(
        request,
        account,
        _announce_for(request, account, document_id),
        leads_to=f"/desk/projects/{former.document.project_id}",
        show=show,
        usual=former.document.disclosure,
    )


@router.post("/desk/documents/{document_id}/versions")
async def announce(request: Request, document_id: UUID) -> Response:
    """For the script."""
    account, former = await _former(request, document_id)
    return await announce_by_script(
        request,
        account,
        _announce_for(request, account, document_id),
        round_id=former.document.verification_id,
        former=document_id,
        usual=former.document.disclosure,
    )


async def _former(request: Request, document_id: UUID) -> tuple[Account, DocumentView]:
    account = staff(request, Permission.REPLACE_DOCUMENT).account
    try:
        view = await commands.visible_document(resources(request), account, document_id)
    except NotFound:
        raise PageMissing("document") from None
    if not commands.is_readable(view, account):
        raise PageMissing("document")
    return account, view


def _announce_for(request: Request, account: Account, document_id: UUID) -> Announce:
    async def announce(
        key: str, announcement: DocumentAnnouncement, in_parts_above: int
    ) -> AnnouncedDocument:
        return await commands.announce_version(
            resources(request),
            account,
            key,
            document_id,
            announcement,
            in_parts_above=in_parts_above,
        )

    return announce


async def _page(
    request: Request, document_id: UUID, typed: Mapping[str, str], faults: FormFaults
) -> Response:
    _, view = await _former(request, document_id)
    answer = render_response(
        request,
        "desks/supplier/document_version.html",
        status=faults.status,
        document=view.document,
        project_id=view.document.project_id,
        key=typed.get("key") if faults.ask_again else str(uuid4()),
        forms=ProjectForms("document" if faults.all else "", typed, faults),
        typed=typed,
        faults=faults,
        first_fault=next(iter(faults.fields), None),
        classes=[(one.value, sentence) for one, sentence in CLASSES.items()],
        file_bytes_max=FILE_BYTES_MAX,
        file_size_max=FILE_SIZE_MAX,
    )
    origin = resources(request).object_store.origin
    answer.headers["Content-Security-Policy"] = policy_uploading(origin)
    return answer
