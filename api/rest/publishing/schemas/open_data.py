"""Exports as JSON."""

from uuid import UUID

from pydantic import ConfigDict, Field

from api.http.schema import Moment, ResponseSchema
from api.rest.publishing.examples.open_data import EXPORT


class ExportResponse(ResponseSchema):
    """Files that were published together; `sha256` is that of the manifest."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXPORT]})

    id: UUID
    generated_at: Moment
    sha256: str
    manifest_url: str = Field(description="Names every file with its rows, bytes and SHA-256.")
