"""Folders of object storage as JSON."""

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from adapters.postgres.ingestion.folder_reads import DropView
from api.http.fields import Sha256, Text
from api.http.schema import Moment, RequestSchema, ResponseSchema
from api.http.uploads import UploadResponse
from api.rest.ingestion.examples.folders import (
    DROP,
    FILE_FOR_FOLDER,
    FOLDER,
    FOLDER_SENT,
    FOLDER_UPLOAD,
)
from domain.ingestion.folders import NAME_CHARACTERS_MAX, Folder
from domain.ingestion.submissions import (
    FILE_BYTES_MAX,
    FILE_NAME_CHARACTERS_MAX,
    IngestionStatus,
)


class FolderRequest(RequestSchema):
    """What is dropped is read by the newest version of `format`, for whoever opens the folder."""

    model_config = ConfigDict(json_schema_extra={"examples": [FOLDER_SENT]})

    name: Annotated[str, Text(NAME_CHARACTERS_MAX)]
    format: Annotated[str, Text(50)]
    accept_partly: Annotated[bool, Field(strict=True)] = False
    project_id: UUID | None = Field(
        default=None, description="Whose monitoring data comes in by it; null: reference data."
    )


class FolderFileRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [FILE_FOR_FOLDER]})

    file_name: Annotated[str, Text(FILE_NAME_CHARACTERS_MAX)]
    file_size: Annotated[int, Field(strict=True, ge=1, le=FILE_BYTES_MAX, description="Bytes.")]
    sha256: Sha256


class FolderResponse(ResponseSchema):
    """Files are written below `prefix` in `bucket`; each is taken out of there within minutes."""

    model_config = ConfigDict(json_schema_extra={"examples": [FOLDER]})

    id: UUID
    name: str
    format: str
    accept_partly: bool
    project_id: UUID | None
    bucket: str
    prefix: str
    opened_by: UUID
    opened_at: Moment
    closed_at: Moment | None = Field(description="Nothing is taken from then on.")


class FolderUploadResponse(ResponseSchema):
    """Where one file is written; it is taken as soon as it is there, and nothing is to be completed."""

    model_config = ConfigDict(json_schema_extra={"examples": [FOLDER_UPLOAD]})

    upload: UploadResponse


class DropResponse(ResponseSchema):
    """
    One file that was dropped. `refusal` is a sentence where it is no submission.

    `alreadySubmitted`: the same bytes had come in before, and `ingestionId` is that submission.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [DROP]})

    id: UUID
    file_name: str
    file_size: int
    dropped_at: Moment
    taken_at: Moment
    ingestion_id: UUID | None
    already_submitted: bool
    refusal: str | None
    status: IngestionStatus | None
    errors: int
    warnings: int


def folder_response(folder: Folder, *, bucket: str) -> FolderResponse:
    return FolderResponse(
        id=folder.id,
        name=folder.name,
        format=folder.format,
        accept_partly=folder.accept_partly,
        project_id=folder.project_id,
        bucket=bucket,
        prefix=folder.prefix,
        opened_by=folder.opened_by,
        opened_at=folder.opened_at,
        closed_at=folder.closed_at,
    )


def drop_response(view: DropView) -> DropResponse:
    return DropResponse(
        id=view.drop.id,
        file_name=view.drop.file_name,
        file_size=view.drop.size_bytes,
        dropped_at=view.drop.dropped_at,
        taken_at=view.drop.taken_at,
        ingestion_id=view.drop.ingestion_id,
        already_submitted=view.drop.is_known,
        refusal=view.drop.refusal,
        status=view.status,
        errors=view.errors,
        warnings=view.warnings,
    )
