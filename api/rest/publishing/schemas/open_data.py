"""Exports as JSON."""

from uuid import UUID

from pydantic import ConfigDict, Field

from adapters.postgres.publishing.manifests import StoredManifest
from api.commands.addresses import manifest_address
from api.http.schema import Moment, ResponseSchema
from api.rest.publishing.examples.open_data import EXPORT


class ExportResponse(ResponseSchema):
    """Files that were published together; `sha256` is that of the manifest."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXPORT]})

    id: UUID
    generated_at: Moment
    sha256: str
    manifest_url: str = Field(description="Names every file with its rows, bytes and SHA-256.")


def export_response(stored: StoredManifest) -> ExportResponse:
    return ExportResponse(
        id=stored.id,
        generated_at=stored.generated_at,
        sha256=stored.sha256,
        manifest_url=manifest_address(stored.id),
    )
