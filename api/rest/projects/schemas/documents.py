"""Documents as JSON."""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from api.commands.projects.documents import AnnouncedDocument, DocumentAnnouncement
from api.http.fields import TOO_LARGE, MediaType, Sha256, Text
from api.http.schema import Moment, RequestSchema, ResponseSchema
from api.rest.projects.examples.documents import DOCUMENT, DOCUMENT_SENT
from domain.projects.documents import (
    FILE_SIZE_MAX,
    Disclosure,
    Document,
    DocumentStatus,
    DocumentType,
)
from domain.publishing.disclosure import DOCUMENT_KINDS

NAME_LENGTH_MAX = 255
DESCRIPTION_LENGTH_MAX = 2000


def _small_enough(file_size: int) -> int:
    if file_size > FILE_SIZE_MAX:
        raise PydanticCustomError(
            TOO_LARGE, "A document must not be larger than {limit} bytes", {"limit": FILE_SIZE_MAX}
        )
    return file_size


class DocumentRequest(RequestSchema):
    """A document that will be uploaded; its size and SHA-256 are promised here and checked later."""

    model_config = ConfigDict(json_schema_extra={"examples": [DOCUMENT_SENT]})

    name: Annotated[str, Text(NAME_LENGTH_MAX)]
    description: Annotated[str, Text(DESCRIPTION_LENGTH_MAX, shortest=0, lines=True)] = ""
    document_type: DocumentType
    disclosure: Disclosure | None = Field(
        None, description="Who may read it; left out, what is usual for its type."
    )
    mime_type: MediaType
    file_size: Annotated[
        int, Field(strict=True, ge=1, description="Bytes."), AfterValidator(_small_enough)
    ]
    sha256: Sha256


class UploadResponse(ResponseSchema):
    """How to upload: this method, this address, exactly these headers, within 15 minutes."""

    method: str
    url: str
    headers: dict[str, str]


class DocumentResponse(ResponseSchema):
    """
    A document; its type and SHA-256 are public in every disclosure class.

    `name` and `description` are null for those who may not read it. `upload` is there while the
    upload is awaited, for its uploader. A document that a newer version `supersededBy` stays to be read, and is
    no evidence any more.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [DOCUMENT]})

    id: UUID
    project_id: UUID
    verification_id: UUID
    name: str | None
    description: str | None
    document_type: DocumentType
    disclosure: Disclosure
    mime_type: str
    file_size: int
    sha256: str
    status: DocumentStatus
    uploaded_by: UUID
    created_at: Moment
    completed_at: Moment | None
    version: int = Field(description="Counts the versions of one document, from 1.")
    supersedes: UUID | None = Field(
        description="The version before, in whose place this one comes once it is completed."
    )
    superseded_by: UUID | None
    superseded_at: Moment | None
    upload: UploadResponse | None = None


def document_response(document: Document, *, readable: bool) -> DocumentResponse:
    return DocumentResponse(
        id=document.id,
        project_id=document.project_id,
        verification_id=document.verification_id,
        name=document.name if readable else None,
        description=document.description if readable else None,
        document_type=document.document_type,
        disclosure=document.disclosure,
        mime_type=document.mime_type,
        file_size=document.file_size,
        sha256=document.sha256,
        status=document.status,
        uploaded_by=document.uploaded_by,
        created_at=document.created_at,
        completed_at=document.completed_at,
        version=document.version,
        supersedes=document.supersedes,
        superseded_by=document.superseded_by,
        superseded_at=document.superseded_at,
    )


def announced_response(announced: AnnouncedDocument) -> DocumentResponse:
    """For its uploader, who is told how to upload it."""
    upload = announced.upload
    address = UploadResponse(method=upload.method, url=upload.url, headers=upload.headers)
    shown = document_response(announced.document, readable=True)
    return shown.model_copy(update={"upload": address})


def document_announcement(body: DocumentRequest) -> DocumentAnnouncement:
    return DocumentAnnouncement(
        name=body.name,
        description=body.description,
        document_type=body.document_type,
        disclosure=body.disclosure or DOCUMENT_KINDS[body.document_type].disclosure,
        mime_type=body.mime_type,
        file_size=body.file_size,
        sha256=body.sha256,
    )
