"""
Documents of a project, uploaded from its page (ADR 0094).

With scripts: straight to storage, large files in parts; this answers the script, which sends forms, in
JSON. What was announced and not completed goes on when the same file is chosen again, on whatever
machine. Without scripts: a form with one file of up to 20 MB, which goes through here.
"""

import hashlib
import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any
from uuid import UUID, uuid4

from pydantic import Field
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from activities.projects.documents import upload_key
from adapters.multipart_uploads import UploadInParts
from adapters.postgres.projects.reads import documents as reads_documents
from adapters.postgres.projects.reads import rounds as reads_rounds
from api.commands.projects import documents as commands
from api.commands.projects.documents import AnnouncedDocument, DocumentAnnouncement
from api.http.errors.error_mapping import OutcomeUnknown, Unavailable
from api.http.fields import MediaType, Sha256, Text
from api.http.middleware.body_limit import FILE_BYTES_MAX
from api.http.resources import Resources, reading, resources
from api.http.responses import PRIVATE
from api.http.schema import RequestSchema
from api.http.uploads import upload_response
from api.pages.desks.actions import somebody, staff
from api.pages.desks.supplier.faults import REFUSALS, form_faults
from api.pages.desks.supplier.project import ProjectForms, project_page
from api.pages.parts.forms import read_form, read_form_with_upload
from api.pages.parts.routing import PageMissing, page_router, plain, see_other
from domain.accounts.roles import Account, Permission
from domain.errors import NotFound
from domain.projects.documents import FILE_SIZE_MAX, Disclosure, DocumentType
from domain.publishing.disclosure import DOCUMENT_KINDS

CHUNK_BYTES = 1024 * 1024
NAME_LENGTH_MAX = 255
DESCRIPTION_LENGTH_MAX = 2000
POINTERS = {
    "/name": "file",
    "/documentType": "document_type",
    "/disclosure": "disclosure",
    "/description": "description",
    "/mimeType": "file",
    "/fileSize": "file",
    "/sha256": "file",
    "/file": "file",
}
_UNKNOWN_TYPE = "application/octet-stream"
_SIZE = re.compile("[0-9]{1,15}")

router = page_router()


class DocumentForm(RequestSchema):
    """The fields as `POST /projects/{id}/documents` takes them."""

    name: Annotated[str, Text(NAME_LENGTH_MAX)]
    description: Annotated[str, Text(DESCRIPTION_LENGTH_MAX, shortest=0, lines=True)]
    document_type: DocumentType
    disclosure: Disclosure | None = None
    mime_type: MediaType
    file_size: Annotated[int, Field(ge=1, le=FILE_SIZE_MAX)]
    sha256: Sha256

    def announcement(self) -> DocumentAnnouncement:
        return DocumentAnnouncement(
            name=self.name,
            description=self.description,
            document_type=self.document_type,
            disclosure=self.disclosure or DOCUMENT_KINDS[self.document_type].disclosure,
            mime_type=self.mime_type,
            file_size=self.file_size,
            sha256=self.sha256,
        )


@dataclass(frozen=True)
class HashedFile:
    size_bytes: int
    sha256: str


@router.post("/desk/projects/{project_id}/uploads")
async def announce(request: Request, project_id: UUID) -> Response:
    """Announce a file, or find the upload of these very bytes that was begun; and where to send them."""
    account = staff(request, Permission.UPLOAD_EVIDENCE).account
    typed = await read_form(request)
    parts = resources(request)
    try:
        form = DocumentForm.model_validate(_sent(typed))
        begun = await _begun(request, account, project_id, form)
        if begun is not None:
            announced = await commands.awaited_upload(
                parts, account, begun, in_parts_above=_part_bytes(parts)
            )
        else:
            announced = await commands.announce_for_project(
                parts,
                account,
                typed.get("key") or str(uuid4()),
                project_id,
                form.announcement(),
                in_parts_above=_part_bytes(parts),
            )
    except REFUSALS as no:
        return _refusal(no)
    return _answer(_told(announced, goes_on=begun is not None))


@router.post("/desk/documents/{document_id}/upload")
async def ask_again(request: Request, document_id: UUID) -> Response:
    """Addresses of what is missing still."""
    account = staff(request, Permission.UPLOAD_EVIDENCE).account
    await read_form(request)
    parts = resources(request)
    try:
        awaited = await commands.awaited_upload(
            parts, account, document_id, in_parts_above=_part_bytes(parts)
        )
    except REFUSALS as no:
        return _refusal(no)
    return _answer(_told(awaited, goes_on=True))


@router.post("/desk/documents/{document_id}/complete")
async def complete(request: Request, document_id: UUID) -> Response:
    """202 as long as the bytes are being read: the same again asks what came of it."""
    account = staff(request, Permission.UPLOAD_EVIDENCE).account
    typed = await read_form(request)
    try:
        await commands.complete_document(
            resources(request), account, typed.get("key") or str(uuid4()), document_id
        )
    except REFUSALS as no:
        return _refusal(no)
    return _answer({"completed": True})


