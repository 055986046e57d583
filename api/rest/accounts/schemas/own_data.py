"""One's own data, as JSON."""

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from api.http.fields import Text
from api.http.schema import Moment, RequestSchema, ResponseSchema
from api.rest.accounts.examples.own_data import CONSENT, CONSENT_SENT, ERASURE, EXPORT
from domain.accounts.personal_data import Consent, ConsentKind, DataExport, Erasure


class OwnDataExportResponse(ResponseSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [EXPORT]})

    id: UUID
    requested_at: Moment
    ready_at: Moment | None = Field(description="Null while the file is made.")
    size_bytes: int | None
    download_url: str | None = Field(
        description="Good for a minute; asked again there is another. Null: not ready, or removed."
    )


class ErasureResponse(ResponseSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [ERASURE]})

    id: UUID
    requested_at: Moment
    erase_at: Moment = Field(description="Until then it can be withdrawn.")
    withdrawn_at: Moment | None
    refused_at: Moment | None = Field(
        description="When the time had come, and something stood against it."
    )


class ConsentRequest(RequestSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [CONSENT_SENT]})

    version: Annotated[str, Text(50)] = Field(
        description="Of the text that was shown, as the date of the terms."
    )
    given: bool


class ConsentResponse(ResponseSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [CONSENT]})

    kind: ConsentKind
    version: str
    given: bool
    at: Moment


def export_response(export: DataExport, download_url: str | None) -> OwnDataExportResponse:
    return OwnDataExportResponse(
        id=export.id,
        requested_at=export.requested_at,
        ready_at=export.ready_at,
        size_bytes=export.size_bytes,
        download_url=download_url,
    )


def erasure_response(erasure: Erasure) -> ErasureResponse:
    return ErasureResponse(
        id=erasure.id,
        requested_at=erasure.requested_at,
        erase_at=erasure.erase_at,
        withdrawn_at=erasure.withdrawn_at,
        refused_at=erasure.refused_at,
    )


def consent_response(consent: Consent) -> ConsentResponse:
    return ConsentResponse(
        kind=consent.kind, version=consent.version, given=consent.given, at=consent.at
    )
