"""What forms that upload files share: their fields, the bytes that came with them, and answers to the script."""

import hashlib
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any
from uuid import UUID, uuid4

from pydantic import Field
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.projects.reads import documents as reads_documents
from adapters.storage.multipart_uploads import UploadInParts
from api.commands.projects import documents as commands
from api.commands.projects.documents import AnnouncedDocument, DocumentAnnouncement
from api.http.errors.error_mapping import OutcomeUnknown
from api.http.fields import MediaType, Sha256, Text
from api.http.middleware.body_limit import FILE_BYTES_MAX
from api.http.resources import Resources, reading, resources
from api.http.responses import PRIVATE
from api.http.schema import RequestSchema
from api.http.uploads import upload_response
from api.pages.parts.forms import (
    NOT_CARRIED_OUT,
    FormFaults,
    form_faults,
    read_form,
    read_form_with_upload,
)
from api.pages.parts.routing import plain, see_other
from domain.accounts.roles import Account
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

Announce = Callable[[str, DocumentAnnouncement, int], Awaitable[AnnouncedDocument]]
"""With the key against twice, and the bytes from where on it comes in parts."""


class DocumentForm(RequestSchema):
    """The fields as `POST /projects/{id}/documents` takes them."""

    name: Annotated[str, Text(NAME_LENGTH_MAX)]
    description: Annotated[str, Text(DESCRIPTION_LENGTH_MAX, shortest=0, lines=True)]
    document_type: DocumentType
    disclosure: Disclosure | None = None
    mime_type: MediaType
    file_size: Annotated[int, Field(ge=1, le=FILE_SIZE_MAX)]
    sha256: Sha256

    def announcement(self, usual: Disclosure | None = None) -> DocumentAnnouncement:
        return DocumentAnnouncement(
            name=self.name,
            description=self.description,
            document_type=self.document_type,
            disclosure=self.disclosure or usual or DOCUMENT_KINDS[self.document_type].disclosure,
            mime_type=self.mime_type,
            file_size=self.file_size,
            sha256=self.sha256,
        )


@dataclass(frozen=True)
class HashedFile:
    size_bytes: int
    sha256: str


async def announce_by_script(
    request: Request,
    account: Account,
    announce: Announce,
    *,
    round_id: UUID | None,
    former: UUID | None = None,
    usual: Disclosure | None = None,
) -> Response:
    """
    Announce a file, or find the upload of these very bytes that was begun; and where to send them.

    `former` is the document in whose place it comes; `usual` what it is when nobody says who reads it.
    """
    typed = await read_form(request)
    parts = resources(request)
    try:
        form = DocumentForm.model_validate(_sent(typed))
        begun = await _begun(request, account, round_id, form, former)
        if begun is not None:
            announced = await commands.awaited_upload(
                parts, account, begun, in_parts_above=part_bytes(parts)
            )
        else:
            key = typed.get("key") or str(uuid4())
            announced = await announce(key, form.announcement(usual), part_bytes(parts))
    except NOT_CARRIED_OUT as no:
        return refusal(no)
    return answer(told(announced, goes_on=begun is not None))


async def send_by_form(
    request: Request,
    account: Account,
    announce: Announce,
    *,
    leads_to: str,
    show: Callable[[Mapping[str, str], FormFaults], Awaitable[Response]],
    usual: Disclosure | None = None,
) -> Response:
    """The form with a file, for whoever has no scripts; `show` prints it again with what is wrong."""
    parts = resources(request)
    async with read_form_with_upload(request, "file") as (typed, file):
        key = typed.get("key") or str(uuid4())
        try:
            hashed = await hash_file(file) if file else None
            form = _checked(typed, file, hashed)
            announced = await announce(key, form.announcement(usual), FILE_BYTES_MAX)
            if file is not None:
                await commands.send_document(parts, account, key, announced, pieces_of(file))
        except OutcomeUnknown:
            return see_other(f"{leads_to}?done=reading#documents")
        except NOT_CARRIED_OUT as no:
            faults = form_faults(no, POINTERS)
            if file is None:
                faults = replace(faults, fields={**faults.fields, "file": "Choose a file"})
            return await show(typed, faults)
    return see_other(f"{leads_to}?done=document#documents")


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
    request: Request,
    account: Account,
    round_id: UUID | None,
    form: DocumentForm,
    former: UUID | None,
) -> UUID | None:
    """What this account has announced for the round with the same bytes, of the same type."""
    if round_id is None:
        return None
    async with reading(request) as connection:
        awaited = await reads_documents.awaited_documents(connection, round_id, account.id)
    wanted = (form.sha256, form.file_size, form.document_type, former)
    return next(
        (
            one.id
            for one in awaited
            if (one.sha256, one.file_size, one.document_type, one.supersedes) == wanted
        ),
        None,
    )


async def hash_file(file: UploadFile) -> HashedFile:
    size_bytes, digest = 0, hashlib.sha256()
    async for piece in pieces_of(file):
        size_bytes += len(piece)
        digest.update(piece)
    return HashedFile(size_bytes, digest.hexdigest())


async def pieces_of(file: UploadFile) -> AsyncIterator[bytes]:
    """From its beginning, whoever has read it before."""
    await file.seek(0)
    while piece := await file.read(CHUNK_BYTES):
        yield piece


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


def part_bytes(parts: Resources) -> int:
    """On a page whatever is larger than one part comes in parts, because a page is closed more easily."""
    return parts.settings.storage.upload_part_bytes


def told(announced: AnnouncedDocument, *, goes_on: bool) -> dict[str, object]:
    upload = announced.upload
    whole = announced.document.file_size
    return {
        "documentId": str(announced.document.id),
        "goesOn": goes_on,
        "bytesThere": upload.bytes_there if isinstance(upload, UploadInParts) else 0,
        "bytes": whole,
        "upload": upload_response(upload).model_dump(by_alias=True),
    }


def refusal(error: Exception) -> Response:
    faults = form_faults(error, POINTERS)
    return answer({"sentences": faults.all, "askAgain": faults.ask_again}, faults.status)


def answer(told: Mapping[str, object], status: int = 200) -> Response:
    return Response(
        json.dumps(told),
        status_code=status,
        media_type="application/json",
        headers={"Cache-Control": PRIVATE},
    )
