"""Versions of formats that people made, as JSON."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Base64Bytes, ConfigDict, Field

from api.http.fields import Text
from api.http.schema import Moment, RequestSchema, ResponseSchema
from api.rest.ingestion.examples.drafts import FILE_TRIED_SENT, REVIEW_SENT, VERSION, VERSIONS
from domain.ingestion.mapping.stored_formats import (
    NOTE_CHARACTERS_MAX,
    FormatReview,
    StoredFormat,
)


class FormatReviewRequest(RequestSchema):
    """A refusal needs a `note`."""

    model_config = ConfigDict(json_schema_extra={"examples": [REVIEW_SENT]})

    accepted: Annotated[bool, Field(strict=True)]
    note: Annotated[str, Text(NOTE_CHARACTERS_MAX, shortest=0, lines=True)] = ""


class FileTriedRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [FILE_TRIED_SENT]})

    content: Base64Bytes = Field(description="Base64; 900 kB of file at most.")


class FormatVersionResponse(ResponseSchema):
    """One version, which stays as it is. Before its review it serves whoever saved it alone."""

    model_config = ConfigDict(json_schema_extra={"examples": [VERSION]})

    id: str
    version: int
    declared: dict[str, Any] = Field(description="As a file of formats declares it.")
    sample: list[list[str]]
    saved_by: UUID
    saved_at: Moment
    review: FormatReview
    reviewed_by: UUID | None
    review_note: str | None
    reviewed_at: Moment | None


class FormatVersionsResponse(ResponseSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [VERSIONS]})

    versions: list[FormatVersionResponse]


def version_response(stored: StoredFormat) -> FormatVersionResponse:
    return FormatVersionResponse(
        **{
            **vars(stored),
            "declared": dict(stored.declared),
            "sample": [list(row) for row in stored.sample],
        }
    )