@router.post("/desk/projects/{project_id}/documents")
async def send(request: Request, project_id: UUID) -> Response:
    """The form with a file, for whoever has no scripts."""
    account = staff(request, Permission.UPLOAD_EVIDENCE).account
    parts = resources(request)
    async with read_form_with_upload(request, "file") as (typed, file):
        key = typed.get("key") or str(uuid4())
        try:
            hashed = await _hashed(file)
            form = _checked(typed, file, hashed)
            announced = await commands.announce_for_project(
                parts, account, key, project_id, form.announcement(), in_parts_above=FILE_BYTES_MAX
            )
            if file is not None:
                await file.seek(0)
                await _store(parts, announced, _pieces(file))
            await commands.complete_document(parts, account, key, announced.document.id)
        except OutcomeUnknown:
            return see_other(f"/desk/projects/{project_id}?done=reading#documents")
        except REFUSALS as no:
            faults = form_faults(no, POINTERS)
            if file is None:
                faults = replace(faults, fields={**faults.fields, "file": "Choose a file"})
            return await project_page(
                request, project_id, ProjectForms(form="document", typed=typed, faults=faults)
            )
    return see_other(f"/desk/projects/{project_id}?done=document#documents")


@router.get("/desk/documents/{document_id}/content")
async def download(request: Request, document_id: UUID) -> Response:
    """As the API's, for who is signed in on the pages."""
    account = somebody(request).account
    try:
        url = await commands.document_content(resources(request), account, document_id)
    except NotFound:
        raise PageMissing("document") from None
    return RedirectResponse(url, status_code=302, headers={"Cache-Control": PRIVATE})


def _checked(
    typed: Mapping[str, str], file: UploadFile | None, hashed: HashedFile | None
) -> DocumentForm:
    """
    Raises:
        ValidationError: with the missing file among the faults.
    """
    sent = _sent(typed, file, hashed)
    if file is None:
        # No name is missing but that of the file.
        sent["name"] = ""
    return DocumentForm.model_validate(sent)


async def _begun(
    request: Request, account: Account, project_id: UUID, form: DocumentForm
) -> UUID | None:
    """What this account has announced for the open round with the same bytes, of the same type."""
    async with reading(request) as connection:
        round_id = await reads_rounds.open_round(connection, project_id)
        if round_id is None:
            return None
        awaited = await reads_documents.awaited_documents(connection, round_id, account.id)
    wanted = (form.sha256, form.file_size, form.document_type)
    return next(
        (one.id for one in awaited if (one.sha256, one.file_size, one.document_type) == wanted),
        None,
    )


async def _hashed(file: UploadFile | None) -> HashedFile | None:
    if file is None:
        return None
    size_bytes, digest = 0, hashlib.sha256()
    async for piece in _pieces(file):
        size_bytes += len(piece)
        digest.update(piece)
    return HashedFile(size_bytes, digest.hexdigest())


async def _pieces(file: UploadFile) -> AsyncIterator[bytes]:
    while piece := await file.read(CHUNK_BYTES):
        yield piece


async def _store(
    parts: Resources, announced: AnnouncedDocument, pieces: AsyncIterator[bytes]
) -> None:
    document = announced.document
    stored = await parts.object_store.put(
        parts.http, upload_key(document.id), pieces, size_bytes=document.file_size
    )
    if not stored:
        raise Unavailable("Storage cannot be reached at the moment. Send the same again.")


def _sent(
    typed: Mapping[str, str], file: UploadFile | None = None, hashed: HashedFile | None = None
) -> dict[str, Any]:
    """
    As JSON would have it: of the file that is in the form, else of the one that the script has hashed.

    A form without either is looked at all the same, so that everything else that is wrong is told, too.
    """
    names = {"documentType": "document_type", "disclosure": "disclosure"}
    sent: dict[str, Any] = {field: typed[name] for field, name in names.items() if typed.get(name)}
    name, media_type = typed.get("name") or "file", typed.get("mime_type")
    if file is not None:
        name, media_type = file.filename or name, file.content_type
    size = typed.get("size", "1")
    return sent | {
        "name": plain(name)[-NAME_LENGTH_MAX:],
        "description": typed.get("description", ""),
        "mimeType": (media_type or _UNKNOWN_TYPE).partition(";")[0],
        "fileSize": hashed.size_bytes if hashed else int(size) if _SIZE.fullmatch(size) else size,
        "sha256": hashed.sha256 if hashed else typed.get("sha256", "0" * 64),
    }


def _part_bytes(parts: Resources) -> int:
    """On a page whatever is larger than one part comes in parts, because a page is closed more easily."""
    return parts.settings.storage.upload_part_bytes


def _told(announced: AnnouncedDocument, *, goes_on: bool) -> dict[str, object]:
    upload = announced.upload
    whole = announced.document.file_size
    return {
        "documentId": str(announced.document.id),
        "goesOn": goes_on,
        "bytesThere": upload.bytes_there if isinstance(upload, UploadInParts) else 0,
        "bytes": whole,
        "upload": upload_response(upload).model_dump(by_alias=True),
    }


def _refusal(error: Exception) -> Response:
    faults = form_faults(error, POINTERS)
    return _answer({"sentences": faults.all, "askAgain": faults.ask_again}, faults.status)


def _answer(told: Mapping[str, object], status: int = 200) -> Response:
    return Response(
        json.dumps(told),
        status_code=status,
        media_type="application/json",
        headers={"Cache-Control": PRIVATE},
    )
