"""The seals of a certificate as JSON."""

from uuid import UUID

from pydantic import ConfigDict

from adapters.postgres.certificates.reads import SealView
from api.http.schema import Moment, ResponseSchema
from api.rest.certificates.examples.certificates import SEAL


class SealResponse(ResponseSchema):
    """A document that was sealed; `supersededAt` null is the one that stands."""

    model_config = ConfigDict(json_schema_extra={"examples": [SEAL]})

    digest: str
    sealed_at: Moment
    superseded_at: Moment | None
    address: str


def seal_response(seal: SealView, retirement_id: UUID) -> SealResponse:
    return SealResponse(
        digest=seal.digest,
        sealed_at=seal.sealed_at,
        superseded_at=seal.superseded_at,
        address=f"/api/v1/registry/retirements/{retirement_id}/certificates/{seal.digest}.json",
    )
